// SPDX-License-Identifier: Apache-2.0

// Rows of a few bytes, handled all at once under a mask that keeps them apart.

extension RowGeometry {
  /// Whether the rows are too short to be worth a loop of their own.
  var hasShortRows: Bool { rowByteCount <= 48 && rowCount > 1 }
}

/// - Precondition: as for ``differences``.
@inline(__always)
@unsafe
func differencesOfShortRows<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ geometry: RowGeometry
) {
  let (row, neighbour) = (geometry.rowByteCount, geometry.neighbour)
  let mask = ColumnMask(rowByteCount: row, cleared: neighbour)
  unsafe mask.withPointer { (mask, period) in
    unsafe combineMasked(
      lanes, isSum: false, source, target, geometry.rowCount &* row, neighbour, mask, period)
  }
}

/// Sums of short rows in log2(columns) passes: a pass adds what lies 1, 2, 4 … columns before.
@inline(__always)
@unsafe
func sumsOfShortRows<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ geometry: RowGeometry
) {
  let row = geometry.rowByteCount
  // Whole rows that stay in the first-level cache from pass to pass.
  let blockRows = max(8192 / row, 1)
  var step = geometry.neighbour
  var masks: [ColumnMask] = []
  while step < row {
    masks.append(ColumnMask(rowByteCount: row, cleared: step))
    step &*= 2
  }
  var first = 0
  while first < geometry.rowCount {
    let count = min(blockRows, geometry.rowCount &- first) &* row
    let to = unsafe target + first &* row
    var from = unsafe source + first &* row
    step = geometry.neighbour
    for mask in masks {
      unsafe mask.withPointer { (mask, period) in
        unsafe combineMasked(lanes, isSum: true, from, to, count, step, mask, period)
      }
      unsafe from = UnsafePointer(to)
      step &*= 2
    }
    first &+= blockRows
  }
}

/// Which bytes of short rows have a neighbour: 0xFF for those, 0 for the first of each row.
private struct ColumnMask {
  /// A multiple of the row, at least 16 bytes.
  var period: Int
  /// One period, and 16 bytes of the next.
  var bytes: [UInt8]

  init(rowByteCount row: Int, cleared: Int) {
    period = (16 + row - 1) / row * row
    bytes = (0..<(period + 16)).map { $0 % row < cleared ? 0 : 0xFF }
  }

  @inline(__always)
  func withPointer(_ body: (UnsafePointer<UInt8>, Int) -> Void) {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { unsafe body(base, period) }
    }
  }
}

/// Combines each byte with that `neighbour` before it where the mask is set, from the end on.
@inline(__always)
@unsafe
private func combineMasked<L: DifferenceLanes>(
  _ lanes: L, isSum: Bool, _ source: UnsafePointer<UInt8>,
  _ target: UnsafeMutablePointer<UInt8>, _ count: Int, _ neighbour: Int,
  _ mask: UnsafePointer<UInt8>, _ period: Int
) {
  let size = MemoryLayout<L.Scalar>.size
  var i = count
  // phase = i mod period, so phase + 16 is within the mask; i - neighbour ≥ 0.
  var phase = count % period
  while i &- 16 >= neighbour {
    i &-= 16
    phase &-= 16
    if phase < 0 { phase &+= period }
    let x = unsafe source.load(SIMD16<UInt8>.self, i)
    let y =
      unsafe source.load(SIMD16<UInt8>.self, i &- neighbour)
      & mask.load(SIMD16<UInt8>.self, phase)
    unsafe target.store(isSum ? L.sum(x, y) : L.difference(x, y), i)
  }
  while i > 0 {
    i &-= size
    phase &-= size
    if phase < 0 { phase &+= period }
    var x = unsafe source.load(L.Scalar.self, i)
    if unsafe mask[phase] != 0 {
      let y = unsafe source.load(L.Scalar.self, i &- neighbour)
      x = isSum ? L.sum(x, y) : L.difference(x, y)
    }
    unsafe target.store(x, i)
  }
}
