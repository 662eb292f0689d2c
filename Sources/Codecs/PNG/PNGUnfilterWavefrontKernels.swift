// SPDX-License-Identifier: Apache-2.0

// Undoing the PNG filters of several rows at once.
//
// Sub, Average and Paeth depend on the pixel to the left, so one row alone is bound by the latency
// of that chain, however wide the vectors. A wavefront breaks it: each row of a group lags some
// pixels behind the row above it, so that what it needs from there has been made some steps before
// and sits in a register. Rows of one group may have any filters.
//
// At the two ends of the group not all rows are inside the image. There the same steps run on
// copies of the rows in a small buffer, with zeros before the first pixels: what comes out there is
// zero too, which is just what the filters take the pixels left of the image for.

extension PNG.Unfilter {
  typealias Vector = SIMD16<UInt8>

  /// What the rows of a group need.
  enum WaveKind { case average, paeth, mixed }

  /// Where the next step of a group reads and writes. Row k lies `k` strides behind row 0, and a
  /// stride goes one row down and the lag to the left.
  @safe struct WavePlace {
    var raw: UnsafeRawPointer
    var rawStride: Int
    /// The row above row 0.
    var above: UnsafeRawPointer
    var out: UnsafeMutableRawPointer
    var outStride: Int
  }

  /// The state of one vector: of 16 rows of 1-byte pixels, 8 of 2 bytes, 4 of 3 or 4, 2 of 6 or 8.
  struct Wave {
    /// What each row put out in the step before: its pixel to the left.
    var left = Vector(repeating: 0)
    /// The step before that: for the row below, which lags two pixels, the pixel above.
    var older = Vector(repeating: 0)
    /// The pixels above of the step before.
    var corner = Vector(repeating: 0)
    var masks = WaveMasks()
  }

  /// All ones in the lanes of the rows whose filter uses that neighbour.
  struct WaveMasks {
    var left = Vector(repeating: 0)
    var above = Vector(repeating: 0)
    var corner = Vector(repeating: 0)
    var average = Vector(repeating: 0)
  }

  /// The filtered bytes `x` plus their prediction.
  @inline(__always)
  static func step(
    _ x: Vector, above: Vector, _ wave: inout Wave, _ kind: WaveKind
  ) -> Vector {
    let (a, b, c) = (wave.left, above, wave.corner)
    let result: Vector
    switch kind {
    case .average: result = x &+ flooredAverage(a, b)
    case .paeth: result = paethSum(x, a, b, c)
    case .mixed:
      // Paeth of (a, 0, 0) is a, of (0, b, 0) it is b, and of (0, 0, 0) zero: all filters but
      // Average are Paeth with some neighbours blanked.
      let masks = wave.masks
      result =
        paethSum(x, a & masks.left, b & masks.above, c & masks.corner)
        &+ (flooredAverage(a, b) & masks.average)
    }
    wave.older = a
    wave.left = result
    wave.corner = b
    return result
  }

  /// `(a + b) / 2`.
  @inline(__always)
  private static func flooredAverage(_ a: Vector, _ b: Vector) -> Vector {
    Lanes.average(a, b) &- ((a ^ b) & Vector(repeating: 1))
  }

  /// `x` plus the Paeth predictor of `a`, `b` and `c`, without leaving bytes.
  ///
  /// With `low ≤ high` for a and b, and p = low + high - c: p is as far from `low` as `high` is from
  /// c, and as far from `high` as `low` is from c. When c lies outside of them, the nearest is the
  /// one on its other side; between them, the nearer of the two, unless c is nearer still.
  @inline(__always)
  private static func paethSum(_ x: Vector, _ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    let low = Lanes.minimum(a, b)
    let high = Lanes.maximum(a, b)
    let toHigh = Lanes.excess(c, over: low)
    let toLow = Lanes.excess(high, over: c)
    // `toLow ≤ toHigh - toLow`, and the other way round; both only when all three are equal.
    let isLow = Lanes.equal(
      Lanes.minimum(Lanes.excess(toHigh, over: toLow), toLow), toLow)
    let isHigh = Lanes.equal(
      Lanes.minimum(Lanes.excess(toLow, over: toHigh), toHigh), toHigh)
    // Each added to `x` before it is chosen: the choice is known last.
    return ((low &+ x) & isLow) | ((high &+ x) & isHigh) | ((c &+ x) & ~(isLow | isHigh))
  }

  /// Steps by which a row lags behind the one above: two, so that the pixels above are known early.
  static var lag: Int { 2 }
}

// MARK: The course of a group

