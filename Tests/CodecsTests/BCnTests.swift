// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("BCn and DDS")
struct BCnTests {
  /// SHA-256 of the texels that imagecodecs decodes from 4,096 random blocks.
  static let references: [(format: BCn.Format, digest: String)] = [
    (.bc1, "74bee330fa5bdb3a38b3cd2d31351ee4275db1cb6080e2af2e73c9d87d3172d5"),
    (.bc2, "2f2b14b0b913451d115ee2a3809bcae5c7231a87ae3606f5f19855a0bc36a7d5"),
    (.bc3, "4e37d47edfbd7b74d5f34f179fddd4a058bf2d29f6e33cd8160df16d97d85ce7"),
    (.bc4, "1031c45ae04e8a61b05a8df4d9d29793829eb8a7e85699e2a8918d16319b5c1b"),
    (.bc5, "af579e25595645c7e89c96bec6ffca655f0329f2fcdc7b0e29ad3ca4ecd45e8a"),
    (.bc6h, "5913cef5a59353624d4a26955110ea535f167b9a57c6e53dc11f4b0d1f767c98"),
    (.bc6hSigned, "be3bc529bdfb3fe36827959c55db8eacc9af1d26e7880a1062ec22180c57051e"),
    (.bc7, "7a79a08d2065f769d5dc437c3c0a3c386dd7818d4e163480ffcf4e5131abd94e"),
  ]

  @Test("random blocks decode to the reference's texels", arguments: references)
  func reference(format: BCn.Format, digest: String) throws {
    var generator = SeededGenerator(seed: 99)
    let blocks = generator.bytes(4096 * format.blockByteCount)
    let image = try BCn.decode(blocks.rawSpan, format: format, width: 256, height: 256)
    var hash = SHA256()
    hash.update(image.bytes)
    #expect(hash.hexDigest() == digest)
    #expect(image.dtype == format.dtype)
  }

  @Test("a signed value that is scaled to nothing is 0, not -0")
  func signedZero() throws {
    let block = bytes(hex: "2fffff7f1fffff001f800100ff7f1f1f")
    let image = try BCn.decode(block.rawSpan, format: .bc6hSigned, width: 4, height: 4)
    let green = image.bytes.loadUnaligned(UInt16.self, at: 2)
    #expect(green == 0)
  }

  @Test("blocks that reach over the edges are cut", arguments: BCn.Format.allCases)
  func edges(format: BCn.Format) throws {
    var generator = SeededGenerator(seed: 3)
    let blocks = generator.bytes(6 * format.blockByteCount)
    let whole = try BCn.decode(blocks.rawSpan, format: format, width: 12, height: 8)
    let cut = try BCn.decode(blocks.rawSpan, format: format, width: 9, height: 5)
    let size = format.channelCount * format.dtype.byteCount
    let (all, part) = (whole.bytes, cut.bytes)
    let rows = (0..<5).map { y in
      [UInt8](copying: all.extracting(y * 12 * size..<(y * 12 + 9) * size))
    }
    let (copied, expected) = ([UInt8](copying: part), rows.flatMap { $0 })
    #expect(copied == expected)
  }

