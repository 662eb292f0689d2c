// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("DEFLATE stream encoder")
struct DeflateStreamEncoderTests {
  /// 600,000 bytes of every kind, in turns.
  static let input: [UInt8] = {
    var generator = SeededGenerator(seed: 31)
    var bytes: [UInt8] = []
    while bytes.count < 600_000 {
      for content in ByteContent.allCases { bytes += content.make(9_000, using: &generator) }
    }
    return bytes
  }()

  /// What the encoder writes for `bytes` in pieces of `size`.
  static func encode(
    _ bytes: [UInt8], pieces size: Int, _ wrapper: Deflate.Wrapper, level: Int
  ) throws -> [UInt8] {
    let encoder = try Deflate.StreamEncoder(wrapper, options: .init(level: level))
    let source = Bytes(bytes)
    var result: [UInt8] = []
    var offset = 0
    while offset < bytes.count {
      let end = min(offset + size, bytes.count)
      result += try encoder.encode(source.span.extracting(offset..<end))
      offset = end
    }
    return try result + encoder.encode(Bytes([]).span, flush: .finish)
  }

  @Test("any pieces give the same stream, which decodes", arguments: [0, 1, 4, 6, 9, 10, 12])
  func pieces(level: Int) throws {
    let whole = try Self.encode(Self.input, pieces: Self.input.count, .zlib, level: level)
    let pieces = try Self.encode(Self.input, pieces: 10_007, .zlib, level: level)
    #expect(whole == pieces)
    let decoded = try Zlib.decode(whole, byteCount: Self.input.count, options: .init())
    let same = decoded == Self.input
    #expect(same)
  }

  @Test("after a sync flush all input can be decoded", arguments: [0, 1, 6, 9, 12])
  func syncFlush(level: Int) throws {
    let encoder = try Deflate.StreamEncoder(.raw, options: .init(level: level))
    var stream: [UInt8] = []
    var offset = 0
    for size in [1, 0, 5, 300, 40_000, 3, 70_000] {
      let piece = Bytes(Array(Self.input[offset..<(offset + size)]))
      stream += try encoder.encode(piece.span, flush: .sync)
      offset += size
      #expect(stream.suffix(4) == [0, 0, 0xFF, 0xFF])
      // A final empty block completes what there is.
      let decoded = try Deflate.decode(stream + [3, 0], byteCount: offset, options: .init())
      #expect(decoded == Array(Self.input[..<offset]))
    }
  }

  /// The trees of the upper levels are ordered by bytes of which the last ones of a piece have few.
  @Test("pieces that end within repetitions decode", arguments: 10...12)
  func repetitions(level: Int) throws {
    // As fuzzing found it: 160 equal bytes and three others, over and over, in pieces that grow.
    var found = [UInt8](repeating: 8, count: 160) + [0, 0, 0]
    for i in 0..<9_456 { found.append(i < 9_053 ? found[i % 403] : 0) }
    var cases: [(bytes: [UInt8], sizes: [Int])] = [(found, [257, 62, 12])]
    var generator = SeededGenerator(seed: UInt64(level))
    for _ in 0..<60 {
      let period = generator.bytes(Int.random(in: 1...400, using: &generator)).map { $0 & 1 }
      var bytes = (0..<8_000).map { period[$0 % period.count] }
      for _ in 0..<10 { bytes[Int.random(in: 0..<8_000, using: &generator)] = 2 }
      cases.append((bytes, (0..<3).map { _ in Int.random(in: 1...600, using: &generator) }))
    }
    for (bytes, sizes) in cases {
      let encoder = try Deflate.StreamEncoder(.raw, options: .init(level: level))
      var stream: [UInt8] = []
      var (offset, turn) = (0, 0)
      while offset < bytes.count {
        let end = min(offset + sizes[turn % 3] + 500 * (turn / 3), bytes.count)
        stream += try encoder.encode(Bytes(Array(bytes[offset..<end])).span, flush: .sync)
        (offset, turn) = (end, turn + 1)
      }
      stream += try encoder.encode(Bytes([]).span, flush: .finish)
      let decoded = try Deflate.decode(stream, byteCount: bytes.count, options: .init())
      #expect(decoded == bytes, "pieces of \(sizes)")
    }
  }

  @Test("what follows a full flush decodes by itself", arguments: [1, 4, 6, 9])
  func fullFlush(level: Int) throws {
    let encoder = try Deflate.StreamEncoder(.raw, options: .init(level: level))
    let half = Bytes(Array(Self.input[..<50_000]))
    let first = try encoder.encode(half.span, flush: .full)
    let second = try encoder.encode(half.span, flush: .finish)
    let decoded = try Deflate.decode(second, byteCount: 50_000, options: .init())
    #expect(decoded == half.array)
    let both = try Deflate.decode(first + second, byteCount: 100_000, options: .init())
    #expect(both == half.array + half.array)
  }

  @Test("a dictionary serves the stream")
  func dictionary() throws {
    let bytes = Bytes(Array(Self.input[40_000..<60_000]))
    let options = Deflate.EncodeOptions(dictionary: Bytes(Array(Self.input[..<60_000])))
    let encoder = try Deflate.StreamEncoder(.zlib, options: options)
    let stream = try encoder.encode(bytes.span, flush: .finish)
    #expect(stream.count < 3000)
    let decoded = try Zlib.decode(
      stream, byteCount: 20_000, options: .init(dictionary: options.dictionary))
    #expect(decoded == bytes.array)
  }

  @Test("gzip in pieces decodes, and nothing may follow the end")
  func gzip() throws {
    let encoder = try Deflate.StreamEncoder(.gzip, gzipHeader: .init(name: [65]))
    let stream = try encoder.encode(Bytes([1, 2, 3]).span, flush: .finish)
    #expect(try Gzip.decode(stream, byteCount: 3, options: .init()) == [1, 2, 3])
    #expect(throws: CodecError.self) { try encoder.encode(Bytes([4]).span) }
  }
}
