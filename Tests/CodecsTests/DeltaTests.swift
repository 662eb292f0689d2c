// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Delta and XOR")
struct DeltaTests {
  /// Layouts that reach every kernel: rows short and long, neighbours of 1 to 300 bytes.
  static let layouts: [RowLayout] = {
    var layouts: [RowLayout] = []
    for size in [1, 2, 4, 8] {
      for (columns, samples) in [
        (1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (7, 1), (17, 1), (16, 3), (50, 1), (51, 2),
        (40, 3), (33, 4), (40, 5), (19, 6), (23, 7), (20, 9), (9, 11), (11, 17), (6, 40), (3, 300),
      ] {
        for distance in [1, 2, 4] {
          layouts.append(
            RowLayout(
              columnCount: columns, sampleCount: samples, elementByteCount: size,
              distance: distance))
        }
      }
    }
    return layouts
  }()

  /// What the definition says, one byte at a time.
  static func model(_ bytes: [UInt8], _ layout: RowLayout, isDelta: Bool) -> [UInt8] {
    let size = layout.elementByteCount
    let step = layout.sampleCount * layout.distance * size
    let row = layout.columnCount.map { $0 * layout.sampleCount * size } ?? bytes.count
    var result = bytes
    for start in stride(from: 0, to: bytes.count, by: size) where start % row >= step {
      var borrow = 0
      for i in start..<(start + size) {
        if isDelta {
          let difference = Int(bytes[i]) - Int(bytes[i - step]) - borrow
          borrow = difference < 0 ? 1 : 0
          result[i] = UInt8(truncatingIfNeeded: difference)
        } else {
          result[i] = bytes[i] ^ bytes[i - step]
        }
      }
    }
    return result
  }

  @Test("the bytes 0123456789 become their first and nine differences")
  func knownAnswer() throws {
    let digits = Array("0123456789".utf8)
    #expect(try Delta.encode(digits, options: .init()) == [48] + [UInt8](repeating: 1, count: 9))
    #expect(try XOR.encode(digits, options: .init()) == [48, 1, 3, 1, 7, 1, 3, 1, 15, 1])
  }

  @Test("floats are subtracted by their bits")
  func floats() throws {
    let image = try NDArray([1.0, 2.5, -3.0, 1e10] as [Float], shape: [4])
    let layout = try RowLayout(shape: [4], elementByteCount: 4)
    let encoded = try Delta.encode(image, options: layout)
    #expect([UInt8](copying: encoded.bytes) == bytes(hex: "0000803f0000a00000002080f902d58f"))
    #expect(try Delta.decode(encoded, options: layout) == image)
  }

  @Test("every layout gives what the definition says, in place too", arguments: layouts)
  func matchesDefinition(layout: RowLayout) throws {
    var generator = SeededGenerator(seed: 1)
    let row = (layout.columnCount ?? 1) * layout.sampleCount * layout.elementByteCount
    for rows in [0, 1, 2, 3, 40] {
      let bytes = generator.bytes(rows * row)
      let delta = Self.model(bytes, layout, isDelta: true)
      let xor = Self.model(bytes, layout, isDelta: false)
      try #require(try Delta.encode(bytes, options: layout) == delta)
      try #require(try XOR.encode(bytes, options: layout) == xor)
      try #require(try Delta.decode(delta, byteCount: bytes.count, options: layout) == bytes)
      try #require(try XOR.decode(xor, byteCount: bytes.count, options: layout) == bytes)
      try #require(try inPlace(bytes) { try Delta.encode(inPlace: &$0, options: layout) } == delta)
      try #require(try inPlace(delta) { try Delta.decode(inPlace: &$0, options: layout) } == bytes)
      try #require(try inPlace(bytes) { try XOR.encode(inPlace: &$0, options: layout) } == xor)
      try #require(try inPlace(xor) { try XOR.decode(inPlace: &$0, options: layout) } == bytes)
    }
  }

  @Test("rows longer than the parts that the kernels work on", arguments: [1, 3, 6, 17, 20, 260])
  func longRows(samples: Int) throws {
    var generator = SeededGenerator(seed: 2)
    let layout = RowLayout(columnCount: nil, sampleCount: samples)
    let bytes = generator.bytes(samples * 3000)
    let encoded = try Delta.encode(bytes, options: layout)
    #expect(encoded == Self.model(bytes, layout, isDelta: true))
    #expect(try Delta.decode(encoded, options: layout) == bytes)
  }

  @Test("an axis of an array is its columns, the axes after it are its samples")
  func axes() throws {
    #expect(
      try RowLayout(shape: [5, 6, 3], elementByteCount: 2, axis: -2)
        == RowLayout(columnCount: 6, sampleCount: 3, elementByteCount: 2))
    #expect(
      try RowLayout(shape: [5, 6, 3], elementByteCount: 1, axis: 0)
        == RowLayout(columnCount: 5, sampleCount: 18))
    #expect(throws: CodecError.self) { try RowLayout(shape: [5], elementByteCount: 1, axis: 1) }
    #expect(throws: CodecError.self) { try RowLayout(shape: [5], elementByteCount: 1, axis: -2) }
  }

  @Test(
    "layouts that do not fit the bytes are refused",
    arguments: [
      RowLayout(columnCount: 7), RowLayout(elementByteCount: 3), RowLayout(elementByteCount: 0),
      RowLayout(columnCount: -1), RowLayout(columnCount: 3, sampleCount: 0),
      RowLayout(distance: 0), RowLayout(columnCount: .max, sampleCount: .max),
      RowLayout(sampleCount: .max, elementByteCount: 2), RowLayout(distance: -1),
      RowLayout(sampleCount: 7), RowLayout(sampleCount: 0),
    ])
  func refused(layout: RowLayout) {
    let bytes = [UInt8](repeating: 1, count: 12)
    for body in [
      { try Delta.encode(bytes, options: layout) }, { try XOR.encode(bytes, options: layout) },
      { try inPlace(bytes) { try Delta.decode(inPlace: &$0, options: layout) } },
    ] {
      let error = #expect(throws: CodecError.self) { try body() }
      #expect(error?.kind == .invalidArgument)
    }
  }

  @Test("an output without room for all of it is refused")
  func shortOutput() {
    let error = #expect(throws: CodecError.self) {
      try Delta.decode([1, 2, 3], byteCount: 2, options: .init())
    }
    #expect(error?.kind == .outputFull(needed: 3))
    #expect(
      ByteCodecChecks.shortOutput(
        Delta.self, Array(0..<40), byteCount: 40, options: .init(sampleCount: 4)) == nil)
  }

  @Test("round trips every kind of bytes")
  func roundTrip() {
    let delta = ByteCodecChecks.roundTrip(Delta.self, encode: .init(), decode: .init())
    #expect(delta == nil)
    let xor = ByteCodecChecks.roundTrip(XOR.self, encode: .init(), decode: .init())
    #expect(xor == nil)
  }
}
