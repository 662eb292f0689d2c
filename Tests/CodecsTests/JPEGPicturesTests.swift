// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite struct JPEGPicturesTests {
  /// A file with an index behind SOI, and two more pictures behind it: one where the index says,
  /// one that the index has beyond the end.
  static func file(isBigEndian: Bool) throws -> (bytes: [UInt8], second: Range<Int>) {
    let picture = try #require(Fixtures.read("jpeg/restart.jpg"))
    func u16(_ x: Int) -> [UInt8] {
      isBigEndian ? [UInt8(x >> 8), UInt8(x & 255)] : [UInt8(x & 255), UInt8(x >> 8)]
    }
    func u32(_ x: Int) -> [UInt8] {
      isBigEndian ? u16(x >> 16) + u16(x & 0xFFFF) : u16(x & 0xFFFF) + u16(x >> 16)
    }
    // The index begins at 10: SOI, marker, length, "MPF\0". It has 26 + 48 bytes.
    let first = picture.count + 8 + 74
    var index: [UInt8] = Array((isBigEndian ? "MM" : "II").utf8) + u16(42) + u32(8)
    index += u16(1) + u16(0xB002) + u16(7) + u32(48) + u32(26) + u32(0)
    index += u32(0x2003_0000) + u32(first) + u32(0) + u32(0)
    index += u32(0x0002_0002) + u32(picture.count) + u32(first - 10) + u32(0)
    index += u32(0x0002_0002) + u32(picture.count) + u32(first) + u32(0)
    let segment = [0xFF, 0xE2, 0, UInt8(2 + 4 + index.count)] + Array("MPF\0".utf8) + index
    let bytes = Array(picture[..<2]) + segment + Array(picture[2...]) + picture
    return (bytes, first..<first + picture.count)
  }

  @Test(arguments: [false, true])
  func thePicturesOfAFileAreListed(isBigEndian: Bool) throws {
    let (bytes, second) = try Self.file(isBigEndian: isBigEndian)
    let pictures = JPEG.pictures(bytes.rawSpan)
    #expect(pictures.map { $0.range } == [0..<second.lowerBound, second])
    #expect(pictures.map { $0.type } == [0x03_0000, 0x02_0002])
    #expect(pictures.map { $0.isRepresentative } == [true, false])
    let file = Bytes(bytes)
    var first = try JPEG.Reader(file)
    var other = try JPEG.Reader(try #require(file.slice(second)))
    let (a, b) = (try first.read(0), try other.read(0))
    #expect(a == b)
    let listed = try first.metadata(0, excludingApplied: false)["pictures"]?.arrayValue
    #expect(listed?.count == 2)
  }

  @Test func otherFilesHaveNone() throws {
    let picture = try #require(Fixtures.read("jpeg/restart.jpg"))
    #expect(JPEG.pictures(picture.rawSpan).isEmpty)
  }

  @Test func damagedIndexesListWhatIsThere() throws {
    let (bytes, _) = try Self.file(isBigEndian: true)
    for index in 2..<84 {
      for value: UInt8 in [0, 1, 127, 255] {
        var changed = bytes
        changed[index] = value
        let pictures = JPEG.pictures(changed.rawSpan)
        #expect(pictures.allSatisfy { $0.range.upperBound <= changed.count })
      }
    }
  }
}
