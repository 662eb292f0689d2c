// SPDX-License-Identifier: Apache-2.0
// Seeds: qoi
import Codecs
import FuzzSupport

/// Any bytes decode or throw, the outline claims every byte once, and images are read back as they
/// were written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let file = input.bytes
  var policy = DecodePolicy.fuzzing
  for leniency in [DecodePolicy.Leniency.strict, .standard, .salvage] {
    policy.leniency = leniency
    guard let image = try? QOI.decode(file, options: .init(), policy: policy) else { continue }
    let properties = try? QOI.inspect(file.rawSpan, options: .init(), policy: policy)
    require(properties?.shape == image.shape, "other properties than the image")
  }
  if let outline = try? QOI.outline(Bytes(file), policy: policy) {
    require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  }
  let shape = [input.int(1...5), input.int(1...40), input.int(3...4)]
  do throws(CodecError) {
    let image = try NDArray(input.fill(shape[0] * shape[1] * shape[2]), shape: shape)
    let back = try QOI.decode(try QOI.encode(image), options: .init(), policy: .strict)
    require(back == image, "\(shape) differs")
  } catch { require(false, "\(shape): \(error)") }
  return 0
}
