// SPDX-License-Identifier: Apache-2.0

/// Decoder of LZO1X, the format of all LZO1X compressors.
///
/// Source: Linux kernel, Documentation/staging/lzo.rst, "LZO stream format as understood by Linux'
/// LZO decompressor", without the kernel's own run-length extension.
public enum LZO: ByteDecoder {
  public static var name: CodecError.Name { "lzo" }

  public struct DecodeOptions: Sendable, Hashable {
    /// A byte 0xF0 or 0xF1 and the decoded size in four bytes, most significant first, stand
    /// before the data.
    public var storesSize: Bool
    public init(storesSize: Bool = false) { self.storesSize = storesSize }
  }

  /// Appends the bytes of one stream, up to its end marker.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  /// - Returns: bytes of `source` used.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init()
  ) throws(CodecError) -> Int {
    let size = options.storesSize ? try storedSize(source) : nil
    return try SequenceDecoder.run(
      source, from: size == nil ? 0 : 5, into: &output, byteCount: size, codec: name
    ) { decoder throws(CodecError) in try decode(&decoder) }
  }

  private static func storedSize(_ source: RawSpan) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    let mark = try reader.u8("header")
    guard mark == 0xF0 || mark == 0xF1 else {
      throw CodecError(
        .corrupt, codec: name, part: "header", "does not begin with F0 or F1", at: 0)
    }
    let size = Int(try reader.u32be("header"))
    // A zero byte in a length stands for 255 bytes.
    try StoredSize.check(size, expansion: 255, encodedByteCount: reader.remaining, codec: name)
    return size
  }
}
