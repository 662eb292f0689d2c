// SPDX-License-Identifier: Apache-2.0

/// Puts the first bytes of all elements of a row together, then the second bytes, and so on.
///
/// Elements have 2, 3, 4 or 8 bytes. The planes can be made of differences, which then go over the
/// border from plane to plane: ``FloatPredictor`` is such a case.
public enum ByteShuffle: ArrayFilter {
  public static var name: CodecError.Name { "byteshuffle" }

  /// Which byte of an element comes in the first plane.
  public enum PlaneOrder: Sendable, Hashable {
    /// As in memory.
    case stored
    /// The most significant first, for elements in machine byte order.
    case mostSignificantFirst
  }

  public struct Options: Sendable, Hashable {
    /// Rows of elements; with differences, a byte's neighbour is as many bytes before it as the
    /// layout's is elements.
    public var layout: RowLayout
    public var planeOrder: PlaneOrder
    /// Whether the planes hold differences of neighbouring bytes.
    public var usesDelta: Bool

    public init(
      layout: RowLayout, planeOrder: PlaneOrder = .stored, usesDelta: Bool = false
    ) {
      self.layout = layout
      self.planeOrder = planeOrder
      self.usesDelta = usesDelta
    }
  }

  /// Appends the byte planes of each row.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`, `outOfMemory`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) {
    let plan = try ByteShufflePlan(options, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: name)
    plan.appendPlanes(of: source, to: &output)
  }

  /// Appends the elements whose byte planes `source` holds.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outputFull`, `outOfMemory`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) -> Int {
    let plan = try ByteShufflePlan(options, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: name)
    plan.appendElements(of: source, to: &output)
    return source.byteCount
  }

  /// Replaces the elements of each row by their byte planes.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outOfMemory`.
  public static func encode(
    inPlace bytes: inout MutableRawSpan, options: Options
  ) throws(CodecError) {
    try ByteShufflePlan(options, byteCount: bytes.byteCount).replaceByPlanes(&bytes)
  }

  /// Replaces the byte planes of each row by the elements.
  ///
  /// - Throws: `invalidArgument` when the layout does not fit the bytes, `outOfMemory`.
  public static func decode(
    inPlace bytes: inout MutableRawSpan, options: Options
  ) throws(CodecError) {
    try ByteShufflePlan(options, byteCount: bytes.byteCount).replaceByElements(&bytes)
  }
}

/// Options that fit a number of bytes, and the memory for one row.
struct ByteShufflePlan {
  var geometry: RowGeometry
  var isReversed: Bool
  var usesDelta: Bool
  /// Holds a row between shuffling and differences.
  var scratch: Allocation

  init(_ options: ByteShuffle.Options, byteCount: Int) throws(CodecError) {
    let name = ByteShuffle.name
    switch options.layout.elementByteCount {
    case 2, 3, 4, 8: break
    default:
      throw CodecError(
        .invalidArgument, codec: name, part: "layout", "elements must have 2, 3, 4 or 8 bytes")
    }
    geometry = try RowGeometry(options.layout, byteCount: byteCount, codec: name)
    guard geometry.rowByteCount % geometry.neighbour == 0 else {
      throw CodecError(
        .invalidArgument, codec: name, part: "layout", "the distance does not divide the row")
    }
    #if _endian(little)
      isReversed = options.planeOrder == .mostSignificantFirst
    #else
      isReversed = false
    #endif
    usesDelta = options.usesDelta
    scratch = try Allocation(byteCount: geometry.rowByteCount, codec: name)
  }

  /// The differences of the bytes of one row of planes.
  var byteDifferences: RowGeometry {
    var bytes = geometry
    bytes.rowCount = 1
    bytes.neighbour = geometry.neighbour / geometry.elementByteCount
    bytes.elementByteCount = 1
    return bytes
  }
}
