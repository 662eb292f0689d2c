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

  /// Rows that the largest wavefront does at once, for pixels of `pixelByteCount` bytes.
  static func rowsPerGroup(pixelByteCount: Int) -> Int {
    switch pixelByteCount {
    case 1: 16
    case 6, 8: 4
    default: 8
    }
  }
}

extension PNG.Unfilter {
  fileprivate static func rows(_ rows: UnfilterRows, _ rowCount: Int, _ bpp: Int) -> Int {
    let most = PNG.rowsPerGroup(pixelByteCount: bpp)
    let width = rows.byteCount / bpp
    var y = 0
    while y < rowCount {
      var count = most
      // A smaller group needs one vector instead of two; there are none for 1 and 2 bytes.
      while count >= (bpp <= 2 ? most : most / 2) {
        // With less there are hardly any steps in which all rows are inside the image.
        if rowCount &- y >= count, width >= 4 &* count, let kind = kind(rows, y, count, bpp) {
          wavefront(rows, y, bpp, isLarge: count == most, kind)
          break
        }
        count &>>= 1
      }
      if count >= (bpp <= 2 ? most : most / 2) {
        y &+= count
      } else {
        guard row(rows, y, bpp) else { return y }
        y &+= 1
      }
    }
    return y
  }

  /// The wavefront for `count` rows; `nil` when one row after the other is faster, or a filter type
  /// is above 4.
  private static func kind(_ rows: UnfilterRows, _ y: Int, _ count: Int, _ bpp: Int) -> WaveKind? {
    var (average, paeth) = (0, 0)
    for k in y..<(y &+ count) {
      switch rows.filter(k) {
      case 0, 1, 2: break
      case 3: average &+= 1
      case 4: paeth &+= 1
      default: return nil
      }
    }
    if average == count { return .average }
    if paeth == count { return .paeth }
    // A Paeth row alone takes as long as six rows of a mixed wavefront, an Average row as long as
    // one or two of pixels of several bytes, and as a Paeth row of single bytes.
    return 6 &* paeth &+ (bpp == 1 ? 6 : 1) &* average > count ? .mixed : nil
  }

  private static func wavefront(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, isLarge: Bool, _ kind: WaveKind
  ) {
    switch bpp {
    case 1: wavefront1(rows, y, kind)
    case 2: wavefront(rows, y, 2, 1, kind)
    case 3: isLarge ? wavefront(rows, y, 3, 2, kind) : wavefront(rows, y, 3, 1, kind)
    case 4: isLarge ? wavefront(rows, y, 4, 2, kind) : wavefront(rows, y, 4, 1, kind)
    case 6: isLarge ? wavefront(rows, y, 6, 2, kind) : wavefront(rows, y, 6, 1, kind)
    default: isLarge ? wavefront(rows, y, 8, 2, kind) : wavefront(rows, y, 8, 1, kind)
    }
  }

  /// A loop of its own for each set of constants.
  @inline(__always)
  private static func wavefront(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, _ vectors: Int, _ kind: WaveKind
  ) {
    switch kind {
    case .average: wavefront(rows, y, pixelByteCount: bpp, vectors: vectors, .average)
    case .paeth: wavefront(rows, y, pixelByteCount: bpp, vectors: vectors, .paeth)
    case .mixed: wavefront(rows, y, pixelByteCount: bpp, vectors: vectors, .mixed)
    }
  }

  @inline(__always)
  private static func wavefront1(_ rows: UnfilterRows, _ y: Int, _ kind: WaveKind) {
    switch kind {
    case .average: wavefront(rows, y, .average)
    case .paeth: wavefront(rows, y, .paeth)
    case .mixed: wavefront(rows, y, .mixed)
    }
  }
}

extension PNG.Unfilter {
  @inline(__always)
  static func wide(_ x: SIMD8<UInt8>) -> SIMD8<Int16> {
    Lanes.widened(x)
  }
  @inline(__always)
  static func wide(_ x: UInt64) -> SIMD8<Int16> {
    unsafe wide(unsafeBitCast(x, to: SIMD8<UInt8>.self))
  }
  /// The low bytes; every lane is within `0...255`.
  @inline(__always)
  static func narrow(_ x: SIMD8<Int16>) -> SIMD8<UInt8> {
    Lanes.narrowed(x)
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
