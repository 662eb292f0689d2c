// SPDX-License-Identifier: Apache-2.0
// Seeds: lz4/swift-binary-parsing
import Codecs
import FuzzSupport

/// Decoding anything as block, frame and HDF5 chunk, with and without a dictionary, and the round
/// trips at every effort.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  fuzzMeasured(LZ4Frame.self, input.bytes, options: .init(verifiesChecksums: false))
  fuzzMeasured(LZ4H5.self, input.bytes, options: .init())
  let choice = Int(input.byte())
  let rest = Array(input.bytes.dropFirst())
  let dictionary = choice & 1 == 0 ? [] : Array(rest.prefix(choice))
  fuzzMeasured(
    LZ4.self, rest, options: .init(storesSize: choice & 2 != 0, dictionary: dictionary))
  let effort: LZ4.Effort =
    choice & 4 == 0 ? .fast(acceleration: choice >> 3) : .high(level: choice >> 3 & 15)
  fuzzRoundTrip(
    LZ4.self, rest, encode: .init(effort: effort, dictionary: dictionary),
    decode: .init(dictionary: dictionary))
  fuzzRoundTrip(
    LZ4Frame.self, rest,
    encode: .init(
      effort: effort, linksBlocks: choice & 8 != 0, hasBlockChecksums: choice & 16 != 0,
      hasContentChecksum: choice & 32 != 0, dictionary: dictionary),
    decode: .init(dictionary: dictionary))
  fuzzRoundTrip(
    LZ4H5.self, rest, encode: .init(blockByteCount: 1 + choice), decode: .init())
  return 0
}
