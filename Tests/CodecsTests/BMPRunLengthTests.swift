// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite struct BMPRunLengthTests {
  private func bitmap(_ bits: Int, _ width: Int, _ height: Int, _ data: [UInt8]) -> BMPBuilder {
    var file = BMPBuilder(width: width, height: height, bits: bits, pixels: data)
    file.compression = bits == 8 ? 1 : bits == 4 ? 2 : 4
    if bits == 24 { file.headerByteCount = 64 } else { file.palette = [[9, 9, 9], [1, 2, 3]] }
    return file
  }

  /// Rows of indices, the last row of the file first, as stored.
  private func rows(_ file: BMPBuilder, _ policy: DecodePolicy = .default) throws(CodecError)
    -> [[UInt8]]
  {
    let image = try BMP.decode(file.bytes, options: .init(stored: true), policy: policy)
    return (0..<file.height).reversed().map { image[$0].array(as: UInt8.self) }
  }

  @Test("The example of the Windows documentation, 8 bits")
  func documentedExample8() throws {
    let data: [UInt8] = [
      0x03, 0x04, 0x05, 0x06, 0x00, 0x03, 0x45, 0x56, 0x67, 0x00, 0x02, 0x78, 0x00, 0x02, 0x05,
      0x01, 0x02, 0x78, 0x00, 0x00, 0x09, 0x1E, 0x00, 0x01,
    ]
    let found = try rows(bitmap(8, 20, 3, data))
    let first: [UInt8] = [4, 4, 4, 6, 6, 6, 6, 6, 0x45, 0x56, 0x67, 0x78, 0x78]
    #expect(found[0] == first + [UInt8](repeating: 0, count: 7))
    #expect(found[1] == [UInt8](repeating: 0, count: 18) + [0x78, 0x78])
    #expect(found[2] == [UInt8](repeating: 0x1E, count: 9) + [UInt8](repeating: 0, count: 11))
  }

  @Test("The example of the Windows documentation, 4 bits")
  func documentedExample4() throws {
    let data: [UInt8] = [
      0x03, 0x04, 0x05, 0x06, 0x00, 0x06, 0x45, 0x56, 0x67, 0x00, 0x04, 0x78, 0x00, 0x02, 0x05,
      0x01, 0x04, 0x78, 0x00, 0x00, 0x09, 0x1E, 0x00, 0x01,
    ]
    let found = try rows(bitmap(4, 27, 3, data))
    let first: [UInt8] = [0, 4, 0, 0, 6, 0, 6, 0, 4, 5, 5, 6, 6, 7, 7, 8, 7, 8]
    #expect(found[0] == first + [UInt8](repeating: 0, count: 9))
    #expect(found[1] == [UInt8](repeating: 0, count: 23) + [7, 8, 7, 8])
    let third: [UInt8] = [1, 0xE, 1, 0xE, 1, 0xE, 1, 0xE, 1]
    #expect(found[2] == third + [UInt8](repeating: 0, count: 18))
  }

  @Test func triplesOfOS2() throws {
    let data: [UInt8] = [2, 1, 2, 3, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1]
    let found = try rows(bitmap(24, 5, 1, data))
    #expect(found == [[3, 2, 1, 3, 2, 1, 3, 2, 1, 6, 5, 4, 9, 8, 7]])
  }

  @Test("Runs beyond the end of a row are cut, and strict decoding refuses them")
  func overflow() throws {
    for data: [UInt8] in [[5, 1, 0, 0, 3, 2, 0, 1], [0, 5, 1, 1, 1, 2, 2, 0, 0, 0, 3, 2, 0, 1]] {
      let file = bitmap(8, 3, 2, data)
      #expect(try rows(file) == [[1, 1, 1], [2, 2, 2]])
      #expect(throws: CodecError.self) { try rows(file, .strict) }
    }
  }

  @Test("Data that ends without an end mark is damage, unless nothing is missing")
  func missingEnd() throws {
    #expect(try rows(bitmap(8, 3, 2, [3, 1, 0, 0, 3, 2])) == [[1, 1, 1], [2, 2, 2]])
    let cut = bitmap(8, 3, 2, [3, 1, 0, 0, 2, 2])
    #expect(throws: CodecError.self) { try rows(cut) }
    #expect(try rows(cut, .salvage) == [[1, 1, 1], [2, 2, 0]])
  }

  @Test func anEarlyEndMarkLeavesTheRestUntouched() throws {
    #expect(try rows(bitmap(8, 3, 3, [1, 7, 0, 1])) == [[7, 0, 0], [0, 0, 0], [0, 0, 0]])
  }

  @Test func movesGoRightAndUp() throws {
    let data: [UInt8] = [
      0, 2, 1, 0, 1, 5, 0, 2, 0, 2, 1, 6, 0, 0, 1, 7, 0, 2, 200, 200, 1, 8, 0, 1,
    ]
    let found = try rows(bitmap(8, 4, 5, data))
    #expect(found == [[0, 5, 0, 0], [0, 0, 0, 0], [0, 0, 6, 0], [7, 0, 0, 0], [0, 0, 0, 0]])
  }

  @Test func rowsBeyondTheImageAreNotRead() throws {
    let data: [UInt8] = [1, 1, 0, 0, 1, 2, 0, 0, 1, 3, 0, 0, 1, 4, 0, 1]
    #expect(try rows(bitmap(8, 1, 2, data)) == [[1], [2]])
  }

  @Test func firstRowFirstIsDecodedThoughItIsIllegal() throws {
    var file = bitmap(8, 2, 2, [2, 1, 0, 0, 2, 2, 0, 1])
    file.height = -2
    let image = try BMP.decode(file.bytes, options: .init(stored: true))
    #expect(image.array(as: UInt8.self) == [1, 1, 2, 2])
    #expect(throws: CodecError.self) {
      try BMP.decode(file.bytes, options: .init(), policy: .strict)
    }
  }

  @Test func skippedPixelsAreTransparentWhenAskedFor() throws {
    let file = bitmap(8, 3, 1, [1, 1, 0, 2, 1, 0, 1, 1, 0, 1])
    let shown = try BMP.decode(file.bytes, options: .init())
    #expect(shown.array(as: UInt8.self) == [3, 2, 1, 9, 9, 9, 3, 2, 1])
    let clear = try BMP.decode(file.bytes, options: .init(stored: false, alpha: .any))
    #expect(clear.array(as: UInt8.self) == [3, 2, 1, 255, 9, 9, 9, 0, 3, 2, 1, 255])
  }

  @Test("Run lengths pay on runs and cost little on noise")
  func size() throws {
    var generator = SeededGenerator(seed: 8)
    let noise = try NDArray(generator.bytes(100 * 100), shape: [100, 100])
    let flat = try NDArray(zeros: [100, 100], dtype: .uint8)
    let options = BMP.EncodeOptions(compression: true)
    #expect(try BMP.encode(flat, options: options).count < 1100 + 400)
    #expect(try BMP.encode(noise, options: options).count < 1100 + 10_000 + 600)
  }

  @Test func facsimileRowsAreWhiteAndBlackRunsInTurn() throws {
    let file = try #require(Fixtures.read("bmp/huffman.bmp"))
    let image = try BMP.decode(file, options: .init(stored: true))
    let white = [UInt8](repeating: 0, count: 70)
    // The first row of the file is the last of the image.
    #expect(image[1].array(as: UInt8.self) == [0, 0, 0, 1, 1] + white)
    #expect(image[0].array(as: UInt8.self) == [UInt8](repeating: 1, count: 75))
  }

  @Test func facsimileRunsBeyondTheRowAreRefused() {
    // 3 white and 2 black do not fit into 4 pixels.
    var file = BMPBuilder(width: 4, height: 1, bits: 1, pixels: [0b1000_1100, 0])
    file.headerByteCount = 64
    file.compression = 3
    file.palette = [[0, 0, 0], [9, 9, 9]]
    let error = #expect(throws: CodecError.self) { try BMP.decode(file.bytes, options: .init()) }
    #expect(error?.kind == .corrupt)
  }
}
