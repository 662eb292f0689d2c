// SPDX-License-Identifier: Apache-2.0

// Undoing the PNG filters of sixteen rows of 1-byte pixels at once: the wavefront of larger pixels
// with a transposition before and after it.

extension PNG.Unfilter {
  /// Sixteen rows of 1-byte pixels, eight steps at a time: eight bytes of every row are turned into
  /// eight vectors that hold one byte of every row, and back.
  ///
  /// - Precondition: a row has at least four pixels for each row of the group.
  @inline(__always)
  static func wavefront(_ rows: UnfilterRows, _ y: Int, _ kind: WaveKind) {
    var wave = Wave()
    if kind == .mixed { wave.masks = WaveMasks { rows.filter(y &+ $0) } }
    // Multiples of eight; row 15 enters in step 30.
    course(
      rows, y, 1, rowCount: 16, start: 32, end: 32 &+ (rows.byteCount &- 32) & ~7
    ) { steps1($0, $1, &wave, kind) }
  }

  /// `count` steps, and some more up to a multiple of eight.
  @inline(__always)
  private static func steps1(
    _ place: WavePlace, _ count: Int, _ wave: inout Wave, _ kind: WaveKind
  ) {
    var w = wave
    var t = 0
    // In bounds: eight bytes of every row; see the callers.
    while t < count {
      var columns = unsafe columns(place.raw + t, place.rawStride)
      var top = unsafe UInt64(
        littleEndian: place.above.loadUnaligned(fromByteOffset: t, as: UInt64.self))
      @inline(__always) func step(_ column: inout Vector) {
        column = Self.step(column, above: pushed(w.older, top), &w, kind)
        top &>>= 8
      }
      step(&columns.0)
      step(&columns.1)
      step(&columns.2)
      step(&columns.3)
      step(&columns.4)
      step(&columns.5)
      step(&columns.6)
      step(&columns.7)
      unsafe store(columns, place.out + t, place.outStride)
      t &+= 8
    }
    wave = w
  }

  /// All lanes one row down, the low byte of `first` in the first.
  @inline(__always)
  private static func pushed(_ v: Vector, _ first: UInt64) -> Vector {
    let rest = Vector(
      0, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13],
      v[14])
    return rest | SIMD2<UInt64>(first & 0xFF, 0).lanes8
  }

  typealias Columns = (Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector)

  /// Byte j of 16 rows in vector j.
  @inline(__always)
  private static func columns(_ p: UnsafeRawPointer, _ stride: Int) -> Columns {
    @inline(__always) func row(_ k: Int) -> Vector {
      unsafe SIMD2((p + k &* stride).loadUnaligned(as: UInt64.self), 0).lanes8
    }
    // Each zip makes the highest bit of the row's number that is not yet in the lane's number its
    // lowest bit, and moves the highest bit of the column's into the vector's.
    let w = (
      Lanes.zipLow(row(0), row(8)), Lanes.zipLow(row(1), row(9)), Lanes.zipLow(row(2), row(10)),
      Lanes.zipLow(row(3), row(11)), Lanes.zipLow(row(4), row(12)), Lanes.zipLow(row(5), row(13)),
      Lanes.zipLow(row(6), row(14)), Lanes.zipLow(row(7), row(15))
    )
    let low = spread(
      Lanes.zipLow(w.0, w.4), Lanes.zipLow(w.1, w.5), Lanes.zipLow(w.2, w.6),
      Lanes.zipLow(w.3, w.7))
    let high = spread(
      Lanes.zipHigh(w.0, w.4), Lanes.zipHigh(w.1, w.5), Lanes.zipHigh(w.2, w.6),
      Lanes.zipHigh(w.3, w.7))
    return (low.0, low.1, low.2, low.3, high.0, high.1, high.2, high.3)
  }

  /// The last two of the four zips of ``columns(_:_:)``.
  @inline(__always)
  private static func spread(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector
  ) -> (Vector, Vector, Vector, Vector) {
    let (e, f) = (Lanes.zipLow(a, c), Lanes.zipLow(b, d))
    let (g, h) = (Lanes.zipHigh(a, c), Lanes.zipHigh(b, d))
    return (
      Lanes.zipLow(e, f), Lanes.zipHigh(e, f), Lanes.zipLow(g, h), Lanes.zipHigh(g, h)
    )
  }

  /// The inverse: rows 2i and 2i + 1 come out as the halves of one vector.
  @inline(__always)
  private static func store(_ c: Columns, _ p: UnsafeMutableRawPointer, _ stride: Int) {
    @inline(__always) func put(_ v: Vector, _ k: Int) {
      unsafe (p + k &* stride).storeBytes(of: v.lanes64[0], as: UInt64.self)
      unsafe (p + (k &+ 1) &* stride).storeBytes(of: v.lanes64[1], as: UInt64.self)
    }
    let low = spread(
      Lanes.zipLow(c.0, c.4), Lanes.zipLow(c.1, c.5), Lanes.zipLow(c.2, c.6),
      Lanes.zipLow(c.3, c.7))
    put(low.0, 0)
    put(low.1, 2)
    put(low.2, 4)
    put(low.3, 6)
    let high = spread(
      Lanes.zipHigh(c.0, c.4), Lanes.zipHigh(c.1, c.5), Lanes.zipHigh(c.2, c.6),
      Lanes.zipHigh(c.3, c.7))
    put(high.0, 8)
    put(high.1, 10)
    put(high.2, 12)
    put(high.3, 14)
  }
}
