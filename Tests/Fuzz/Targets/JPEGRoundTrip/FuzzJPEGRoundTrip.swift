// SPDX-License-Identifier: Apache-2.0

import Codecs
import FuzzSupport

/// An image drawn from the input gives the same pixels whichever way its coefficients are coded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let channels = input.pick([1, 3, 4])
  let (width, height) = (input.int(1...50), input.int(1...50))
  var options = JPEG.WriteOptions(quality: input.int(1...100))
  if channels == 4 { options.input = .cmyk }
  if channels == 3 {
    options.subsampling = .init(
      horizontal: input.pick([1, 2, 4]), vertical: input.pick([1, 2]))
  }
  options.restartInterval = input.pick([0, 0, 1, 5])
  let shape = channels == 1 ? [height, width] : [height, width, channels]
  let isWide = input.bool()
  if isWide { options.bitsPerSample = 12 }
  let count = shape.reduce(1, *)
  let samples = input.fill(isWide ? 2 * count : count)
  do {
    let image =
      isWide
      ? try NDArray(
        (0..<count).map { UInt16(samples[2 * $0]) | UInt16(samples[2 * $0 + 1] & 15) << 8 },
        shape: shape)
      : try NDArray(samples, shape: shape)
    var expected: NDArray?
    for (progressive, optimized, arithmetic) in [
      (false, false, false), (false, true, false), (true, false, false), (false, false, true),
      (true, false, true),
    ] {
      options.isProgressive = progressive
      options.optimizesCodes = optimized
      options.isArithmetic = arithmetic
      let file = try JPEG.encode(image, options: options)
      var diagnostics = Diagnostics()
      let back = try JPEG.decode(
        file.rawSpan, options: JPEG.DecodeOptions(), policy: .strict, diagnostics: &diagnostics)
      require(expected == nil || back == expected, "codings differ")
      require(back.shape == shape, "another shape")
      expected = back
    }
    options.isSmall = true
    let small = try JPEG.encode(image, options: options)
    var warnings = Diagnostics()
    let near = try JPEG.decode(
      small.rawSpan, options: JPEG.DecodeOptions(), policy: .strict, diagnostics: &warnings)
    require(near.shape == shape, "another shape of a small file")
    options.isSmall = false
    options.isLossless = true
    options.isProgressive = false
    options.isArithmetic = false
    options.subsampling = nil
    options.restartInterval = options.restartInterval == 0 ? 0 : width
    options.predictor = input.int(1...7)
    options.pointTransform = input.pick([0, 0, 1, 7])
    let file = try JPEG.encode(image, options: options)
    var diagnostics = Diagnostics()
    let back = try JPEG.decode(
      file.rawSpan, options: JPEG.DecodeOptions(), policy: .strict, diagnostics: &diagnostics)
    require(back.shape == shape && back.dtype == image.dtype, "another shape without loss")
    require(options.pointTransform > 0 || back == image, "loss")
  } catch { require(false, "\(error)") }
  return 0
}
