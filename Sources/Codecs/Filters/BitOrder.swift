// SPDX-License-Identifier: Apache-2.0

/// Reverses the bits of each byte: TIFF FillOrder 2. Encoding and decoding are the same.
///
/// Source: TIFF 6.0 specification, section 8, "FillOrder".
public enum BitOrder: ArrayFilter {
  public static var name: CodecError.Name { "bitorder" }

  /// Appends each byte with its bits in reverse order.
  ///
  /// - Throws: `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) {
    try output.require(source.byteCount, codec: name)
    appendReversedBits(of: source, to: &output)
  }

  /// Appends each byte with its bits in reverse order.
  ///
  /// - Throws: `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) -> Int {
    try encode(source, into: &output)
    return source.byteCount
  }

  /// Reverses the bits of each byte.
  public static func reverse(inPlace bytes: inout MutableRawSpan) {
    reverseBits(&bytes)
  }
}
