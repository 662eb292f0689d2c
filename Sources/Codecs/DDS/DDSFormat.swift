// SPDX-License-Identifier: Apache-2.0

// DDS files.
extension DDS: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias ReadOptions = NoFormatOptions
  public typealias WriteOptions = NoFormatOptions

  public static var formatName: String { "DDS" }
  public static var summary: String { "Microsoft texture, BC1 to BC7 or plain" }
  public static var fileExtensions: [String] { ["dds"] }
  public static var canWriteSeveral: Bool { false }

  public static func recognize(_ head: RawSpan) -> Confidence {
    ByteReader(head, codec: name).isNext(magic) ? .certain : .no
  }

  public static func makeReader(
    _ source: Bytes, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> SingleImageReader<DDS> {
    try SingleImageReader(source, options: options, policy: policy)
  }

  public static func makeWriter(
    options: NoFormatOptions
  ) throws(CodecError) -> SingleImageWriter<DDS> {
    SingleImageWriter(options: options)
  }

  public static func outline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    try outline(source.span, policy: policy)
  }
}
