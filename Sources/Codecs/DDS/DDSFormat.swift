// SPDX-License-Identifier: Apache-2.0

// DDS files.
extension DDS: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias Reader = SingleImageReader<DDS>
  public typealias Writer = SingleImageWriter<DDS>
  public typealias ReadOptions = NoFormatOptions
  public typealias WriteOptions = NoFormatOptions

  public static var formatName: String { "DDS" }
  public static var summary: String { "Microsoft texture, BC1 to BC7 or plain" }
  public static var fileExtensions: [String] { ["dds"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    ByteReader(head, codec: name).isNext(magic) ? .certain : .no
  }
}
