// SPDX-License-Identifier: Apache-2.0
// Seeds: codec/libaec-121B2
import Codecs
import FuzzSupport

/// Decoding anything, and the round trip, in any layout.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let flags = Int(input.byte())
  let width = input.int(1...32)
  let options = AEC.Options(
    bitCount: width, blockLength: input.pick([8, 16, 32, 64]),
    intervalBlockCount: input.int(1...200), usesThreeBytes: flags & 2 != 0,
    isBigEndian: flags & 4 != 0, predicts: flags & 8 != 0,
    isRestricted: flags & 16 != 0 && width < 5,
    alignsIntervals: flags & 32 != 0)
  let rest = Array(input.bytes.dropFirst(input.position))
  var signed = options
  signed.isSigned = flags & 1 != 0
  _ = try? AEC.decode(rest, byteCount: 5_000, options: signed)
  signed.sampleCount = flags
  _ = try? AEC.decode(rest, options: signed, limits: Limits(maxOutputBytes: 1 << 16))
  // Bits above those of a sample are not kept: samples that fill their bytes only.
  guard width == options.sampleByteCount * 8 else { return 0 }
  let whole = Array(rest[..<(rest.count / options.sampleByteCount * options.sampleByteCount)])
  fuzzRoundTrip(AEC.self, whole, encode: options, decode: options)
  return 0
}
