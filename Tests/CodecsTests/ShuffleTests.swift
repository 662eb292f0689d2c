// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Byte planes, the floating-point predictor, bit planes and bit order")
struct ShuffleTests {
  static let layouts: [RowLayout] = {
    var layouts: [RowLayout] = []
    for size in [2, 3, 4, 8] {
      for (columns, samples) in [
        (1, 1), (4, 1), (4, 3), (8, 2), (16, 1), (20, 3), (60, 1), (64, 4), (100, 3), (16, 40),
      ] {
        for distance in [1, 2, 4] where columns % distance == 0 {
          layouts.append(
            RowLayout(
              columnCount: columns, sampleCount: samples, elementByteCount: size,
              distance: distance))
        }
      }
    }
    return layouts
  }()

  static func model(_ bytes: [UInt8], _ options: ByteShuffle.Options) -> [UInt8] {
    let layout = options.layout
    let (size, samples) = (layout.elementByteCount, layout.sampleCount)
    let count = (layout.columnCount ?? 1) * samples
    var result: [UInt8] = []
    for row in stride(from: 0, to: bytes.count, by: count * size) {
      var planes: [UInt8] = []
      for plane in 0..<size {
        let byte = options.planeOrder == .stored ? plane : size - 1 - plane
        planes += (0..<count).map { bytes[row + $0 * size + byte] }
      }
      let step = samples * layout.distance
      result += planes.indices.map {
        options.usesDelta && $0 >= step ? planes[$0] &- planes[$0 - step] : planes[$0]
      }
    }
    return result
  }

