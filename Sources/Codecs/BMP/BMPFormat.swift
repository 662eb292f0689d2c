// SPDX-License-Identifier: Apache-2.0

// BMP and DIB files.
extension BMP: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias ReadOptions = DecodeOptions
  public typealias WriteOptions = EncodeOptions

  public static var formatName: String { "BMP" }
  public static var summary: String { "Windows and OS/2 bitmap" }
  public static var fileExtensions: [String] { ["bmp", "dib", "rle"] }
  public static var canWriteSeveral: Bool { false }

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

  public static func makeReader(
    _ source: Bytes, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> SingleImageReader<BMP> {
    try SingleImageReader(source, options: options, policy: policy)
  }

  public static func makeWriter(
    options: EncodeOptions
  ) throws(CodecError) -> SingleImageWriter<BMP> {
    SingleImageWriter(options: options)
  }

  public static func outline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    try outline(source.span, policy: policy)
  }
}
