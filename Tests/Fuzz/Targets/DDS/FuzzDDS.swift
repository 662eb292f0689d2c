// SPDX-License-Identifier: Apache-2.0
// Seeds: dds
// Options: -max_len=1000
import Codecs
import FuzzSupport

/// Any bytes decode or throw, as a file and as blocks of every format; the outline claims every byte
/// once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let file = input.bytes
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 14
  if let image = try? DDS.decode(file, options: .init(), policy: policy) {
    let properties = try? DDS.inspect(file.rawSpan, options: .init(), policy: policy)
    require(
      properties?.shape == image.shape && properties?.dtype == image.dtype,
      "other properties than the image")
  }
  if let outline = try? DDS.outline(Bytes(file), policy: policy) {
    require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  }
  let (width, height) = (input.int(1...17), input.int(1...9))
  for format in BCn.Format.allCases {
    _ = try? BCn.decode(
      file.rawSpan, format: format, width: width, height: height, policy: policy)
  }
  return 0
}
