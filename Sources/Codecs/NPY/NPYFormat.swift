// SPDX-License-Identifier: Apache-2.0

// NPY files.
extension NPY: ReadableFormat, WritableFormat, OutlinedFormat {
  public typealias Reader = SingleImageReader<NPY>
  public typealias Writer = SingleImageWriter<NPY>
  public typealias ReadOptions = NoFormatOptions
  public typealias WriteOptions = NoFormatOptions

  public static var formatName: String { "NPY" }
  public static var summary: String { "numpy array of any shape and type" }
  public static var fileExtensions: [String] { ["npy"] }
  public static var takesWholeArrays: Bool { true }

  public static func recognize(_ head: RawSpan) -> Confidence {
    ByteReader(head, codec: name).isNext(magic) ? .certain : .no
  }
}
