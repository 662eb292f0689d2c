// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Which header means what.
@Suite struct BMPHeaderTests {
  private func bitmap(_ bits: Int, _ pixels: [UInt8], width: Int = 1) -> BMPBuilder {
    BMPBuilder(width: width, height: 1, bits: bits, pixels: pixels)
  }

  private func shown(
    _ bitmap: BMPBuilder, _ options: BMP.DecodeOptions = .init(), _ policy: DecodePolicy = .default
  ) throws(CodecError) -> [UInt8] {
    try BMP.decode(bitmap.bytes, options: options, policy: policy).array(as: UInt8.self)
  }

  @Test func fieldsOfUpToEightBitsAreScaledAsPillowDoes() throws {
    for value in 0..<32 {
      let pixel = UInt16(value << 10 | value << 5 | value)
      let file = bitmap(16, [UInt8(pixel & 255), UInt8(pixel >> 8), 0, 0])
      #expect(try shown(file) == [UInt8](repeating: UInt8(value * 255 / 31), count: 3))
    }
  }

  @Test func widerFieldsAreRounded() throws {
    var file = bitmap(32, [])
    file.compression = 3
    file.masks = [0x3FF0_0000, 0x000F_FC00, 0x0000_03FF]
    for value in [0, 1, 2, 3, 511, 512, 1021, 1023] {
      let pixel = UInt32(value << 20 | value << 10 | value)
      file.pixels = (0..<4).map { UInt8(truncatingIfNeeded: pixel >> ($0 * 8)) }
      let expected = UInt8((Double(value) * 255 / 1023).rounded())
      #expect(try shown(file) == [UInt8](repeating: expected, count: 3))
      let stored = try BMP.decode(file.bytes, options: .init(stored: true))
      #expect(stored.array(as: UInt16.self) == [UInt16](repeating: UInt16(value), count: 3))
    }
  }

  @Test func storedFieldsAreNotScaled() throws {
    let pixel = UInt16(3 << 10 | 17 << 5 | 31)
    let file = bitmap(16, [UInt8(pixel & 255), UInt8(pixel >> 8), 0, 0])
    #expect(try shown(file, .init(stored: true)) == [3, 17, 31])
  }

  @Test func aFieldWithoutBitsIsZero() throws {
    var file = bitmap(16, [0xFF, 0xFF, 0, 0])
    file.compression = 3
    file.masks = [0xFF00, 0x00FF, 0]
    #expect(try shown(file) == [255, 255, 0])
  }

  @Test func masksThatOverlapAreWarnedOf() throws {
    var file = bitmap(16, [0xFF, 0xFF, 0, 0])
    file.compression = 3
    file.masks = [0xF0F0, 0x00FF, 0x0F00]
    #expect(try shown(file) == [255, 255, 255])
    #expect(throws: CodecError.self) { try shown(file, .init(), .strict) }
  }

  @Test func unusedBitsBecomeAlphaOnlyWhenAskedFor() throws {
    let file = bitmap(32, [1, 2, 3, 4])
    #expect(try shown(file) == [3, 2, 1])
    #expect(try shown(file, .init(stored: false, alpha: .any)) == [3, 2, 1, 4])
    let narrow = bitmap(16, [0x1F, 0x80, 0, 0])
    #expect(try shown(narrow) == [0, 0, 255])
    #expect(try shown(narrow, .init(stored: false, alpha: .any)) == [0, 0, 255, 255])
  }

  @Test func declaredAlphaIsDroppedOnlyWhenAskedFor() throws {
    var file = bitmap(32, [1, 2, 3, 4])
    file.headerByteCount = 56
    file.compression = 3
    file.masks = [0xFF0000, 0xFF00, 0xFF, 0xFF00_0000]
    #expect(try shown(file) == [3, 2, 1, 4])
    #expect(try shown(file, .init(stored: false, alpha: .ignored)) == [3, 2, 1])
  }

  @Test func masksOfAV4HeaderMeanNothingWithoutBitFields() throws {
    var file = bitmap(32, [1, 2, 3, 4])
    file.headerByteCount = 108
    file.masks = [0xFF, 0xFF00, 0xFF0000, 0xFF00_0000]
    #expect(try shown(file) == [3, 2, 1])
  }

