// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("PackBits")
struct PackBitsTests {
  /// The example of the TIFF 6.0 specification, section 9.
  static let packed: [UInt8] = [
    0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA,
  ]
  static let unpacked: [UInt8] =
    [0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22]
    + [UInt8](repeating: 0xAA, count: 10)

  @Test("unpacks and packs the specification's example")
  func specificationExample() throws {
    #expect(try PackBits.decode(Self.packed, options: .init()) == Self.unpacked)
    #expect(try PackBits.encode(Self.unpacked, options: .init()) == Self.packed)
  }

  @Test("round trips every kind of bytes", arguments: [nil, 1, 2, 3, 100, 128, 129, 4096])
  func roundTrip(row: Int?) {
    let failure = ByteCodecChecks.roundTrip(
      PackBits.self, encode: .init(rowByteCount: row), decode: .init())
    #expect(failure == nil)
  }

  @Test("no packet runs over a row")
  func rows() throws {
    let bytes = [UInt8](repeating: 9, count: 12)
    let packed = try PackBits.encode(bytes, options: .init(rowByteCount: 5))
    #expect(packed == [0xFC, 9, 0xFC, 9, 0xFF, 9])
  }

  @Test("never grows by more than one byte in 128")
  func bound() throws {
    var generator = SeededGenerator(seed: 4)
    for count in 1..<600 {
      let bytes = generator.bytes(count).map { $0 & 3 }
      #expect(try PackBits.encode(bytes, options: .init()).count <= count + (count + 127) / 128)
    }
  }

  @Test("header 128 does nothing")
  func noOperation() throws {
    #expect(try PackBits.decode([0x80, 0x00, 0x07, 0x80], options: .init()) == [7])
  }

  @Test("a zero header at the very end is padding")
  func padding() throws {
    #expect(try PackBits.decode([0xFF, 0x07, 0x00], options: .init()) == [7, 7])
    #expect(try PackBits.decode([0x00], options: .init()) == [])
  }

  @Test(
    "a packet cut short throws truncated with the packet's offset",
    arguments: [(1, 0), (3, 2), (5, 2), (14, 13)])
  func truncated(length: Int, offset: Int) throws {
    let bytes = Array(Self.packed[..<length])
    for decode in [
      { try PackBits.decode(bytes, byteCount: 24, options: .init()) },
      { try PackBits.decode(bytes, options: .init()) },
    ] {
      let error = try #require(throws: CodecError.self) { try decode() }
      #expect(error.offset == offset)
      guard case .truncated = error.kind else {
        Issue.record("\(error)")
        continue
      }
    }
  }

  @Test("an output that is too small throws outputFull")
  func outputFull() throws {
    let error = try #require(throws: CodecError.self) {
      try PackBits.decode(Self.packed, byteCount: 23, options: .init())
    }
    #expect(error.kind == .outputFull(needed: nil))
    // What is encoded fits as soon as it does, also below the bound.
    let run = [UInt8](repeating: 7, count: 300)
    let packed = try [UInt8](capacity: 6) { (output) throws(CodecError) in
      try PackBits.encode(run.rawSpan, into: &output)
    }
    #expect(packed == [129, 7, 129, 7, 213, 7])
    #expect(throws: CodecError.self) {
      try [UInt8](capacity: 5) { (output) throws(CodecError) in
        try PackBits.encode(run.rawSpan, into: &output)
      }
    }
  }

  @Test("the decoded size obeys the limits")
  func limits() throws {
    let error = try #require(throws: CodecError.self) {
      try PackBits.decode(Self.packed, options: .init(), limits: Limits(maxOutputBytes: 23))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output")
  func damage() throws {
    var generator = SeededGenerator(seed: 11)
    let bytes = ByteContent.runs.make(900, using: &generator)
    let packed = try PackBits.encode(bytes, options: .init())
    #expect(
      ByteCodecChecks.truncation(PackBits.self, packed, byteCount: 900, options: .init()) == nil)
    #expect(
      ByteCodecChecks.mutation(PackBits.self, packed, byteCount: 900, options: .init()) == nil)
    #expect(
      ByteCodecChecks.shortOutput(PackBits.self, packed, byteCount: 900, options: .init()) == nil)
  }
}
