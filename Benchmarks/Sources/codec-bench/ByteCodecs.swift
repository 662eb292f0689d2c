// SPDX-License-Identifier: Apache-2.0

import CAec
import CLz4
import CLzf
import CSnappy
import CTiff
import Codecs

/// LZ4, Snappy, LZF and AEC beside the libraries they come from, LZW and PackBits beside libtiff:
/// `lz4-decode`, `lz4-encode` … Each decoder reads what the C library wrote.
enum ByteCodecs {
  static var benchmarks: [Benchmark] {
    pair("lz4", lz4) + pair("lz4-hc9", lz4High) + pair("snappy", snappy) + pair("lzf", lzf)
      + pair("aec", aec) + pair("lzw", tiff(COMPRESSION_LZW))
      + pair("packbits", tiff(COMPRESSION_PACKBITS))
  }

  /// A codec with its C library: both take their output memory and say how much they filled.
  private struct Peer {
    var name: String
    var bound: (Int) -> Int
    var encode: (Memory, Memory) -> Void
    var decode: (Memory, Memory) -> Void
    var encodeOurs: (Memory, Memory) -> Void
    var decodeOurs: (Memory, Memory) -> Void
  }

  private static func pair(_ name: String, _ peer: Peer) -> [Benchmark] {
    [
      Benchmark(name: "\(name)-encode") { inputs in
        Inflate.streams(inputs).map { item in
          let source = Memory(item.data)
          let (a, b) = (
            Memory(peer.bound(item.data.count)), Memory(peer.bound(item.data.count))
          )
          return Case(
            input: item.name, byteCount: item.data.count,
            ours: Candidate("ours", a) { peer.encodeOurs(source, a) },
            peers: [Candidate(peer.name, b) { peer.encode(source, b) }],
            check: { output in
              let decoded = Memory(item.data.count)
              peer.decode(Memory(output), decoded)
              return decoded.output == item.data ? nil : "\(peer.name) reads other data"
            }, reportsSize: true)
        }
      },
      Benchmark(name: "\(name)-decode") { inputs in
        Inflate.streams(inputs).map { item in
          let stream = Memory(peer.bound(item.data.count))
          peer.encode(Memory(item.data), stream)
          let (a, b) = (Memory(item.data.count), Memory(item.data.count))
          return Case(
            input: item.name, byteCount: item.data.count,
            ours: Candidate("ours", a) { peer.decodeOurs(stream, a) },
            peers: [Candidate(peer.name, b) { peer.decode(stream, b) }],
            check: { $0 == item.data ? nil : "is not the data" })
        }
      },
    ]
  }

  private static var lz4: Peer {
    Peer(
      name: "lz4 \(String(cString: LZ4_versionString()))",
      bound: { LZ4.encodedByteCountBound(for: $0) },
      encode: { source, output in
        let count = LZ4_compress_default(
          characters(source), characters(output), CInt(source.count), CInt(output.bytes.count))
        output.count = count > 0 ? Int(count) : -1
      },
      decode: decodeLZ4,
      encodeOurs: { source, output in
        output.write { try LZ4.encode(source.span, into: &$0) }
      },
      decodeOurs: { source, output in output.write { try LZ4.decode(source.span, into: &$0) } })
  }

  private static var lz4High: Peer {
    var peer = lz4
    peer.encode = { source, output in
      let count = LZ4_compress_HC(
        characters(source), characters(output), CInt(source.count), CInt(output.bytes.count), 9)
      output.count = count > 0 ? Int(count) : -1
    }
    peer.encodeOurs = { source, output in
      output.write {
        try LZ4.encode(source.span, into: &$0, options: .init(effort: .high(level: 9)))
      }
    }
    return peer
  }

  private static func decodeLZ4(_ source: Memory, _ output: Memory) {
    let count = LZ4_decompress_safe(
      characters(source), characters(output), CInt(source.count), CInt(output.bytes.count))
    output.count = Int(count)
  }

