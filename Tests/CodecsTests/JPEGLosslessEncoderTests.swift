// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Lossless files, against what libjpeg-turbo 3.2 writes.
@Suite struct JPEGLosslessEncoderTests {
  private static func pattern(bitCount: Int, channels: Int) throws -> NDArray {
    let wide = try JPEGWideEncoderTests.pattern(
      width: 67, height: 45, channels: channels, bitCount: bitCount)
    return bitCount > 8 ? wide : try wide.cast(to: .uint8)
  }

  private static func file(
    bitCount: Int, channels: Int, _ change: (inout JPEG.WriteOptions) -> Void
  ) throws -> [UInt8] {
    var options = JPEG.WriteOptions()
    (options.isLossless, options.bitsPerSample) = (true, bitCount)
    if channels == 4 { options.input = .cmyk }
    change(&options)
    return try JPEG.encode(pattern(bitCount: bitCount, channels: channels), options: options)
  }

  private static func decoded(_ file: [UInt8]) throws -> NDArray {
    var diagnostics = Diagnostics()
    return try JPEG.decode(
      file.rawSpan, options: JPEG.DecodeOptions(), policy: .strict, diagnostics: &diagnostics)
  }

  /// By predictor.
  static let kinds: [(bitCount: Int, channels: Int, digests: [String])] = [
    (
      8, 3,
      [
        "b30b50181ddaf40d", "d2f9861306287262", "3c6242c1e519839f", "c7a286715bc1069b",
        "0997b5b1f2754530", "50464ae00e1588ff", "5ccc28955462d87a",
      ]
    ),
    (
      16, 1,
      [
        "ed4319f71240822b", "1431382a936bcf8b", "0b0fe841bd27d0c2", "ec0bd96ece46605b",
        "b9850a8c2a9b4ddd", "e8cf14b29e52a0dd", "691c3956581839ce",
      ]
    ),
    (
      12, 3,
      [
        "a2debbe7072c2276", "e359a57931c1c6d9", "97ca2213c3667804", "3edd1cae95c81d86",
        "cfc00d1f9c23e739", "9ec4b251af14e14a", "b193936545d9b717",
      ]
    ),
    (
      2, 1,
      [
        "bfd228b0b1a9483e", "8eb9baf7d0cb1dc8", "9216ba428844795e", "62d9cafc32ba4d95",
        "75efa40b58c7a63e", "ea49eee7ccfd6de2", "2c0dea5256682bac",
      ]
    ),
    (
      10, 2,
      [
        "41ab2822ede83a22", "8218da396ddb121e", "5c7ca32eb13e71a0", "b71ebf124cad27d2",
        "c8c6e9fbeb705ebb", "95da34b8958c15cc", "528a9e50de50573e",
      ]
    ),
    (
      9, 4,
      [
        "5dee49e449ab68df", "9ca975bbe874415b", "9c8d44cb32fbbacc", "9d05db230a05d7a2",
        "95a0818e78db5b4e", "79e323b13bc5da4e", "c9a1e7a7f8ea5d42",
      ]
    ),
  ]

  @Test(arguments: kinds.indices)
  func `files of every predictor are libjpeg-turbo's and read back as they were`(index: Int) throws
  {
    let (bitCount, channels, expected) = Self.kinds[index]
    let image = try Self.pattern(bitCount: bitCount, channels: channels)
    let files = try (1...7).map { predictor in
      try Self.file(bitCount: bitCount, channels: channels) { $0.predictor = predictor }
    }
    #expect(files.map { JPEGEncoderTests.digest($0) } == expected)
    for file in files {
      let isSame = try Self.decoded(file) == image
      #expect(isSame)
    }
  }

  @Test func `bits that are left out come back as zeros`() throws {
    let file = try Self.file(bitCount: 16, channels: 1) {
      ($0.predictor, $0.pointTransform) = (7, 3)
    }
    #expect(JPEGEncoderTests.digest(file) == "694034e20c75bb24")
    let expected = try Self.pattern(bitCount: 16, channels: 1).array(as: UInt16.self)
    let isEqual = try Self.decoded(file).array(as: UInt16.self) == expected.map { $0 & ~7 }
    #expect(isEqual)
  }

  @Test func `restart markers come after whole rows`() throws {
    let file = try Self.file(bitCount: 16, channels: 3) {
      ($0.predictor, $0.restartRows) = (5, 2)
    }
    #expect(JPEGEncoderTests.digest(file) == "85768c73936b924d")
    let same = try Self.file(bitCount: 16, channels: 3) {
      ($0.predictor, $0.restartInterval) = (5, 2 * 67)
    }
    #expect(same == file)
    let isSame = try Self.decoded(file) == Self.pattern(bitCount: 16, channels: 3)
    #expect(isSame)
  }

  @Test func `differences of every size come back, 32768 too`() throws {
    var generator = SeededGenerator(seed: 12)
    let special: [UInt16] = [0, 32768, 65535, 0, 32768, 1, 32767, 32769]
    for predictor in 1...7 {
      let samples = (0..<600).map { _ in
        Bool.random(using: &generator)
          ? UInt16.random(in: 0...65535, using: &generator)
          : special.randomElement(using: &generator) ?? 0
      }
      for shape in [[20, 30], [1, 600], [600, 1], [20, 10, 3]] {
        let image = try NDArray(samples, shape: shape)
        var options = JPEG.WriteOptions()
        (options.isLossless, options.predictor) = (true, predictor)
        let isSame = try Self.decoded(JPEG.encode(image, options: options)) == image
        #expect(isSame, "\(shape) predictor \(predictor)")
      }
    }
  }

  static let wrong: [@Sendable (inout JPEG.WriteOptions) -> Void] = [
    { $0.predictor = 0 }, { $0.predictor = 8 }, { $0.pointTransform = 8 },
    { $0.pointTransform = -1 }, { $0.isProgressive = true }, { $0.isArithmetic = true },
    { $0.restartInterval = 66 }, { $0.restartRows = 1000 }, { $0.bitsPerSample = 9 },
    { $0.bitsPerSample = 1 }, { $0.bitsPerSample = 7 }, { $0.stored = .ycbcr },
    { $0.stored = .grey }, { $0.subsampling = .s420 },
  ]

  @Test(arguments: wrong.indices)
  func `what a lossless file cannot have is an invalid argument`(index: Int) throws {
    let error = #expect(throws: CodecError.self) {
      try Self.file(bitCount: 8, channels: 3) { Self.wrong[index](&$0) }
    }
    #expect(error?.kind == .invalidArgument)
  }

  @Test(arguments: [2, 5, 12, 13])
  func `one sample of too many bits is found wherever it is`(bitCount: Int) throws {
    var options = JPEG.WriteOptions()
    (options.isLossless, options.bitsPerSample) = (true, bitCount)
    let limit = 1 << bitCount
    var kinds: [CodecError.Kind?] = []
    for position in 0...13 {
      var samples = [UInt16](repeating: UInt16(limit - 1), count: 13)
      if position < 13 { samples[position] = UInt16(limit) }
      let wide = try NDArray(samples, shape: [1, 13])
      let image = bitCount > 8 ? wide : try wide.cast(to: .uint8)
      do throws(CodecError) {
        _ = try JPEG.encode(image, options: options)
        kinds.append(nil)
      } catch { kinds.append(error.kind) }
    }
    #expect(kinds == Array(repeating: .invalidArgument, count: 13) + [nil])
  }
}
