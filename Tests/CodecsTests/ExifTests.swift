// SPDX-License-Identifier: Apache-2.0

@testable import Codecs
import TestSupport
import Testing

@Suite struct ExifTests {
  /// A structure with all directories there are, and a thumbnail of three bytes.
  static func structure(isBigEndian: Bool) -> [UInt8] {
    func u16(_ x: Int) -> [UInt8] {
      isBigEndian ? [UInt8(x >> 8), UInt8(x & 255)] : [UInt8(x & 255), UInt8(x >> 8)]
    }
    func u32(_ x: Int) -> [UInt8] {
      isBigEndian ? u16(x >> 16) + u16(x & 0xFFFF) : u16(x & 0xFFFF) + u16(x >> 16)
    }
    func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
      u16(tag) + u16(type) + u32(count) + value + [UInt8](repeating: 0, count: 4 - value.count)
    }
    var bytes: [UInt8] = Array((isBigEndian ? "MM" : "II").utf8) + u16(42) + u32(8)
    // IFD 0 at 8: 2 + 3 * 12 + 4 = 42 bytes.
    bytes += u16(3) + entry(0x0112, 3, 1, u16(6)) + entry(0x8769, 4, 1, u32(50))
    bytes += entry(0x8825, 4, 1, u32(88)) + u32(118)
    // The Exif IFD at 50: 30 bytes, and a rational at 80.
    bytes += u16(2) + entry(0x829A, 5, 1, u32(80)) + entry(0x8827, 3, 1, u16(400)) + u32(0)
    bytes += u32(1) + u32(250)
    // The GPS IFD at 88: 30 bytes.
    bytes += u16(2) + entry(0x0001, 2, 2, Array("N\0".utf8)) + entry(0x0005, 1, 1, [0]) + u32(0)
    // IFD 1 at 118: 30 bytes, and the thumbnail at 148.
    bytes += u16(2) + entry(0x0201, 4, 1, u32(148)) + entry(0x0202, 4, 1, u32(3)) + u32(0)
    return bytes + [7, 8, 9]
  }

  @Test(arguments: [false, true], [[], JPEG.Signature.exif])
  func everyDirectoryIsRead(isBigEndian: Bool, head: [UInt8]) throws {
    let bytes = head + Self.structure(isBigEndian: isBigEndian)
    let read = Exif(bytes.rawSpan)
    let exif = try #require(read)
    #expect(exif.orientation == 6)
    #expect(exif.details["ExposureTime"] == .rational(numerator: 1, denominator: 250))
    #expect(exif.details["ISOSpeedRatings"] == 400)
    #expect(exif.position["GPSLatitudeRef"] == "N")
    #expect(exif.thumbnail.map { Array(bytes[$0]) } == [7, 8, 9])
    var metadata = Metadata()
    exif.present(in: &metadata, of: Bytes(bytes), isRotationApplied: true)
    #expect(metadata["Orientation"] == nil)
    #expect(metadata["exif_thumbnail"]?.bytesValue?.array == [7, 8, 9])
    #expect(metadata["exif_ifd"] == .dictionary(exif.details))
    #expect(metadata["gps_ifd"] == .dictionary(exif.position))
  }

  /// Directories that point nowhere, or to each other, leave what was read before.
  @Test func damageLeavesWhatCanBeRead() {
    let whole = Self.structure(isBigEndian: true)
    for end in whole.indices { _ = Exif(Array(whole[..<end]).rawSpan) }
    for index in whole.indices {
      for value: UInt8 in [0, 1, 8, 127, 255] {
        var bytes = whole
        bytes[index] = value
        guard let exif = Exif(bytes.rawSpan) else { continue }
        let end = exif.thumbnail?.upperBound ?? 0
        #expect(end <= bytes.count)
      }
    }
    // The orientation of the thumbnail is not that of the image.
    var turned = whole
    turned.replaceSubrange(10..<22, with: [0x01, 0x0F, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0])
    turned.replaceSubrange(120..<132, with: [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0])
    let upright = Exif(turned.rawSpan)
    #expect(upright?.orientation == 1)
    #expect(Exif.clearingOrientation(turned) == turned)
    var looped = whole
    looped.replaceSubrange(28..<32, with: [0, 0, 0, 8])
    let exif = Exif(looped.rawSpan)
    #expect(exif?.orientation == 6)
  }

  /// Entries that all have the same bytes do not multiply them.
  @Test(.timeLimit(.minutes(1))) func theValuesTogetherAreNoMoreThanTheStructure() {
    let count = 8_000
    var bytes: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, UInt8(count >> 8), UInt8(count & 255)]
    // Signed bytes, 2^20 of them, from the start on.
    for _ in 0..<count { bytes += [0x01, 0x11, 0, 6, 0, 16, 0, 0, 0, 0, 0, 0] }
    bytes += [UInt8](repeating: 1, count: 2 << 20)
    let exif = Exif(bytes.rawSpan)
    #expect(exif?.fields["StripOffsets"]?.arrayValue?.count == 1 << 20)
  }
}
