// SPDX-License-Identifier: Apache-2.0

/// How a filter walks bytes: as rows of columns of samples.
///
/// A TIFF tile of `[height, width, samples]` has `width` columns of `samples`; an array filtered
/// along any axis has the axis as its columns and the axes after it as its samples. Rows follow one
/// another without gaps, and each is filtered on its own.
public struct RowLayout: Sendable, Hashable {
  /// Columns of a row; `nil` makes one row of all bytes.
  public var columnCount: Int?
  /// Elements from one column to the next.
  public var sampleCount: Int
  /// Size of an element, in bytes.
  public var elementByteCount: Int
  /// Columns from an element to the one that predicts it: 2 and 4 for the DNG predictors.
  public var distance: Int

  public init(
    columnCount: Int? = nil, sampleCount: Int = 1, elementByteCount: Int = 1, distance: Int = 1
  ) {
    self.columnCount = columnCount
    self.sampleCount = sampleCount
    self.elementByteCount = elementByteCount
    self.distance = distance
  }

  /// The rows of an array of `shape` along `axis`, which counts from the end when negative.
  ///
  /// - Throws: `invalidArgument` when there is no such axis.
  public init(
    shape: [Int], elementByteCount: Int, axis: Int = -1, distance: Int = 1
  ) throws(CodecError) {
    let index = axis < 0 ? shape.count + axis : axis
    guard shape.indices.contains(index) else {
      throw CodecError(.invalidArgument, codec: "filter", part: "axis", "there is no such axis")
    }
    self.init(
      columnCount: shape[index], sampleCount: try Self.samples(shape[(index + 1)...]),
      elementByteCount: elementByteCount, distance: distance)
  }

  /// The product of the lengths of the axes behind the one that a filter goes along.
  private static func samples(_ lengths: ArraySlice<Int>) throws(CodecError) -> Int {
    var product = 1
    for length in lengths {
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else {
        throw CodecError(.invalidArgument, codec: "filter", part: "shape", "not a shape")
      }
      product = next
    }
    return product
  }
}

/// A ``RowLayout`` applied to a number of bytes. All sizes are in bytes.
struct RowGeometry {
  var rowCount: Int
  var rowByteCount: Int
  /// From an element to the one that predicts it; positive.
  var neighbour: Int
  var elementByteCount: Int

  var byteCount: Int { rowCount * rowByteCount }

  /// - Throws: `invalidArgument` unless the sizes are positive and `byteCount` is whole rows.
  init(_ layout: RowLayout, byteCount: Int, codec: CodecError.Name) throws(CodecError) {
    func fail(_ message: CodecError.Name) -> CodecError {
      CodecError(.invalidArgument, codec: codec, part: "layout", message)
    }
    guard layout.elementByteCount > 0, layout.distance > 0, layout.sampleCount >= 0,
      layout.columnCount ?? 0 >= 0
    else { throw fail("a size is not positive") }
    elementByteCount = layout.elementByteCount
    let (sample, overflow1) = layout.sampleCount.multipliedReportingOverflow(by: elementByteCount)
    let (step, overflow2) = sample.multipliedReportingOverflow(by: layout.distance)
    var (row, overflow3) = (byteCount, false)
    if let columns = layout.columnCount {
      (row, overflow3) = sample.multipliedReportingOverflow(by: columns)
    }
    guard !overflow1, !overflow2, !overflow3 else { throw fail("the sizes are too large") }
    guard byteCount > 0 else {
      (rowCount, rowByteCount, neighbour) = (0, 0, 1)
      return
    }
    guard row > 0, sample > 0, byteCount % row == 0, row % sample == 0 else {
      throw fail("the bytes are not whole rows")
    }
    (rowCount, rowByteCount, neighbour) = (byteCount / row, row, step)
  }
}
