// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("DEFLATE encoder")
struct DeflateEncoderTests {
  static let settings: [(level: Int, strategy: Deflate.Strategy)] =
    (0...12).flatMap { level in Deflate.Strategy.allCases.map { (level, $0) } }

  static let noise: Bytes = {
    var generator = SeededGenerator(seed: 12)
    return Bytes(generator.bytes(70_001))
  }()

  @Test("every level and strategy decodes to the same bytes", arguments: settings)
  func roundTrip(level: Int, strategy: Deflate.Strategy) {
    let failure = ByteCodecChecks.roundTrip(
      Deflate.self, encode: .init(level: level, strategy: strategy), decode: .init(),
      sizes: [0, 1, 2, 3, 4, 5, 17, 64, 257, 1000, 4097])
    #expect(failure == nil)
  }

  @Test("every size from 0 to 1024 decodes to the same bytes", arguments: [1, 2, 6, 9, 12])
  func sizes(level: Int) throws {
    let encoder = try Deflate.Encoder(options: .init(level: level))
    var generator = SeededGenerator(seed: UInt64(level))
    var failures: [String] = []
    for size in 0...1024 {
      for content in ByteContent.allCases {
        let bytes = content.make(size, using: &generator)
        let encoded = try encoder.encode(Bytes(bytes).span)
        if try Deflate.decode(encoded, byteCount: size, options: .init()) != bytes {
          failures.append("\(content) \(size)")
        }
      }
    }
    #expect(failures == [])
  }

  @Test("large inputs of mixed content decode to the same bytes", arguments: 0...12)
  func large(level: Int) throws {
    var generator = SeededGenerator(seed: 99)
    var bytes: [UInt8] = []
    for size in [30_000, 3, 33_000, 400, 1] {
      for content in ByteContent.allCases { bytes += content.make(size, using: &generator) }
    }
    let encoded = try Deflate.encode(bytes, options: .init(level: level))
    let same = try Deflate.decode(encoded, byteCount: bytes.count, options: .init()) == bytes
    #expect(same)
    #expect(level == 0 || encoded.count < bytes.count * 2 / 3)
  }

  @Test("a reused encoder writes what a new one writes", arguments: [1, 4, 6, 9, 10, 11, 12])
  func reuse(level: Int) throws {
    let options = Deflate.EncodeOptions(level: level)
    let reused = try Deflate.Encoder(options: options)
    var generator = SeededGenerator(seed: 5)
    var differences = 0
    for round in 0..<60 {
      let content = ByteContent.allCases[round % ByteContent.allCases.count]
      let bytes = content.make(Int(generator.next() % 9000), using: &generator)
      if try reused.encode(Bytes(bytes).span) != Deflate.encode(bytes, options: options) {
        differences += 1
      }
    }
    #expect(differences == 0)
  }

