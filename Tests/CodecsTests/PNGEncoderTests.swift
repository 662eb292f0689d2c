// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// What is written is what is read.
@Suite struct PNGEncoderTests {
  /// An image of noise over a slope, so that every filter is worth choosing somewhere.
  func image(
    height: Int, width: Int, channels: Int, dtype: DType, seed: UInt64
  ) throws -> NDArray {
    var generator = SeededGenerator(seed: seed)
    let shape = channels == 0 ? [height, width] : [height, width, channels]
    let count = shape.reduce(1, *)
    let values = (0..<count).map { $0 / 3 + Int.random(in: 0..<40, using: &generator) }
    switch dtype {
    case .bool: return try NDArray(values.map { $0 & 4 == 0 }, shape: shape)
    case .uint16: return try NDArray(values.map { UInt16($0 * 91 & 0xFFFF) }, shape: shape)
    default: return try NDArray(values.map { UInt8($0 & 0xFF) }, shape: shape)
    }
  }

  func read(_ file: [UInt8], stored: Bool = false) throws -> NDArray {
    var options = PNG.ReadOptions()
    options.stored = stored
    return try readPNG(file, options, policy: .strict)
  }

  static let kinds: [(Int, DType)] = [
    (0, .bool), (0, .uint8), (0, .uint16), (2, .uint8), (2, .uint16), (3, .uint8), (3, .uint16),
    (4, .uint8), (4, .uint16),
  ]

  @Test(arguments: kinds, [false, true])
  func imagesOfAllKindsComeBack(kind: (Int, DType), interlace: Bool) throws {
    for filter in [nil] + PNG.FilterChoice.allCases.map({ Optional($0) }) {
      for (height, width) in [(1, 1), (1, 9), (7, 1), (5, 6), (19, 33)] {
        let image = try image(
          height: height, width: width, channels: kind.0, dtype: kind.1, seed: 3)
        var options = PNG.WriteOptions()
        options.filter = filter
        options.isInterlaced = interlace
        let file = try PNG.encode(image, options: options)
        let isSame = try read(file) == image
        #expect(isSame, "\(height) × \(width), \(String(describing: filter))")
      }
    }
  }

  @Test(arguments: [0, 1, 6, 9])
  func everyLevelGivesTheSamePixels(level: Int) throws {
    let image = try image(height: 70, width: 90, channels: 3, dtype: .uint8, seed: 5)
    let options = try PNG.WriteOptions(["compress_level": .int(Int64(level))])
    let isSame = try read(PNG.encode(image, options: options)) == image
    #expect(isSame)
  }

  @Test(arguments: [1, 2, 4])
  func greyOfFewBitsComesBackScaledOrStored(depth: Int) throws {
    let largest = (1 << depth) - 1
    let stored = try NDArray((0..<35).map { UInt8($0 % (largest + 1)) }, shape: [5, 7])
    let scaled = try NDArray(
      stored.array(as: UInt8.self).map { $0 * UInt8(255 / largest) }, shape: [5, 7])
    var options = PNG.WriteOptions()
    options.bitDepth = depth
    let file = try PNG.encode(scaled, options: options)
    #expect(try read(file, stored: true) == stored)
    if depth > 1 { #expect(try read(file) == scaled) }
    options.stored = true
    #expect(try PNG.encode(stored, options: options) == file)
    #expect(throws: CodecError.self) { try PNG.encode(scaled, options: options) }
    options.stored = false
    #expect(throws: CodecError.self) {
      try PNG.encode(NDArray([UInt8(3)], shape: [1, 1]), options: options)
    }
  }

