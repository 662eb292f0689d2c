// SPDX-License-Identifier: Apache-2.0
// Seeds: jpeg
// Options: -max_len=3000

import Codecs
import FuzzSupport

/// Any bytes decode or throw; what inspect says is what decode returns; the outline claims every
/// byte once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let file = unsafe FuzzInput(start, count).bytes
  let source = file.rawSpan
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 13
  policy.limits.maxScans = 20
  var interpolated = JPEG.DecodeOptions()
  interpolated.invertsAdobeCMYK = true
  var plain = JPEG.DecodeOptions()
  plain.output = .components
  plain.interpolatesChroma = false
  for (leniency, options) in [
    (DecodePolicy.Leniency.standard, interpolated), (.strict, plain),
  ] {
    policy.leniency = leniency
    var diagnostics = Diagnostics()
    guard
      let image = try? JPEG.decode(
        source, options: options, policy: policy, diagnostics: &diagnostics)
    else { continue }
    do throws(CodecError) {
      let properties = try JPEG.inspect(source, options: options, policy: policy)
      require(properties.shape == image.shape, "\(properties.shape) but \(image.shape)")
      require(properties.dtype == image.dtype, "\(properties.dtype) but \(image.dtype)")
    } catch { require(false, "decodes but does not inspect: \(error)") }
  }
  guard let outline = try? JPEG.outline(Bytes(file), policy: policy) else { return 0 }
  require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  return 0
}
