// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("RGBE")
struct RGBETests {
  static func file(_ body: [UInt8], width: Int, height: Int = 1) -> [UInt8] {
    Array("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y \(height) +X \(width)\n".utf8) + body
  }

  static func decode(_ file: [UInt8]) throws -> [Float] {
    try RGBE.decode(file, options: .init(), policy: .strict).array(as: Float.self)
  }

  /// Pixels that the format holds exactly, some of them in runs.
  static func image(
    _ height: Int, _ width: Int, using generator: inout SeededGenerator
  ) throws -> NDArray {
    var bytes: [UInt8] = []
    while bytes.count < height * width * 4 {
      var pixel = generator.bytes(3)
      pixel[Int(generator.next() % 3)] |= 0x80
      pixel.append(UInt8(30 + generator.next() % 220))
      let count = generator.next() % 3 == 0 ? Int(generator.next() % 200) : 1
      for _ in 0..<count { bytes += pixel }
    }
    let shape = [height, width, 3]
    return try RGBE.decode(
      Array(bytes[..<(height * width * 4)]), options: .init(shape: shape), policy: .strict)
  }

  @Test("a pixel is mantissas times a power of two")
  func pixels() throws {
    // 1 is 128 · 2^(129 - 136); under exponent 9 what a mantissa counts is subnormal.
    let file = Self.file([128, 64, 0, 129, 255, 1, 0, 255, 3, 2, 0, 1, 9, 9, 9, 0], width: 4)
    #expect(
      try Self.decode(file) == [
        1, 0.5, 0, 255 * 0x1p119, 0x1p119, 0, 3 * 0x1p-135, 2 * 0x1p-135, 0, 0, 0, 0,
      ])
  }

  @Test("values become the mantissas of the largest one's exponent, cut")
  func values() throws {
    let cases: [([Float], [UInt8])] = [
      ([1, 0.5, 0.25], [128, 64, 32, 129]), ([0.999, 0.5, 0.2], [255, 128, 51, 128]),
      ([1e-33, 0, 1e-33], [0, 0, 0, 0]), ([3, 1e-9, 2], [192, 0, 128, 130]),
      ([-1, 2, 3], [0, 128, 192, 130]), ([.nan, 1, 1], [0, 128, 128, 129]),
      ([.infinity, 0, 1e38], [255, 0, 150, 255]), ([3e38, 1, 1], [255, 0, 0, 255]),
      ([-1, -2, -3], [0, 0, 0, 0]),
    ]
    for (values, bytes) in cases {
      let pixel = try NDArray(values, shape: [1, 1, 3])
      let encoded = try RGBE.encode(pixel, options: .init(storesHeader: false))
      #expect(encoded == bytes, "\(values)")
    }
  }

  @Test("runs of 4 to 127, literals of up to 128, a short run alone before a long one")
  func runs() throws {
    var red: [UInt8] = [1, 1] + [UInt8](repeating: 9, count: 5) + [1, 2, 2, 3]
    red += [UInt8](repeating: 7, count: 130)
    let width = red.count
    let pixels = red.flatMap { [$0, 200, 0, 128] as [UInt8] }
    let image = try RGBE.decode(
      pixels, options: .init(shape: [1, width, 3]), policy: .strict)
    let expected: [UInt8] =
      [2, 2, 0, UInt8(width)]
      + [130, 1, 133, 9, 4, 1, 2, 2, 3, 255, 7, 131, 7].map { $0 }
      + [255, 200, 128 + UInt8(width - 127), 200, 255, 0, 128 + UInt8(width - 127), 0]
      + [255, 128, 128 + UInt8(width - 127), 128]
    let file = try RGBE.encode(image)
    // The three sevens left over are a short run alone before the end.
    let body = Array(file[Self.file([], width: width).count...])
    #expect(body == expected)
    #expect(try Self.decode(file) == image.array(as: Float.self))
  }

  @Test("round trips, with and without header and runs", arguments: [1, 7, 8, 127, 129, 40_000])
  func roundTrip(width: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let image = try Self.image(3, width, using: &generator)
    for (header, runs) in [(true, true), (true, false), (false, false), (false, true)] {
      let data = try RGBE.encode(image, options: .init(storesHeader: header, usesRuns: runs))
      let options =
        header ? RGBE.DecodeOptions() : .init(shape: image.shape, usesRuns: runs)
      let back = try RGBE.decode(data, options: options, policy: .strict)
      #expect(back == image, "\(header) \(runs)")
    }
  }

  @Test("runs of before 1991 repeat the pixel before them, more with each")
  func oldRuns() throws {
    let file = Self.file(
      [128, 0, 0, 129, 1, 1, 1, 2, 1, 1, 1, 1, 0, 128, 0, 129], width: 1, height: 260)
    let red: [Float] = [1, 0, 0]
    let expected = Array(repeatElement(red, count: 259).joined()) + [0, 1, 0]
    #expect(try Self.decode(file) == expected)
    for body: [UInt8] in [
      [1, 1, 1, 2], [9, 128, 9, 9, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1],
    ] {
      let error = try #require(throws: CodecError.self) {
        try Self.decode(Self.file(body, width: 2, height: 5))
      }
      #expect(error.kind == .corrupt)
    }
  }

  @Test("variables are metadata both ways; other headers are refused")
  func header() throws {
    let image = try NDArray([1, 0.5, 0.25] as [Float], shape: [1, 1, 3])
    let metadata: Metadata = [
      "EXPOSURE": "2.5", "SOFTWARE": "a=b", "format": "32-bit_rle_xyze", "other": "x",
    ]
    let file = try RGBE.encode(image, metadata: metadata, options: .init())
    let found = try RGBE.metadata(
      file.rawSpan, options: .init(), policy: .strict, excludingApplied: false)
    #expect(
      found == ["EXPOSURE": "2.5", "SOFTWARE": "a=b", "format": "32-bit_rle_xyze"])
    #expect(throws: CodecError.self) {
      try RGBE.encode(image, metadata: ["VIEW": "a\nb"], options: .init())
    }
    for (text, kind) in [
      ("#?RADIANCE\n\n-Y 1 +X 1\n", .unsupported),
      ("#?RADIANCE\nFORMAT=float\n\n-Y 1 +X 1\n", .unsupported),
      ("#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n+X 1 -Y 1\n", .unsupported),
      ("#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1x\n", .corrupt),
    ] as [(String, CodecError.Kind)] {
      let error = try #require(throws: CodecError.self) {
        try Self.decode(Array(text.utf8) + [128, 0, 0, 129])
      }
      #expect(error.kind == kind, "\(text)")
    }
  }

  @Test("damage is named, and salvage keeps the rows before it")
  func damage() throws {
    var generator = SeededGenerator(seed: 8)
    let image = try Self.image(10, 40, using: &generator)
    let file = try RGBE.encode(image)
    for length in 0..<file.count {
      #expect(throws: CodecError.self, "\(length)") { try Self.decode(Array(file[..<length])) }
    }
    let half = Array(file[..<(file.count / 2)])
    var diagnostics = Diagnostics()
    let salvaged = try RGBE.decode(
      half.rawSpan, policy: DecodePolicy(leniency: .salvage), diagnostics: &diagnostics)
    let rows = try #require(diagnostics.damage?.rowCount)
    #expect(rows > 1 && rows < 9)
    let count = rows * 40 * 3
    let same = salvaged.array(as: Float.self)[..<count] == image.array(as: Float.self)[..<count]
    #expect(same)
    for body: [UInt8] in [
      [2, 2, 0, 9], [2, 2, 0, 8, 0, 1], [2, 2, 0, 8, 137, 1], [2, 2, 0, 8, 9, 1, 1, 1, 1, 1, 1, 1],
    ] {
      let error = try #require(throws: CodecError.self) {
        try Self.decode(Self.file(body + [UInt8](repeating: 0, count: 20), width: 8))
      }
      #expect(error.kind == .corrupt, "\(body)")
    }
  }

  @Test("any change of a byte is decoded or refused")
  func mutation() throws {
    var generator = SeededGenerator(seed: 2)
    let file = try RGBE.encode(try Self.image(3, 20, using: &generator))
    for position in file.indices {
      var changed = file
      changed[position] ^= UInt8(1 + generator.next() % 255)
      _ = try? Self.decode(changed)
    }
  }

  @Test("limits hold")
  func limits() throws {
    let file = Self.file([2, 2, 0, 10, 138, 1, 138, 1, 138, 1, 138, 129], width: 10)
    for limits in [
      Limits(maxDimension: 9), Limits(maxPixels: 9), Limits(maxImageBytes: 119),
      Limits(maxMetadataItemBytes: 20), Limits(maxMetadataItems: 0),
    ] {
      let error = try #require(throws: CodecError.self) {
        try RGBE.decode(file, options: .init(), policy: DecodePolicy(limits: limits))
      }
      guard case .limitExceeded = error.kind else {
        Issue.record("\(error)")
        continue
      }
    }
    let liar = try #require(throws: CodecError.self) {
      try RGBE.decode([0, 0], options: .init(shape: [9_000, 9_000, 3]), policy: .default)
    }
    guard case .truncated = liar.kind else {
      Issue.record("\(liar)")
      return
    }
  }

  @Test("the outline claims every byte once, also of a damaged file")
  func outline() throws {
    let file = Self.file([128, 0, 0, 129, 1, 1, 1, 2], width: 3)
    for bytes in [file, file + [1, 2], Array(file.dropLast(3)), Array(file[..<20]), []] {
      let outline = try RGBE.outline(Bytes(bytes), policy: .default)
      #expect(outline.unclaimed == [] && outline.overlaps == [])
    }
  }

  @Test("other arrays are refused")
  func refused() throws {
    for image in [
      try NDArray([1, 2] as [Float], shape: [1, 1, 2]),
      try NDArray([1, 2, 3] as [Float], shape: [3]),
      try NDArray([1, 2, 3] as [Double], shape: [1, 1, 3]),
    ] {
      let error = try #require(throws: CodecError.self) { try RGBE.encode(image) }
      #expect(error.kind == .invalidArgument)
    }
  }
}
