// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Packed integers")
struct PackIntsTests {
  /// The definition: one long string of bits per run.
  static func model(_ values: [UInt64], _ options: PackInts.Options) -> [UInt8] {
    let run = options.runLength ?? values.count
    var result: [UInt8] = []
    for start in stride(from: 0, to: values.count, by: max(run, 1)) {
      var bits: [UInt8] = []
      for value in values[start..<(start + run)] {
        let ascending = (0..<options.bitCount).map { UInt8(value >> UInt64($0) & 1) }
        bits += options.bitOrder == .leastSignificantFirst ? ascending : ascending.reversed()
      }
      while bits.count % 8 != 0 { bits.append(0) }
      for byte in stride(from: 0, to: bits.count, by: 8) {
        result.append(
          (0..<8).reduce(0) {
            let place = options.bitOrder == .leastSignificantFirst ? $1 : 7 - $1
            return $0 | bits[byte + $1] << UInt8(place)
          })
      }
    }
    return result
  }

  static func memory(_ values: [UInt64], _ options: PackInts.Options) -> [UInt8] {
    switch options.elementByteCount {
    case 1: littleEndianBytes(values.map { UInt8(truncatingIfNeeded: $0) })
    case 2: littleEndianBytes(values.map { UInt16(truncatingIfNeeded: $0) })
    case 4: littleEndianBytes(values.map { UInt32(truncatingIfNeeded: $0) })
    default: littleEndianBytes(values)
    }
  }

  @Test("every width and run length gives what the definition says", arguments: 1...32)
  func widths(bitCount: Int) throws {
    var generator = SeededGenerator(seed: UInt64(bitCount))
    for order in [PackInts.BitOrder.mostSignificantFirst, .leastSignificantFirst] {
      for (count, run) in [
        (0, nil), (1, nil), (7, nil), (8, nil), (17, nil), (64, nil), (129, nil), (300, nil),
        (6, 3), (20, 5), (33, 11), (200, 100), (272, 136), (6, 1),
      ] as [(Int, Int?)] {
        let options = PackInts.Options(bitCount: bitCount, runLength: run, bitOrder: order)
        let values = (0..<count).map { _ in generator.next() >> UInt64(64 - bitCount) }
        let memory = Self.memory(values, options)
        let packed = try PackInts.encode(memory, options: options)
        // Whole words are copied in machine order.
        let isVerbatim = [8, 16, 32].contains(bitCount)
        try #require(packed == (isVerbatim ? memory : Self.model(values, options)))
        let unpacked = try PackInts.decode(packed, options: options)
        try #require(unpacked.starts(with: memory))
        try #require(unpacked.count - memory.count < 8 * options.elementByteCount)
        try #require(run == nil || unpacked.count == memory.count)
      }
    }
  }

  @Test("only the low bits of a value are packed")
  func masks() throws {
    for bitCount in [1, 2, 3, 4, 5, 7, 9, 10, 12, 15, 17, 24, 31] {
      let options = PackInts.Options(bitCount: bitCount)
      let ones = [UInt64](repeating: .max, count: 40)
      let masked = ones.map { $0 >> UInt64(64 - bitCount) }
      let packed = try PackInts.encode(Self.memory(ones, options), options: options)
      #expect(packed == Self.model(masked, options))
    }
  }

  @Test("12 bits in the three orders are the reference's bytes")
  func knownAnswers() throws {
    let packed = (1...9).map { UInt8($0) }
    func decode(_ order: PackInts.BitOrder) throws -> [UInt8] {
      try PackInts.decode(packed, options: .init(bitCount: 12, bitOrder: order))
    }
    #expect(
      try decode(.mostSignificantFirst)
        == littleEndianBytes([16, 515, 64, 1286, 112, 2057] as [UInt16]))
    #expect(
      try decode(.leastSignificantFirst)
        == littleEndianBytes([513, 48, 1284, 96, 2055, 144] as [UInt16]))
    #expect(
      try decode(.gigEVision) == littleEndianBytes([18, 48, 69, 96, 120, 144] as [UInt16]))
  }

  @Test("camera pairs come back", arguments: [10, 12])
  func pairs(bitCount: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let options = PackInts.Options(bitCount: bitCount, bitOrder: .gigEVision)
    for count in [0, 2, 4, 100] {
      let values = (0..<count).map { _ in generator.next() >> UInt64(64 - bitCount) }
      let memory = Self.memory(values, options)
      let packed = try PackInts.encode(memory, options: options)
      #expect(packed.count == count / 2 * 3)
      #expect(try PackInts.decode(packed, options: options) == memory)
    }
  }

  @Test(
    "options that do not go together are refused",
    arguments: [
      PackInts.Options(bitCount: 0), PackInts.Options(bitCount: 33), PackInts.Options(bitCount: 65),
      PackInts.Options(bitCount: -1), PackInts.Options(bitCount: 5, runLength: 0),
      PackInts.Options(bitCount: 5, runLength: -3), PackInts.Options(bitCount: 12, runLength: 7),
      PackInts.Options(bitCount: 11, bitOrder: .gigEVision),
      PackInts.Options(bitCount: 12, runLength: 2, bitOrder: .gigEVision),
      PackInts.Options(bitCount: 32, runLength: .max),
    ])
  func refused(options: PackInts.Options) {
    let error = #expect(throws: CodecError.self) {
      try PackInts.encode([UInt8](repeating: 0, count: 20), options: options)
    }
    #expect(error?.kind == .invalidArgument)
    let longRun = PackInts.Options(bitCount: 32, runLength: .max)
    #expect(throws: CodecError.self) { try PackInts.decode([1, 2], options: longRun) }
  }

  @Test("an output without room is refused")
  func shortOutput() throws {
    let options = PackInts.Options(bitCount: 12)
    let packed = try PackInts.encode([UInt8](repeating: 3, count: 80), options: options)
    let failure = ByteCodecChecks.shortOutput(
      PackInts.self, packed, byteCount: 80, options: options)
    #expect(failure == nil)
    #expect(throws: CodecError.self) {
      try PackInts.decode(packed, options: options, limits: Limits(maxOutputBytes: 79))
    }
  }
}
