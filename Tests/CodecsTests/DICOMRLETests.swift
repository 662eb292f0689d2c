// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("DICOM RLE")
struct DICOMRLETests {
  /// Header and segments as they are.
  static func file(_ segments: [[UInt8]]) -> [UInt8] {
    var offsets: [UInt32] = [UInt32(segments.count)]
    var position = 64
    for segment in segments {
      offsets.append(UInt32(position))
      position += segment.count
    }
    offsets += [UInt32](repeating: 0, count: 16 - offsets.count)
    return littleEndianBytes(offsets) + segments.joined()
  }

  @Test("samples of two bytes: the most significant ones first")
  func sixteenBits() throws {
    let encoded = Self.file([[2, 1, 2, 3], [0xFE, 9]])
    let little = try DICOMRLE.decode(encoded, options: .init(elementByteCount: 2))
    #expect(little == [9, 1, 9, 2, 9, 3])
    let big = try DICOMRLE.decode(encoded, options: .init(elementByteCount: 2, isBigEndian: true))
    #expect(big == [1, 9, 2, 9, 3, 9])
    #expect(try DICOMRLE.decode(encoded, options: .init()) == [1, 2, 3, 9, 9, 9])
  }

  @Test("encodes segments of even length whose runs end with the row")
  func encodes() throws {
    let bytes = [UInt8](repeating: 5, count: 6) + [1, 2, 3, 4, 5, 6]
    let encoded = try DICOMRLE.encode(bytes, options: .init(sampleCount: 2, columnCount: 3))
    #expect(
      encoded == Self.file([[0xFE, 5, 0xFE, 5], [2, 1, 2, 3, 2, 4, 5, 6]]))
    let odd = try DICOMRLE.encode([7], options: .init())
    #expect(odd.count % 2 == 0)
    #expect(try DICOMRLE.decode(odd, options: .init()) == [7])
  }

  @Test("round trips samples of every size", arguments: [1, 2, 4, 8], [false, true])
  func roundTrip(size: Int, isBigEndian: Bool) throws {
    var generator = SeededGenerator(seed: 6)
    for samples in [1, 3] where samples * size <= 15 {
      for columns in [nil, 1, 7, 100] {
        for content in ByteContent.allCases {
          let bytes = content.make(size * samples * 84, using: &generator)
          let options = DICOMRLE.Options(
            elementByteCount: size, isBigEndian: isBigEndian, sampleCount: samples,
            columnCount: columns)
          let encoded = try DICOMRLE.encode(bytes, options: options)
          #expect(
            encoded.count <= DICOMRLE.encodedByteCountBound(for: bytes.count, options: options))
          let decoded = try ByteCodecChecks.decode(
            DICOMRLE.self, encoded, capacity: bytes.count, options: options
          ).get()
          let measured = try DICOMRLE.decode(encoded, options: options)
          #expect(decoded == bytes)
          #expect(measured == bytes)
        }
      }
    }
  }

  @Test("with the number of pixels given, what follows them is padding")
  func padding() throws {
    let encoded = Self.file([[2, 1, 2, 3], [0xFD, 9, 0, 0]])
    #expect(throws: CodecError.self) { try DICOMRLE.decode(encoded, options: .init()) }
    #expect(
      try DICOMRLE.decode(encoded, options: .init(pixelCount: 3)) == [1, 2, 3, 9, 9, 9])
    let error = try #require(throws: CodecError.self) {
      try DICOMRLE.decode(encoded, options: .init(pixelCount: 4))
    }
    #expect(error.kind == .corrupt)
    #expect(error.offset == 64)
  }

  @Test("headers that make no sense are corrupt")
  func headers() throws {
    let good = Self.file([[0, 1], [0, 2]])
    for (index, value) in [(0, 0), (0, 16), (4, 65), (8, 63), (9, 1)] {
      var bytes = good
      bytes[index] = UInt8(value)
      #expect(throws: CodecError.self, "\(index)") {
        try DICOMRLE.decode(bytes, options: .init())
      }
    }
    let error = try #require(throws: CodecError.self) {
      try DICOMRLE.decode(
        Self.file([[0, 1], [0, 2], [0, 3]]), options: .init(elementByteCount: 2))
    }
    #expect(error.kind == .invalidArgument)
  }

  @Test("what cannot be 1 to 15 segments is the caller's mistake")
  func arguments() throws {
    for options: DICOMRLE.Options in [
      .init(elementByteCount: 3), .init(elementByteCount: 8, sampleCount: 2),
      .init(sampleCount: 0), .init(elementByteCount: 2, sampleCount: .max),
      .init(sampleCount: 5), .init(columnCount: 0),
    ] {
      let error = try #require(throws: CodecError.self) {
        try DICOMRLE.encode([UInt8](repeating: 0, count: 32), options: options)
      }
      #expect(error.kind == .invalidArgument)
    }
  }

  @Test("damaged streams throw or decode, and stay within the output")
  func fuzzed() throws {
    var generator = SeededGenerator(seed: 8)
    let bytes = ByteContent.runs.make(600, using: &generator)
    let options = DICOMRLE.Options(elementByteCount: 2, sampleCount: 3)
    let encoded = try DICOMRLE.encode(bytes, options: options)
    #expect(ByteCodecChecks.damage(DICOMRLE.self, encoded, byteCount: 600, options: options) == nil)
  }
}
