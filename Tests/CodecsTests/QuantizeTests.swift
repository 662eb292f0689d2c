// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Quantize")
struct QuantizeTests {
  static func encode(_ values: [Float], _ mode: Quantize.Mode) throws -> [UInt32] {
    let source = littleEndianBytes(values.map { $0.bitPattern })
    let encoded = try [UInt8](capacity: source.count) { output throws(CodecError) in
      try Quantize.encode(source.rawSpan, into: &output, mode: mode, element: .float32)
    }
    return stride(from: 0, to: encoded.count, by: 4).map { i in
      (0..<4).reduce(0) { $0 | UInt32(encoded[i + $1]) << UInt32(8 * $1) }
    }
  }

  @Test("each mode gives what netCDF gives")
  func reference() throws {
    let values: [Float] = [-2.718_28, 3.141_59]
    for (mode, expected) in [
      (.bitGroom(digits: 3), [0xC02D_F000, 0x4049_0FFF]),
      (.bitGroom(digits: 1), [0xC02C_0000, 0x404B_FFFF]),
      (.bitRound(bits: 5), [0xC02C_0000, 0x4048_0000]),
      (.granularBitRound(digits: 3), [0xC02E_0000, 0x4049_0000]),
      (.granularBitRound(digits: 1), [0xC040_0000, 0x4040_0000]),
      (.granularBitRound(digits: 6), [0xC02D_F840, 0x4049_0FE0]),
      (.scale(digits: 2), [0xC02E_0000, 0x4049_0000]),
    ] as [(Quantize.Mode, [UInt32])] {
      #expect(try Self.encode(values, mode) == expected, "\(mode)")
    }
  }

  @Test("zero, infinities, NaN and the fill value stay")
  func kept() throws {
    let values: [Float] = [0, 0, .infinity, -.infinity, .nan, 9.969_209_968_386_869e36]
    let bits = values.map { $0.bitPattern }
    for mode in [
      Quantize.Mode.bitGroom(digits: 3), .bitRound(bits: 3), .granularBitRound(digits: 2),
      .scale(digits: 1),
    ] { #expect(try Self.encode(values, mode) == bits, "\(mode)") }
  }

  @Test("doubles are as close as the digits ask for")
  func doubles() throws {
    var generator = SeededGenerator(seed: 3)
    let values = (0..<2000).map { _ in Double.random(in: -1e6...1e6, using: &generator) }
    let source = littleEndianBytes(values.map { $0.bitPattern })
    for digits in 1...12 {
      for mode in [Quantize.Mode.bitGroom(digits: digits), .granularBitRound(digits: digits)] {
        let encoded = try [UInt8](capacity: source.count) { output throws(CodecError) in
          try Quantize.encode(source.rawSpan, into: &output, mode: mode, element: .float64)
        }
        let back = stride(from: 0, to: encoded.count, by: 8).map { i in
          Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(encoded[i + $1]) << UInt64(8 * $1) })
        }
        var tens = 1.0
        for _ in 0..<digits { tens *= 10 }
        let isClose = zip(values, back).allSatisfy { abs($0 - $1) <= 5 * abs($0) / tens }
        #expect(isClose, "\(mode)")
        #expect(encoded != source)
      }
    }
  }

  @Test("modes that keep nothing or everything are the caller's mistake")
  func arguments() {
    for mode in [
      Quantize.Mode.bitRound(bits: 0), .bitRound(bits: 23), .bitRound(bits: .max),
      .bitGroom(digits: 0), .bitGroom(digits: 7), .bitGroom(digits: .max),
      .granularBitRound(digits: 0), .granularBitRound(digits: .min), .scale(digits: -1),
      .scale(digits: 21),
    ] {
      let error = #expect(throws: CodecError.self) { try Self.encode([1], mode) }
      #expect(error?.kind == .invalidArgument, "\(mode)")
    }
  }
}
