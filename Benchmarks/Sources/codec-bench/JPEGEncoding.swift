// SPDX-License-Identifier: Apache-2.0

import Codecs

/// Writing JPEG beside libjpeg-turbo, whose file ours must be to the byte; but small files are beside
/// its progressive ones, which they are to be smaller than.
enum JPEGEncoding {
  static var benchmarks: [Benchmark] {
    [
      make("420", JPEGSettings()), make("444", JPEGSettings(sampling: (1, 1))),
      make("optimised", JPEGSettings(isOptimized: true)),
      make("progressive", JPEGSettings(isProgressive: true)),
      make("arithmetic", JPEGSettings(isArithmetic: true)),
      // The standard's codes do not reach beyond 8 bits.
      make("12bit", JPEGSettings(isOptimized: true, precision: 12)),
      Benchmark(name: "jpeg-encode-lossless", cases: lossless),
      make("small", JPEGSettings(isProgressive: true, isOptimized: true), isSmall: true),
    ]
  }

  private static func make(
    _ name: String, _ settings: JPEGSettings, isSmall: Bool = false
  ) -> Benchmark {
    Benchmark(name: "jpeg-encode-\(name)") { inputs in
      JPEGPicture.all(inputs).flatMap { picture in
        [75, 90].flatMap { quality in
          var settings = settings
          settings.quality = CInt(quality)
          return encode("\(picture.name).q\(quality)", picture, settings, isSmall: isSmall)
        }
      }
    }
  }

  private static func lossless(_ inputs: Inputs) -> [Case] {
    JPEGPicture.all(inputs).flatMap { picture in
      JPEGPicture.rasters(picture).flatMap { raster in
        encode(
          "\(picture.name).\(raster.name)", raster.picture,
          JPEGSettings(
            sampling: (1, 1), isOptimized: true, precision: raster.bits,
            predictor: raster.predictor))
      }
    }
  }

  /// - Returns: nothing when no library writes such files.
  private static func encode(
    _ name: String, _ picture: JPEGPicture, _ settings: JPEGSettings, isSmall: Bool = false
  ) -> [Case] {
    let isPlain = settings.precision == 8 && settings.predictor == nil
    let libraries = isPlain ? LibJPEG.all : LibJPEG.all.filter { $0.isComplete }
    guard !libraries.isEmpty else { return [] }
    let pixels = settings.precision == 8 ? Memory(picture.pixels) : picture.deep(settings.precision)
    let image = picture.array(pixels, isDeep: settings.precision > 8)
    var options = JPEG.WriteOptions(quality: Int(settings.quality))
    options.isProgressive = settings.isProgressive
    options.optimizesCodes = settings.isOptimized
    options.isArithmetic = settings.isArithmetic
    options.isSmall = isSmall
    if settings.precision > 8 { options.bitsPerSample = Int(settings.precision) }
    if let predictor = settings.predictor {
      options.isLossless = true
      options.predictor = Int(predictor)
    } else {
      options.subsampling = JPEG.Subsampling(
        horizontal: Int(settings.sampling.h), vertical: Int(settings.sampling.v))
    }
    let limit = 2 * pixels.count + 65_536
    let ours = Memory(limit)
    var expected: [UInt8]?
    return [
      Case(
        input: name, byteCount: pixels.count,
        ours: Candidate("ours", ours) {
          guard let file = try? JPEG.encode(image, options: options) else {
            ours.count = -1
            return
          }
          ours.bytes.copyBytes(from: file)
          ours.count = file.count
        },
        peers: libraries.map { library in
          let output = Memory(limit)
          return Candidate(
            library.name, output,
            run: library.encoder(
              pixels, width: picture.width, height: picture.height, channels: picture.channels,
              settings, output))
        },
        check: { output in
          defer { expected = expected ?? output }
          guard let ours = expected else { return output.isEmpty ? "no file" : nil }
          guard isSmall else { return output == ours ? nil : "differs" }
          var reader = try? JPEG.Reader(Bytes(ours))
          guard (try? reader?.read(0))?.shape == image.shape else { return "ours is unreadable" }
          return ours.count < output.count ? nil : "ours is no smaller"
        }, reportsSize: true)
    ]
  }
}
