// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("EER")
struct EERTests {
  static let frame = bytes(hex: "ffe42279f3bd068366a852c1bb9651f3")

  static func events(_ counters: [UInt8], width: Int) -> [[Int]] {
    counters.indices.filter { counters[$0] > 0 }.map { [$0 / width, $0 % width] }
  }

  @Test("events lie where the reference finds them")
  func reference() throws {
    let plain = [
      [0, 38], [1, 10], [1, 29], [2, 9], [3, 0], [3, 2], [3, 19], [3, 26], [4, 8], [4, 14],
      [4, 38], [5, 21], [5, 30],
    ]
    let double = [
      [0, 77], [3, 21], [3, 58], [4, 18], [6, 0], [7, 4], [7, 38], [7, 53], [8, 29], [8, 76],
      [9, 17], [10, 43], [10, 61],
    ]
    let fourfold = [
      [0, 155], [7, 42], [7, 117], [9, 37], [12, 0], [15, 8], [15, 76], [15, 106], [16, 58],
      [16, 153], [19, 34], [21, 86], [21, 123],
    ]
    for (factor, cells, expected) in [(0, 1, plain), (1, 2, double), (2, 4, fourfold)] {
      let options = EER.DecodeOptions(
        width: 40 * cells, height: 8 * cells, skipBitCount: 5, superresolution: factor)
      let counters = try EER.decode(Self.frame, options: options)
      #expect(Self.events(counters, width: 40 * cells) == expected)
    }
  }

  @Test("counters of two bytes count on where those of one wrap")
  func counters() throws {
    // Distances of 0: each event is on the next pixel; a frame of one row ends after it.
    let small = EER.DecodeOptions(width: 40, height: 8, skipBitCount: 5)
    var wide = small
    wide.elementByteCount = 2
    let one = try EER.decode(Self.frame, options: small)
    let two = try EER.decode(Self.frame, options: wide)
    #expect(two == littleEndianBytes(one.map { UInt16($0) }))
  }

  @Test("a distance of all ones is no event")
  func longDistance() throws {
    // Nine bits an event: 31 without one, then 2 and the places 0.
    let options = EER.DecodeOptions(width: 40, height: 1, skipBitCount: 5)
    let counters = try EER.decode([0b0101_1111, 0], options: options)
    #expect(Self.events(counters, width: 40) == [[0, 33]])
  }

  @Test("an event behind the last pixel is corrupt; one at the end ends the frame")
  func end() throws {
    let options = EER.DecodeOptions(width: 5, height: 1, skipBitCount: 5)
    #expect(try EER.decode([5, 0, 0], options: options) == [0, 0, 0, 0, 0])
    let error = try #require(throws: CodecError.self) {
      try EER.decode([6, 0, 0], options: options)
    }
    #expect(error.kind == .corrupt)
    #expect(error.offset == 0)
  }

  @Test("options that do not go together are the caller's mistake")
  func arguments() {
    for options in [
      EER.DecodeOptions(width: 0, height: 4), .init(width: 4, height: 4, skipBitCount: 13),
      .init(width: 4, height: 4, skipBitCount: 4), .init(width: 5, height: 4, superresolution: 1),
      .init(width: 4, height: 4, elementByteCount: 4),
    ] {
      let error = #expect(throws: CodecError.self) { try EER.decode([1, 2, 3], options: options) }
      #expect(error?.kind == .invalidArgument)
    }
  }

  @Test("limits hold")
  func limits() throws {
    let error = try #require(throws: CodecError.self) {
      try EER.decode(
        Self.frame, options: .init(width: 40, height: 8), limits: Limits(maxPixels: 319))
    }
    #expect(error.kind == .limitExceeded(.pixels))
  }

  @Test("damaged streams throw or decode, and stay within the output")
  func damage() {
    let options = EER.DecodeOptions(width: 40, height: 8, skipBitCount: 5)
    let mutation = ByteCodecChecks.mutation(
      EER.self, Self.frame, byteCount: 320, options: options)
    let short = ByteCodecChecks.shortOutput(
      EER.self, Self.frame, byteCount: 320, options: options)
    #expect(mutation == nil && short == nil)
  }
}
