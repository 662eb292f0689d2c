// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything, with and without a header.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe FuzzInput(start, count)
  fuzzDecode(LZO.self, input.bytes, options: .init())
  fuzzDecode(LZO.self, input.bytes, options: .init(storesSize: true))
  return 0
}
