// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything, and the round trip.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe FuzzInput(start, count)
  fuzzMeasured(Snappy.self, input.bytes, options: .init())
  fuzzRoundTrip(Snappy.self, input.bytes, encode: .init(), decode: .init())
  return 0
}