  @Test("every layout gives what the definition says, in place too", arguments: layouts)
  func matchesDefinition(layout: RowLayout) throws {
    var generator = SeededGenerator(seed: 1)
    let row = (layout.columnCount ?? 1) * layout.sampleCount * layout.elementByteCount
    for (usesDelta, order) in [
      (false, ByteShuffle.PlaneOrder.stored), (true, .stored), (false, .mostSignificantFirst),
      (true, .mostSignificantFirst),
    ] {
      let options = ByteShuffle.Options(layout: layout, planeOrder: order, usesDelta: usesDelta)
      for rows in 0...3 {
        let bytes = generator.bytes(rows * row)
        let planes = Self.model(bytes, options)
        try #require(try ByteShuffle.encode(bytes, options: options) == planes)
        try #require(try ByteShuffle.decode(planes, options: options) == bytes)
        try #require(
          try inPlace(bytes) { try ByteShuffle.encode(inPlace: &$0, options: options) } == planes)
        try #require(
          try inPlace(planes) { try ByteShuffle.decode(inPlace: &$0, options: options) } == bytes)
        guard usesDelta, order == .mostSignificantFirst else { continue }
        try #require(try FloatPredictor.encode(bytes, options: layout) == planes)
        try #require(try FloatPredictor.decode(planes, options: layout) == bytes)
        try #require(
          try inPlace(bytes) { try FloatPredictor.encode(inPlace: &$0, options: layout) } == planes)
        try #require(
          try inPlace(planes) { try FloatPredictor.decode(inPlace: &$0, options: layout) } == bytes)
      }
    }
  }

  static func sequence<T: NDScalar & BinaryFloatingPoint>(
    _ type: T.Type, _ count: Int, step: T
  ) throws -> NDArray {
    try NDArray((0..<count).map { T($0) * step }, shape: [count])
  }

  @Test("the floating-point predictor gives the reference's bytes")
  func predictorAnswers() throws {
    var encoded = try FloatPredictor.encode(
      Self.sequence(Float16.self, 6, step: 1), options: .init(elementByteCount: 2))
    #expect([UInt8](copying: encoded.bytes) == bytes(hex: "003c04020201bb0000000000"))

    encoded = try FloatPredictor.encode(
      NDArray([1, 2.5, -3, 1e10] as [Float], shape: [4]), options: .init(elementByteCount: 4))
    #expect([UInt8](copying: encoded.bytes) == bytes(hex: "3f01809030a020d5eb000002fe0000f9"))

    var pixels = RowLayout(columnCount: 4, sampleCount: 3, elementByteCount: 4)
    let zeros = [UInt8](repeating: 0, count: 23)
    encoded = try FloatPredictor.encode(Self.sequence(Float.self, 12, step: 1.5), options: pixels)
    #expect(
      [UInt8](copying: encoded.bytes)
        == bytes(hex: "003f40400100010101000000bf7fff9000b0806850484844a8907c") + zeros.dropLast(2))
    pixels.distance = 2
    encoded = try FloatPredictor.encode(Self.sequence(Float.self, 12, step: 1.5), options: pixels)
    #expect(
      [UInt8](copying: encoded.bytes)
        == bytes(hex: "003f40404040410201010101bf7fff4f7faf106800c8b094f0d8c0a8907c")
        + zeros.dropLast(5))

    encoded = try FloatPredictor.encode(
      Self.sequence(Double.self, 6, step: 1), options: .init(elementByteCount: 8))
    #expect(
      [UInt8](copying: encoded.bytes)
        == bytes(hex: "003f01000000c0f010080804ec") + zeros + zeros.prefix(12))
  }

  @Test("byte planes are the reference's")
  func planeAnswers() throws {
    let values = littleEndianBytes((1...6).map { UInt32($0) * 0x0102_0304 })
    let options = ByteShuffle.Options(layout: .init(elementByteCount: 4))
    #expect(
      try ByteShuffle.encode(values, options: options)
        == bytes(hex: "04080c1014180306090c0f12020406080a0c010203040506"))
  }

  @Test(
    "layouts that do not fit are refused",
    arguments: [
      RowLayout(elementByteCount: 1), RowLayout(elementByteCount: 5),
      RowLayout(columnCount: 6, elementByteCount: 4, distance: 4),
      RowLayout(columnCount: 5, elementByteCount: 4), RowLayout(elementByteCount: 16),
    ])
  func refused(layout: RowLayout) {
    let bytes = [UInt8](repeating: 1, count: 48)
    let error = #expect(throws: CodecError.self) {
      try FloatPredictor.encode(bytes, options: layout)
    }
    #expect(error?.kind == .invalidArgument)
  }

  @Test("bit planes are the reference's")
  func bitAnswers() throws {
    #expect(
      try BitShuffle.encode(Array(0..<17), options: .init())
        == bytes(hex: "aaaaccccf0f000ff000000000000000010"))
    let values = littleEndianBytes((1...17).map { UInt16($0) * 0x0301 })
    #expect(
      try BitShuffle.encode(values, options: .init(elementByteCount: 2))
        == bytes(hex: "555566667878807f0080000000000000555533335a5a9c63e08300fc000000001133"))
  }

  static func bitModel(_ bytes: [UInt8], size: Int, block: Int) -> [UInt8] {
    var result: [UInt8] = []
    var first = 0
    while bytes.count / size - first >= 8 {
      let count = min(block, (bytes.count / size - first) / 8 * 8)
      for bit in 0..<(8 * size) {
        for group in 0..<(count / 8) {
          var packed: UInt8 = 0
          for k in 0..<8 {
            let byte = bytes[(first + group * 8 + k) * size + bit / 8]
            packed |= (byte >> UInt8(bit % 8) & 1) << UInt8(k)
          }
          result.append(packed)
        }
      }
      first += count
    }
    return result + bytes[(first * size)...]
  }

  @Test("bit planes of any element size and block", arguments: [1, 2, 3, 4, 5, 8, 16])
  func bitPlanes(size: Int) throws {
    var generator = SeededGenerator(seed: 3)
    for count in [0, 1, 7, 8, 9, 127, 128, 129, 136, 300, 1031] {
      let values = generator.bytes(count * size)
      for block in [0, 8, 128, 136, 256] {
        let automatic = max(8192 / size / 8 * 8, 128)
        let options = BitShuffle.Options(elementByteCount: size, blockElementCount: block)
        let encoded = try BitShuffle.encode(values, options: options)
        try #require(
          encoded == Self.bitModel(values, size: size, block: block == 0 ? automatic : block))
        try #require(try BitShuffle.decode(encoded, options: options) == values)
      }
    }
  }

  @Test("element and block sizes that do not fit are refused")
  func bitOptions() {
    for (size, block) in [(0, 0), (-1, 0), (5, 0), (1, 12), (1, -8), (1, 1)] {
      let options = BitShuffle.Options(elementByteCount: size, blockElementCount: block)
      let error = #expect(throws: CodecError.self) {
        try BitShuffle.encode([1, 2, 3, 4], options: options)
      }
      #expect(error?.kind == .invalidArgument)
    }
  }

  @Test("bits are reversed in each byte, in place too")
  func bitOrder() throws {
    let all = (0..<256).map { UInt8($0) }
    var expected: [UInt8] = []
    for byte in all {
      expected.append((0..<8).reduce(0) { $0 | (byte >> UInt8($1) & 1) << UInt8(7 - $1) })
    }
    for count in [0, 1, 15, 16, 17, 31, 255, 256] {
      let part = Array(all.prefix(count))
      #expect(try BitOrder.encode(part, options: .init()) == Array(expected.prefix(count)))
      #expect(try inPlace(part) { BitOrder.reverse(inPlace: &$0) } == Array(expected.prefix(count)))
    }
    let roundTrip = ByteCodecChecks.roundTrip(BitOrder.self, encode: .init(), decode: .init())
    #expect(roundTrip == nil)
  }

  @Test("round trips every kind of bytes", arguments: [8, 128, 0])
  func roundTrip(block: Int) {
    let options = BitShuffle.Options(blockElementCount: block)
    let failure = ByteCodecChecks.roundTrip(BitShuffle.self, encode: options, decode: options)
    #expect(failure == nil)
    #expect(
      ByteCodecChecks.shortOutput(
        BitShuffle.self, [UInt8](repeating: 7, count: 140), byteCount: 140, options: options) == nil
    )
  }
}
