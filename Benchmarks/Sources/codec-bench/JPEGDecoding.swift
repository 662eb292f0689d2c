// SPDX-License-Identifier: Apache-2.0

import Codecs
import IIO

/// Decoding JPEG files into memory of the caller's, beside libjpeg-turbo, whose pixels ours must
/// be. Photographs are saved at qualities 75 and 90 first; JPEG files are taken as they are.
enum JPEGDecoding {
  static var benchmarks: [Benchmark] {
    [
      subsampled("420", (2, 2)), subsampled("422", (2, 1)), subsampled("444", (1, 1)),
      Benchmark(name: "jpeg-decode-grey") { inputs in
        saved(JPEGPicture.all(inputs).map(\.grey), JPEGSettings())
      },
      Benchmark(name: "jpeg-decode-progressive") { inputs in
        saved(JPEGPicture.all(inputs), JPEGSettings(isProgressive: true))
          + given(inputs) { $0.isProgressive }
      },
      Benchmark(name: "jpeg-decode-small") { inputs in
        saved([256, 128, 64, 16].map { JPEGPicture.first(inputs).cut($0) }, JPEGSettings())
      },
      Benchmark(name: "jpeg-decode-scaled") { inputs in
        JPEGPicture.all(inputs).flatMap { picture in
          [JPEG.Reduction.half, .quarter, .eighth].flatMap { reduction in
            saved([picture], JPEGSettings(), reduction: reduction)
          }
        }
      },
      Benchmark(name: "jpeg-decode-eighths") { inputs in
        [JPEG.Reduction.sevenEighths, .threeQuarters, .fiveEighths, .threeEighths].flatMap {
          saved(JPEGPicture.all(inputs), JPEGSettings(), reduction: $0)
        }
      },
      Benchmark(name: "jpeg-decode-12bit") { inputs in
        guard let library = LibJPEG.complete else { return [] }
        return saved(JPEGPicture.all(inputs), JPEGSettings(precision: 12), by: library)
      },
      Benchmark(name: "jpeg-decode-lossless", cases: lossless),
      Benchmark(name: "jpeg-decode-threads") { inputs in
        JPEGPicture.all(inputs).filter { inputs.isSmoke || $0.pixels.count >= 18_000_000 }.map {
          threads("\($0.name).q75", $0.file(JPEGSettings()))
        }
          + inputs.files.filter { $0.isJPEG && $0.bytes.count >= 1 << 20 }.map {
            threads($0.name, $0.bytes)
          }
      },
      Benchmark(name: "jpeg-decode-arithmetic") { inputs in
        saved(JPEGPicture.all(inputs), JPEGSettings(isArithmetic: true))
      },
    ]
  }

  /// Files of one way of subsampling, made here or given.
  private static func subsampled(_ name: String, _ sampling: (h: CInt, v: CInt)) -> Benchmark {
    Benchmark(name: "jpeg-decode-\(name)") { inputs in
      saved(JPEGPicture.all(inputs), JPEGSettings(sampling: sampling))
        + given(inputs) {
          $0.h == Int(sampling.h) && $0.v == Int(sampling.v) && !$0.isProgressive
        }
    }
  }

  /// The JPEG files of the command line that are wanted.
  private static func given(
    _ inputs: Inputs, _ isWanted: ((h: Int, v: Int, isProgressive: Bool)) -> Bool
  ) -> [Case] {
    inputs.files.filter { $0.jpegFrame.map(isWanted) ?? false }.map { decode($0.name, $0.bytes) }
  }

  /// Each picture saved at two qualities.
  private static func saved(
    _ pictures: [JPEGPicture], _ settings: JPEGSettings, reduction: JPEG.Reduction = .none,
    by library: LibJPEG = .linked
  ) -> [Case] {
    pictures.flatMap { picture in
      [75, 90].map { quality in
        var settings = settings
        settings.quality = CInt(quality)
        let suffix = reduction == .none ? "" : ".\(reduction.rawValue)of8"
        return decode(
          "\(picture.name).q\(quality)\(suffix)", picture.file(settings, by: library), reduction,
          peers: library.isComplete ? [library] : LibJPEG.all)
      }
    }
  }

  /// Two threads beside one, by the clock on the wall.
  private static func threads(_ name: String, _ file: [UInt8]) -> Case {
    let options = JPEG.DecodeOptions()
    guard let properties = try? JPEG.inspect(file.span.bytes, options: options) else {
      fail("\(name) cannot be read\n")
    }
    let byteCount = properties.shape.reduce(properties.dtype.byteCount, *)
    let source = Memory(file)
    var expected: [UInt8]?
    func candidate(_ name: String, _ threads: Int) -> Candidate {
      let output = Memory(byteCount)
      let policy = DecodePolicy(concurrency: .threads(threads))
      return Candidate(name, output) {
        var target = MutableRawSpan(_unsafeBytes: output.bytes)
        var diagnostics = Diagnostics()
        do {
          try JPEG.decode(
            source.span, into: &target, options: options, policy: policy,
            diagnostics: &diagnostics)
          output.count = byteCount
        } catch { output.count = -1 }
      }
    }
    return Case(
      input: name, byteCount: byteCount, ours: candidate("two threads", 2),
      peers: [candidate("one thread", 1)],
      check: { output in
        defer { expected = output }
        return output.count == byteCount && output == expected ?? output ? nil : "differs"
      }, usesWallClock: true)
  }

  private static func lossless(_ inputs: Inputs) -> [Case] {
    guard let library = LibJPEG.complete else { return [] }
    return JPEGPicture.all(inputs).flatMap { picture in
      JPEGPicture.rasters(picture).map { raster in
        let settings = JPEGSettings(precision: raster.bits, predictor: raster.predictor)
        return decode(
          "\(picture.name).\(raster.name)", raster.picture.file(settings, by: library),
          peers: [library])
      }
    }
  }

  private static func decode(
    _ name: String, _ file: [UInt8], _ reduction: JPEG.Reduction = .none,
    peers: [LibJPEG] = LibJPEG.all
  ) -> Case {
    var options = JPEG.DecodeOptions()
    options.reduction = reduction
    guard let properties = try? JPEG.inspect(file.span.bytes, options: options) else {
      fail("\(name) cannot be read\n")
    }
    let byteCount = properties.shape.reduce(properties.dtype.byteCount, *)
    let source = Memory(file)
    let ours = Memory(byteCount)
    var expected: [UInt8]?
    return Case(
      input: name, byteCount: byteCount,
      ours: Candidate("ours", ours) {
        var target = MutableRawSpan(_unsafeBytes: ours.bytes)
        var diagnostics = Diagnostics()
        do {
          try JPEG.decode(source.span, into: &target, options: options, diagnostics: &diagnostics)
          ours.count = byteCount
        } catch { ours.count = -1 }
      },
      peers: peers.map { library in
        let output = Memory(byteCount)
        return Candidate(
          library.name, output,
          run: library.decoder(source, output, scale: reduction.rawValue))
      },
      check: { output in
        defer { expected = output }
        return output.count == byteCount && output == expected ?? output ? nil : "differs"
      })
  }
}
