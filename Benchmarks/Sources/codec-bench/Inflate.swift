// SPDX-License-Identifier: Apache-2.0

import Codecs

/// Raw DEFLATE decoding. `inflate`: the image data of PNG files, anything else compressed by zlib at
/// level 6. `inflate-small`: the beginnings of the same data, compressed by zlib at level 6.
enum Inflate {
  static var benchmarks: [Benchmark] {
    [
      Benchmark(name: "inflate") { inputs in
        streams(inputs).map { make($0.name, stream: $0.stream, data: $0.data) }
      },
      Benchmark(name: "inflate-small") { inputs in
        streams(inputs).flatMap { item in
          [256, 1_024, 4_096, 16_384].filter { $0 <= item.data.count }.map { size in
            // From the middle: files begin with headers.
            let start = (item.data.count - size) / 2
            let data = Array(item.data[start..<(start + size)])
            return make(
              "\(item.name):\(size)", stream: Peers.zlibCompress(data), data: data)
          }
        }
      },
    ]
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
        let stream = Array(zlib.dropFirst(2))
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

  private static func make(_ name: String, stream: [UInt8], data: [UInt8]) -> Case {
    let source = Memory(stream)
    let (a, b, c) = (Memory(data.count), Memory(data.count), Memory(data.count))
    let options = Deflate.DecodeOptions()
    return Case(
      input: name, byteCount: data.count,
      ours: Candidate("ours", a) {
        a.write { try Deflate.decode(source.span, into: &$0, options: options) }
      },
      peers: [
        Candidate(Peers.libdeflate, b, run: Peers.libdeflateInflater(source, b)),
        Candidate(Peers.zlib, c, run: Peers.zlibInflater(source, c)),
      ],
      check: { $0 == data ? nil : "differs from the data" })
  }
}
