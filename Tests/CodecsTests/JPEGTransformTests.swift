// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Lossless operations, against what jpegtran of libjpeg-turbo 2.1 writes.
@Suite struct JPEGTransformTests {
  typealias Operation = JPEG.TransformOptions.Operation

  private static func transform(
    _ file: [UInt8], _ change: (inout JPEG.TransformOptions) -> Void
  ) throws -> [UInt8] {
    var options = JPEG.TransformOptions()
    change(&options)
    var diagnostics = Diagnostics()
    return try JPEG.transform(file.rawSpan, options: options, diagnostics: &diagnostics)
  }

  private static func source(_ change: (inout JPEG.WriteOptions) -> Void = { _ in }) throws
    -> [UInt8]
  {
    var options = JPEG.WriteOptions()
    change(&options)
    return try JPEG.encode(
      JPEGEncoderTests.pattern(width: 67, height: 45, channels: 3), options: options)
  }

  static let digests: [(operation: Operation, plain: String, trimmed: String, cropped: String)] = [
    (.none, "1874a03ef33018a2", "c40cc1cf9f7f9b78", "d223a849059dbce5"),
    (.flipHorizontally, "78659a2a12bb5baa", "2e6da160f6d5f727", "80b4a647e57f3a51"),
    (.flipVertically, "5e9f139da84249cb", "19a369441bc0190e", "217995b07acaa9c6"),
    (.transpose, "e3bce02e76ed2d02", "f7d55237032cb26b", "b15ca1768c6909ba"),
    (.transverse, "69b756de138ebdff", "245fabc36921180a", "3bffc2d65385caeb"),
    (.rotate90, "7f3a6784f30ea276", "a616d0aa62b3485a", "695f0d71da8dea07"),
    (.rotate180, "317a8efe9b8b7452", "b978230a730f8976", "f2e25576c31a5f19"),
    (.rotate270, "26f5037b4d036d52", "2ec5d833f52f443b", "19dcd1bb6fadf2cc"),
  ]

