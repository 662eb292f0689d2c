// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("LZF")
struct LZFTests {
  @Test("reads what LibLZF writes")
  func reference() throws {
    let encoded = bytes(
      hex: """
        0a6120726f73652069732061e006090a2c20616e6420736f206f6ee00d0ae00730e00144e00d2fe002150000e05a0002656e
        64
        """)
    #expect(try LZF.decode(encoded, options: .init()) == SnappyTests.plain)
  }

  @Test("every kind of sequence")
  func sequences() throws {
    // Three literals, a match of 3 from 3 back, one of 9 with its length apart from 1 back.
    let encoded: [UInt8] = [2, 1, 2, 3, 1 << 5, 2, 7 << 5, 0, 0]
    let expected: [UInt8] = [1, 2, 3, 1, 2, 3] + [UInt8](repeating: 3, count: 9)
    #expect(try LZF.decode(encoded, options: .init()) == expected)
  }

  @Test("round trips every kind of bytes, with and without a size", arguments: [false, true])
  func roundTrip(storesSize: Bool) {
    let options = LZF.Options(storesSize: storesSize)
    let sizes = ByteCodecChecks.sizes + [100_000]
    #expect(
      ByteCodecChecks.roundTrip(LZF.self, encode: options, decode: options, sizes: sizes) == nil)
  }

  @Test("noise grows by a byte in 32 and the size")
  func bound() throws {
    var generator = SeededGenerator(seed: 3)
    let noise = generator.bytes(10_000)
    #expect(try LZF.encode(noise, options: .init()).count <= 10_313)
  }

  @Test(
    "damage is named",
    arguments: [
      ([2, 1, 2], CodecError.Kind.truncated(needed: 1), 0),
      ([0, 1, 32], .truncated(needed: 1), 2),
      ([0, 1, 0xE0, 5], .truncated(needed: 1), 2),
      ([0, 1, 32, 1], .corrupt, 2),  // before the data
    ] as [([UInt8], CodecError.Kind, Int)])
  func damage(encoded: [UInt8], kind: CodecError.Kind, offset: Int) throws {
    let error = try #require(throws: CodecError.self) {
      try LZF.decode(encoded, byteCount: 100, options: .init())
    }
    #expect(error.kind == kind)
    #expect(error.offset == offset)
  }

  @Test("a size that the data cannot hold is refused")
  func liar() throws {
    let error = try #require(throws: CodecError.self) {
      try LZF.decode([0, 0, 0, 0x40, 0, 1], options: .init(storesSize: true))
    }
    #expect(error.kind == .corrupt)
  }

  @Test("a small output and small limits are said to be small")
  func limits() throws {
    let encoded = try LZF.encode(SnappyTests.plain, options: .init())
    let full = try #require(throws: CodecError.self) {
      try LZF.decode(encoded, byteCount: 220, options: .init())
    }
    #expect(full.kind == .outputFull(needed: nil))
    let limit = try #require(throws: CodecError.self) {
      try LZF.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 220))
    }
    #expect(limit.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output", arguments: [false, true])
  func fuzzed(storesSize: Bool) throws {
    let options = LZF.Options(storesSize: storesSize)
    let encoded = try LZF.encode(SnappyTests.plain, options: options)
    #expect(ByteCodecChecks.damage(LZF.self, encoded, byteCount: 221, options: options) == nil)
  }
}