  @Test(
    "Headers of odd sizes are read as far as they go", arguments: [16, 18, 36, 42, 64, 66, 200])
  func headerSizes(byteCount: Int) throws {
    var file = bitmap(24, [1, 2, 3, 0])
    file.headerByteCount = byteCount
    #expect(try shown(file) == [3, 2, 1])
  }

  @Test("Headers of impossible sizes are refused", arguments: [0, 4, 11, 13, 15])
  func impossibleHeaderSizes(byteCount: Int) {
    var file = bitmap(24, [1, 2, 3, 0]).bytes
    file[14] = UInt8(byteCount)
    #expect(throws: CodecError.self) { try BMP.decode(file, options: .init()) }
  }

  @Test("Data offsets that cannot be right are computed", arguments: [0, 20, 54, 5000])
  func dataOffsets(offset: Int) throws {
    var file = bitmap(8, [1, 0, 0, 0])
    file.palette = [[1, 2, 3], [4, 5, 6]]
    file.dataOffset = offset
    #expect(try shown(file) == [6, 5, 4])
    #expect(throws: CodecError.self) { try shown(file, .init(), .strict) }
  }

  @Test func aPaletteIsCutByThePixels() throws {
    var file = bitmap(8, [1, 0, 0, 0])
    file.palette = [[1, 2, 3], [4, 5, 6]]
    file.colorsUsed = 100
    #expect(try shown(file) == [6, 5, 4])
    file.colorsUsed = 1000
    #expect(throws: CodecError.self) { try shown(file) }
  }

  @Test func aPaletteMayBeLargerThanItsIndices() throws {
    var file = bitmap(4, [0x10, 0, 0, 0])
    file.palette = [[UInt8]](repeating: [1, 2, 3], count: 300)
    file.palette[1] = [4, 5, 6]
    #expect(try shown(file) == [6, 5, 4])
  }

  @Test func coloursOfATrueColourFileAreSkipped() throws {
    var file = bitmap(24, [1, 2, 3, 0])
    file.palette = [[UInt8]](repeating: [9, 9, 9], count: 300)
    #expect(try shown(file) == [3, 2, 1])
    let outline = try BMP.outline(Bytes(file.bytes), policy: .default)
    #expect(outline.leaves.contains { $0.name == "palette" && $0.range.count == 1200 })
  }

  @Test func blackAndWhiteIsBoolAndTheReverseIsNot() throws {
    var file = bitmap(1, [0b0100_0000, 0, 0, 0], width: 2)
    file.palette = [[0, 0, 0], [255, 255, 255]]
    let image = try BMP.decode(file.bytes, options: .init())
    #expect(image.array(as: Bool.self) == [false, true])
    file.palette.reverse()
    #expect(try shown(file) == [255, 255, 255, 0, 0, 0])
  }

  @Test func aGreyRampIsOneChannelAndOtherGreysAreColours() throws {
    var file = bitmap(8, [7, 0, 0, 0])
    file.palette = (0...255).map { [UInt8](repeating: $0, count: 3) }
    #expect(try shown(file) == [7])
    file.palette.swapAt(0, 1)
    #expect(try shown(file) == [7, 7, 7])
  }

  @Test func planesOtherThanOneAreWarnedOf() throws {
    var file = bitmap(24, [1, 2, 3, 0])
    file.planes = 5000
    #expect(try shown(file) == [3, 2, 1])
    #expect(throws: CodecError.self) { try shown(file, .init(), .strict) }
  }

  @Test(
    "Depths and encodings that do not go together are refused",
    arguments: [(0, 0), (3, 0), (30000, 0), (24, 1), (8, 2), (8, 3), (64, 3), (32, 99)])
  func impossiblePairs(bits: Int, compression: Int) {
    var file = bitmap(bits, [UInt8](repeating: 0, count: 4000))
    file.compression = compression
    #expect(throws: CodecError.self) { try shown(file) }
  }

  @Test func otherFilesAreNotTaken() {
    let heads: [(String, Confidence)] = [
      ("BM", .maybe), ("BM............\u{28}\0\0\0", .certain), ("BM................", .maybe),
      ("BA............BM....", .certain), ("GIF89a......................", .no), ("", .no),
    ]
    for (head, confidence) in heads {
      let bytes = Array(head.utf8)
      let span = bytes.rawSpan
      let found = BMP.recognize(span)
      #expect(found == confidence, "\(head)")
    }
  }
}