  @Test("too few blocks are truncated, and limits hold")
  func errors() throws {
    let blocks = [UInt8](repeating: 0, count: 31)
    let short = try #require(throws: CodecError.self) {
      try BCn.decode(blocks.rawSpan, format: .bc7, width: 8, height: 4)
    }
    #expect(short.kind == .truncated(needed: 1))
    let limit = try #require(throws: CodecError.self) {
      try BCn.decode(
        blocks.rawSpan, format: .bc1, width: 4, height: 4,
        policy: DecodePolicy(limits: Limits(maxPixels: 15)))
    }
    #expect(limit.kind == .limitExceeded(.pixels))
    #expect(throws: CodecError.self) {
      try BCn.decode(blocks.rawSpan, format: .bc1, width: 0, height: 4)
    }
  }

  /// A header with these fields; what follows is the caller's.
  static func header(
    width: UInt32, height: UInt32, flags: UInt32, code: String = "", bits: UInt32 = 0,
    masks: [UInt32] = [0, 0, 0, 0]
  ) -> [UInt8] {
    let code = Array(code.utf8) + [UInt8](repeating: 0, count: 4 - code.utf8.count)
    let first: [UInt32] = [124, 0x1007, height, width, 0, 0, 1]
    return Array("DDS ".utf8) + littleEndianBytes(first) + [UInt8](repeating: 0, count: 44)
      + littleEndianBytes([32, flags] as [UInt32]) + code + littleEndianBytes([bits] + masks)
      + [UInt8](repeating: 0, count: 20)
  }

  static func samples(_ file: [UInt8]) throws -> [UInt8] {
    try DDS.decode(file, options: .init()).array(as: UInt8.self)
  }

  @Test("block formats by code and by number")
  func codes() throws {
    // A red and a green block: the first colour everywhere.
    let red: [UInt8] = [0x00, 0xF8, 0, 0, 0, 0, 0, 0]
    for file in [
      Self.header(width: 4, height: 4, flags: 4, code: "DXT1") + red,
      Self.header(width: 4, height: 4, flags: 4, code: "DX10")
        + littleEndianBytes([71, 3, 0, 1, 0] as [UInt32]) + red,
    ] {
      let expected = [UInt8]((0..<16).flatMap { _ in [255, 0, 0, 255] as [UInt8] })
      #expect(try Self.samples(file) == expected)
    }
    for file in [
      Self.header(width: 4, height: 4, flags: 4, code: "ABCD") + red,
      Self.header(width: 4, height: 4, flags: 4, code: "DX10")
        + littleEndianBytes([1, 3, 0, 1, 0] as [UInt32]) + red,
      Self.header(width: 4, height: 4, flags: 8) + red,
    ] {
      let error = try #require(throws: CodecError.self) { try Self.samples(file) }
      #expect(error.kind == .unsupported)
    }
  }

  @Test("bit fields, grey, and palettes")
  func plain() throws {
    let fields = Self.header(
      width: 2, height: 1, flags: 0x41, bits: 16, masks: [0x7C00, 0x3E0, 0x1F, 0x8000])
    #expect(
      try Self.samples(fields + [0xFF, 0x83, 0, 0x44]) == [0, 255, 255, 255, 139, 0, 0, 0])
    let grey = Self.header(width: 2, height: 1, flags: 0x2_0000, bits: 8)
    #expect(try Self.samples(grey + [7, 9]) == [7, 9])
    let palette = Self.header(width: 2, height: 1, flags: 0x20, bits: 24)
    let colors = littleEndianBytes((0..<256).map { UInt32($0) &* 0x0101_0101 })
    #expect(try Self.samples(palette + colors + [3, 200]) == [3, 3, 3, 3, 200, 200, 200, 200])
  }

  @Test("a last pixel without the bytes that no field has is a warning")
  func cutPadding() throws {
    let file =
      Self.header(width: 1, height: 1, flags: 0x40, bits: 32, masks: [0xFF_0000, 0xFF00, 0xFF, 0])
      + [3, 2, 1]
    var diagnostics = Diagnostics()
    let image = try DDS.decode(file.rawSpan, diagnostics: &diagnostics)
    #expect(image.array(as: UInt8.self) == [1, 2, 3])
    #expect(diagnostics.warnings.count == 1)
    let shorter = Array(file.dropLast())
    #expect(throws: CodecError.self) { try Self.samples(shorter) }
  }

  @Test("what is written is read back", arguments: 1...4)
  func roundTrip(channels: Int) throws {
    var generator = SeededGenerator(seed: 2)
    let shape = channels == 1 ? [5, 7] : [5, 7, channels]
    let image = try NDArray(generator.bytes(35 * channels), shape: shape)
    let file = try DDS.encode(image)
    #expect(try DDS.decode(file, options: .init(), policy: .strict) == image)
    let outline = try DDS.outline(Bytes(file), policy: .default)
    #expect(outline.unclaimed == [] && outline.overlaps == [])
  }

  @Test("other arrays are refused")
  func refused() throws {
    for image in [
      try NDArray([1, 2, 3] as [UInt16], shape: [1, 1, 3]),
      try NDArray([1, 2, 3, 4, 5] as [UInt8], shape: [1, 1, 5]),
    ] { #expect(throws: CodecError.self) { try DDS.encode(image) } }
  }

  @Test("every prefix of a file throws, and damaged ones throw or decode")
  func damage() throws {
    var generator = SeededGenerator(seed: 6)
    let file =
      Self.header(width: 8, height: 8, flags: 4, code: "DXT5") + generator.bytes(64)
    for length in 0..<file.count {
      let prefix = Array(file[..<length])
      #expect(throws: CodecError.self) { try Self.samples(prefix) }
    }
    for _ in 0..<3000 {
      var bytes = file
      bytes[Int(generator.next() % 128)] = UInt8(truncatingIfNeeded: generator.next())
      _ = try? DDS.decode(bytes, options: .init())
      let outline = try DDS.outline(Bytes(bytes), policy: .default)
      #expect(outline.unclaimed == [] && outline.overlaps == [])
    }
  }
}
