// SPDX-License-Identifier: Apache-2.0

// QOI files.
extension QOI: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias Reader = SingleImageReader<QOI>
  public typealias Writer = SingleImageWriter<QOI>
  public typealias ReadOptions = NoFormatOptions
  public typealias WriteOptions = EncodeOptions

  public static var formatName: String { "QOI" }
  public static var summary: String { "Quite OK Image" }
  public static var fileExtensions: [String] { ["qoi"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    ByteReader(head, codec: name).isNext(magic) ? .certain : .no
  }
}
