// SPDX-License-Identifier: Apache-2.0
import Codecs
import FuzzSupport

/// Any bytes as a PNG file: read in every way there is, and what agrees must agree.
// Seeds: png
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe FuzzInput(start, count).bytes
  let source = Bytes(bytes)
  var policy = DecodePolicy.fuzzing
  guard var reader = try? PNG.Reader(source, policy: policy) else { return 0 }
  let index = reader.automaticIndex
  let properties = try? reader.properties(index)
  if let image = try? reader.read(index) {
    require(properties?.shape == image.shape, "the properties have another shape")
    require(properties?.dtype == image.dtype, "the properties have another type")
    policy.leniency = .salvage
    if var salvaging = try? PNG.Reader(source, policy: policy) {
      require((try? salvaging.read(index)) == image, "salvage gives other pixels")
      require(salvaging.diagnostics.damage == nil, "salvage sees damage")
    }
  } else {
    policy.leniency = .salvage
    if var salvaging = try? PNG.Reader(source, policy: policy) { _ = try? salvaging.read(index) }
  }
  var options = PNG.ReadOptions()
  options.stored = true
  if var stored = try? PNG.Reader(source, options: options, policy: policy) {
    let header = stored.header
    let region = Region(
      x: header.width / 3, y: header.height / 3, width: (header.width + 1) / 2,
      height: (header.height + 1) / 2)
    _ = try? stored.read(0, region: region)
  }
  _ = try? reader.metadata(index, excludingApplied: false)
  let outline = try? PNG.deepOutline(source, policy: policy)
  require(outline?.unclaimed ?? [] == [] && outline?.overlaps ?? [] == [], "bytes claimed not once")
  return 0
}
