// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// An image that BMP can write, with what it needs beside the samples.
struct BMPCase: Sendable, CustomStringConvertible {
  var description: String
  var shape: [Int]
  var colors = 0
  var options = BMP.EncodeOptions()

  static let all: [BMPCase] = [
    BMPCase(description: "bool", shape: []),
    BMPCase(description: "bool, top-down", shape: [], options: .init(topDown: true)),
    BMPCase(description: "grey", shape: []),
    BMPCase(description: "rgb", shape: [3]),
    BMPCase(description: "rgb, top-down", shape: [3], options: .init(topDown: true)),
    BMPCase(description: "rgb in 32 bits", shape: [3], options: .init(bitsPerPixel: 32)),
    BMPCase(description: "rgba", shape: [4]),
    BMPCase(description: "2 colours", shape: [], colors: 2),
    BMPCase(description: "12 colours", shape: [], colors: 12),
    BMPCase(description: "12 of 8 bits", shape: [], colors: 12, options: .init(bitsPerPixel: 8)),
    BMPCase(description: "256 colours", shape: [], colors: 256),
    BMPCase(description: "grey runs", shape: [], options: .init(compression: true)),
    BMPCase(
      description: "2 colours in runs", shape: [], colors: 2, options: .init(compression: true)),
    BMPCase(
      description: "16 colours in runs", shape: [], colors: 16, options: .init(compression: true)),
    BMPCase(
      description: "17 colours in runs", shape: [], colors: 17, options: .init(compression: true)),
  ]

  func image(_ content: ByteContent, height: Int, width: Int, seed: UInt64) throws -> NDArray {
    var generator = SeededGenerator(seed: seed)
    let shape = [height, width] + self.shape
    var samples = content.make(shape.reduce(1, *), using: &generator)
    if description.hasPrefix("bool") {
      return try NDArray(samples.map { $0 & 1 == 1 }, shape: shape)
    }
    if colors > 0 { samples = samples.map { UInt8(Int($0) % colors) } }
    return try NDArray(samples, shape: shape)
  }

  var metadata: Metadata {
    var generator = SeededGenerator(seed: 5)
    guard colors > 0, let list = try? NDArray(generator.bytes(colors * 3), shape: [colors, 3])
    else { return [:] }
    return ["palette": .ndarray(list)]
  }
}

@Suite struct BMPTests {
  @Test("What is written is read back", arguments: BMPCase.all)
  func roundTrip(kind: BMPCase) throws {
    var seed: UInt64 = 0
    for content in ByteContent.allCases {
      for (height, width) in [(1, 1), (1, 2), (2, 3), (3, 8), (5, 17), (2, 300), (40, 33)] {
        seed += 1
        let image = try kind.image(content, height: height, width: width, seed: seed)
        let file = try BMP.encode(image, metadata: kind.metadata, options: kind.options)
        let isIndexed = kind.colors > 0
        let back = try BMP.decode(file, options: .init(stored: isIndexed), policy: .strict)
        #expect(back == image, "\(content) of \(height) by \(width)")
        if isIndexed { try expectPalette(kind, file) }
      }
    }
  }

  private func expectPalette(_ kind: BMPCase, _ file: [UInt8]) throws {
    let source = file.rawSpan
    let metadata = try BMP.metadata(
      source, options: .init(stored: true), policy: .default, excludingApplied: true)
    #expect(metadata["palette"] == kind.metadata["palette"])
  }

  @Test func whatIsShownIsTheStoredIndicesThroughThePalette() throws {
    let kind = BMPCase(description: "", shape: [], colors: 200)
    let image = try kind.image(.noise, height: 11, width: 13, seed: 3)
    let file = try BMP.encode(image, metadata: kind.metadata, options: .init())
    let shown = try BMP.decode(file, options: .init())
    guard case .ndarray(let palette)? = kind.metadata["palette"] else { return }
    let colors = palette.array(as: UInt8.self)
    let expected = image.array(as: UInt8.self).flatMap { Array(colors[(Int($0) * 3)...].prefix(3)) }
    #expect(shown.shape == [11, 13, 3])
    #expect(shown.array(as: UInt8.self) == expected)
  }

