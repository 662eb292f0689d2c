// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Narrow floats")
struct NarrowFloatTests {
  static let big = NarrowFloatOptions(isBigEndian: true)

  static func wide(_ values: [Float]) -> [UInt8] { littleEndianBytes(values.map { $0.bitPattern }) }

  static func narrow(_ values: [Float], _ options: NarrowFloatOptions) throws -> [UInt8] {
    try Float24.encode(wide(values), options: options)
  }

  @Test("float24 of the values that matter")
  func table() throws {
    let values: [Float] = [
      0, -0.0, 1, -2.5, 3.141_592_74, 1e38, 1e-19, 1.084_202_2e-19, 5e-24, 3.308_722_5e-24,
      .infinity, -.infinity,
    ]
    let hex = """
      000000 800000 3f0000 c04000 409220 7f0000 00760f 008000 000002 000001 7f0000 ff0000
      """
    #expect(try Self.narrow(values, Self.big) == bytes(hex: hex))
    let little = try Self.narrow([1, 3.141_592_74], .init())
    #expect(little == [0x00, 0x00, 0x3F, 0x20, 0x92, 0x40])
  }

  @Test("what lies between two floats goes where it should")
  func rounding() throws {
    let values: [Float] = [
      1 + 0x1p-17, 1 + 3 * 0x1p-17, -1 - 0x1p-17, 1 + 0x1p-23, -1 - 0x1p-23,
    ]
    for (rounding, hex) in [
      (.toNearest, "3f0000 3f0002 bf0000 3f0000 bf0000"),
      (.up, "3f0001 3f0002 bf0000 3f0001 bf0000"),
      (.down, "3f0000 3f0001 bf0001 3f0000 bf0001"),
      (.towardZero, "3f0000 3f0001 bf0000 3f0000 bf0000"),
    ] as [(NarrowFloatOptions.Rounding, String)] {
      let options = NarrowFloatOptions(isBigEndian: true, rounding: rounding)
      #expect(try Self.narrow(values, options) == bytes(hex: hex), "\(rounding)")
    }
  }

  @Test("rounding carries into the exponent, and small numbers round like all others")
  func carries() throws {
    #expect(try Self.narrow([1.999_999_9], Self.big) == [0x40, 0, 0])
    #expect(try Self.narrow([0x1.FFFFFEp63], Self.big) == [0x7F, 0, 0])
    // 2^-78 is the least; halfway to it is even 0, more than halfway is it.
    #expect(try Self.narrow([0x1p-79, 0x1.8p-79], Self.big) == [0, 0, 0, 0, 0, 1])
    for tiny in [Float(0x1p-79), 0x1p-86, 0x1p-120, 0x1p-140] {
      let up = NarrowFloatOptions(isBigEndian: true, rounding: .up)
      let down = NarrowFloatOptions(isBigEndian: true, rounding: .down)
      #expect(try Self.narrow([tiny, -tiny], up) == [0, 0, 1, 0x80, 0, 0])
      #expect(try Self.narrow([tiny, -tiny], down) == [0, 0, 0, 0x80, 0, 1])
    }
  }

  @Test("float24 of every size survive the way there and back")
  func allOfThem() throws {
    var narrow: [UInt8] = []
    // A step of a prime number: all exponents, and mantissas of every kind.
    for value in stride(from: 0, to: 1 << 24, by: 37) where value & 0x7F_FFFF <= 0x7F_0000 {
      narrow.append(UInt8(truncatingIfNeeded: value))
      narrow.append(UInt8(truncatingIfNeeded: value >> 8))
      narrow.append(UInt8(truncatingIfNeeded: value >> 16))
    }
    let wide = try Float24.decode(narrow, options: .init())
    #expect(try Float24.encode(wide, options: .init()) == narrow)
  }

  @Test("NaN keeps its sign")
  func notANumber() throws {
    let values = [Float.nan, -Float.nan]
    #expect(try Self.narrow(values, Self.big) == [0x7F, 0x80, 0, 0xFF, 0x80, 0])
    #expect(
      try Float24.decode([0x7F, 0, 1, 0xFF, 0x12, 0x34], options: Self.big)
        == littleEndianBytes([0x7FC0_0000, 0xFFC0_0000] as [UInt32]))
    #expect(
      try BFloat16.encode(Self.wide(values), options: Self.big) == [0x7F, 0xC0, 0xFF, 0xC0])
  }

  @Test("bfloat16 of the values that matter")
  func brain() throws {
    let values: [Float] = [
      0, 1, -2.5, 3.141_592_74, 1e38, 3.4e38, Float(bitPattern: 0x0001_16C2), .infinity,
    ]
    let encoded = bytes(hex: "0000 3f80 c020 4049 7e96 7f80 0001 7f80")
    #expect(try BFloat16.encode(Self.wide(values), options: Self.big) == encoded)
    let between: [Float] = [1 + 0x1p-8, 1 + 3 * 0x1p-8, -1 - 0x1p-8, 1 + 0x1p-23, -1 - 0x1p-23]
    for (rounding, hex) in [
      (.toNearest, "3f80 3f82 bf80 3f80 bf80"), (.up, "3f81 3f82 bf80 3f81 bf80"),
      (.down, "3f80 3f81 bf81 3f80 bf81"), (.towardZero, "3f80 3f81 bf80 3f80 bf80"),
    ] as [(NarrowFloatOptions.Rounding, String)] {
      let options = NarrowFloatOptions(isBigEndian: true, rounding: rounding)
      #expect(try BFloat16.encode(Self.wide(between), options: options) == bytes(hex: hex))
    }
    let all = littleEndianBytes((0...UInt16.max).filter { $0 & 0x7FFF <= 0x7F80 })
    let wide = try BFloat16.decode(all, options: .init())
    #expect(try BFloat16.encode(wide, options: .init()) == all)
  }

  @Test("parts of floats are the caller's mistake, and limits hold")
  func arguments() throws {
    #expect(throws: CodecError.self) { try Float24.encode([1, 2, 3], options: .init()) }
    #expect(throws: CodecError.self) { try Float24.decode([1, 2, 3, 4], options: .init()) }
    #expect(throws: CodecError.self) { try BFloat16.decode([1], options: .init()) }
    let error = try #require(throws: CodecError.self) {
      try Float24.decode([1, 2, 3], options: .init(), limits: Limits(maxOutputBytes: 3))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }
}
