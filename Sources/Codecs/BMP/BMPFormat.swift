// SPDX-License-Identifier: Apache-2.0

// BMP and DIB files.
extension BMP: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias Reader = SingleImageReader<BMP>
  public typealias Writer = SingleImageWriter<BMP>
  public typealias ReadOptions = DecodeOptions
  public typealias WriteOptions = EncodeOptions

  public static var formatName: String { "BMP" }
  public static var summary: String { "Windows and OS/2 bitmap" }
  public static var fileExtensions: [String] { ["bmp", "dib", "rle"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    let reader = ByteReader(head, codec: name)
    if reader.isNext(Array("BM".utf8)) || reader.isNext(Array("BA".utf8)) {
      guard head.byteCount >= 18 else { return .maybe }
      if reader.isNext(Array("BA".utf8)) {
        return head[byteAt: 14] == 0x42 && head[byteAt: 15] == 0x4D ? .certain : .maybe
      }
      let headerByteCount = UInt32(littleEndian: head.loadUnaligned(UInt32.self, at: 14))
      return (12...4096).contains(headerByteCount) ? .certain : .maybe
    }
    return isBitmapHeader(head) ? .maybe : .no
  }
}
