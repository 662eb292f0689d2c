// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("PGLZ")
struct PGLZTests {
  static let encoded = bytes(
    hex: """
      dd000000006120726f736520690473200d0a2c20616e64c020736f206f6e0f0b040f3b2902000f0151656e64
      """)

  @Test("reads what PostgreSQL's code writes")
  func reference() throws {
    let plain = SnappyTests.plain
    #expect(try PGLZ.decode(Self.encoded, options: .init(storesSize: true)) == plain)
    #expect(try PGLZ.decode(Array(Self.encoded[4...]), options: .init()) == plain)
  }

  @Test("round trips every kind of bytes", arguments: [false, true])
  func roundTrip(storesSize: Bool) {
    for strategy in [PGLZ.Strategy.standard, .always] {
      let failure = ByteCodecChecks.roundTrip(
        PGLZ.self, encode: .init(storesSize: storesSize, strategy: strategy),
        decode: .init(storesSize: storesSize), sizes: ByteCodecChecks.sizes + [50_000])
      #expect(failure == nil)
    }
  }

  @Test("is as small as PostgreSQL's own, or smaller")
  func size() throws {
    let options = PGLZ.EncodeOptions(storesSize: true, strategy: .always)
    #expect(try PGLZ.encode(SnappyTests.plain, options: options).count <= Self.encoded.count)
  }

  @Test("what saves too little is stored as it is")
  func stored() throws {
    var generator = SeededGenerator(seed: 5)
    let noise = generator.bytes(300)
    let short = [UInt8](repeating: 1, count: 31)
    // A quarter of these repeats: a tenth is saved.
    let little = noise + noise[..<60]
    for bytes in [noise, short, little] {
      let encoded = try PGLZ.encode(bytes, options: .init(storesSize: true))
      #expect(encoded == littleEndianBytes([UInt32(bytes.count)]) + bytes)
      #expect(try PGLZ.decode(encoded, options: .init(storesSize: true)) == bytes)
    }
    let always = try PGLZ.encode(little, options: .init(storesSize: true, strategy: .always))
    #expect(always.count < little.count)
  }

  @Test(
    "damage is named",
    arguments: [
      ([1, 0x10], CodecError.Kind.truncated(needed: 1), 1),
      ([2, 7, 0x0F, 1], .truncated(needed: 1), 2),
      ([2, 7, 0, 0], .corrupt, 2),  // distance 0
      ([2, 7, 0, 2], .corrupt, 2),  // before the data
    ] as [([UInt8], CodecError.Kind, Int)])
  func damage(encoded: [UInt8], kind: CodecError.Kind, offset: Int) throws {
    let error = try #require(throws: CodecError.self) {
      try PGLZ.decode(encoded, byteCount: 100, options: .init())
    }
    #expect(error.kind == kind)
    #expect(error.offset == offset)
  }

  @Test("limits hold where the size is not stored, too")
  func limits() throws {
    let encoded = try PGLZ.encode([UInt8](repeating: 0, count: 200_000), options: .init())
    #expect(try PGLZ.decode(encoded, options: .init()).count == 200_000)
    let error = try #require(throws: CodecError.self) {
      try PGLZ.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 199_999))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output", arguments: [false, true])
  func fuzzed(storesSize: Bool) throws {
    let encoded = Array(Self.encoded.dropFirst(storesSize ? 0 : 4))
    let options = PGLZ.DecodeOptions(storesSize: storesSize)
    #expect(ByteCodecChecks.damage(PGLZ.self, encoded, byteCount: 221, options: options) == nil)
  }
}
