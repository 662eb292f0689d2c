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
  // What else varies, the last byte says.
  let last = file.last ?? 0
  var scaled = JPEG.DecodeOptions()
  scaled.reduction = JPEG.Reduction(rawValue: 1 + Int(last ^ last >> 4) & 7) ?? .none
  scaled.output = [.automatic, .rgba, .grey, .bgr][Int(last >> 2 & 3)]
  scaled.smoothsBlocks = last & 16 == 0
  // The file's own first bytes as tables: they are segments in any case.
  if last & 32 != 0 { scaled.tables = Array(file.prefix(600)) }
  // One thing at a time: more executions a second find more than more checks of each.
  switch (Int(last) ^ count) & 3 {
  case 0: check(file, interpolated, policy, .standard)
  case 1: check(file, plain, policy, .strict)
  case 2: check(file, scaled, policy, .salvage)
  default:
    policy.leniency = last & 4 == 0 ? .standard : .salvage
    checkJobs(
      source, last & 64 == 0 ? interpolated : scaled, policy, width: last & 128 == 0 ? 2 : 5)
  }
  if last & 8 == 0 { checkOutlines(file, policy) }
  return 0
}

/// What decodes has the shape that its header tells, and regions that are parts of it.
private func check(
  _ file: [UInt8], _ options: JPEG.DecodeOptions, _ policy: DecodePolicy,
  _ leniency: DecodePolicy.Leniency
) {
  var policy = policy
  policy.leniency = leniency
  var diagnostics = Diagnostics()
  guard
    let image = try? JPEG.decode(
      file.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
  else { return }
  do throws(CodecError) {
    let properties = try JPEG.inspect(file.rawSpan, options: options, policy: policy)
    require(properties.shape == image.shape, "\(properties.shape) but \(image.shape)")
    require(properties.dtype == image.dtype, "\(properties.dtype) but \(image.dtype)")
  } catch { require(false, "decodes but does not inspect: \(error)") }
  checkRegion(of: image, file, options, policy, Int(file.last ?? 0))
}

/// Outlines claim every byte once.
private func checkOutlines(_ file: [UInt8], _ policy: DecodePolicy) {
  guard let outline = try? JPEG.outline(Bytes(file), policy: policy) else { return }
  require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  guard let deep = try? JPEG.deepOutline(Bytes(file), policy: policy) else {
    require(false, "an outline, but not a deep one")
    return
  }
  require(deep.unclaimed.isEmpty && deep.overlaps.isEmpty, "bytes not claimed once, deep")
}

/// Several jobs give what one gives: pixels, warnings, errors.
private func checkJobs(
  _ source: RawSpan, _ options: JPEG.DecodeOptions, _ policy: DecodePolicy, width: Int
) {
  func decode(_ concurrency: Concurrency) -> (NDArray?, Diagnostics, CodecError?) {
    var policy = policy
    policy.concurrency = concurrency
    var diagnostics = Diagnostics()
    do throws(CodecError) {
      let image = try JPEG.decode(
        source, options: options, policy: policy, diagnostics: &diagnostics)
      return (image, diagnostics, nil)
    } catch {
      return (nil, diagnostics, error)
    }
  }
  var backwards = Concurrency(width: width) { count, job in
    for index in (0..<count).reversed() { job(index) }
  }
  backwards.leastPixelCount = 1
  require(decode(backwards) == decode(.serial), "\(width) jobs differ from one")
}

/// A region is that part of the whole; what a damaged file has below it does not count.
private func checkRegion(
  of image: NDArray, _ file: [UInt8], _ options: JPEG.DecodeOptions, _ policy: DecodePolicy,
  _ seed: Int
) {
  let (height, width) = (image.shape[0], image.shape[1])
  let (y, x) = (seed * 7 % height, seed * 5 % width)
  let region = Region(
    x: x, y: y, width: 1 + seed % (width - x), height: 1 + seed * 3 % (height - y))
  var diagnostics = Diagnostics()
  guard
    let part = try? JPEG.decode(
      file.rawSpan, region: region, options: options, policy: policy, diagnostics: &diagnostics)
  else {
    require(false, "decodes, but not a region")
    return
  }
  let pixelByteCount = image.byteCount / (width * height)
  let (whole, found) = (image.bytes, part.bytes)
  for row in 0..<region.height {
    let start = ((y + row) * width + x) * pixelByteCount
    let count = region.width * pixelByteCount
    let isSame =
      [UInt8](copying: whole.extracting(start..<(start + count)))
      == [UInt8](copying: found.extracting((row * count)..<((row + 1) * count)))
    require(isSame, "another region")
  }
}
