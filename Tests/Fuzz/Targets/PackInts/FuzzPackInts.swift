// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Unpacking anything of any width, and packing what was unpacked.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let run = input.int(0...300)
  let options = PackInts.Options(
    bitCount: input.int(0...34), runLength: run == 0 ? nil : run,
    bitOrder: input.pick([
      .mostSignificantFirst, .mostSignificantFirst, .leastSignificantFirst, .gigEVision,
    ]))
  let packed = Array(input.bytes.dropFirst(input.position))
  guard let values = try? PackInts.decode(packed, options: options) else { return 0 }
  let again = try? PackInts.encode(values, options: options)
  let back = again.flatMap { try? PackInts.decode($0, options: options) }
  require(back?.starts(with: values) == true, "packing and unpacking changes values")
  fuzzDecode(PackInts.self, packed, options: options)
  return 0
}
