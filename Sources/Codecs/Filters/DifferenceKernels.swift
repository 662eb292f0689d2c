// SPDX-License-Identifier: Apache-2.0

// Differences and running sums over rows. All functions may be given the same memory as source and
// target: differences go from the end to the start, sums from the start to the end, and what a
// vector needs is loaded before it is stored.

/// What rows become.
enum DifferenceDirection { case differences, sums }

func append(
  _ direction: DifferenceDirection, of source: RawSpan, to output: inout OutputRawSpan,
  _ kind: Difference, _ geometry: RowGeometry
) {
  precondition(geometry.byteCount == source.byteCount)
  unsafe filter(source, into: &output) { unsafe transform(direction, kind, $0, $1, geometry) }
}

func replace(
  _ bytes: inout MutableRawSpan, by direction: DifferenceDirection, _ kind: Difference,
  _ geometry: RowGeometry
) {
  precondition(geometry.byteCount == bytes.byteCount)
  unsafe filter(inPlace: &bytes) { unsafe transform(direction, kind, $0, $1, geometry) }
}

@unsafe
private func transform(
  _ direction: DifferenceDirection, _ kind: Difference, _ source: UnsafePointer<UInt8>,
  _ target: UnsafeMutablePointer<UInt8>, _ geometry: RowGeometry
) {
  @inline(__always)
  func transform<L: DifferenceLanes>(_ lanes: L) {
    switch direction {
    case .differences: unsafe differences(lanes, source, target, geometry)
    case .sums: unsafe sums(lanes, source, target, geometry)
    }
  }
  switch (kind, geometry.elementByteCount) {
  case (.subtraction, 1): transform(SubtractBytes())
  case (.subtraction, 2): transform(SubtractUInt16())
  case (.subtraction, 4): transform(SubtractUInt32())
  case (.subtraction, _): transform(SubtractUInt64())
  case (_, 1): transform(ExclusiveOr<UInt8>())
  case (_, 2): transform(ExclusiveOr<UInt16>())
  case (_, 4): transform(ExclusiveOr<UInt32>())
  case (_, _): transform(ExclusiveOr<UInt64>())
  }
}

/// - Precondition: `source` and `target` hold `rowCount * rowByteCount` bytes; `neighbour` is a
///   multiple of the element size, which is that of `L.Scalar`, and so is `rowByteCount`.
@inline(never)
@unsafe
func differences<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ geometry: RowGeometry
) {
  let (row, neighbour) = (geometry.rowByteCount, geometry.neighbour)
  guard neighbour < row else {
    return unsafe copyUnlessInPlace(source, target, geometry.rowCount &* row)
  }
  if geometry.hasShortRows {
    return unsafe differencesOfShortRows(lanes, source, target, geometry)
  }
  if unsafe source == UnsafePointer(target) {
    for index in stride(from: geometry.rowCount &- 1, through: 0, by: -1) {
      unsafe differencesInPlace(lanes, target + index &* row, row, neighbour)
    }
  } else {
    for index in 0..<geometry.rowCount {
      unsafe differences(lanes, source + index &* row, target + index &* row, row, neighbour)
    }
  }
}

/// The differences of a row to other memory. Going on forwards is what memory likes best.
@inline(__always)
@unsafe
private func differences<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ count: Int, _ neighbour: Int
) {
  unsafe target.update(from: source, count: neighbour)
  // In bounds: neighbour ≤ i, and i + 32 ≤ count or i + the element's size ≤ count.
  var i = neighbour
  while i &+ 32 <= count {
    let lower = unsafe L.difference(
      source.load(SIMD16<UInt8>.self, i), source.load(SIMD16<UInt8>.self, i &- neighbour))
    let upper = unsafe L.difference(
      source.load(SIMD16<UInt8>.self, i &+ 16),
      source.load(SIMD16<UInt8>.self, i &+ 16 &- neighbour))
    unsafe target.store(lower, i)
    unsafe target.store(upper, i &+ 16)
    i &+= 32
  }
  while i < count {
    let (a, b) = unsafe (source.load(L.Scalar.self, i), source.load(L.Scalar.self, i &- neighbour))
    unsafe target.store(L.difference(a, b), i)
    i &+= MemoryLayout<L.Scalar>.size
  }
}

