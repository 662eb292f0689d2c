// SPDX-License-Identifier: Apache-2.0
// Seeds: hdr
// Options: -max_len=2000

import Codecs
import FuzzSupport

/// Any bytes decode or throw, with and without header; the outline claims every byte once; what was
/// decoded stays itself once it is written and read.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let file = input.bytes
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 14
  let bare = RGBE.DecodeOptions(
    shape: [input.int(0...9), input.int(0...40), 3], usesRuns: input.bool())
  for options in [RGBE.DecodeOptions(), bare] {
    for leniency in [DecodePolicy.Leniency.strict, .salvage] {
      policy.leniency = leniency
      guard let image = try? RGBE.decode(file, options: options, policy: policy) else { continue }
      let properties = try? RGBE.inspect(file.rawSpan, options: options, policy: policy)
      require(properties?.shape == image.shape, "other properties than the image")
      check(image, storesHeader: input.bool(), usesRuns: input.bool())
    }
  }
  if let outline = try? RGBE.outline(Bytes(file), policy: policy) {
    require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  }
  return 0
}

/// The first encoding may cut mantissas that were not normalised, the second must not.
func check(_ image: NDArray, storesHeader: Bool, usesRuns: Bool) {
  let encode = RGBE.EncodeOptions(storesHeader: storesHeader, usesRuns: usesRuns)
  let decode =
    storesHeader ? RGBE.DecodeOptions() : .init(shape: image.shape, usesRuns: usesRuns)
  do throws(CodecError) {
    let once = try RGBE.decode(try RGBE.encode(image, options: encode), options: decode)
    let twice = try RGBE.decode(try RGBE.encode(once, options: encode), options: decode)
    require(once.shape == image.shape && twice == once, "\(image.shape) differs")
  } catch { require(false, "\(image.shape): \(error)") }
}
