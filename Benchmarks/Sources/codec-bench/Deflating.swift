// SPDX-License-Identifier: Apache-2.0

import CLibdeflate
import CZlib
import Codecs
import IIO

/// Raw DEFLATE encoding, one benchmark per level; zlib ends at level 9. `deflate-threads`: pieces of
/// 256 KiB on two threads beside the same on one, by the clock on the wall. Every output is decoded
/// again before timing.
enum Deflating {
  static var benchmarks: [Benchmark] {
    [1, 6, 9, 12].map { level in
      Benchmark(name: "deflate-\(level)") { inputs in
        Inflate.streams(inputs).map { make($0.name, data: $0.data, level: level) }
      }
    } + [
      Benchmark(name: "deflate-threads") { inputs in
        Inflate.streams(inputs).filter { $0.data.count >= 1 << 20 }.map {
          makeThreads($0.name, data: $0.data)
        }
      }
    ]
  }

  private static func makeThreads(_ name: String, data: [UInt8]) -> Case {
    let source = Bytes(data)
    func candidate(_ name: String, _ threads: Int) -> Candidate {
      let output = Memory(Deflate.encodedByteCountBound(for: data.count) + 1024)
      return Candidate(name, output) {
        guard let encoded = try? Deflate.encode(source, concurrency: .threads(threads)) else {
          output.count = -1
          return
        }
        output.bytes.copyBytes(from: encoded)
        output.count = encoded.count
      }
    }
    return Case(
      input: name, byteCount: data.count, ours: candidate("two threads", 2),
      peers: [candidate("one thread", 1)],
      check: { output in
        Peers.zlibDecompress(output, capacity: data.count) == data ? nil : "zlib reads other data"
      }, reportsSize: true, usesWallClock: true)
  }

  private static func make(_ name: String, data: [UInt8], level: Int) -> Case {
    let source = Memory(data)
    let bound = Deflate.encodedByteCountBound(for: data.count)
    let (a, b, c) = (Memory(bound), Memory(bound + 1024), Memory(bound + 1024))
    let options = Deflate.EncodeOptions(level: level)
    return Case(
      input: name, byteCount: data.count,
      ours: Candidate("ours", a) {
        a.write { try Deflate.encode(source.span, into: &$0, options: options) }
      },
      peers: [
        Candidate(Peers.libdeflate, b, run: Peers.libdeflateDeflater(source, b, level: level)),
        Candidate(Peers.zlib, c, run: Peers.zlibDeflater(source, c, level: min(level, 9))),
      ],
      check: { output in
        Peers.zlibDecompress(output, capacity: data.count) == data ? nil : "zlib reads other data"
      }, reportsSize: true)
  }
}

extension Peers {
  static func libdeflateDeflater(
    _ source: Memory, _ output: Memory, level: Int
  ) -> () -> Void {
    let compressor = libdeflate_alloc_compressor(CInt(level))
    return {
      let count = libdeflate_deflate_compress(
        compressor, source.base, source.count, output.base, output.bytes.count)
      output.count = count > 0 ? count : -1
    }
  }

  static func zlibDeflater(_ source: Memory, _ output: Memory, level: Int) -> () -> Void {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    deflateInit2_(
      stream, CInt(level), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
      CInt(MemoryLayout<z_stream>.size))
    return {
      deflateReset(stream)
      stream.pointee.next_in = source.words
      stream.pointee.avail_in = UInt32(source.count)
      stream.pointee.next_out = output.words
      stream.pointee.avail_out = UInt32(output.bytes.count)
      let status = deflate(stream, Z_FINISH)
      output.count = status == Z_STREAM_END ? Int(stream.pointee.total_out) : -1
    }
  }
}
