// SPDX-License-Identifier: Apache-2.0

extension PNG: ReadableFormat {
  public static var formatName: String { "PNG" }
  public static var summary: String { "Portable Network Graphics, still and animated" }
  public static var fileExtensions: [String] { ["png", "apng"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    let signature = Self.signature
    guard head.byteCount >= signature.count else { return .no }
    for i in 0..<signature.count where head[byteAt: i] != signature[i] { return .no }
    return .certain
  }

  public static func makeReader(
    _ source: Bytes, options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> Reader {
    try Reader(source, options: options, policy: policy)
  }
}

extension PNG: WritableFormat {
  public static var canWriteSeveral: Bool { true }

  public static func makeWriter(options: WriteOptions) throws(CodecError) -> Writer {
    Writer(options: options)
  }
}
