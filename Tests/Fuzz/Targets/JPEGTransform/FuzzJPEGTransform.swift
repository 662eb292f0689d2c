// SPDX-License-Identifier: Apache-2.0
// Seeds: jpeg
// Options: -max_len=3000

import Codecs
import FuzzSupport

/// Any file is refused or changed into one that decodes, and an operation undone is as if it had
/// never been.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let file = unsafe FuzzInput(start, count).bytes
  guard let last = file.last else { return 0 }
  var policy = DecodePolicy.fuzzing
  policy.limits.maxPixels = 1 << 13
  policy.limits.maxScans = 20
  var diagnostics = Diagnostics()
  // Whole MCUs alone can be turned and turned back.
  let turns: [(JPEG.TransformOptions.Operation, JPEG.TransformOptions.Operation)] = [
    (.flipHorizontally, .flipHorizontally), (.flipVertically, .flipVertically),
    (.transpose, .transpose), (.transverse, .transverse), (.rotate90, .rotate270),
    (.rotate180, .rotate180), (.rotate270, .rotate90), (.none, .none),
  ]
  let (there, back) = turns[Int(last & 7)]
  var options = JPEG.TransformOptions()
  options.operation = there
  options.isProgressive = last & 8 != 0
  options.optimizesCodes = last & 16 != 0
  options.restartInterval = last & 32 == 0 ? 0 : 3
  options.isArithmetic = last & 64 != 0
  options.trims = true
  guard
    let turned = try? JPEG.transform(
      file.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
  else { return 0 }
  do throws(CodecError) {
    _ = try JPEG.decode(
      turned.rawSpan, options: JPEG.DecodeOptions(), policy: policy, diagnostics: &diagnostics)
    options.operation = back
    options.isPerfect = true
    let again: [UInt8]
    do throws(CodecError) {
      again = try JPEG.transform(
        turned.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
    } catch {
      // Restart intervals and edges that are gone change what each DC coefficient is taken from.
      let isTooWide = error.part == "DHT" || error.part == "DC"
      require(error.kind == .invalidArgument || isTooWide, "\(error)")
      return 0
    }
    options.operation = there
    let thrice = try JPEG.transform(
      again.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
    require(thrice == turned, "turning back and forth changes the file")
  } catch { require(false, "\(error)") }
  return 0
}