  @Test(arguments: digests.indices)
  func `files are jpegtran's, also trimmed, cropped and progressive`(index: Int) throws {
    let (operation, plain, trimmed, cropped) = Self.digests[index]
    let source = try Self.source()
    func digest(_ change: (inout JPEG.TransformOptions) -> Void) throws -> String {
      try JPEGEncoderTests.digest(
        Self.transform(source) {
          $0.operation = operation
          change(&$0)
        })
    }
    #expect(try digest { _ in } == plain)
    #expect(
      try digest {
        $0.trims = true
        $0.optimizesCodes = true
      } == trimmed)
    #expect(
      try digest {
        $0.crop = Region(x: 18, y: 9, width: 20, height: 20)
        $0.isProgressive = true
      } == cropped)
  }

  @Test func `luminance alone and restart markers are jpegtran's too`() throws {
    let source = try Self.source()
    let grey = try Self.transform(source) { $0.isGrey = true }
    #expect(JPEGEncoderTests.digest(grey) == "c5a6bacb1d07707d")
    let restarts = try Self.transform(source) {
      $0.isProgressive = true
      $0.restartInterval = 3
    }
    #expect(JPEGEncoderTests.digest(restarts) == "093cb72b47ed5eb6")
  }

  @Test func `from progressive and back, a file is what it was`() throws {
    let source = try Self.source()
    let progressive = try Self.transform(source) { $0.isProgressive = true }
    #expect(try progressive == Self.source { $0.isProgressive = true })
    #expect(try Self.transform(progressive) { _ in } == source)
    #expect(
      try Self.transform(progressive) { $0.optimizesCodes = true }
        == Self.source { $0.optimizesCodes = true })
  }

  @Test(arguments: [
    (Operation.flipHorizontally, Operation.flipHorizontally),
    (.flipVertically, .flipVertically), (.transpose, .transpose), (.transverse, .transverse),
    (.rotate90, .rotate270), (.rotate180, .rotate180),
  ])
  func `an operation and its inverse give the file again`(pair: (Operation, Operation)) throws {
    // Whole MCUs: 4:2:2 and 4:4:0 have 16 by 8.
    for subsampling in [JPEG.Subsampling.s444, .s422, .s440, .s420] {
      var options = JPEG.WriteOptions()
      options.subsampling = subsampling
      options.isProgressive = subsampling == .s422
      let file = try JPEG.encode(
        JPEGEncoderTests.pattern(width: 64, height: 48, channels: 3), options: options)
      let there = try Self.transform(file) {
        $0.operation = pair.0
        $0.isPerfect = true
      }
      let back = try Self.transform(there) {
        $0.operation = pair.1
        $0.isProgressive = subsampling == .s422
      }
      let isSame = back == file
      #expect(isSame)
    }
  }

  static let exif: [UInt8] = [
    0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 2, 1, 0x12, 0, 3, 0, 0, 0, 1,
    0, 6, 0, 0, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x26, 0, 0, 0, 0, 0, 2, 0xA0, 2, 0, 3, 0, 0,
    0, 1, 0, 0x43, 0, 0, 0xA0, 3, 0, 3, 0, 0, 0, 1, 0, 0x2D, 0, 0, 0, 0, 0, 0,
  ]

  static func fileWithMetadata() throws -> [UInt8] {
    var options = JPEG.WriteOptions(quality: 90)
    options.isProgressive = true
    options.subsampling = .s422
    let profile = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let metadata: Metadata = [
      "exif": .bytes(Bytes(exif)), "icc_profile": .bytes(Bytes(profile)), "comment": "a comment",
      "xmp": .bytes(Bytes(Array("<x:xmpmeta/>".utf8))), "dpi": .array([.int(300), .int(72)]),
    ]
    return try JPEG.encode(
      JPEGEncoderTests.pattern(width: 67, height: 45, channels: 3), metadata: metadata,
      options: options)
  }

  @Test func `metadata are kept as asked, and the Exif size follows`() throws {
    let file = try Self.fileWithMetadata()
    // Pillow writes the same file.
    #expect(JPEGEncoderTests.digest(file) == "16dc31ef5dea11a3")
    let all = try Self.transform(file) { $0.operation = .rotate90 }
    #expect(JPEGEncoderTests.digest(all) == "0d4558269b179a55")
    let comments = try Self.transform(file) { $0.kept = .comments }
    #expect(JPEGEncoderTests.digest(comments) == "4ae8deb6156891ac")
    let none = try Self.transform(file) { $0.kept = .none }
    #expect(JPEGEncoderTests.digest(none) == "702ba803501e6b71")
    // Exif comes first: there is no JFIF, and the size in it is turned.
    let bare = Array(file[..<2] + file[20...])
    let turned = try Self.transform(bare) { $0.operation = .rotate90 }
    #expect(JPEGEncoderTests.digest(turned) == "3867a2acaadbf9e3")
  }

  @Test func `what cannot be done is an invalid argument`() throws {
    let source = try Self.source()
    let wrong: [(inout JPEG.TransformOptions) -> Void] = [
      {
        $0.operation = .rotate90
        $0.isPerfect = true
      },
      { $0.crop = Region(x: 60, y: 0, width: 20, height: 20) },
      { $0.restartInterval = 65_536 },
    ]
    for change in wrong {
      let error = #expect(throws: CodecError.self) { try Self.transform(source, change) }
      #expect(error?.kind == .invalidArgument)
    }
  }

  @Test func `damaged files throw or give a file that can be decoded`() throws {
    var generator = SeededGenerator(seed: 77)
    let source = try Self.source()
    var diagnostics = Diagnostics()
    func check(_ damaged: [UInt8], _ operation: Operation) {
      let result = try? Self.transform(damaged) {
        $0.operation = operation
        $0.isProgressive = operation.mirrorsDown
      }
      guard let result else { return }
      let decoded = try? JPEG.decode(
        result.rawSpan, options: JPEG.DecodeOptions(), diagnostics: &diagnostics)
      #expect(decoded != nil)
    }
    for length in 0..<source.count {
      check(Array(source[..<length]), Operation.allCases[length % Operation.allCases.count])
    }
    for _ in 0..<600 {
      var damaged = source
      let position = Int.random(in: 0..<source.count, using: &generator)
      damaged[position] = UInt8.random(in: 0...255, using: &generator)
      check(damaged, Operation.allCases.randomElement(using: &generator) ?? .none)
    }
  }
}
