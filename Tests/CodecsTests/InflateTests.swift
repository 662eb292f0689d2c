// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Inflate")
struct InflateTests {
  /// 200 KB of every kind of content: stored, fixed and dynamic blocks follow.
  static let data: [UInt8] = {
    var generator = SeededGenerator(seed: 8)
    return ByteContent.allCases.flatMap { $0.make(29_000, using: &generator) }
  }()

  static func encoded(_ wrapper: Deflate.Wrapper, _ bytes: [UInt8] = data) throws -> [UInt8] {
    switch wrapper {
    case .raw: try Deflate.encode(bytes, options: .init())
    case .zlib: try Zlib.encode(bytes, options: .init())
    case .gzip: try Gzip.encode(bytes, options: .init())
    }
  }

  /// Decodes in pieces; what comes behind the stream stays unread.
  static func stream(
    _ bytes: [UInt8], _ wrapper: Deflate.Wrapper, input: Int, output: Int,
    options: Deflate.DecodeOptions = .init()
  ) throws -> (data: [UInt8], consumed: Int) {
    var stream = try InflateStream(wrapper, options: options)
    var result: [UInt8] = []
    var position = 0
    while true {
      let end = min(position + input, bytes.count)
      let piece = Bytes(Array(bytes[position..<end]))
      var reader = ByteReader(piece.span, codec: "test", base: position)
      var status = StreamStatus.needsOutput
      while status == .needsOutput {
        result += try [UInt8](capacity: output) { (part) throws(CodecError) in
          status = try stream.decode(&reader, into: &part, isFinal: end == bytes.count)
        }
      }
      position = end
      if status == .done { return (result, stream.consumedByteCount) }
      if position == bytes.count { throw CodecError(.corrupt, codec: "test", "asks for more") }
    }
  }

  @Test(
    "a stream gives the same bytes in pieces of any size",
    arguments: [Deflate.Wrapper.raw, .zlib, .gzip],
    [(1, 70_000), (3, 17), (1_000, 1), (4_097, 32_768), (70_000, 300_000)])
  func pieces(wrapper: Deflate.Wrapper, sizes: (Int, Int)) throws {
    let encoded = try Self.encoded(wrapper)
    let (data, consumed) = try Self.stream(
      encoded + [7, 7, 7], wrapper, input: sizes.0, output: sizes.1)
    let same = data == Self.data
    #expect(same)
    #expect(consumed == encoded.count)
  }

