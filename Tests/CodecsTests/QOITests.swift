// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("QOI")
struct QOITests {
  static func file(
    _ body: [UInt8], width: Int, height: Int = 1, channels: UInt8 = 3
  ) -> [UInt8] {
    Array("qoif".utf8) + [0, 0, UInt8(width >> 8), UInt8(width & 255), 0, 0, 0, UInt8(height)]
      + [channels, 0] + body + [0, 0, 0, 0, 0, 0, 0, 1]
  }

  static func pixels(_ file: [UInt8]) throws -> [UInt8] {
    try QOI.decode(file, options: .init(), policy: .strict).array(as: UInt8.self)
  }

  @Test("every kind of tag")
  func tags() throws {
    let body: [UInt8] = [
      0xFE, 10, 20, 30,  // RGB
      0b0110_1101,  // differences 0, 1, -1
      0xA0 | 1, 0x9A,  // green +1, red +1 +1, blue +2 +1
      0xC0 | 1,  // twice more
      9,  // the first again: 30 + 100 + 210 + 2805 modulo 64
    ]
    let expected: [UInt8] = [
      10, 20, 30, 10, 21, 29, 12, 22, 32, 12, 22, 32, 12, 22, 32, 10, 20, 30,
    ]
    #expect(try Self.pixels(Self.file(body, width: 6)) == expected)
  }

  @Test("alpha comes with its own tag and stays")
  func alpha() throws {
    let body: [UInt8] = [0xFF, 1, 2, 3, 4, 0xFE, 9, 9, 9, 0b0101_1010]
    #expect(
      try Self.pixels(Self.file(body, width: 3, channels: 4)) == [
        1, 2, 3, 4, 9, 9, 9, 4, 8, 9, 9, 4,
      ])
  }

  @Test("the first pixel is opaque black, and so is a run at the start")
  func start() throws {
    #expect(try Self.pixels(Self.file([0xC2], width: 3)) == [UInt8](repeating: 0, count: 9))
    // After such a run the pixel is among those that were seen.
    let place: UInt8 = 53  // 2805 modulo 64
    #expect(
      try Self.pixels(Self.file([0xC0, 0xFF, 1, 1, 1, 1, place], width: 3, channels: 4)) == [
        0, 0, 0, 255, 1, 1, 1, 1, 0, 0, 0, 255,
      ])
  }

  @Test("round trips images of every content", arguments: [3, 4])
  func roundTrip(channels: Int) throws {
    var generator = SeededGenerator(seed: 9)
    for (height, width) in [(1, 1), (1, 2), (3, 5), (70, 67), (129, 200)] {
      for content in ByteContent.allCases {
        let bytes = content.make(height * width * channels, using: &generator)
        let image = try NDArray(bytes, shape: [height, width, channels])
        let file = try QOI.encode(image)
        let back = try QOI.decode(file, options: .init(), policy: .strict)
        #expect(back == image, "\(content) \(height)x\(width)")
      }
    }
  }

  @Test("encodes as the reference does: runs, seen pixels, differences")
  func encodes() throws {
    let image = try NDArray(
      [0, 0, 0, 0, 0, 0, 1, 255, 0, 11, 9, 10, 200, 0, 0, 1, 255, 0] as [UInt8], shape: [1, 6, 3])
    let place: UInt8 = 51  // 3 + 1275 + 2805 modulo 64
    let body: [UInt8] = [0xC1, 0b0111_0110, 0x80 | 42, 0x88, 0xFE, 200, 0, 0, place]
    #expect(try QOI.encode(image) == Self.file(body, width: 6))
  }

  @Test("the colour space is kept")
  func colorSpace() throws {
    let image = try NDArray([1, 2, 3] as [UInt8], shape: [1, 1, 3])
    for (metadata, options, expected) in [
      ([:], QOI.EncodeOptions(), "sRGB"), ([:], .init(isLinear: true), "linear"),
      (["colorspace": "linear"], .init(), "linear"),
    ] as [(Metadata, QOI.EncodeOptions, String)] {
      let file = try QOI.encode(image, metadata: metadata, options: options)
      let found = try QOI.metadata(
        file.rawSpan, options: .init(), policy: .default, excludingApplied: false)
      #expect(found["colorspace"]?.stringValue == expected)
    }
  }

  @Test("other arrays are refused")
  func refused() throws {
    for image in [
      try NDArray([1, 2] as [UInt8], shape: [1, 2]),
      try NDArray([1, 2] as [UInt8], shape: [1, 1, 2]),
      try NDArray([1, 2, 3] as [UInt16], shape: [1, 1, 3]),
    ] {
      let error = try #require(throws: CodecError.self) { try QOI.encode(image) }
      #expect(error.kind == .invalidArgument)
    }
  }

  @Test("every prefix of a file is truncated, and salvage keeps its rows")
  func truncation() throws {
    var generator = SeededGenerator(seed: 4)
    let image = try NDArray(generator.bytes(300), shape: [10, 10, 3])
    let file = try QOI.encode(image)
    for length in 0..<file.count - 8 {
      let prefix = Array(file[..<length])
      let error = try #require(throws: CodecError.self) {
        try QOI.decode(prefix, options: .init())
      }
      if length > 3, case .truncated = error.kind { continue }
      #expect(length <= 3, "\(length): \(error)")
    }
    var diagnostics = Diagnostics()
    let half = Array(file[..<(file.count / 2)])
    let salvaged = try QOI.decode(
      half.rawSpan, policy: DecodePolicy(leniency: .salvage), diagnostics: &diagnostics)
    let rows = try #require(diagnostics.damage?.rowCount)
    #expect(rows > 2 && rows < 8)
    let kept = salvaged.array(as: UInt8.self)[..<(rows * 30)]
    #expect(kept == image.array(as: UInt8.self)[..<(rows * 30)])
  }

  @Test("a missing or followed end marker is a warning, and an error when strict")
  func endMarker() throws {
    let good = Self.file([0xC0], width: 1)
    for file in [Array(good.dropLast(3)), good + [0]] {
      var diagnostics = Diagnostics()
      _ = try QOI.decode(file.rawSpan, diagnostics: &diagnostics)
      #expect(diagnostics.warnings.count == 1)
      #expect(throws: CodecError.self) {
        try QOI.decode(file, options: .init(), policy: .strict)
      }
    }
  }

  @Test("a size that the bytes cannot hold is refused before memory is asked for")
  func liar() throws {
    let error = try #require(throws: CodecError.self) {
      try QOI.decode(Self.file([0xFD], width: 1000, height: 250), options: .init())
    }
    guard case .truncated = error.kind else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("limits hold")
  func limits() throws {
    let file = Self.file([0xC9], width: 10)
    for limits in [Limits(maxDimension: 9), Limits(maxPixels: 9), Limits(maxImageBytes: 29)] {
      let error = try #require(throws: CodecError.self) {
        try QOI.decode(file, options: .init(), policy: DecodePolicy(limits: limits))
      }
      guard case .limitExceeded = error.kind else {
        Issue.record("\(error)")
        continue
      }
    }
  }

  @Test("the outline claims every byte once, also of a damaged file")
  func outline() throws {
    let file = Self.file([0xFE, 1, 2, 3, 0x80, 0, 0xC1], width: 4)
    for bytes in [file, file + [1, 2], Array(file.dropLast(12)), Array(file[..<9])] {
      let outline = try QOI.outline(Bytes(bytes), policy: .default)
      #expect(outline.unclaimed == [] && outline.overlaps == [])
    }
  }
}
