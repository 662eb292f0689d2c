// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("RCOMP")
struct RCOMPTests {
  static let examples: [(size: Int, data: [UInt8], four: String, whole: String)] = [
    (
      1, [0, 1, 3, 2, 255, 254, 7, 7, 7, 7, 100, 0, 200, 50], "003215ad0d380005d63f6fd4",
      "00d0452432c39410400e809c5e0680"
    ),
    (
      2,
      littleEndianBytes([1000, 1001, 1003, 999, 1000, 65535, 0, 0, 0, 32768, 5] as [UInt16]),
      "03e82910e60403a30280780007ffffffa8", "03e8e80020028012007800a7d1800a000800007ffe03ff50"
    ),
    (
      4,
      littleEndianBytes(
        [100_000, 100_001, 4_000_000_000, 3, 3, 3, 3, 12_345_678] as [UInt32]),
      "000186a0d000000000000000111965ea09194d8035e000004000008000000f1852c0",
      "000186a0d000000000000000111965ea09194d80300000000000000000000000000bc614b0"
    ),
  ]

  @Test("writes the bytes that cfitsio writes, and reads them", arguments: 0..<3)
  func reference(example: Int) throws {
    let (size, data, four, whole) = Self.examples[example]
    for (length, hex) in [(4, four), (32, whole)] {
      let options = RCOMP.Options(
        elementByteCount: size, blockLength: length, elementCount: data.count / size)
      #expect(try RCOMP.encode(data, options: options) == bytes(hex: hex))
      #expect(try RCOMP.decode(bytes(hex: hex), options: options) == data)
    }
  }

  @Test("round trips every kind of integers", arguments: [1, 2, 4])
  func roundTrip(size: Int) throws {
    var generator = SeededGenerator(seed: 5)
    for length in [1, 7, 32, 100] {
      for count in [0, 1, 2, 31, 32, 33, 1000] {
        for content in ByteContent.allCases {
          let data = content.make(count * size, using: &generator)
          let options = RCOMP.Options(
            elementByteCount: size, blockLength: length, elementCount: count)
          let encoded = try RCOMP.encode(data, options: options)
          #expect(encoded.count <= RCOMP.encodedByteCountBound(for: data.count, options: options))
          let decoded = try ByteCodecChecks.decode(
            RCOMP.self, encoded, capacity: data.count, options: options
          ).get()
          #expect(decoded == data, "\(content) \(count) \(length)")
        }
      }
    }
  }

  @Test("sizes that make no sense are the caller's mistake")
  func arguments() {
    for options in [
      RCOMP.Options(elementByteCount: 3), .init(elementByteCount: 2, blockLength: 0),
      .init(elementByteCount: 2, elementCount: -1),
    ] {
      #expect(throws: CodecError.self) { try RCOMP.encode([1, 2, 3, 4], options: options) }
      #expect(throws: CodecError.self) { try RCOMP.decode([1, 2, 3, 4], options: options) }
    }
    #expect(throws: CodecError.self) {
      try RCOMP.encode([1, 2, 3], options: .init(elementByteCount: 2))
    }
  }

  @Test("more integers than the bytes can hold are refused before memory is asked for")
  func liar() throws {
    let error = try #require(throws: CodecError.self) {
      try RCOMP.decode([0, 0, 0], options: .init(elementByteCount: 4, elementCount: 1 << 40))
    }
    guard case .truncated = error.kind else {
      Issue.record("\(error)")
      return
    }
    let limit = try #require(throws: CodecError.self) {
      try RCOMP.decode(
        [UInt8](repeating: 0, count: 100), options: .init(elementByteCount: 4, elementCount: 1000),
        limits: Limits(maxOutputBytes: 3999))
    }
    #expect(limit.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output", arguments: [1, 2, 4])
  func damage(size: Int) throws {
    var generator = SeededGenerator(seed: 6)
    let data = ByteContent.runs.make(400, using: &generator)
    let options = RCOMP.Options(elementByteCount: size, elementCount: 400 / size)
    let encoded = try RCOMP.encode(data, options: options)
    #expect(ByteCodecChecks.damage(RCOMP.self, encoded, byteCount: 400, options: options) == nil)
  }
}