/// The differences of a row in its own memory, from the end on: neighbours are read before they
/// are replaced.
@inline(__always)
@unsafe
private func differencesInPlace<L: DifferenceLanes>(
  _ lanes: L, _ row: UnsafeMutablePointer<UInt8>, _ count: Int, _ neighbour: Int
) {
  // In bounds: i - neighbour ≥ 0, and i plus what is loaded is at most the former i.
  var i = count
  while i &- 16 >= neighbour {
    i &-= 16
    let (a, b) = unsafe (
      row.load(SIMD16<UInt8>.self, i), row.load(SIMD16<UInt8>.self, i &- neighbour)
    )
    unsafe row.store(L.difference(a, b), i)
  }
  while i > neighbour {
    i &-= MemoryLayout<L.Scalar>.size
    let (a, b) = unsafe (row.load(L.Scalar.self, i), row.load(L.Scalar.self, i &- neighbour))
    unsafe row.store(L.difference(a, b), i)
  }
}

/// - Precondition: as for ``differences``.
@inline(never)
@unsafe
func sums<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ geometry: RowGeometry
) {
  let (row, neighbour) = (geometry.rowByteCount, geometry.neighbour)
  guard neighbour < row else {
    return unsafe copyUnlessInPlace(source, target, geometry.rowCount &* row)
  }
  if geometry.hasShortRows, row <= 16 || row <= 4 &* neighbour {
    return unsafe sumsOfShortRows(lanes, source, target, geometry)
  }
  for index in 0..<geometry.rowCount {
    let from = unsafe source + index &* row
    let to = unsafe target + index &* row
    switch neighbour {
    case 1: unsafe scan(lanes, from, to, row, 1, prefix1) { SIMD16(repeating: $0[15]) }
    case 2:
      unsafe scan(lanes, from, to, row, 2, prefix2) { SIMD8(repeating: $0.lanes16[7]).lanes8 }
    case 4:
      unsafe scan(lanes, from, to, row, 4, prefix4) { SIMD4(repeating: $0.lanes32[3]).lanes8 }
    case 8:
      unsafe scan(lanes, from, to, row, 8, prefix8) { SIMD2(repeating: $0.lanes64[1]).lanes8 }
    case 3: unsafe scanOdd(lanes, from, to, row, 3, prefix3) { $0.last3 }
    case 5: unsafe scanOdd(lanes, from, to, row, 5, prefix5) { $0.last5 }
    case 6: unsafe scanOdd(lanes, from, to, row, 6, prefix6) { $0.last6 }
    case 7: unsafe scanOdd(lanes, from, to, row, 7, prefix7) { $0.last7 }
    case 9...15: unsafe scanOdd(lanes, from, to, row, neighbour, { $1 }) { $0 }
    case 16...255: unsafe sumsByColumn(lanes, from, to, row, neighbour)
    default: unsafe sumsByPeriod(lanes, from, to, row, neighbour)
    }
  }
}

/// Running sums in a row whose neighbours are far apart: every load of a sum meets the store of the
/// same 16 bytes (or of the same element), so that the processor can forward it.
@inline(__always)
@unsafe
private func sumsByPeriod<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ count: Int, _ neighbour: Int
) {
  unsafe copyUnlessInPlace(source, target, neighbour)
  var start = neighbour
  // In bounds: neighbour ≤ start ≤ i, and i + 16 ≤ end ≤ count.
  while start < count {
    let end = min(start &+ neighbour, count)
    var i = start
    while i &+ 16 <= end {
      let sum = unsafe L.sum(
        source.load(SIMD16<UInt8>.self, i), target.load(SIMD16<UInt8>.self, i &- neighbour))
      unsafe target.store(sum, i)
      i &+= 16
    }
    unsafe addNeighbours(lanes, source, target, i..<end, neighbour)
    start = end
  }
}

