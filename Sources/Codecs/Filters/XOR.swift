// SPDX-License-Identifier: Apache-2.0

/// Exclusive or of neighbours along an axis: ``Delta`` without carries.
///
/// Elements have 1, 2, 4 or 8 bytes; the first `distance` columns of a row stay as they are.
public enum XOR: ArrayFilter {
  public static var name: CodecError.Name { "xor" }

  /// Appends each element combined with its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) {
    try Difference.exclusiveOr.encode(source, into: &output, options)
  }

  /// Appends the elements that ``encode(_:into:options:)`` had.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) -> Int {
    try Difference.exclusiveOr.decode(source, into: &output, options)
  }

  /// Combines each element with its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func encode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try Difference.exclusiveOr.encode(inPlace: &bytes, options)
  }

  /// Undoes ``encode(inPlace:options:)``.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func decode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try Difference.exclusiveOr.decode(inPlace: &bytes, options)
  }
}