  private static var snappy: Peer {
    Peer(
      name: "snappy", bound: { snappy_max_compressed_length($0) },
      encode: { source, output in
        var count = output.bytes.count
        let status = snappy_compress(
          characters(source), source.count, characters(output), &count)
        output.count = status == SNAPPY_OK ? count : -1
      },
      decode: { source, output in
        var count = output.bytes.count
        let status = snappy_uncompress(
          characters(source), source.count, characters(output), &count)
        output.count = status == SNAPPY_OK ? count : -1
      },
      encodeOurs: { source, output in
        output.write { try Snappy.encode(source.span, into: &$0) }
      },
      decodeOurs: { source, output in output.write { try Snappy.decode(source.span, into: &$0) } })
  }

  private static var lzf: Peer {
    Peer(
      name: "liblzf", bound: { LZF.encodedByteCountBound(for: $0) },
      encode: { source, output in
        let count = lzf_compress(
          source.base, UInt32(source.count), output.base, UInt32(output.bytes.count))
        output.count = count > 0 ? Int(count) : -1
      },
      decode: { source, output in
        let count = lzf_decompress(
          source.base, UInt32(source.count), output.base, UInt32(output.bytes.count))
        output.count = count > 0 ? Int(count) : -1
      },
      encodeOurs: { source, output in output.write { try LZF.encode(source.span, into: &$0) } },
      decodeOurs: { source, output in output.write { try LZF.decode(source.span, into: &$0) } })
  }

  /// Bytes as samples of eight bits.
  private static var aec: Peer {
    let options = AEC.Options(blockLength: 16, intervalBlockCount: 128)
    return Peer(
      name: "libaec", bound: { AEC.encodedByteCountBound(for: $0, options: options) },
      encode: { source, output in
        output.count = runAEC(source, output) { aec_buffer_encode($0) }
      },
      decode: { source, output in
        output.count = runAEC(source, output) { aec_buffer_decode($0) }
      },
      encodeOurs: { source, output in
        output.write { try AEC.encode(source.span, into: &$0, options: options) }
      },
      decodeOurs: { source, output in
        output.write { try AEC.decode(source.span, into: &$0, options: options) }
      })
  }

  /// One strip of one row; the directory around it is a few microseconds.
  private static func tiff(_ compression: CInt) -> Peer {
    let isLZW = compression == COMPRESSION_LZW
    return Peer(
      name: "libtiff \(TIFFStrip.version)",
      bound: {
        1024
          + (isLZW ? LZW.encodedByteCountBound(for: $0) : PackBits.encodedByteCountBound(for: $0))
      },
      encode: { TIFFStrip.encode($0, $1, compression) },
      decode: { TIFFStrip.decode($0, $1, compression) },
      encodeOurs: { source, output in
        output.write {
          if isLZW {
            try LZW.encode(source.span, into: &$0)
          } else {
            try PackBits.encode(source.span, into: &$0)
          }
        }
      },
      decodeOurs: { source, output in
        output.write {
          if isLZW {
            try LZW.decode(source.span, into: &$0)
          } else {
            try PackBits.decode(source.span, into: &$0)
          }
        }
      })
  }

  private static func runAEC(
    _ source: Memory, _ output: Memory, _ body: (UnsafeMutablePointer<aec_stream>) -> CInt
  ) -> Int {
    var stream = aec_stream()
    stream.bits_per_sample = 8
    stream.block_size = 16
    stream.rsi = 128
    stream.flags = 8
    stream.next_in = UnsafePointer(source.words)
    stream.avail_in = source.count
    stream.next_out = output.words
    stream.avail_out = output.bytes.count
    return body(&stream) == 0 ? Int(stream.total_out) : -1
  }

  private static func characters(_ memory: Memory) -> UnsafeMutablePointer<CChar> {
    memory.base.assumingMemoryBound(to: CChar.self)
  }
}