  @Test("every prefix of a stream is truncated, at its end", arguments: [1, 2, 6])
  func truncation(level: Int) throws {
    let bytes = Array(Self.data[58_000..<59_000] + Self.data[170_000..<171_000])
    for wrapper in [Deflate.Wrapper.raw, .zlib, .gzip] {
      let encoded = try Self.encoded(wrapper, bytes)
      for length in 0..<encoded.count {
        let part = Array(encoded[..<length])
        let error = #expect(throws: CodecError.self) {
          _ = try Self.stream(part, wrapper, input: 64, output: 512)
        }
        #expect(error?.kind == .truncated(needed: 1))
        #expect(error?.offset == length)
      }
    }
  }

  @Test("a dictionary is needed, by its Adler-32, and only there")
  func dictionary() throws {
    // Noise: without the dictionary it would not shrink.
    let known = Bytes(Array(Self.data[170_000..<203_000]))
    let bytes = Array(Self.data[180_000..<181_000])
    let options = Deflate.EncodeOptions(dictionary: known)
    let encoded = try Zlib.encode(bytes, options: options)
    #expect(encoded.count < 40)
    let decoding = Deflate.DecodeOptions(dictionary: known)
    #expect(try Self.stream(encoded, .zlib, input: 5, output: 100, options: decoding).data == bytes)
    let missing = #expect(throws: CodecError.self) {
      _ = try Self.stream(encoded, .zlib, input: 50, output: 100)
    }
    #expect(missing?.kind == .invalidArgument)
    #expect(missing?.offset == 2)
    #expect(throws: CodecError.self) { _ = try InflateStream(.gzip, options: decoding) }
  }

  @Test("output beyond the allowed ratio to the input is refused early")
  func ratio() throws {
    let bomb = try Zlib.encode([UInt8](repeating: 0, count: 50_000_000), options: .init())
    let error = #expect(throws: CodecError.self) {
      _ = try Self.stream(
        bomb, .zlib, input: 1_000, output: 65_536, options: .init(maxRatio: 100))
    }
    #expect(error?.kind == .limitExceeded(.outputBytes))
    #expect((error?.offset ?? .max) <= 1_000)
    var limits = Limits.default
    limits.maxOutputBytes = 1 << 20
    let whole = #expect(throws: CodecError.self) {
      _ = try Zlib.decode(Bytes(bomb).span, limits: limits)
    }
    #expect(whole?.kind == .limitExceeded(.outputBytes))
  }

  /// Streams with one fault each, the bit at which it shows, and what it is called.
  static let faults: [(bytes: [UInt8], offset: Int, bit: UInt8, part: CodecError.Name)] = [
    ([0x07], 0, 1, "block"),
    ([0x00, 0x05, 0x00, 0x00, 0x00], 1, 0, "stored block"),
    // A fixed block: length symbol 286, then 287.
    ([0x1B, 0x03], 0, 3, "block"),
    // A match of 3 bytes at distance 1 with nothing before it.
    ([0x03, 0x02], 1, 7, "block"),
  ]

  @Test("a fault is placed in its block, and the block reader agrees", arguments: 0..<faults.count)
  func faultPlaces(index: Int) throws {
    let fault = Self.faults[index]
    let bytes = Bytes(fault.bytes + [0, 0, 0, 0, 0, 0, 0, 0])
    let error = #expect(throws: CodecError.self) { _ = try Deflate.decode(bytes.span) }
    #expect(error?.kind == .corrupt)
    #expect(error?.part == fault.part)
    let place = (error?.offset ?? -1) * 8 + Int(error?.bit ?? 0)
    // Within one symbol of where it begins.
    #expect(abs(place - (fault.offset * 8 + Int(fault.bit))) <= 15)
    let blocks = #expect(throws: CodecError.self) {
      var reader = Deflate.BlockReader(bytes.span)
      while try reader.next() != nil {}
    }
    #expect(blocks?.kind == .corrupt)
    #expect(blocks?.part == fault.part)
  }

  @Test("gzip headers are read back field by field")
  func gzipHeader() throws {
    let header = Gzip.Header(
      isText: true, modificationTime: 1_700_000_000, extraFlags: 2, operatingSystem: 3,
      extra: [65, 66, 1, 0, 9], name: Array("a.txt".utf8), comment: Array("caf\u{e9}".utf8),
      hasChecksum: true)
    var options = Gzip.EncodeOptions()
    options.header = header
    let encoded = try Gzip.encode(Self.data, options: options)
    let bytes = Bytes(encoded)
    var reader = ByteReader(bytes.span, codec: Gzip.name)
    #expect(try Gzip.Header(reading: &reader) == header)
    let (data, used) = try Self.stream(
      Array(encoded[reader.offset...]), .raw, input: 900, output: 5_000)
    let same = data == Self.data
    #expect(same)
    #expect(reader.offset + used + 8 == encoded.count)
    for length in 0..<reader.offset {
      let part = Bytes(Array(encoded[..<length]))
      #expect(throws: CodecError.self) {
        var reader = ByteReader(part.span, codec: Gzip.name)
        _ = try Gzip.Header(reading: &reader)
      }
    }
    var broken = encoded
    broken[12] ^= 1
    let error = #expect(throws: CodecError.self) { _ = try Gzip.decode(Bytes(broken).span) }
    #expect(error?.part == "header")
  }

  @Test("gzip members follow each other, and what is none is left")
  func members() throws {
    let parts = [Array(Self.data[..<10]), [], Array(Self.data[100_000..<140_000])]
    let file = try parts.flatMap { try Self.encoded(.gzip, $0) }
    let (data, consumed) = try Self.stream(
      file + [0, 0, 0], .gzip, input: 1, output: 10_000)
    let same = data == Array(parts.joined())
    #expect(same)
    #expect(consumed == file.count)
  }

  @Test("a wrong checksum or size is an error, unless it is not asked for")
  func checksums() throws {
    for (wrapper, tail) in [(Deflate.Wrapper.zlib, 4), (.gzip, 8), (.gzip, 4)] {
      var bytes = try Self.encoded(wrapper, Array(Self.data[..<500]))
      bytes[bytes.count - tail] ^= 0x40
      let error = #expect(throws: CodecError.self) {
        _ = try Self.stream(bytes, wrapper, input: 100, output: 1_000)
      }
      #expect(error?.offset == bytes.count - tail)
      let lenient = Deflate.DecodeOptions(verifiesChecksum: false)
      let (data, _) = try Self.stream(bytes, wrapper, input: 100, output: 1_000, options: lenient)
      #expect(data == Array(Self.data[..<500]))
    }
  }

  @Test("one call never touches a byte outside its buffers")
  func guardPages() throws {
    for wrapper in [Deflate.Wrapper.raw, .zlib, .gzip] {
      for size in [0, 1, 7, 31, 32, 33, 257, 258, 259, 4_096, 40_000] {
        let bytes = Array(Self.data[110_000..<(110_000 + size)])
        let encoded = try Self.encoded(wrapper, bytes)
        for capacity in [size, size + 1, size + 2, size + 300] {
          let decoded =
            switch wrapper {
            case .raw:
              ByteCodecChecks.decode(
                Deflate.self, encoded, capacity: capacity, options: Deflate.DecodeOptions())
            case .zlib:
              ByteCodecChecks.decode(
                Zlib.self, encoded, capacity: capacity, options: Deflate.DecodeOptions())
            case .gzip:
              ByteCodecChecks.decode(
                Gzip.self, encoded, capacity: capacity, options: Deflate.DecodeOptions())
            }
          #expect(try decoded.get() == bytes)
        }
      }
    }
  }
}
