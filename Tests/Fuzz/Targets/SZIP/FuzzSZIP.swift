// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything, with and without a size, and the round trip, in any layout.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let flags = input.byte()
  var options = SZIP.Options(
    pixelBitCount: input.pick([1, 5, 8, 12, 16, 24, 32, 64]), blockLength: input.int(1...16) * 2,
    scanlineLength: input.int(1...300), predicts: flags & 1 != 0, isBigEndian: flags & 2 != 0,
    storesSize: flags & 4 != 0)
  let rest = Array(input.bytes.dropFirst(input.position))
  _ = try? SZIP.decode(rest, byteCount: 5_000, options: options)
  _ = try? SZIP.decode(rest, options: options, limits: Limits(maxOutputBytes: 1 << 16))
  // Bits above those of a pixel are not kept: pixels that fill their bytes only.
  options.pixelBitCount = input.pick([8, 16, 32, 64])
  let whole = Array(rest[..<(rest.count / 8 * 8)])
  fuzzRoundTrip(SZIP.self, whole, encode: options, decode: options)
  return 0
}
