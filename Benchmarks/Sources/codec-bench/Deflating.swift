// SPDX-License-Identifier: Apache-2.0

import CLibdeflate
import CZlib
import Codecs

/// Raw DEFLATE encoding, one benchmark per level. Every output is decoded again before timing.
enum Deflating {
  static var benchmarks: [Benchmark] {
    [1, 6, 9].map { level in
      Benchmark(name: "deflate-\(level)") { inputs in
        Inflate.streams(inputs).map { make($0.name, data: $0.data, level: level) }
      }
    }
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
        Candidate(Peers.zlib, c, run: Peers.zlibDeflater(source, c, level: level)),
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
