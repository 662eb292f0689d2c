// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Events of any widths on frames of any size.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let options = EER.DecodeOptions(
    width: input.int(0...70), height: input.int(0...70), skipBitCount: input.int(0...17),
    horizontalBitCount: input.int(0...9), verticalBitCount: input.int(0...9),
    superresolution: input.int(0...9), elementByteCount: input.int(1...2))
  fuzzDecode(EER.self, Array(input.bytes.dropFirst(input.position)), options: options)
  return 0
}
