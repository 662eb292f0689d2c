// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Unpacking anything, and the round trip in rows of any length.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  fuzzMeasured(PackBits.self, input.bytes, options: .init())
  let row = Int(input.byte())
  fuzzRoundTrip(
    PackBits.self, input.bytes, encode: .init(rowByteCount: row == 0 ? nil : row), decode: .init())
  return 0
}
