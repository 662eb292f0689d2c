// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("DEFLATE parallel encoder")
struct DeflateParallelEncoderTests {
  /// 800,000 bytes of every kind, in turns.
  static let input: [UInt8] = {
    var generator = SeededGenerator(seed: 41)
    var bytes: [UInt8] = []
    while bytes.count < 800_000 {
      for content in ByteContent.allCases { bytes += content.make(7_000, using: &generator) }
    }
    return bytes
  }()

  /// The jobs in another order, as threads may run them.
  static let backwards = Concurrency(width: 3) { count, job in
    for index in stride(from: count - 1, through: 0, by: -1) { job(index) }
  }

  /// Lengths around the size of a piece.
  static let sizes = [0, 1, 262_143, 262_144, 262_145, 262_152, 524_288, 524_289, 700_000]

  @Test("what it writes decodes, in any order of the pieces", arguments: [0, 1, 2, 6, 9])
  func sizes(level: Int) throws {
    let options = Deflate.EncodeOptions(level: level)
    for size in Self.sizes {
      let source = Bytes(Array(Self.input[..<size]))
      for wrapper in [Deflate.Wrapper.raw, .zlib, .gzip] {
        let encoded = try Deflate.encode(
          source, wrapper, options: options, concurrency: .serial)
        let other = try Deflate.encode(
          source, wrapper, options: options, concurrency: Self.backwards)
        let decoded =
          switch wrapper {
          case .raw: try Deflate.decode(encoded, byteCount: size, options: .init())
          case .zlib: try Zlib.decode(encoded, byteCount: size, options: .init())
          case .gzip: try Gzip.decode(encoded, byteCount: size, options: .init())
          }
        let (same, right) = (encoded == other, decoded == source.array)
        #expect(same && right, "\(wrapper) \(size)")
      }
    }
  }

  @Test("pieces cost little", arguments: [6, 12])
  func cost(level: Int) throws {
    let source = Bytes(Array(Self.input[..<700_000]))
    let options = Deflate.EncodeOptions(level: level)
    let whole = try Deflate.encode(source.array, options: options)
    let pieces = try Deflate.encode(source, options: options, concurrency: .serial)
    #expect(pieces.count < whole.count + whole.count / 200)
    let same = try Deflate.decode(pieces, byteCount: source.count, options: .init()) == source.array
    #expect(same)
  }

  @Test("the first piece uses the dictionary", arguments: [1, 6, 12])
  func dictionary(level: Int) throws {
    var generator = SeededGenerator(seed: 42)
    let dictionary = generator.bytes(40_000)
    let bytes = Array(dictionary[20_000...]) + generator.bytes(250_000)
    let options = Deflate.EncodeOptions(level: level, dictionary: Bytes(dictionary))
    let encoded = try Deflate.encode(
      Bytes(bytes), .zlib, options: options, concurrency: Self.backwards)
    #expect(encoded.count < 252_000)
    let decoded = try Zlib.decode(
      encoded, byteCount: bytes.count, options: .init(dictionary: Bytes(dictionary)))
    let same = decoded == bytes
    #expect(same)
  }

  @Test("what a stream cannot hold is refused")
  func refusals() {
    let source = Bytes(Self.input)
    let level = #expect(throws: CodecError.self) {
      try Deflate.encode(source, options: .init(level: 13), concurrency: .serial)
    }
    #expect(level?.kind == .invalidArgument)
    let header = Gzip.Header(extra: [UInt8](repeating: 0, count: 65_536))
    let extra = #expect(throws: CodecError.self) {
      try Deflate.encode(source, .gzip, gzipHeader: header, concurrency: .serial)
    }
    #expect(extra?.kind == .invalidArgument && extra?.codec == Gzip.name)
  }

  @Test("results come in the order of the jobs, the first error wins")
  func map() throws {
    let values = try Self.backwards.map(5) { (index) throws(CodecError) in index * index }
    #expect(values == [0, 1, 4, 9, 16])
    let error = #expect(throws: CodecError.self) {
      try Self.backwards.map(5) { (index) throws(CodecError) -> Int in
        guard index < 2 else {
          throw CodecError(.corrupt, codec: Deflate.name, "no", at: index)
        }
        return index
      }
    }
    #expect(error?.offset == 2)
  }
}
