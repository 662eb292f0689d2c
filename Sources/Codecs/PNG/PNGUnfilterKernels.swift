// SPDX-License-Identifier: Apache-2.0

/// Where the rows of one ``PNG/unfilter(_:into:at:rowStride:rowCount:rowByteCount:pixelByteCount:isFirst:zeros:)``
/// call are.
@safe struct UnfilterRows {
  let source: UnsafeRawPointer
  let target: UnsafeMutableRawPointer
  /// The row above the first one.
  let prior: UnsafeRawPointer
  let rowStride: Int
  let byteCount: Int

  /// The filtered bytes of row `y`; its filter type is the byte before them.
  @inline(__always) func raw(_ y: Int) -> UnsafeRawPointer {
    unsafe source + (y &* (byteCount &+ 1) &+ 1)
  }
  @inline(__always) func filter(_ y: Int) -> UInt8 {
    unsafe source.load(fromByteOffset: y &* (byteCount &+ 1), as: UInt8.self)
  }
  @inline(__always) func out(_ y: Int) -> UnsafeMutableRawPointer {
    unsafe target + y &* rowStride
  }
  @inline(__always) func above(_ y: Int) -> UnsafeRawPointer {
    y == 0 ? unsafe prior : unsafe UnsafeRawPointer(target + (y &- 1) &* rowStride)
  }
}

extension PNG {
  /// The loops that undo the filters.
  enum Unfilter {}

  /// Undoes the filters of `rowCount` rows.
  ///
  /// - Parameters:
  ///   - source: the rows, each one byte of filter type and `rowByteCount` bytes.
  ///   - target: receives the rows from `offset` on, `rowStride` bytes apart. Unless `isFirst`, it
  ///     already holds the row above at `offset - rowStride`.
  ///   - zeros: at least `rowByteCount + 8` zeros: the row above the first.
  /// - Returns: the rows done; less than `rowCount` when a filter type is above 4.
  static func unfilter(
    _ source: RawSpan, into target: inout MutableRawSpan, at offset: Int, rowStride: Int,
    rowCount: Int, rowByteCount: Int, pixelByteCount: Int, isFirst: Bool, zeros: RawSpan
  ) -> Int {
    guard rowCount > 0 else { return 0 }
    // These make every access below in bounds: row y of the source is within
    // `y * (rowByteCount + 1) ..< (y + 1) * (rowByteCount + 1)`, row y of the target within
    // `offset + y * rowStride ..< offset + y * rowStride + rowByteCount`.
    precondition(rowByteCount > 0 && rowStride >= rowByteCount && pixelByteCount > 0)
    precondition(source.byteCount >= rowCount * (rowByteCount + 1))
    precondition(offset >= (isFirst ? 0 : rowStride))
    precondition(target.byteCount >= offset + (rowCount - 1) * rowStride + rowByteCount)
    precondition(zeros.byteCount >= rowByteCount + 8)
    return unsafe source.withUnsafeBytes { source in
      unsafe zeros.withUnsafeBytes { zeros in
        unsafe target.withUnsafeMutableBytes { target in
          let base = unsafe target.baseAddress! + offset
          let prior = unsafe isFirst ? zeros.baseAddress! : UnsafeRawPointer(base - rowStride)
          let rows = unsafe UnfilterRows(
            source: source.baseAddress!, target: base, prior: prior, rowStride: rowStride,
            byteCount: rowByteCount)
          return Unfilter.rows(rows, rowCount, pixelByteCount)
        }
      }
    }
  }

  /// Rows that a wavefront does at once, for pixels of `pixelByteCount` bytes.
  static func rowsPerGroup(pixelByteCount: Int) -> Int { pixelByteCount == 1 ? 8 : 4 }
}

extension PNG.Unfilter {
  fileprivate static func rows(_ rows: UnfilterRows, _ rowCount: Int, _ pixelByteCount: Int) -> Int
  {
    let group = PNG.rowsPerGroup(pixelByteCount: pixelByteCount)
    // A wavefront needs every row of its group to be inside the image for most of the steps.
    let allowsGroups = rows.byteCount >= 2 * group * pixelByteCount
    var y = 0
    while y < rowCount {
      if allowsGroups, rowCount &- y >= group {
        var (serial, paeth, bad) = (0, 0, false)
        for k in y..<(y &+ group) {
          let filter = rows.filter(k)
          bad = bad || filter > 4
          if filter >= 3 { serial &+= 1 }
          if filter == 4 { paeth &+= 1 }
        }
        if !bad, 2 &* serial > group {
          wavefront(rows, y, pixelByteCount, onlyPaeth: paeth == group)
          y &+= group
          continue
        }
      }
      guard row(rows, y, pixelByteCount) else { return y }
      y &+= 1
    }
    return y
  }

  private static func wavefront(
    _ rows: UnfilterRows, _ y: Int, _ pixelByteCount: Int, onlyPaeth: Bool
  ) {
    switch pixelByteCount {
    case 1: wavefront1(rows, y)
    case 2: wavefront2(rows, y)
    case 3:
      onlyPaeth
        ? wavefront34(rows, y, pixelByteCount: 3, mixed: false)
        : wavefront34(rows, y, pixelByteCount: 3, mixed: true)
    case 4:
      onlyPaeth
        ? wavefront34(rows, y, pixelByteCount: 4, mixed: false)
        : wavefront34(rows, y, pixelByteCount: 4, mixed: true)
    case 6: wavefront68(rows, y, pixelByteCount: 6)
    default: wavefront68(rows, y, pixelByteCount: 8)
    }
  }
}

extension PNG.Unfilter {
  @inline(__always)
  static func wide(_ x: SIMD8<UInt8>) -> SIMD8<Int16> {
    SIMD8<Int16>(truncatingIfNeeded: x)
  }
  @inline(__always)
  static func wide(_ x: UInt64) -> SIMD8<Int16> {
    unsafe wide(unsafeBitCast(x, to: SIMD8<UInt8>.self))
  }
  /// The low bytes; every lane is within `0...255`.
  @inline(__always)
  static func narrow(_ x: SIMD8<Int16>) -> SIMD8<UInt8> {
    SIMD8<UInt8>(truncatingIfNeeded: x)
  }
  @inline(__always)
  static func bits(_ x: SIMD8<Int16>) -> UInt64 {
    unsafe unsafeBitCast(narrow(x), to: UInt64.self)
  }

  @inline(__always)
  static func paeth(
    _ a: SIMD8<Int16>, _ b: SIMD8<Int16>, _ c: SIMD8<Int16>
  ) -> SIMD8<Int16> {
    let zero = SIMD8<Int16>(repeating: 0)
    let pa = b &- c
    let pb = a &- c
    let pc = pa &+ pb
    let da = pointwiseMax(pa, zero &- pa)
    let db = pointwiseMax(pb, zero &- pb)
    let dc = pointwiseMax(pc, zero &- pc)
    // Ties go to a, then b, then c.
    let nearest = a.replacing(with: b, where: db .< da)
    return nearest.replacing(with: c, where: dc .< pointwiseMin(da, db))
  }
}
