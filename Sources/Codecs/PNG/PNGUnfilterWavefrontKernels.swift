// SPDX-License-Identifier: Apache-2.0

// Undoing the PNG filters of several rows at once.
//
// Sub, Average and Paeth depend on the pixel to the left, so one row alone is bound by the latency
// of that chain (about 19 cycles a pixel for Paeth), however wide the vectors. The wavefronts
// below break it: row k of a group lags k pixels behind row 0, so that what row k needs from row
// k - 1 was made one step earlier and sits in a register. Rows of one group may have any filters.

extension PNG.Unfilter {
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
  static func wavefront1(_ rows: UnfilterRows, _ y: Int) {
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
  static func wavefront2(_ rows: UnfilterRows, _ y: Int) {
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
  static func wavefront34(
    _ rows: UnfilterRows, _ y: Int, pixelByteCount bpp: Int, mixed: Bool
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
        lowHalf: SIMD4<Int16>(
          truncatingIfNeeded: above.loadUnaligned(
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
  static func wavefront68(_ rows: UnfilterRows, _ y: Int, pixelByteCount bpp: Int) {
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