/// Running sums in a row of narrow columns: the sums of 16 bytes or one element of the column stay
/// in a register while the loop goes down the columns of a part of the row.
@inline(__always)
@unsafe
private func sumsByColumn<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ count: Int, _ neighbour: Int
) {
  let size = MemoryLayout<L.Scalar>.size
  unsafe copyUnlessInPlace(source, target, neighbour)
  // Whole columns, few enough to stay in the first-level cache.
  let part = max(4096 / neighbour, 1) &* neighbour
  var start = neighbour
  // In bounds: lane < neighbour ≤ start, and i + the bytes of the lanes ≤ end ≤ count.
  while start < count {
    let end = min(start &+ part, count)
    var lane = 0
    while lane &+ 16 <= neighbour {
      var i = start &+ lane
      var sum = unsafe target.load(SIMD16<UInt8>.self, i &- neighbour)
      while i &+ 16 <= end {
        sum = unsafe L.sum(sum, source.load(SIMD16<UInt8>.self, i))
        unsafe target.store(sum, i)
        i &+= neighbour
      }
      // A last column that is cut off in the middle of these lanes.
      unsafe addNeighbours(lanes, source, target, i..<max(i, end), neighbour)
      lane &+= 16
    }
    while lane < neighbour {
      var i = start &+ lane
      var sum = unsafe target.load(L.Scalar.self, i &- neighbour)
      while i < end {
        sum = unsafe L.sum(sum, source.load(L.Scalar.self, i))
        unsafe target.store(sum, i)
        i &+= neighbour
      }
      lane &+= size
    }
    start = end
  }
}

/// Running sums of neighbours 1, 2, 4 or 8 bytes apart, 16 bytes at a time.
///
/// The sums within a vector do not wait for the vector before: only one addition per vector is in
/// the chain.
@inline(__always)
@unsafe
private func scan<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ count: Int, _ neighbour: Int, _ local: (L, SIMD16<UInt8>) -> SIMD16<UInt8>,
  _ last: (SIMD16<UInt8>) -> SIMD16<UInt8>
) {
  var carry = SIMD16<UInt8>(repeating: 0)
  var i = 0
  while i &+ 16 <= count {
    let sums = unsafe local(lanes, source.load(SIMD16<UInt8>.self, i))
    unsafe target.store(L.sum(sums, carry), i)
    carry = L.sum(carry, last(sums))
    i &+= 16
  }
  unsafe addRest(lanes, source, target, i, count, neighbour)
}

/// Running sums of neighbours that do not divide 16, as many of them at a time as a vector holds.
///
/// A store goes beyond those; the next one, or the tail, puts that right. So that this also works in
/// place, the next vector is loaded before the store.
@inline(__always)
@unsafe
private func scanOdd<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ count: Int, _ neighbour: Int, _ local: (L, SIMD16<UInt8>) -> SIMD16<UInt8>,
  _ last: (SIMD16<UInt8>) -> SIMD16<UInt8>
) {
  let block = 16 / neighbour &* neighbour
  var i = 0
  if count >= 16 {
    var carry = SIMD16<UInt8>(repeating: 0)
    var values = unsafe source.load(SIMD16<UInt8>.self, 0)
    // In bounds: i + block + 16 ≤ count. Two blocks are at least 16 bytes, so that what a store
    // spoils is not loaded again.
    while i &+ block &+ 16 <= count {
      let next = unsafe source.load(SIMD16<UInt8>.self, i &+ block)
      let sums = local(lanes, values)
      unsafe target.store(L.sum(sums, carry), i)
      // The last sum alone, at the front, spread to all places by another prefix sum.
      carry = L.sum(carry, local(lanes, last(sums)))
      values = next
      i &+= block
    }
    unsafe target.store(values, i)
  }
  unsafe addRest(lanes, source, target, i, count, neighbour)
}

/// The sums of a row of which those before `start` are done: none, or at least one column.
@inline(__always)
@unsafe
private func addRest<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ start: Int, _ count: Int, _ neighbour: Int
) {
  if start == 0 { unsafe copyUnlessInPlace(source, target, neighbour) }
  unsafe addNeighbours(lanes, source, target, (start == 0 ? neighbour : start)..<count, neighbour)
}

/// Adds to elements, one by one, the sums `neighbour` bytes before them.
@inline(__always)
@unsafe
private func addNeighbours<L: DifferenceLanes>(
  _ lanes: L, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
  _ range: Range<Int>, _ neighbour: Int
) {
  // In bounds: neighbour ≤ i, and the range, which lies within the row, is one of whole elements.
  var i = range.lowerBound
  while i < range.upperBound {
    let (a, b) = unsafe (source.load(L.Scalar.self, i), target.load(L.Scalar.self, i &- neighbour))
    unsafe target.store(L.sum(a, b), i)
    i &+= MemoryLayout<L.Scalar>.size
  }
}