extension PNG.Unfilter {
  /// Bytes of each row in the copies of the ends: at most 46 steps of 1 byte, 14 of 2, 15 of 3 or 4,
  /// or 7 of 6 or 8, and the rest of the last lane.
  private static var copyByteCount: Int { 64 }

  /// Runs all steps of a group of `rowCount` rows, at most 16: in the first and the last, on copies.
  ///
  /// - Parameters:
  ///   - start: the first step in which all rows are inside.
  ///   - end: behind the last step in which row 0 is, all bytes that a step accesses included.
  @inline(__always)
  static func course(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, rowCount: Int, start: Int, end: Int,
    _ steps: (_ place: WavePlace, _ count: Int) -> Void
  ) {
    // The filtered rows, the row above, and the rows of results.
    var buffer = InlineArray<2112, UInt8>(repeating: 0)
    var memory = buffer.mutableSpan
    unsafe memory.withUnsafeMutableBytes { buffer in
      let raw = unsafe buffer.baseAddress.unsafelyUnwrapped
      let above = unsafe raw + 16 * copyByteCount
      let copies = unsafe WavePlace(
        raw: UnsafeRawPointer(raw), rawStride: copyByteCount, above: UnsafeRawPointer(above),
        out: above + copyByteCount, outStride: copyByteCount)
      for part in 0..<3 {
        if part == 1 {
          let place = unsafe WavePlace(
            raw: rows.raw(y) + start &* bpp, rawStride: rows.byteCount &+ 1 &- lag &* bpp,
            above: rows.above(y) + start &* bpp,
            out: rows.out(y) + start &* bpp, outStride: rows.rowStride &- lag &* bpp)
          steps(place, end &- start)
        } else {
          let first = part == 0 ? 0 : end
          let last = part == 0 ? start : rows.byteCount / bpp &+ lag &* (rowCount &- 1)
          copyIn(rows, y, bpp, rowCount, first..<last, copies)
          steps(copies, last &- first)
          copyOut(rows, y, bpp, rowCount, first..<last, copies)
        }
      }
    }
  }

  /// The bytes of row `k` that the steps meet inside the image, and where the copy has them.
  @inline(__always)
  private static func copied(
    _ rows: UnfilterRows, _ bpp: Int, _ k: Int, _ steps: Range<Int>
  ) -> (start: Int, count: Int, offset: Int) {
    let first = max(steps.lowerBound &- lag &* k, 0)
    let last = min(steps.upperBound &- lag &* k, rows.byteCount / bpp)
    return (
      first &* bpp, max(last &- first, 0) &* bpp,
      k &* copyByteCount &+ (first &+ lag &* k &- steps.lowerBound) &* bpp
    )
  }

  @inline(never)
  private static func copyIn(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, _ rowCount: Int, _ steps: Range<Int>,
    _ copies: WavePlace
  ) {
    let raw = unsafe UnsafeMutableRawPointer(mutating: copies.raw)
    for k in 0..<rowCount {
      let (start, count, offset) = copied(rows, bpp, k, steps)
      unsafe (raw + offset).copyMemory(from: rows.raw(y &+ k) + start, byteCount: count)
    }
    let (start, count, _) = copied(rows, bpp, 0, steps)
    unsafe UnsafeMutableRawPointer(mutating: copies.above).copyMemory(
      from: rows.above(y) + start, byteCount: count)
  }

  @inline(never)
  private static func copyOut(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, _ rowCount: Int, _ steps: Range<Int>,
    _ copies: WavePlace
  ) {
    for k in 0..<rowCount {
      let (start, count, offset) = copied(rows, bpp, k, steps)
      unsafe (rows.out(y &+ k) + start).copyMemory(from: copies.out + offset, byteCount: count)
    }
  }
}

// MARK: Pixels of 2 to 8 bytes

extension PNG.Unfilter {
  /// The rows from `y` on that fill `vectors` vectors: 1 or 2.
  ///
  /// - Precondition: a row has at least four pixels for each row of the group.
  @inline(__always)
  static func wavefront(
    _ rows: UnfilterRows, _ y: Int, pixelByteCount bpp: Int, vectors: Int, _ kind: WaveKind
  ) {
    let laneByteCount = bpp == 3 ? 4 : bpp == 6 ? 8 : bpp
    let half = 16 / laneByteCount
    let count = vectors * half
    var low = Wave()
    var high = Wave()
    if kind == .mixed {
      low.masks = WaveMasks { rows.filter(y &+ $0 / laneByteCount) }
      if vectors == 2 { high.masks = WaveMasks { rows.filter(y &+ half &+ $0 / laneByteCount) } }
    }
    course(
      rows, y, bpp, rowCount: count, start: lag &* (count &- 1),
      end: (rows.byteCount &- laneByteCount) / bpp &+ 1
    ) {
      steps($0, $1, &low, &high, bpp, vectors, kind)
    }
  }

