// SPDX-License-Identifier: Apache-2.0

// Radiance picture files.
extension RGBE: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias Reader = SingleImageReader<RGBE>
  public typealias Writer = SingleImageWriter<RGBE>
  public typealias ReadOptions = DecodeOptions
  public typealias WriteOptions = EncodeOptions

  public static var formatName: String { "HDR" }
  public static var summary: String { "Radiance picture, high dynamic range" }
  public static var fileExtensions: [String] { ["hdr", "rgbe", "pic"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    let reader = ByteReader(head, codec: name)
    let marks = ["#?RADIANCE", "#?RGBE", "#?AUTOPANO"]
    return marks.contains { reader.isNext(Array($0.utf8)) } ? .certain : .no
  }
}
