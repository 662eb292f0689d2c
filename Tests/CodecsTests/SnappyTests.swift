// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Snappy")
struct SnappyTests {
  static let text: [UInt8] =
    Array("a rose is a rose is a rose, and so on, and so on, and so on".utf8)
  static let plain = text + text + [UInt8](repeating: 0, count: 100) + Array("end".utf8)

  @Test("reads what snappy 1.2 writes")
  func reference() throws {
    let encoded = bytes(
      hex: """
        dd01246120726f7365206973203e0a00282c20616e6420736f206f6e560b003e310019455630001d160000fe01008a0100
        08656e64
        """)
    #expect(try Snappy.decode(encoded, options: .init()) == Self.plain)
  }

  @Test("every kind of element")
  func elements() throws {
    // Literal of 4, copies with one, two and four bytes of distance, a literal with its count apart.
    let encoded: [UInt8] =
      [28, 3 << 2, 1, 2, 3, 4, 0b0000_0001, 4, 0b0000_1010, 8, 0, 0b0000_1111, 4, 0, 0, 0]
      + [60 << 2, 12] + [UInt8](5...17)
    let expected: [UInt8] = [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3] + (5...17)
    #expect(try Snappy.decode(encoded, options: .init()) == expected)
  }

  @Test("round trips every kind of bytes")
  func roundTrip() {
    let sizes = ByteCodecChecks.sizes + [65_535, 65_536, 65_537, 200_000]
    #expect(
      ByteCodecChecks.roundTrip(Snappy.self, encode: .init(), decode: .init(), sizes: sizes) == nil)
  }

  @Test("nothing is a size of 0")
  func empty() throws {
    #expect(try Snappy.encode([], options: .init()) == [0])
    #expect(try Snappy.decode([0], options: .init()) == [])
  }

  @Test("a repeated byte takes little")
  func compresses() throws {
    let encoded = try Snappy.encode([UInt8](repeating: 7, count: 60_000), options: .init())
    #expect(encoded.count < 3_000)
  }

  @Test(
    "damage is named",
    arguments: [
      ([], CodecError.Kind.truncated(needed: 1), 0),
      ([0x80, 0x80, 0x80, 0x80, 0x80, 1], .corrupt, 0),  // a size of 36 bits
      ([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0], .corrupt, 0),  // 4 GiB in two bytes
      ([4, 3 << 2, 1, 2], .truncated(needed: 1), 1),
      ([8, 3 << 2, 1, 2, 3, 4, 1, 0], .corrupt, 6),  // distance 0
      ([8, 3 << 2, 1, 2, 3, 4, 1, 5], .corrupt, 6),  // before the data
      ([3, 3 << 2, 1, 2, 3, 4], .corrupt, 1),  // more than the size
      ([5, 3 << 2, 1, 2, 3, 4], .corrupt, 1),  // less than the size
    ] as [([UInt8], CodecError.Kind, Int)])
  func damage(encoded: [UInt8], kind: CodecError.Kind, offset: Int) throws {
    let error = try #require(throws: CodecError.self) {
      try Snappy.decode(encoded, byteCount: 100, options: .init())
    }
    #expect(error.kind == kind)
    #expect(error.offset == offset)
  }

  @Test("a small output and small limits are said to be small")
  func limits() throws {
    let encoded = try Snappy.encode(Self.plain, options: .init())
    let full = try #require(throws: CodecError.self) {
      try Snappy.decode(encoded, byteCount: 220, options: .init())
    }
    #expect(full.kind == .outputFull(needed: 221))
    let limit = try #require(throws: CodecError.self) {
      try Snappy.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 220))
    }
    #expect(limit.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output")
  func fuzzed() throws {
    let encoded = try Snappy.encode(Self.plain, options: .init())
    #expect(ByteCodecChecks.damage(Snappy.self, encoded, byteCount: 221, options: .init()) == nil)
  }
}