  @inline(__always)
  private static func steps(
    _ place: WavePlace, _ count: Int, _ low: inout Wave, _ high: inout Wave, _ bpp: Int,
    _ vectors: Int, _ kind: WaveKind
  ) {
    var (a, b) = (low, high)
    let (raw, above, out) = unsafe (place.raw, place.above, place.out)
    let (rawStride, outStride) = (place.rawStride, place.outStride)
    let half = bpp > 4 ? 2 : bpp > 2 ? 4 : 8
    let end = count &* bpp
    var t = 0
    // In bounds: a step of row k accesses one lane from its pixel on; see the callers.
    while t < end {
      let top = unsafe pushed(a.older, above + t, bpp)
      if vectors == 2 {
        let x = unsafe gather(raw + (t &+ half &* rawStride), rawStride, bpp)
        let result = step(x, above: pushed(b.older, last: a.older, bpp), &b, kind)
        unsafe scatter(result, out + (t &+ half &* outStride), outStride, bpp)
      }
      let x = unsafe gather(raw + t, rawStride, bpp)
      let result = step(x, above: top, &a, kind)
      unsafe scatter(result, out + t, outStride, bpp)
      t &+= bpp
    }
    (low, high) = (a, b)
  }

  /// All lanes one row down, the pixel at `p` in the first.
  @inline(__always)
  private static func pushed(_ v: Vector, _ p: UnsafeRawPointer, _ bpp: Int) -> Vector {
    if bpp > 4 { return SIMD2(unsafe p.loadUnaligned(as: UInt64.self), v.lanes64[0]).lanes8 }
    if bpp > 2 {
      let w = v.lanes32
      return SIMD4(unsafe p.loadUnaligned(as: UInt32.self), w[0], w[1], w[2]).lanes8
    }
    let w = v.lanes16
    let first = unsafe p.loadUnaligned(as: UInt16.self)
    return SIMD8(first, w[0], w[1], w[2], w[3], w[4], w[5], w[6]).lanes8
  }

  /// All lanes one row down, the last of `u` in the first.
  @inline(__always)
  private static func pushed(_ v: Vector, last u: Vector, _ bpp: Int) -> Vector {
    if bpp > 4 { return SIMD2(u.lanes64[1], v.lanes64[0]).lanes8 }
    let w = v.lanes32
    return SIMD4(u.lanes32[3], w[0], w[1], w[2]).lanes8
  }

  @inline(__always)
  private static func gather(_ p: UnsafeRawPointer, _ stride: Int, _ bpp: Int) -> Vector {
    if bpp > 4 {
      return unsafe SIMD2(
        p.loadUnaligned(as: UInt64.self), (p + stride).loadUnaligned(as: UInt64.self)
      ).lanes8
    }
    if bpp > 2 {
      return unsafe SIMD4(
        p.loadUnaligned(as: UInt32.self), (p + stride).loadUnaligned(as: UInt32.self),
        (p + 2 &* stride).loadUnaligned(as: UInt32.self),
        (p + 3 &* stride).loadUnaligned(as: UInt32.self)
      ).lanes8
    }
    var v = SIMD8<UInt16>()
    for k in 0..<8 { v[k] = unsafe (p + k &* stride).loadUnaligned(as: UInt16.self) }
    return v.lanes8
  }

  @inline(__always)
  private static func scatter(
    _ v: Vector, _ p: UnsafeMutableRawPointer, _ stride: Int, _ bpp: Int
  ) {
    if bpp > 4 {
      unsafe p.storeBytes(of: v.lanes64[0], as: UInt64.self)
      unsafe (p + stride).storeBytes(of: v.lanes64[1], as: UInt64.self)
    } else if bpp > 2 {
      let w = v.lanes32
      for k in 0..<4 { unsafe (p + k &* stride).storeBytes(of: w[k], as: UInt32.self) }
    } else {
      let w = v.lanes16
      for k in 0..<8 { unsafe (p + k &* stride).storeBytes(of: w[k], as: UInt16.self) }
    }
  }
}

extension PNG.Unfilter.WaveMasks {
  @inline(__always)
  init(_ filter: (_ lane: Int) -> UInt8) {
    for lane in 0..<16 {
      let type = filter(lane)
      if type == 1 || type == 4 { left[lane] = 255 }
      if type == 2 || type == 4 { above[lane] = 255 }
      if type == 4 { corner[lane] = 255 }
      if type == 3 { average[lane] = 255 }
    }
  }
}
