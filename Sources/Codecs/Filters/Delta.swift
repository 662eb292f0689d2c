// SPDX-License-Identifier: Apache-2.0

/// Differences of neighbours along an axis: TIFF predictor 2, and 34892 and 34893 with a distance.
///
/// Elements of 1, 2, 4 or 8 bytes are subtracted as unsigned integers in machine byte order, floats
/// by their bits. The first `distance` columns of a row stay as they are.
///
/// Source: TIFF 6.0 specification, section 14; DNG 1.4 specification, "Predictor".
public enum Delta: ArrayFilter {
  public static var name: CodecError.Name { "delta" }

  /// Appends each element less its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) {
    try Difference.subtraction.encode(source, into: &output, options)
  }

  /// Appends the running sums along each row.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) -> Int {
    try Difference.subtraction.decode(source, into: &output, options)
  }

  /// Takes from each element its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func encode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try Difference.subtraction.encode(inPlace: &bytes, options)
  }

  /// Adds to each element its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func decode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try Difference.subtraction.decode(inPlace: &bytes, options)
  }
}
