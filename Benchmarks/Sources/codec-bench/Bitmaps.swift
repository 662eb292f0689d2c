// SPDX-License-Identifier: Apache-2.0

import Codecs

/// `bmp-decode` and `bmp-encode`, beside a plain copy of the bytes that come out.
///
/// There is no C library of bitmaps to compare with; a copy is the least that one could do. Ours
/// allocates its result in every run, the copy does not.
enum Bitmaps {
  static var benchmarks: [Benchmark] {
    [
      Benchmark(name: "bmp-decode") { inputs in
        kinds(inputs).map { kind in
          let file = kind.encoded()
          let expected = kind.shown(file)
          return make(
            kind.name, byteCount: expected.count, expected: expected,
            run: { try BMP.decode(file, options: BMP.DecodeOptions()) }, output: { $0.samples })
        }
      },
      Benchmark(name: "bmp-encode") { inputs in
        kinds(inputs).map { kind in
          make(
            kind.name, byteCount: kind.image.byteCount, expected: kind.encoded(),
            run: {
              try BMP.encode(kind.image, metadata: kind.metadata, options: kind.options)
            }, output: { $0 })
        }
      },
    ]
  }

  private struct Kind {
    var name: String
    var image: NDArray
    var metadata = Metadata()
    var options = BMP.EncodeOptions()

    func encoded() -> [UInt8] {
      (try? BMP.encode(image, metadata: metadata, options: options)) ?? []
    }

    /// What the file shows, by the samples it was made from.
    func shown(_ file: [UInt8]) -> [UInt8] {
      guard case .ndarray(let palette)? = metadata["palette"] else {
        // Five and six bits of a channel: what decoding them gives, once.
        return options.bitsPerPixel == 16
          ? (try? BMP.decode(file, options: BMP.DecodeOptions()))?.samples ?? []
          : image.samples
      }
      let colors = palette.array(as: UInt8.self)
      return image.array(as: UInt8.self).flatMap { colors[(Int($0) * 3)..<(Int($0) * 3 + 3)] }
    }
  }

  private static func kinds(_ inputs: Inputs) -> [Kind] {
    let (height, width) = inputs.isSmoke ? (30, 41) : (1_024, 1_023)
    func array(_ samples: [UInt8], _ shape: [Int]) -> NDArray {
      guard let array = try? NDArray(samples, shape: shape) else { fail("no memory\n") }
      return array
    }
    let count = height * width
    let noise = Inputs.noise(count * 4)
    let grey = array(Array(noise[..<count]), [height, width])
    let rgb = array(Array(noise[..<(count * 3)]), [height, width, 3])
    let runs = array((0..<count).map { UInt8(truncatingIfNeeded: $0 / 37 * 7) }, [height, width])
    let palette: Metadata = ["palette": .ndarray(array(Array(noise[..<768]), [256, 3]))]
    return [
      Kind(name: "rgb24", image: rgb),
      Kind(name: "rgb32", image: rgb, options: .init(bitsPerPixel: 32)),
      Kind(name: "rgb565", image: rgb, options: .init(bitsPerPixel: 16)),
      Kind(name: "rgba32", image: array(noise, [height, width, 4])),
      Kind(name: "grey8", image: grey),
      Kind(name: "palette8", image: grey, metadata: palette),
      Kind(name: "rle8.noise", image: grey, options: .init(compression: true)),
      Kind(name: "rle8.runs", image: runs, options: .init(compression: true)),
    ]
  }

  /// Keeps the result of the last run.
  private final class Box<Result> {
    var result: Result?
  }

  private static func make<Result>(
    _ name: String, byteCount: Int, expected: [UInt8], run: @escaping () throws -> Result,
    output: @escaping (Result) -> [UInt8]
  ) -> Case {
    let box = Box<Result>()
    let (source, copy) = (Memory(expected), Memory(expected.count))
    return Case(
      input: name, byteCount: byteCount,
      ours: Candidate(
        name: "ours", run: { box.result = try? run() },
        output: { box.result.map(output) ?? [] }),
      peers: [
        Candidate("memcpy", copy) {
          copy.bytes.copyMemory(from: UnsafeRawBufferPointer(source.bytes))
          copy.count = expected.count
        }
      ],
      check: { $0 == expected ? nil : "differs from the samples" })
  }
}

extension NDArray {
  fileprivate var samples: [UInt8] { [UInt8](copying: bytes) }
}
