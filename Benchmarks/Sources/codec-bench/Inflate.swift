// SPDX-License-Identifier: Apache-2.0

import Codecs

/// DEFLATE decoding, raw and as zlib data with its Adler-32. `inflate`, `zlib`: the image data of
/// PNG files, anything else compressed by zlib at level 6. `inflate-small`, `zlib-small`: the
/// beginnings of the same data, compressed by zlib at level 6.
enum Inflate {
  static var benchmarks: [Benchmark] {
    [
      large("inflate", .none), small("inflate-small", .none),
      large("zlib", .zlib), small("zlib-small", .zlib),
    ]
  }

  private static func large(_ name: String, _ wrapper: Peers.Wrapper) -> Benchmark {
    Benchmark(name: name) { inputs in
      streams(inputs).map { make($0.name, stream: $0.stream, data: $0.data, in: wrapper) }
    }
  }

  private static func small(_ name: String, _ wrapper: Peers.Wrapper) -> Benchmark {
    Benchmark(name: name) { inputs in
      streams(inputs).flatMap { item in
        [256, 1_024, 4_096, 16_384].filter { $0 <= item.data.count }.map { size in
          // From the middle: files begin with headers.
          let start = (item.data.count - size) / 2
          let data = Array(item.data[start..<(start + size)])
          return make(
            "\(item.name):\(size)", stream: Peers.zlibCompress(data), data: data, in: wrapper)
        }
      }
    }
  }

  static func streams(
    _ inputs: Inputs
  ) -> [(name: String, stream: [UInt8], data: [UInt8])] {
    var result: [(name: String, stream: [UInt8], data: [UInt8])] = []
    func add(_ name: String, _ data: [UInt8]) {
      result.append((name, Peers.zlibCompress(data), data))
    }
    for file in inputs.files {
      if let zlib = file.imageData {
        let stream = Array(zlib.dropFirst(2).dropLast(4))
        // DEFLATE expands at most 1032 times.
        let most = min(stream.count * 1_033, 1 << 28)
        guard let data = Peers.zlibDecompress(stream, capacity: most) else {
          fail("zlib refuses the image data of \(file.name)\n")
        }
        result.append(("\(file.name).idat", stream, data))
      } else if let (samples, width) = file.samples16 {
        add("\(file.name).raw", samples)
        add("\(file.name).predicted", Inputs.differences16(samples, width: width))
      } else {
        add(file.name, file.bytes)
      }
    }
    let side = inputs.isSmoke ? 48 : 1_024
    let raster = Inputs.raster16(width: side, height: side)
    add("raster16", raster)
    add("raster16.predicted", Inputs.differences16(raster, width: side))
    add("text", Inputs.text(inputs.isSmoke ? 5_000 : 1 << 20))
    return result
  }

  /// - Parameter stream: raw DEFLATE data.
  private static func make(
    _ name: String, stream: [UInt8], data: [UInt8], in wrapper: Peers.Wrapper
  ) -> Case {
    let source = Memory(wrapper == .none ? stream : wrapped(stream, data))
    let (a, b, c) = (Memory(data.count), Memory(data.count), Memory(data.count))
    let options = Deflate.DecodeOptions()
    return Case(
      input: name, byteCount: data.count,
      ours: Candidate("ours", a) {
        switch wrapper {
        case .none: a.write { try Deflate.decode(source.span, into: &$0, options: options) }
        case .zlib: a.write { try Zlib.decode(source.span, into: &$0, options: options) }
        }
      },
      peers: [
        Candidate(Peers.libdeflate, b, run: Peers.libdeflateInflater(source, b, in: wrapper)),
        Candidate(Peers.zlib, c, run: Peers.zlibInflater(source, c, in: wrapper)),
      ],
      check: { $0 == data ? nil : "differs from the data" })
  }

  /// Zlib data: a header, the stream, the checksum of `data`.
  private static func wrapped(_ stream: [UInt8], _ data: [UInt8]) -> [UInt8] {
    let sum = Adler32.checksum(data)
    return [0x78, 0x9C] + stream + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
  }
}
