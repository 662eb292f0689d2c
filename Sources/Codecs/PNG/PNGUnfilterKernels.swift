// SPDX-License-Identifier: Apache-2.0

// Undoing the PNG filters, row by row or several rows at once.
//
// Sub, Average and Paeth depend on the pixel to the left, so one row alone is bound by the latency
// of that chain (about 19 cycles a pixel for Paeth), however wide the vectors. The wavefronts
// below break it: row k of a group lags k pixels behind row 0, so that what row k needs from row
// k - 1 was made one step earlier and sits in a register. Rows of one group may have any filters.
//
// This file is longer than most: it holds one loop per pixel size, so that each can be read alone.

/// Where the rows of one ``PNG/unfilter(_:into:at:rowStride:rowCount:rowByteCount:pixelByteCount:isFirst:zeros:)``
/// call are.
@safe private struct Rows {
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
          let rows = unsafe Rows(
            source: source.baseAddress!, target: base, prior: prior, rowStride: rowStride,
            byteCount: rowByteCount)
          return unfilter(rows, rowCount, pixelByteCount)
        }
      }
    }
  }

  /// Rows that a wavefront does at once, for pixels of `pixelByteCount` bytes.
  static func rowsPerGroup(pixelByteCount: Int) -> Int { pixelByteCount == 1 ? 8 : 4 }

  private static func unfilter(_ rows: Rows, _ rowCount: Int, _ pixelByteCount: Int) -> Int {
    let group = rowsPerGroup(pixelByteCount: pixelByteCount)
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
      guard unfilterRow(rows, y, pixelByteCount) else { return y }
      y &+= 1
    }
    return y
  }

  private static func wavefront(_ rows: Rows, _ y: Int, _ pixelByteCount: Int, onlyPaeth: Bool) {
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

// MARK: One row

extension PNG {
  /// Undoes the filter of row `y`; `false` when its type is above 4.
  private static func unfilterRow(_ rows: Rows, _ y: Int, _ bpp: Int) -> Bool {
    let (raw, out, above) = unsafe (rows.raw(y), rows.out(y), rows.above(y))
    let count = rows.byteCount
    switch rows.filter(y) {
    case 0: unsafe out.copyMemory(from: raw, byteCount: count)
    case 1:
      switch bpp {
      case 1: unsafe sub1(raw, out, count)
      case 3: unsafe sub3(raw, out, count)
      case 4: unsafe sub4(raw, out, count)
      case 8: unsafe sub8(raw, out, count)
      default: unsafe scalarSub(raw, out, bpp, 0, count)
      }
    case 2: unsafe up(raw, out, above, count)
    case 3:
      switch bpp {
      case 3: unsafe average34(raw, out, above, count, bpp: 3)
      case 4: unsafe average34(raw, out, above, count, bpp: 4)
      case 6: unsafe average68(raw, out, above, count, bpp: 6)
      case 8: unsafe average68(raw, out, above, count, bpp: 8)
      default: unsafe scalarAverage(raw, out, above, bpp, 0, count)
      }
    case 4:
      switch bpp {
      case 6: unsafe paeth68(raw, out, above, count, bpp: 6)
      case 8: unsafe paeth68(raw, out, above, count, bpp: 8)
      case 1: unsafe scalarPaeth(raw, out, above, 1, 0, count)
      case 2: unsafe scalarPaeth(raw, out, above, 2, 0, count)
      case 3: unsafe scalarPaeth(raw, out, above, 3, 0, count)
      default: unsafe scalarPaeth(raw, out, above, 4, 0, count)
      }
    default: return false
    }
    return true
  }

  /// Bytes `start..<end` of a row by its filter type, one at a time: the ends of wavefronts.
  @inline(never)
  private static func finish(
    _ rows: Rows, _ y: Int, _ bpp: Int, from start: Int, to end: Int
  ) {
    let (raw, out, above) = unsafe (rows.raw(y), rows.out(y), rows.above(y))
    switch rows.filter(y) {
    case 1: unsafe scalarSub(raw, out, bpp, start, end)
    case 2:
      var i = start
      while i < end {
        unsafe store(out, i, load(raw, i) &+ load(above, i))
        i &+= 1
      }
    case 3: unsafe scalarAverage(raw, out, above, bpp, start, end)
    case 4: unsafe scalarPaeth(raw, out, above, bpp, start, end)
    default:
      var i = start
      while i < end {
        unsafe store(out, i, load(raw, i))
        i &+= 1
      }
    }
  }

  @inline(__always)
  private static func load(_ p: UnsafeRawPointer, _ i: Int) -> UInt8 {
    unsafe p.load(fromByteOffset: i, as: UInt8.self)
  }
  @inline(__always)
  private static func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ value: UInt8) {
    unsafe p.storeBytes(of: value, toByteOffset: i, as: UInt8.self)
  }

  private static func up(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int
  ) {
    var i = 0
    while i &+ 16 <= count {
      let sum =
        unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
        &+ above.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
      unsafe out.storeBytes(of: sum, toByteOffset: i, as: SIMD16<UInt8>.self)
      i &+= 16
    }
    while i < count {
      unsafe store(out, i, load(raw, i) &+ load(above, i))
      i &+= 1
    }
  }

  private static func scalarSub(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < end {
      let a = i >= bpp ? unsafe load(out, i &- bpp) : 0
      unsafe store(out, i, load(raw, i) &+ a)
      i &+= 1
    }
  }

  private static func scalarAverage(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < end {
      let a = i >= bpp ? unsafe UInt32(load(out, i &- bpp)) : 0
      let b = unsafe UInt32(load(above, i))
      let average = UInt8(truncatingIfNeeded: (a &+ b) &>> 1)
      unsafe store(out, i, load(raw, i) &+ average)
      i &+= 1
    }
  }

  @inline(__always)
  private static func paeth(_ a: Int32, _ b: Int32, _ c: Int32) -> Int32 {
    let pa = b &- c
    let pb = a &- c
    let (da, db) = (abs(pa), abs(pb))
    let dc = abs(pa &+ pb)
    // Ties go to a, then b, then c.
    let nearest = da <= db ? a : b
    return min(da, db) <= dc ? nearest : c
  }

  @inline(__always)
  private static func scalarPaeth(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < min(bpp, end) {
      unsafe store(out, i, load(raw, i) &+ load(above, i))
      i &+= 1
    }
    while i < end {
      let a = unsafe Int32(load(out, i &- bpp))
      let b = unsafe Int32(load(above, i))
      let c = unsafe Int32(load(above, i &- bpp))
      unsafe store(out, i, load(raw, i) &+ UInt8(truncatingIfNeeded: paeth(a, b, c)))
      i &+= 1
    }
  }

  private static func sub1(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    // Prefix sums inside 8 bytes by three shifted additions, then the last byte before them is
    // added to all 8. Bytes never carry into each other: the additions are bytewise.
    var last = SIMD8<UInt8>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      var x = unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      x = x &+ shifted(x, 8)
      x = x &+ shifted(x, 16)
      x = x &+ shifted(x, 32)
      x = x &+ last
      unsafe out.storeBytes(of: x, toByteOffset: i, as: SIMD8<UInt8>.self)
      last = SIMD8<UInt8>(repeating: x[7])
      i &+= 8
    }
    unsafe scalarSub(raw, out, 1, i, count)
  }

  @inline(__always)
  private static func shifted(_ x: SIMD8<UInt8>, _ bits: UInt64) -> SIMD8<UInt8> {
    unsafe unsafeBitCast(unsafeBitCast(x, to: UInt64.self) &<< bits, to: SIMD8<UInt8>.self)
  }

  private static func sub3(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD4<UInt8>(repeating: 0)
    var i = 0
    // Four bytes are moved, three count: the fourth is written again by the next pixel.
    while i &+ 4 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD4<UInt8>.self)
      i &+= 3
    }
    unsafe scalarSub(raw, out, 3, i, count)
  }

  private static func sub4(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD4<UInt8>(repeating: 0)
    var i = 0
    while i &+ 4 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD4<UInt8>.self)
      i &+= 4
    }
  }

  private static func sub8(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD8<UInt8>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= 8
    }
  }

  /// `(a + b) / 2`, as `pavgb` of the complements, which rounds up where this rounds down.
  @inline(__always)
  private static func roundedUpAverage(_ a: SIMD8<UInt8>, _ b: SIMD8<UInt8>) -> SIMD8<UInt8> {
    let one = SIMD8<UInt16>(repeating: 1)
    let sum =
      (SIMD8<UInt16>(truncatingIfNeeded: a) &+ SIMD8<UInt16>(truncatingIfNeeded: b) &+ one) &>> one
    return SIMD8<UInt8>(truncatingIfNeeded: sum)
  }

  @inline(__always)
  private static func average34(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var notA = SIMD8<UInt8>(repeating: 0xFF)
    var i = 0
    while i &+ 4 <= count {
      let x = unsafe widened(raw.loadUnaligned(fromByteOffset: i, as: UInt32.self))
      let b = unsafe widened(above.loadUnaligned(fromByteOffset: i, as: UInt32.self))
      notA = roundedUpAverage(notA, ~b) &- x
      unsafe out.storeBytes(of: low(~notA), toByteOffset: i, as: UInt32.self)
      i &+= bpp
    }
    unsafe scalarAverage(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func average68(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var notA = SIMD8<UInt8>(repeating: 0xFF)
    var i = 0
    while i &+ 8 <= count {
      let x = unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      let b = unsafe above.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      notA = roundedUpAverage(notA, ~b) &- x
      unsafe out.storeBytes(of: ~notA, toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= bpp
    }
    unsafe scalarAverage(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func paeth68(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var a = SIMD8<Int16>(repeating: 0)
    var c = SIMD8<Int16>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      let x = unsafe wide(raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self))
      let b = unsafe wide(above.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self))
      a = (x &+ paeth(a, b, c)) & 0xFF
      c = b
      unsafe out.storeBytes(of: narrow(a), toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= bpp
    }
    unsafe scalarPaeth(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func widened(_ x: UInt32) -> SIMD8<UInt8> {
    unsafe unsafeBitCast(UInt64(x), to: SIMD8<UInt8>.self)
  }
  @inline(__always)
  private static func low(_ x: SIMD8<UInt8>) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: unsafeBitCast(x, to: UInt64.self))
  }
}

// MARK: Several rows

extension PNG {
  @inline(__always)
  private static func wide(_ x: SIMD8<UInt8>) -> SIMD8<Int16> {
    SIMD8<Int16>(truncatingIfNeeded: x)
  }
  @inline(__always)
  private static func wide(_ x: UInt64) -> SIMD8<Int16> {
    unsafe wide(unsafeBitCast(x, to: SIMD8<UInt8>.self))
  }
  /// The low bytes; every lane is within `0...255`.
  @inline(__always)
  private static func narrow(_ x: SIMD8<Int16>) -> SIMD8<UInt8> {
    SIMD8<UInt8>(truncatingIfNeeded: x)
  }
  @inline(__always)
  private static func bits(_ x: SIMD8<Int16>) -> UInt64 {
    unsafe unsafeBitCast(narrow(x), to: UInt64.self)
  }

  @inline(__always)
  private static func paeth(
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

  /// For each lane, all ones in the mask of its row's filter.
  private struct Masks {
    var sub = SIMD8<Int16>(repeating: 0)
    var up = SIMD8<Int16>(repeating: 0)
    var average = SIMD8<Int16>(repeating: 0)
    var paeth = SIMD8<Int16>(repeating: 0)

    @inline(__always)
    init(_ filter: (_ lane: Int) -> UInt8) {
      for lane in 0..<8 {
        switch filter(lane) {
        case 1: sub[lane] = -1
        case 2: up[lane] = -1
        case 3: average[lane] = -1
        case 4: paeth[lane] = -1
        default: break
        }
      }
    }
  }

  @inline(__always)
  private static func predict(
    _ masks: Masks, _ a: SIMD8<Int16>, _ b: SIMD8<Int16>, _ c: SIMD8<Int16>
  ) -> SIMD8<Int16> {
    let average = (a &+ b) &>> SIMD8<Int16>(repeating: 1)
    let simple = (a & masks.sub) | (b & masks.up) | (average & masks.average)
    return simple | (paeth(a, b, c) & masks.paeth)
  }

  /// Eight rows of 1-byte pixels: lane k holds row k.
  @inline(never)
  private static func wavefront1(_ rows: Rows, _ y: Int) {
    let width = rows.byteCount
    // Row k starts k pixels later than row 0: the corner before that is done alone.
    for k in 0..<7 { finish(rows, y &+ k, 1, from: 0, to: 7 &- k) }
    let masks = Masks { rows.filter(y &+ $0) }
    let above = unsafe rows.above(y)
    let rawStride = width  // One row down (and one filter byte), one pixel to the left.
    let raw = unsafe rows.raw(y)
    let out = unsafe rows.out(y)
    let outStride = rows.rowStride &- 1
    // State after step 6, in which row k did pixel 6 - k.
    var a = SIMD8<Int16>(repeating: 0)
    var c = SIMD8<Int16>(repeating: 0)
    for k in 0..<7 { a[k] = unsafe Int16(load(rows.out(y &+ k), 6 &- k)) }
    for k in 0..<7 { c[k] = unsafe Int16(load(rows.above(y &+ k), 6 &- k)) }
    var t = 7
    // Row k does pixel t - k: 0 ≤ t - k < width for all rows, since 7 ≤ t < width.
    while t < width {
      var x: UInt64 = 0
      for k in 0..<8 {
        x |= unsafe UInt64(load(raw, t &+ k &* rawStride)) &<< UInt64(8 &* k)
      }
      var b = SIMD8<Int16>(
        0, a[0], a[1], a[2], a[3], a[4], a[5], a[6])
      b[0] = unsafe Int16(load(above, t))
      a = (wide(x) &+ predict(masks, a, b, c)) & 0xFF
      c = b
      let result = bits(a)
      for k in 0..<8 {
        unsafe store(out, t &+ k &* outStride, UInt8(truncatingIfNeeded: result &>> UInt64(8 &* k)))
      }
      t &+= 1
    }
    for k in 1..<8 { finish(rows, y &+ k, 1, from: width &- k, to: width) }
  }

  /// Four rows of 2-byte pixels: lanes 2k and 2k + 1 hold row k.
  @inline(never)
  private static func wavefront2(_ rows: Rows, _ y: Int) {
    let byteCount = rows.byteCount
    for k in 0..<3 { finish(rows, y &+ k, 2, from: 0, to: 2 &* (3 &- k)) }
    let masks = Masks { rows.filter(y &+ $0 / 2) }
    let above = unsafe rows.above(y)
    let raw = unsafe rows.raw(y)
    let out = unsafe rows.out(y)
    let rawStride = byteCount &- 1
    let outStride = rows.rowStride &- 2
    var a = SIMD8<Int16>(repeating: 0)
    var c = SIMD8<Int16>(repeating: 0)
    for lane in 0..<6 {
      let (k, i) = (lane / 2, 2 &* (2 &- lane / 2) &+ lane % 2)
      a[lane] = unsafe Int16(load(rows.out(y &+ k), i))
      c[lane] = unsafe Int16(load(rows.above(y &+ k), i))
    }
    var t = 6
    // Row k does the pixel at byte t - 2k: within the row, since 6 ≤ t and t + 2 ≤ byteCount.
    while t &+ 2 <= byteCount {
      var x: UInt64 = 0
      for k in 0..<4 {
        let pixel = unsafe raw.loadUnaligned(fromByteOffset: t &+ k &* rawStride, as: UInt16.self)
        x |= UInt64(UInt16(littleEndian: pixel)) &<< UInt64(16 &* k)
      }
      var b = SIMD8<Int16>(0, 0, a[0], a[1], a[2], a[3], a[4], a[5])
      b[0] = unsafe Int16(load(above, t))
      b[1] = unsafe Int16(load(above, t &+ 1))
      a = (wide(x) &+ predict(masks, a, b, c)) & 0xFF
      c = b
      let result = bits(a)
      for k in 0..<4 {
        let pixel = UInt16(truncatingIfNeeded: result &>> UInt64(16 &* k)).littleEndian
        unsafe out.storeBytes(of: pixel, toByteOffset: t &+ k &* outStride, as: UInt16.self)
      }
      t &+= 2
    }
    for k in 1..<4 { finish(rows, y &+ k, 2, from: byteCount &- 2 &* k, to: byteCount) }
  }

  /// Four rows of 3- or 4-byte pixels: two vectors of two rows of four lanes.
  @inline(__always)
  private static func wavefront34(
    _ rows: Rows, _ y: Int, pixelByteCount bpp: Int, mixed: Bool
  ) {
    let byteCount = rows.byteCount
    for k in 0..<3 { finish(rows, y &+ k, bpp, from: 0, to: bpp &* (3 &- k)) }
    let low = Masks { rows.filter(y &+ $0 / 4) }
    let high = Masks { rows.filter(y &+ 2 &+ $0 / 4) }
    let above = unsafe rows.above(y)
    let raw = unsafe (rows.raw(y), rows.raw(y &+ 1), rows.raw(y &+ 2), rows.raw(y &+ 3))
    let out = unsafe (rows.out(y), rows.out(y &+ 1), rows.out(y &+ 2), rows.out(y &+ 3))
    // State after the corner: row k did pixel 2 - k last; row 3 nothing yet.
    var a0 = unsafe pair(out.0, 2 &* bpp, out.1, bpp)
    var c0 = unsafe pair(above, 2 &* bpp, out.0, bpp)
    var a1 = unsafe wide(UInt64(load32(out.2, 0)))
    var c1 = unsafe wide(UInt64(load32(out.1, 0)))
    var t = 3 &* bpp
    // Row k does the pixel at byte t - k * bpp. The last pixel of row 0 is left for the end, so
    // that moving four bytes stays inside every row: t + 4 ≤ t + bpp + 1 ≤ byteCount.
    let end = byteCount &- bpp
    while t < end {
      let x0 = unsafe pair(raw.0, t, raw.1, t &- bpp)
      let x1 = unsafe pair(raw.2, t &- 2 &* bpp, raw.3, t &- 3 &* bpp)
      let b0 = unsafe SIMD8(
        lowHalf: SIMD4<Int16>(truncatingIfNeeded: above.loadUnaligned(
          fromByteOffset: t, as: SIMD4<UInt8>.self)), highHalf: a0.lowHalf)
      let b1 = SIMD8(lowHalf: a0.highHalf, highHalf: a1.lowHalf)
      if mixed {
        a0 = (x0 &+ predict(low, a0, b0, c0)) & 0xFF
        a1 = (x1 &+ predict(high, a1, b1, c1)) & 0xFF
      } else {
        a0 = (x0 &+ paeth(a0, b0, c0)) & 0xFF
        a1 = (x1 &+ paeth(a1, b1, c1)) & 0xFF
      }
      c0 = b0
      c1 = b1
      let (r0, r1) = (bits(a0), bits(a1))
      unsafe store32(out.0, t, r0)
      unsafe store32(out.1, t &- bpp, r0 &>> 32)
      unsafe store32(out.2, t &- 2 &* bpp, r1)
      unsafe store32(out.3, t &- 3 &* bpp, r1 &>> 32)
      t &+= bpp
    }
    for k in 0..<4 {
      finish(rows, y &+ k, bpp, from: t &- k &* bpp, to: byteCount)
    }
  }

  @inline(__always)
  private static func load32(_ p: UnsafeRawPointer, _ i: Int) -> UInt32 {
    unsafe UInt32(littleEndian: p.loadUnaligned(fromByteOffset: i, as: UInt32.self))
  }
  @inline(__always)
  private static func store32(_ p: UnsafeMutableRawPointer, _ i: Int, _ value: UInt64) {
    unsafe p.storeBytes(
      of: UInt32(truncatingIfNeeded: value).littleEndian, toByteOffset: i, as: UInt32.self)
  }
  @inline(__always)
  private static func pair(
    _ p: UnsafeRawPointer, _ i: Int, _ q: UnsafeRawPointer, _ j: Int
  ) -> SIMD8<Int16> {
    unsafe wide(UInt64(load32(p, i)) | UInt64(load32(q, j)) &<< 32)
  }

  /// Four rows of 6- or 8-byte pixels: one vector a row.
  @inline(__always)
  private static func wavefront68(_ rows: Rows, _ y: Int, pixelByteCount bpp: Int) {
    let byteCount = rows.byteCount
    for k in 0..<3 { finish(rows, y &+ k, bpp, from: 0, to: bpp &* (3 &- k)) }
    let masks = (
      Masks { _ in rows.filter(y) }, Masks { _ in rows.filter(y &+ 1) },
      Masks { _ in rows.filter(y &+ 2) }, Masks { _ in rows.filter(y &+ 3) }
    )
    let above = unsafe rows.above(y)
    let raw = unsafe (rows.raw(y), rows.raw(y &+ 1), rows.raw(y &+ 2), rows.raw(y &+ 3))
    let out = unsafe (rows.out(y), rows.out(y &+ 1), rows.out(y &+ 2), rows.out(y &+ 3))
    var a0 = unsafe pixel(out.0, 2 &* bpp)
    var a1 = unsafe pixel(out.1, bpp)
    var a2 = unsafe pixel(out.2, 0)
    var a3 = SIMD8<Int16>(repeating: 0)
    var c0 = unsafe pixel(above, 2 &* bpp)
    var c1 = unsafe pixel(out.0, bpp)
    var c2 = unsafe pixel(out.1, 0)
    var c3 = SIMD8<Int16>(repeating: 0)
    var t = 3 &* bpp
    // As above: the last pixel of row 0 is left for the end, so eight bytes stay in every row.
    let end = byteCount &- bpp
    while t < end {
      let (b0, b1, b2, b3) = unsafe (pixel(above, t), a0, a1, a2)
      a0 = unsafe (pixel(raw.0, t) &+ predict(masks.0, a0, b0, c0)) & 0xFF
      a1 = unsafe (pixel(raw.1, t &- bpp) &+ predict(masks.1, a1, b1, c1)) & 0xFF
      a2 = unsafe (pixel(raw.2, t &- 2 &* bpp) &+ predict(masks.2, a2, b2, c2)) & 0xFF
      a3 = unsafe (pixel(raw.3, t &- 3 &* bpp) &+ predict(masks.3, a3, b3, c3)) & 0xFF
      (c0, c1, c2, c3) = (b0, b1, b2, b3)
      unsafe out.0.storeBytes(of: narrow(a0), toByteOffset: t, as: SIMD8<UInt8>.self)
      unsafe out.1.storeBytes(of: narrow(a1), toByteOffset: t &- bpp, as: SIMD8<UInt8>.self)
      unsafe out.2.storeBytes(of: narrow(a2), toByteOffset: t &- 2 &* bpp, as: SIMD8<UInt8>.self)
      unsafe out.3.storeBytes(of: narrow(a3), toByteOffset: t &- 3 &* bpp, as: SIMD8<UInt8>.self)
      t &+= bpp
    }
    for k in 0..<4 {
      finish(rows, y &+ k, bpp, from: t &- k &* bpp, to: byteCount)
    }
  }

  @inline(__always)
  private static func pixel(_ p: UnsafeRawPointer, _ i: Int) -> SIMD8<Int16> {
    unsafe wide(p.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self))
  }
}
