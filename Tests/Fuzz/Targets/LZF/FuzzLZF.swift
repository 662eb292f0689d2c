// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything with and without a size, and the round trips.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe FuzzInput(start, count)
  for options in [LZF.Options(), LZF.Options(storesSize: true)] {
    fuzzMeasured(LZF.self, input.bytes, options: options)
    fuzzRoundTrip(LZF.self, input.bytes, encode: options, decode: options)
  }
  return 0
}