  @Test func sixteenBitsKeepTheLeadingBitsOfEachChannel() throws {
    let ramp = (0..<256).flatMap { [UInt8($0), UInt8($0), UInt8($0)] }
    let image = try NDArray(ramp, shape: [1, 256, 3])
    let file = try BMP.encode(image, options: .init(bitsPerPixel: 16))
    let back = try BMP.decode(file, options: .init()).array(as: UInt8.self)
    let errors = zip(ramp, back).map { abs(Int($0) - Int($1)) }
    #expect(try #require(errors.max()) <= 5)
    let again = try BMP.encode(
      try NDArray(back, shape: [1, 256, 3]), options: .init(bitsPerPixel: 16))
    #expect(again == file)
  }

  @Test func resolutionAndProfileSurvive() throws {
    let image = try NDArray([UInt8](repeating: 9, count: 12), shape: [2, 2, 3])
    let profile = Bytes([1, 2, 3, 4, 5])
    let file = try BMP.encode(
      image, metadata: ["dpi": .array([300, 96]), "icc_profile": .bytes(profile)], options: .init())
    let source = file.rawSpan
    let metadata = try BMP.metadata(
      source, options: .init(), policy: .default, excludingApplied: true)
    let dpi = metadata["dpi"]?.arrayValue?.compactMap { $0.doubleValue } ?? []
    #expect(dpi.map { $0.rounded() } == [300, 96])
    #expect(metadata["icc_profile"] == .bytes(profile))
    let properties = try BMP.inspect(source, options: .init(), policy: .default)
    let perInch = properties.spacing?.map { (0.0254 / $0).rounded() }
    #expect(perInch == [96, 300])
  }

  @Test(
    "Images that a bitmap cannot hold are refused",
    arguments: [
      ([2, 2, 1], DType.uint8), ([2, 2, 2], .uint8), ([2, 2], .uint16), ([2, 2, 3], .float32),
      ([0, 2], .uint8), ([2, 0, 3], .uint8), ([4], .uint8), ([1, 2, 2, 3], .uint8),
      ([2, 2, 3], .bool), ([2, 2], .int8),
    ])
  func refusesImages(shape: [Int], dtype: DType) throws {
    let image = try NDArray(zeros: shape, dtype: dtype)
    let error = #expect(throws: CodecError.self) { try BMP.encode(image) }
    #expect(error?.kind == .invalidArgument)
  }

  @Test(
    "Options that do not go together are refused",
    arguments: [
      BMP.EncodeOptions(compression: true, topDown: true), .init(bitsPerPixel: 4),
      .init(bitsPerPixel: 24), .init(bitsPerPixel: 7), .init(dpi: [-1, 2]), .init(dpi: [1]),
      .init(dpi: [.nan, 1]),
    ])
  func refusesOptions(options: BMP.EncodeOptions) throws {
    let image = try NDArray(zeros: [2, 2], dtype: .uint8)
    let error = #expect(throws: CodecError.self) { try BMP.encode(image, options: options) }
    #expect(error?.kind == .invalidArgument)
  }

  @Test func anIndexBeyondThePaletteIsRefused() throws {
    let palette = try NDArray([UInt8](repeating: 0, count: 9), shape: [3, 3])
    let image = try NDArray([UInt8(0), 1, 2, 3], shape: [2, 2])
    let error = #expect(throws: CodecError.self) {
      try BMP.encode(image, metadata: ["palette": .ndarray(palette)], options: .init())
    }
    #expect(error?.kind == .invalidArgument)
  }

  @Test func optionsAreSetByTheirNames() throws {
    let written = try BMP.EncodeOptions([
      "bits": 8, "compression": true, "top_down": false, "dpi": 72,
    ])
    #expect(written == BMP.EncodeOptions(bitsPerPixel: 8, compression: true, dpi: [72, 72]))
    let read = try BMP.DecodeOptions(["stored": true, "alpha": "any"])
    #expect(read == BMP.DecodeOptions(stored: true, alpha: .any))
    for wrong in [["speed": 1], ["bits": "many"], ["compression": 3], ["dpi": "high"]] as [Metadata]
    {
      #expect(throws: CodecError.self) { try BMP.EncodeOptions(wrong) }
    }
    for wrong in [["alpha": "some"], ["stored": 3], ["bits": 8]] as [Metadata] {
      #expect(throws: CodecError.self) { try BMP.DecodeOptions(wrong) }
    }
  }
}