  @Test(arguments: [2, 3, 4, 16, 17, 200, 256])
  func palettesTakeTheFewestBits(count: Int) throws {
    var generator = SeededGenerator(seed: 11)
    let colors = try NDArray(generator.bytes(count * 3), shape: [count, 3])
    let indices = try NDArray((0..<63).map { UInt8($0 * 5 % count) }, shape: [7, 9])
    let alpha: [UInt8] = [1, 255, 7].prefix(count).map { $0 }
    let file = try PNG.encode(
      indices, metadata: ["palette": .ndarray(colors), "transparency": .bytes(Bytes(alpha))])
    #expect(try read(file, stored: true) == indices)
    let reader = try PNG.Reader(Bytes(file))
    #expect(reader.header.bitDepth == (count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8))
    let fields = try reader.metadata(0, excludingApplied: false)
    #expect(fields["palette"] == .ndarray(colors))
    #expect(fields["transparency"] == .bytes(Bytes(alpha)))
    let shown = try read(file).array(as: UInt8.self)
    let table = colors.array(as: UInt8.self)
    let expected = indices.array(as: UInt8.self).flatMap { index in
      table[(3 * Int(index))..<(3 * Int(index) + 3)]
        + [Int(index) < alpha.count ? alpha[Int(index)] : 255]
    }
    #expect(shown == expected)
  }

  @Test func transparencyOfSamplesIsWritten() throws {
    let grey = try NDArray([UInt8(1), 2, 3], shape: [1, 3])
    let file = try PNG.encode(grey, metadata: ["transparency": 2])
    #expect(try read(file).array(as: UInt8.self) == [1, 255, 2, 0, 3, 255])
    let rgb = try NDArray([UInt16(1), 2, 3, 1, 2, 4], shape: [1, 2, 3])
    let keyed = try PNG.encode(rgb, metadata: ["transparency": .array([1, 2, 4])])
    #expect(try read(keyed).array(as: UInt16.self) == [1, 2, 3, 0xFFFF, 1, 2, 4, 0])
    #expect(throws: CodecError.self) {
      try PNG.encode(grey, options: PNG.WriteOptions(["transparency": 256]))
    }
  }

  @Test func oneChannelIsGrey() throws {
    let image = try NDArray([UInt8(1), 2, 3, 4], shape: [2, 2, 1])
    #expect(try read(PNG.encode(image)).shape == [2, 2])
  }

  @Test func whatPNGCannotHoldIsRefused() throws {
    let wrongs = [
      try NDArray([Float(1)], shape: [1, 1]), try NDArray([Int16(1)], shape: [1, 1]),
      try NDArray([UInt8(1)], shape: [1]), try NDArray([UInt8](), shape: [0, 4]),
      try NDArray([UInt8](repeating: 0, count: 5), shape: [1, 1, 5]),
      try NDArray([true, false, true], shape: [1, 1, 3]),
    ]
    for image in wrongs {
      let error = #expect(throws: CodecError.self) { try PNG.encode(image) }
      #expect(error?.kind == .invalidArgument, "\(image.shape)")
    }
    let options: [Metadata] = [
      ["compress_level": 13], ["filter": "best"], ["bit_depth": 3], ["nothing": 1],
      ["interlace": "yes"], ["pnginfo": 3],
    ]
    for pairs in options {
      #expect(throws: CodecError.self, "\(pairs)") { try PNG.WriteOptions(pairs) }
    }
  }

  @Test func metadataComesBack() throws {
    let source = try #require(Fixtures.read("png/metadata.png"))
    let fields = try PNG.Reader(Bytes(source)).metadata(0, excludingApplied: true)
    let file = try PNG.encode(readPNG(source), metadata: fields)
    let back = try PNG.Reader(Bytes(file), policy: .strict).metadata(0, excludingApplied: true)
    for (name, value) in fields.fields {
      let isSame = back[name] == value
      #expect(isSame, "\(name)")
    }
    #expect(back.count == fields.count)
  }

  @Test func densitiesAndTextsAreGivenAsOptions() throws {
    let image = try NDArray([UInt8(1)], shape: [1, 1])
    let options = try PNG.WriteOptions([
      "dpi": 300, "gamma": 0.5, "pnginfo": ["Title": "Ω", "Comment": "plain"],
    ])
    let reader = try PNG.Reader(Bytes(try PNG.encode(image, options: options)))
    let info = try reader.info()
    #expect(info.pixelDensity == PNG.PixelDensity(x: 11811, y: 11811, isPerMetre: true))
    #expect(info.texts.map(\.isInternational) == [true, false])
    #expect(info.gamma == 50_000)
    let spacing = try reader.properties(0).spacing
    #expect(spacing == [1 / 11811.0, 1 / 11811.0])
  }
}
