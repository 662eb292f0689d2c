// SPDX-License-Identifier: Apache-2.0

// QOI files.
extension QOI: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias ReadOptions = NoFormatOptions
  public typealias WriteOptions = EncodeOptions

  public static var formatName: String { "QOI" }
  public static var summary: String { "Quite OK Image" }
  public static var fileExtensions: [String] { ["qoi"] }
  public static var canWriteSeveral: Bool { false }

  public static func recognize(_ head: RawSpan) -> Confidence {
    ByteReader(head, codec: name).isNext(magic) ? .certain : .no
  }

  public static func makeReader(
    _ source: Bytes, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> SingleImageReader<QOI> {
    try SingleImageReader(source, options: options, policy: policy)
  }

  public static func makeWriter(
    options: EncodeOptions
  ) throws(CodecError) -> SingleImageWriter<QOI> {
    SingleImageWriter(options: options)
  }

  public static func outline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    try outline(source.span, policy: policy)
  }
}
