// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything with and without a size, and the round trips with any strategy.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let choice = Int(input.byte())
  let rest = Array(input.bytes.dropFirst())
  var strategy = choice & 1 == 0 ? PGLZ.Strategy.standard : .always
  if choice & 2 != 0 { strategy.goodMatchDrop = choice }
  for storesSize in [false, true] {
    fuzzDecode(PGLZ.self, rest, options: .init(storesSize: storesSize))
    fuzzRoundTrip(
      PGLZ.self, rest, encode: .init(storesSize: storesSize, strategy: strategy),
      decode: .init(storesSize: storesSize))
  }
  return 0
}
