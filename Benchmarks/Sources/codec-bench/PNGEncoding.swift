// SPDX-License-Identifier: Apache-2.0

import Codecs

/// Writing PNG: the same level on both sides, and our fast preset beside libpng's fastest level.
enum PNGEncoding {
  static var benchmarks: [Benchmark] {
    [
      Benchmark(name: "png-encode") { inputs in
        PNGFiles.pictures(inputs).flatMap { picture in
          [1, 6, 9].map { level in
            var options = PNG.WriteOptions()
            options.compressionLevel = level
            return encode("\(picture.name):\(level)", picture.image, options, theirLevel: level)
          }
        }
      },
      Benchmark(name: "png-encode-fast") { inputs in
        PNGFiles.pictures(inputs).map { picture in
          var options = PNG.WriteOptions()
          options.preset = .fast
          return encode("\(picture.name)", picture.image, options, theirLevel: 1)
        }
      },
    ]
  }

  private static func encode(
    _ name: String, _ image: NDArray, _ options: PNG.WriteOptions, theirLevel: Int
  ) -> Case {
    let limit = image.byteCount + image.byteCount / 4 + 65_536
    let (a, b) = (Memory(limit), Memory(limit))
    return Case(
      input: name, byteCount: image.byteCount,
      ours: Candidate("ours", a) {
        guard let file = try? PNG.encode(image, options: options) else {
          a.count = -1
          return
        }
        a.bytes.copyBytes(from: file)
        a.count = file.count
      },
      peers: [Candidate(Peers.libpng, b, run: Peers.libpngEncoder(image, level: theirLevel, b))],
      check: { file in
        var reader = try? PNG.Reader(Bytes(file))
        return (try? reader?.read(0)) == image ? nil : "reads as another image"
      },
      reportsSize: true)
  }
}
