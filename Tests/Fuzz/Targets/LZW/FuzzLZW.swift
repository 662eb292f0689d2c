// SPDX-License-Identifier: Apache-2.0
// Seeds: lzw/wuffs-gif
import Codecs
import FuzzSupport

/// Decoding anything in any variant, and the round trip.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let choice = Int(input.byte()) % 11
  let rest = Array(input.bytes.dropFirst())
  let variant: LZW.Variant? =
    choice == 0
    ? nil : choice == 1 ? .tiff : choice == 2 ? .oldTIFF : .gif(minimumCodeSize: choice - 2)
  fuzzMeasured(LZW.self, rest, options: .init(variant: variant))
  var mask: UInt8 = 255
  if case .gif(let size) = variant { mask = UInt8(truncatingIfNeeded: (1 << size) - 1) }
  fuzzRoundTrip(
    LZW.self, rest.map { $0 & mask }, encode: .init(variant: variant ?? .tiff),
    decode: .init(variant: variant))
  return 0
}
