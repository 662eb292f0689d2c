// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything, and the round trip of samples of any size.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let choice = Int(input.byte())
  var options = DICOMRLE.Options(
    elementByteCount: [1, 2, 4, 8][choice & 3], isBigEndian: choice & 4 != 0,
    sampleCount: 1 + choice >> 3 & 3, columnCount: choice >> 5 == 0 ? nil : choice >> 5)
  let rest = Array(input.bytes.dropFirst())
  let segments = options.elementByteCount * options.sampleCount
  if segments <= 15 {
    let whole = Array(rest[..<(rest.count / segments * segments)])
    fuzzRoundTrip(DICOMRLE.self, whole, encode: options, decode: options)
  }
  fuzzMeasured(DICOMRLE.self, rest, options: options)
  options.pixelCount = choice
  fuzzMeasured(DICOMRLE.self, rest, options: options)
  return 0
}
