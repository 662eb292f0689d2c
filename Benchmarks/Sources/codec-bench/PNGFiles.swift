// SPDX-License-Identifier: Apache-2.0

import Codecs

/// Whole PNG files, checksums verified. Beside each file given, the same picture saved as RGBA,
/// grey, palette, RGB of 16 bits and RGBA of 16 bits.
enum PNGFiles {
  static var benchmarks: [Benchmark] {
    [
      Benchmark(name: "png-decode") { inputs in
        pictures(inputs).flatMap { picture in
          picture.variants.map { decode("\(picture.name).\($0.name)", $0.file) }
        }
      }
    ]
  }

  struct Picture {
    var name: String
    var image: NDArray
    var variants: [(name: String, file: [UInt8])]
  }

  static func pictures(_ inputs: Inputs) -> [Picture] {
    var files = inputs.files.filter { $0.isPNG }.map { ($0.name, $0.bytes) }
    if files.isEmpty, let made = try? PNG.encode(generated(inputs.isSmoke ? 60 : 700)) {
      files = [("generated", made)]
    }
    return files.compactMap { name, file in
      guard var reader = try? PNG.Reader(Bytes(file)), let image = try? reader.read(0) else {
        fail("\(name) cannot be read\n")
      }
      var variants = [(name: "png", file: file)]
      if image.rank == 3, image.shape[2] == 3, image.dtype == .uint8,
        let more = try? saved(image)
      {
        variants += more
      }
      return Picture(name: name, image: image, variants: variants)
    }
  }

  /// The picture in other pixel formats.
  private static func saved(_ image: NDArray) throws -> [(name: String, file: [UInt8])] {
    let samples = image.array(as: UInt8.self)
    let (height, width) = (image.shape[0], image.shape[1])
    let pixels = stride(from: 0, to: samples.count, by: 3)
    let grey = pixels.map { i -> UInt8 in
      UInt8((Int(samples[i]) + 2 * Int(samples[i + 1]) + Int(samples[i + 2])) / 4)
    }
    var rgba: [UInt8] = []
    for i in pixels { rgba += samples[i..<(i + 3)] + [255 - grey[i / 3] / 4] }
    // A palette of 3 bits of red, 3 of green and 2 of blue.
    let indices = pixels.map { i -> UInt8 in
      let (r, g, b) = (samples[i] & 0xE0, samples[i + 1] >> 3, samples[i + 2] >> 6)
      return r | (g & 0x1C) | b
    }
    var palette: [UInt8] = []
    for index in 0..<256 {
      palette += [index & 0xE0, (index << 3) & 0xE0, (index << 6) & 0xC0].map { UInt8($0) }
    }
    var random = Inputs.Random(state: 3)
    func deep(_ values: [UInt8]) -> [UInt16] {
      // Noise in the low bits, as a camera has.
      values.map { UInt16($0) << 8 | UInt16(truncatingIfNeeded: random.next() & 0x3F) }
    }
    let wide = deep(samples)
    return [
      ("rgba", try PNG.encode(NDArray(rgba, shape: [height, width, 4]))),
      ("grey", try PNG.encode(NDArray(grey, shape: [height, width]))),
      (
        "palette",
        try PNG.encode(
          NDArray(indices, shape: [height, width]),
          metadata: ["palette": .ndarray(NDArray(palette, shape: [256, 3]))])
      ),
      ("rgb16", try PNG.encode(NDArray(wide, shape: [height, width, 3]))),
      ("rgba16", try PNG.encode(NDArray(deep(rgba), shape: [height, width, 4]))),
    ]
  }

  /// Smooth colours with some noise.
  private static func generated(_ side: Int) throws -> NDArray {
    var random = Inputs.Random(state: 5)
    var samples: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        for channel in 1...3 {
          let value = (x * channel + y * 2) / 7 + Int(random.next() % 6)
          samples.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return try NDArray(samples, shape: [side, side, 3])
  }

  private static func decode(_ name: String, _ file: [UInt8]) -> Case {
    guard let reader = try? PNG.Reader(Bytes(file)), let properties = try? reader.properties(0)
    else { fail("\(name) cannot be read\n") }
    let rowByteCount = properties.shape.dropFirst().reduce(properties.dtype.byteCount, *)
    let byteCount = rowByteCount * properties.shape[0]
    let source = Bytes(file)
    let (a, b, c) = (Memory(byteCount), Memory(byteCount), Memory(byteCount))
    var expected: [UInt8]?
    return Case(
      input: name, byteCount: byteCount,
      ours: Candidate("ours", a) {
        var target = MutableRawSpan(_unsafeBytes: a.bytes)
        do {
          var reader = try PNG.Reader(source)
          try reader.decode(into: &target, rowStride: rowByteCount)
          a.count = byteCount
        } catch { a.count = -1 }
      },
      peers: [
        Candidate(Peers.libpng, b, run: Peers.libpngDecoder(Memory(file), b)),
        Candidate(Peers.libspng, c, run: Peers.libspngDecoder(Memory(file), c)),
      ],
      check: { output in
        defer { expected = output }
        return output.count == byteCount && output == expected ?? output ? nil : "differs"
      })
  }
}