  @Test("the exact capacity is enough and one byte less throws outputFull", arguments: 0...12)
  func capacity(level: Int) throws {
    let encoder = try Deflate.Encoder(options: .init(level: level))
    var generator = SeededGenerator(seed: 11)
    for content in ByteContent.allCases {
      for size in [0, 1, 9, 300, 5000, 40_000] {
        let source = Bytes(content.make(size, using: &generator))
        let whole = try encoder.encode(source.span)
        let exact = try [UInt8](capacity: whole.count) { (output) throws(CodecError) in
          try encoder.encode(source.span, into: &output)
        }
        #expect(exact == whole)
        let error = #expect(throws: CodecError.self) {
          _ = try [UInt8](capacity: whole.count - 1) { (output) throws(CodecError) in
            try encoder.encode(source.span, into: &output)
          }
        }
        #expect(error?.kind == .outputFull(needed: nil))
      }
    }
  }

  @Test("no input exceeds the bound", arguments: settings)
  func bound(level: Int, strategy: Deflate.Strategy) throws {
    let encoder = try Deflate.Encoder(options: .init(level: level, strategy: strategy))
    for size in [0, 1, 100, 4094, 4096, 65535, 65536, 70_001] {
      let encoded = try encoder.encode(Self.noise.span.extracting(first: size))
      #expect(encoded.count <= Deflate.encodedByteCountBound(for: size))
    }
  }

  @Test("a dictionary is used, and needed to decode", arguments: [0, 1, 2, 6, 9, 12])
  func dictionary(level: Int) throws {
    var generator = SeededGenerator(seed: 13)
    let dictionary = generator.bytes(40_000)
    let bytes = Array(dictionary[20_000..<30_000]) + Array(dictionary[39_990...]) + [1, 2, 3]
    let encoded = try Deflate.encode(
      bytes, options: .init(level: level, dictionary: Bytes(dictionary)))
    #expect(level == 0 || encoded.count < 1000)
    let decoded = try Deflate.decode(
      encoded, byteCount: bytes.count, options: .init(dictionary: Bytes(dictionary)))
    #expect(decoded == bytes)
    let zlib = try Zlib.encode(bytes, options: .init(level: level, dictionary: Bytes(dictionary)))
    let inflated = try Zlib.decode(
      zlib, byteCount: bytes.count, options: .init(dictionary: Bytes(dictionary)))
    #expect(inflated == bytes)
  }

  @Test("levels outside 0...12 are refused", arguments: [-1, 13, Int.min, Int.max])
  func badLevel(level: Int) {
    let error = #expect(throws: CodecError.self) {
      _ = try Deflate.encode([1, 2, 3] as [UInt8], options: .init(level: level))
    }
    #expect(error?.kind == .invalidArgument)
  }

  @Test("a higher level is not larger, on text")
  func levels() throws {
    var generator = SeededGenerator(seed: 14)
    let bytes = ByteContent.text.make(200_000, using: &generator)
    let counts = try (1...12).map {
      try Deflate.encode(bytes, options: .init(level: $0)).count
    }
    #expect(counts[8] <= counts[5] && counts[5] <= counts[0])
    #expect(counts[11] <= counts[9] && counts[9] <= counts[8])
  }

  /// Longer than a block and than the window, in segments of very different kinds.
  @Test("the optimal parser is smaller than level 9 on mixed data", arguments: [10, 11, 12])
  func optimal(level: Int) throws {
    var generator = SeededGenerator(seed: 15)
    var bytes: [UInt8] = []
    while bytes.count < 400_000 {
      for content in ByteContent.allCases { bytes += content.make(20_000, using: &generator) }
    }
    let encoded = try Deflate.encode(bytes, options: .init(level: level))
    let reference = try Deflate.encode(bytes, options: .init(level: 9))
    let same = try Deflate.decode(encoded, byteCount: bytes.count, options: .init()) == bytes
    #expect(same)
    #expect(encoded.count < reference.count)
  }

  @Test("zlib and gzip wrap any level", arguments: [0, 1, 6, 9, 12])
  func wrappers(level: Int) {
    let zlib = ByteCodecChecks.roundTrip(
      Zlib.self, encode: .init(level: level), decode: .init(), sizes: [0, 1, 300])
    #expect(zlib == nil)
    let gzip = ByteCodecChecks.roundTrip(
      Gzip.self, encode: .init(level: level), decode: .init(), sizes: [0, 1, 300])
    #expect(gzip == nil)
  }

  @Test(
    "zlib's header names the level as zlib does",
    arguments: [(0, 0x01), (1, 0x01), (2, 0x5E), (5, 0x5E), (6, 0x9C), (7, 0xDA), (12, 0xDA)])
  func zlibHeader(level: Int, flags: Int) throws {
    let encoded = try Zlib.encode([UInt8](), options: .init(level: level))
    #expect(encoded[0] == 0x78 && Int(encoded[1]) == flags)
    #expect(encoded.suffix(4) == [0, 0, 0, 1])
  }

  @Test("gzip writes every header field, byte for byte")
  func gzipHeader() throws {
    let header = Gzip.Header(
      isText: true, modificationTime: 0x1234_5678, operatingSystem: 3, extra: [65, 66, 1, 0, 7],
      name: Array("a.txt".utf8), comment: Array("hello".utf8), hasChecksum: true)
    let encoded = try Gzip.encode(Array("abc".utf8), options: .init(level: 9, header: header))
    var expected: [UInt8] = [0x1F, 0x8B, 8, 0x1F, 0x78, 0x56, 0x34, 0x12, 2, 3]
    expected += [5, 0, 65, 66, 1, 0, 7]
    expected += Array("a.txt\0hello\0".utf8)
    let checksum = CRC32.checksum(expected)
    expected += [UInt8(truncatingIfNeeded: checksum), UInt8(truncatingIfNeeded: checksum >> 8)]
    #expect(Array(encoded.prefix(expected.count)) == expected)
    #expect(encoded.suffix(8) == [0xC2, 0x41, 0x24, 0x35, 3, 0, 0, 0])
    let decoded = try Gzip.decode(encoded, byteCount: 3, options: .init())
    #expect(decoded == Array("abc".utf8))
  }

  @Test("gzip refuses what a member cannot store")
  func gzipRefusals() {
    let refused: [Gzip.Header] = [
      .init(name: [65, 0]), .init(comment: [0]),
      .init(extra: [UInt8](repeating: 0, count: 65536)),
    ]
    for header in refused {
      let error = #expect(throws: CodecError.self) {
        _ = try Gzip.encode([1] as [UInt8], options: .init(header: header))
      }
      #expect(error?.kind == .invalidArgument && error?.codec == Gzip.name)
    }
    var options = Gzip.EncodeOptions()
    options.deflate.dictionary = Bytes([1])
    #expect(throws: CodecError.self) { try Gzip.encode([1] as [UInt8], options: options) }
  }
}
