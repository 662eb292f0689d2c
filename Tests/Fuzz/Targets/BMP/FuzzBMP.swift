// SPDX-License-Identifier: Apache-2.0
// Seeds: bmp
// Options: -max_len=1200

import Codecs
import FuzzSupport

/// Any bytes decode or throw, in every mode; what inspect says is what decode returns; the outline
/// claims every byte once.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let file = unsafe FuzzInput(start, count).bytes
  let source = file.rawSpan
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 10
  let modes: [(DecodePolicy.Leniency, BMP.DecodeOptions)] = [
    (.strict, .init()), (.standard, .init(stored: true)),
    (.salvage, .init(stored: false, alpha: .any)),
  ]
  for (leniency, options) in modes {
    policy.leniency = leniency
    guard let image = try? BMP.decode(source, options: options, policy: policy) else { continue }
    do throws(CodecError) {
      let properties = try BMP.inspect(source, options: options, policy: policy)
      require(properties.shape == image.shape, "\(properties.shape) but \(image.shape)")
      require(properties.dtype == image.dtype, "\(properties.dtype) but \(image.dtype)")
    } catch { require(false, "decodes but does not inspect: \(error)") }
  }
  _ = try? BMP.metadata(
    source, options: .init(stored: true), policy: policy, excludingApplied: false)
  guard let outline = try? BMP.outline(Bytes(file), policy: policy) else { return 0 }
  require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  return 0
}
