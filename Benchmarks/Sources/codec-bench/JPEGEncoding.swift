// SPDX-License-Identifier: Apache-2.0

import Codecs

/// Writing JPEG beside libjpeg-turbo, whose file ours must be to the byte.
enum JPEGEncoding {
  static var benchmarks: [Benchmark] {
    [
      make("420", JPEGSettings()), make("444", JPEGSettings(sampling: (1, 1))),
      make("optimised", JPEGSettings(isOptimized: true)),
      make("progressive", JPEGSettings(isProgressive: true)),
    ]
  }

  private static func make(_ name: String, _ settings: JPEGSettings) -> Benchmark {
    Benchmark(name: "jpeg-encode-\(name)") { inputs in
      JPEGPicture.all(inputs).flatMap { picture in
        [75, 90].map { quality in
          var settings = settings
          settings.quality = CInt(quality)
          return encode("\(picture.name).q\(quality)", picture, settings)
        }
      }
    }
  }

  private static func encode(
    _ name: String, _ picture: JPEGPicture, _ settings: JPEGSettings
  ) -> Case {
    guard
      let image = try? NDArray(
        picture.pixels, shape: [picture.height, picture.width, picture.channels])
    else { fail("\(name) is no array\n") }
    var options = JPEG.WriteOptions(quality: Int(settings.quality))
    options.subsampling = JPEG.Subsampling(
      horizontal: Int(settings.sampling.h), vertical: Int(settings.sampling.v))
    options.isProgressive = settings.isProgressive
    options.optimizesCodes = settings.isOptimized
    let pixels = Memory(picture.pixels)
    let limit = picture.pixels.count + 65_536
    let ours = Memory(limit)
    var expected: [UInt8]?
    return Case(
      input: name, byteCount: picture.pixels.count,
      ours: Candidate("ours", ours) {
        guard let file = try? JPEG.encode(image, options: options) else {
          ours.count = -1
          return
        }
        ours.bytes.copyBytes(from: file)
        ours.count = file.count
      },
      peers: LibJPEG.all.map { library in
        let output = Memory(limit)
        return Candidate(
          library.name, output,
          run: library.encoder(
            pixels, width: picture.width, height: picture.height, channels: picture.channels,
            settings, output))
      },
      check: { output in
        defer { expected = output }
        return !output.isEmpty && output == expected ?? output ? nil : "differs"
      }, reportsSize: true)
  }
}
