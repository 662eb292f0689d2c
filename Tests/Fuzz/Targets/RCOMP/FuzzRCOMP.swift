// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Decoding anything, and the round trip of integers of any size in blocks of any length.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let size = input.pick([1, 2, 4])
  let length = input.int(1...70)
  let rest = Array(input.bytes.dropFirst(input.position))
  fuzzDecode(
    RCOMP.self, rest,
    options: .init(elementByteCount: size, blockLength: length, elementCount: input.int(0...2_000)))
  let whole = Array(rest[..<(rest.count / size * size)])
  let options = RCOMP.Options(
    elementByteCount: size, blockLength: length, elementCount: whole.count / size)
  fuzzRoundTrip(RCOMP.self, whole, encode: options, decode: options)
  return 0
}
