// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("AEC")
struct AECTests {
  static let samples: [UInt8] = [
    10, 11, 13, 12, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 200, 3, 77, 150, 0, 255, 18, 90,
    90, 90, 91, 90, 90, 92, 90, 90,
  ]

  static let layouts: [AEC.Options] = [
    .init(), .init(blockLength: 64, intervalBlockCount: 128), .init(predicts: false),
    .init(isSigned: true), .init(bitCount: 5, blockLength: 16), .init(bitCount: 1),
    .init(bitCount: 2, isRestricted: true), .init(bitCount: 4, isRestricted: true),
    .init(bitCount: 16, blockLength: 32, intervalBlockCount: 70),
    .init(bitCount: 12, isSigned: true, isBigEndian: true),
    .init(bitCount: 24, usesThreeBytes: true),
    .init(bitCount: 20, usesThreeBytes: true, isBigEndian: true), .init(bitCount: 24),
    .init(bitCount: 32, intervalBlockCount: 4096), .init(bitCount: 32, isSigned: true),
    .init(bitCount: 9, predicts: false, alignsIntervals: true), .init(alignsIntervals: true),
  ]

  /// Samples that fit the options: the bits above theirs are zero, or copies of the sign.
  static func fitted(_ bytes: [UInt8], _ options: AEC.Options) -> [UInt8] {
    let size = options.sampleByteCount
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count - size + 1, by: size) {
      var value: Int64 = 0
      for k in 0..<size {
        value |= Int64(bytes[start + (options.isBigEndian ? size - 1 - k : k)]) << Int64(8 * k)
      }
      let shift = Int64(64 - options.bitCount)
      value <<= shift
      value =
        options.isSigned
        ? value >> shift : Int64(bitPattern: UInt64(bitPattern: value) >> UInt64(shift))
      for k in 0..<size {
        let byte = options.isBigEndian ? size - 1 - k : k
        result.append(UInt8(truncatingIfNeeded: value >> Int64(8 * byte)))
      }
    }
    return result
  }

  @Test("round trips every kind of samples in every layout", arguments: layouts)
  func roundTrip(layout: AEC.Options) throws {
    var generator = SeededGenerator(seed: 7)
    for size in [0, 1, 7, 8, 9, 63, 64, 65, 300, 5000] {
      for content in ByteContent.allCases {
        let bytes = Self.fitted(
          content.make(size * layout.sampleByteCount, using: &generator), layout)
        let encoded = try AEC.encode(bytes, options: layout)
        #expect(encoded.count <= AEC.encodedByteCountBound(for: bytes.count, options: layout))
        let exact = try ByteCodecChecks.decode(
          AEC.self, encoded, capacity: bytes.count, options: layout
        ).get()
        #expect(exact == bytes, "\(content) \(size)")
        var counted = layout
        counted.sampleCount = size
        #expect(try AEC.decode(encoded, options: counted) == bytes, "\(content) \(size)")
        let whole = try AEC.decode(encoded, options: layout)
        #expect(whole.starts(with: bytes) && whole.count < bytes.count + 64 * 4)
      }
    }
  }

  @Test("samples without a sign are coded like those with one", arguments: [8, 16, 32, 64])
  func words(blockLength: Int) throws {
    // The former go eight at a time, the latter one by one.
    var generator = SeededGenerator(seed: 8)
    var contents = ByteContent.allCases.map { $0.make(6000, using: &generator) }
    // Long runs of zeros in a row: high parts that no window has.
    contents.append((0..<6000).map { $0 % 61 == 0 ? UInt8(truncatingIfNeeded: $0) : 7 })
    contents.append((0..<6000).map { $0 % 700 == 0 ? 255 : 0 })
    for interval in [1, 2, 64, 100, 4096] {
      for bytes in contents {
        let plain = AEC.Options(blockLength: blockLength, intervalBlockCount: interval)
        var signed = plain
        signed.isSigned = true
        let encoded = try AEC.encode(bytes, options: plain)
        let encodedSigned = try AEC.encode(bytes.map { $0 ^ 0x80 }, options: signed)
        #expect(encoded.count == encodedSigned.count)
        let decoded = try AEC.decode(encoded, byteCount: bytes.count, options: plain)
        let decodedSigned = try AEC.decode(encodedSigned, byteCount: bytes.count, options: signed)
        #expect(decoded == bytes)
        #expect(decodedSigned.map { $0 ^ 0x80 } == bytes)
      }
    }
  }

  @Test("reads what libaec writes")
  func reference() throws {
    for (hex, options) in [
      ("214428f0fc8fc4d92ffffed5a3961180", AEC.Options()),
      ("214428f0fc8fc4d92ffffed5a3961180", .init(intervalBlockCount: 128)),
      (
        "8aaaaaaaa9d8924924925f200d365803fc496969696d6969716968",
        .init(blockLength: 16, predicts: false)
      ),
    ] {
      let encoded = bytes(hex: hex)
      #expect(try AEC.decode(encoded, byteCount: 32, options: options) == Self.samples)
      #expect(try AEC.encode(Self.samples, options: options).count <= encoded.count)
    }
  }

  @Test("options that do not go together are the caller's mistake")
  func arguments() {
    for options in [
      AEC.Options(bitCount: 0), .init(bitCount: 33), .init(blockLength: 12),
      .init(intervalBlockCount: 0), .init(intervalBlockCount: 4097), .init(isRestricted: true),
    ] {
      for error in [
        #expect(throws: CodecError.self) { try AEC.encode([1], options: options) },
        #expect(throws: CodecError.self) { try AEC.decode([1], options: options) },
      ] { #expect(error?.kind == .invalidArgument) }
    }
  }

  @Test("zeros that go on behind the interval are corrupt, a cut stream is truncated")
  func damaged() throws {
    // Zero block: id 0, kind 0, reference, then 8 blocks where the interval has 2.
    let long = try #require(throws: CodecError.self) {
      try AEC.decode([0, 0, 0, 0b0000_1000], byteCount: 100, options: .init())
    }
    #expect(long.kind == .corrupt)
    let encoded = try AEC.encode(Self.samples, options: .init())
    let cut = try #require(throws: CodecError.self) {
      try AEC.decode(Array(encoded.dropLast(4)), options: .init(sampleCount: 32))
    }
    #expect(cut.kind == .truncated(needed: 1))
  }

  @Test("limits hold")
  func limits() throws {
    let encoded = try AEC.encode([UInt8](repeating: 3, count: 100_000), options: .init())
    #expect(throws: CodecError.self) {
      try AEC.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 99_999))
    }
    #expect(
      try AEC.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 100_000)).count
        == 100_000)
    let liar = try #require(throws: CodecError.self) {
      try AEC.decode([0], options: .init(sampleCount: 1 << 40))
    }
    #expect(liar.kind == .truncated(needed: 1))
  }

  @Test("damaged streams throw or decode, and stay within the output", arguments: layouts)
  func fuzzed(layout: AEC.Options) throws {
    var generator = SeededGenerator(seed: 12)
    let bytes = Self.fitted(ByteContent.runs.make(240, using: &generator), layout)
    let encoded = try AEC.encode(bytes, options: layout)
    let mutation = ByteCodecChecks.mutation(
      AEC.self, encoded, byteCount: bytes.count, options: layout)
    let short = ByteCodecChecks.shortOutput(
      AEC.self, encoded, byteCount: bytes.count, options: layout)
    #expect(mutation == nil && short == nil)
  }
}
