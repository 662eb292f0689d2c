// SPDX-License-Identifier: Apache-2.0

/// What ``Delta`` and ``XOR`` have in common: elements of 1, 2, 4 or 8 bytes in machine byte order are
/// taken from their neighbours to the left; the first `distance` columns of a row stay as they are.
public protocol DifferenceFilter: ArrayFilter
where EncodeOptions == RowLayout, DecodeOptions == RowLayout {
  static var difference: Difference { get }
}

extension DifferenceFilter {
  /// Appends each element without its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) {
    try difference.encode(source, into: &output, options)
  }

  /// Appends the elements that ``encode(_:into:options:)`` had.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: RowLayout = .init()
  ) throws(CodecError) -> Int {
    try difference.decode(source, into: &output, options)
  }

  /// Takes from each element its neighbour to the left.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func encode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try difference.encode(inPlace: &bytes, options)
  }

  /// Undoes ``encode(inPlace:options:)``.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes.
  public static func decode(
    inPlace bytes: inout MutableRawSpan, options: RowLayout
  ) throws(CodecError) {
    try difference.decode(inPlace: &bytes, options)
  }
}

/// How an element is taken from its neighbour.
public enum Difference: Sendable, Hashable {
  case subtraction, exclusiveOr

  var codec: CodecError.Name { self == .subtraction ? Delta.name : XOR.name }

  func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: RowLayout
  ) throws(CodecError) {
    let geometry = try geometry(layout, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: codec)
    append(.differences, of: source, to: &output, self, geometry)
  }

  func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: RowLayout
  ) throws(CodecError) -> Int {
    let geometry = try geometry(layout, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: codec)
    append(.sums, of: source, to: &output, self, geometry)
    return source.byteCount
  }

  func encode(inPlace bytes: inout MutableRawSpan, _ layout: RowLayout) throws(CodecError) {
    replace(&bytes, by: .differences, self, try geometry(layout, byteCount: bytes.byteCount))
  }

  func decode(inPlace bytes: inout MutableRawSpan, _ layout: RowLayout) throws(CodecError) {
    replace(&bytes, by: .sums, self, try geometry(layout, byteCount: bytes.byteCount))
  }

  private func geometry(
    _ layout: RowLayout, byteCount: Int
  ) throws(CodecError) -> RowGeometry {
    switch layout.elementByteCount {
    case 1, 2, 4, 8: return try RowGeometry(layout, byteCount: byteCount, codec: codec)
    default:
      throw CodecError(
        .invalidArgument, codec: codec, part: "layout", "elements must have 1, 2, 4 or 8 bytes")
    }
  }
}
