// SPDX-License-Identifier: Apache-2.0

/// The floating-point predictor: byte planes of each row, most significant first, as differences.
///
/// TIFF predictor 3, and 34894 and 34895 with a distance of 2 and 4. Elements of 2, 3, 4 or 8 bytes
/// in machine byte order; the encoded form is the same on all machines.
///
/// Source: Adobe Photoshop TIFF Technical Note 3; DNG 1.4 specification, "Predictor".
public enum FloatPredictor: ArrayFilter {
  public static var name: CodecError.Name { "floatpred" }

  /// Appends the predicted bytes of each row.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`, `outOfMemory`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout
  ) throws(CodecError) {
    try ByteShuffle.encode(source, into: &output, options: shuffle(options))
  }

  /// Appends the elements of each row.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`, `outOfMemory`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout
  ) throws(CodecError) -> Int {
    try ByteShuffle.decode(source, into: &output, options: shuffle(options))
  }

  /// Replaces the elements of each row by the predicted bytes.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outOfMemory`.
  public static func encode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try ByteShuffle.encode(inPlace: &bytes, options: shuffle(options))
  }

  /// Replaces the predicted bytes of each row by the elements.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outOfMemory`.
  public static func decode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try ByteShuffle.decode(inPlace: &bytes, options: shuffle(options))
  }

  private static func shuffle(_ layout: RowLayout) -> ByteShuffle.Options {
    .init(layout: layout, planeOrder: .mostSignificantFirst, usesDelta: true)
  }
}
