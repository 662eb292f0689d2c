// SPDX-License-Identifier: Apache-2.0

extension JPEG.IDCT {
  /// All 64 coefficients.
  @inline(never)
  static func full(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let r0 = unsafe dequantized(source, divisors, 0)
    if overflows(r0) {
      return unsafe exact(source, divisors, target, stride)
    }
    let w = unsafe pass(
      r0, dequantized(source, divisors, 1), dequantized(source, divisors, 2),
      dequantized(source, divisors, 3), dequantized(source, divisors, 4),
      dequantized(source, divisors, 5), dequantized(source, divisors, 6),
      dequantized(source, divisors, 7), shift: 11)
    let t = transposed(w)
    let c = pass(t.0, t.1, t.2, t.3, t.4, t.5, t.6, t.7, shift: 18)
    unsafe storeColumns(c.0, c.1, c.2, c.3, c.4, c.5, c.6, c.7, target, stride)
  }

  typealias Rows = (
    SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>,
    SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>
  )

  /// One pass of the eight-point transform, on eight lanes at once.
  @inline(always)
  static func pass(
    _ i0: SIMD8<Int16>, _ i1: SIMD8<Int16>, _ i2: SIMD8<Int16>, _ i3: SIMD8<Int16>,
    _ i4: SIMD8<Int16>, _ i5: SIMD8<Int16>, _ i6: SIMD8<Int16>, _ i7: SIMD8<Int16>,
    shift: Int32
  ) -> Rows {
    let (sum, difference) = (i0 &+ i4, i0 &- i4)
    let (z3, z4) = (i3 &+ i7, i1 &+ i5)
    let low = half(
      Lanes.zipLow(SIMD8(), sum), Lanes.zipLow(SIMD8(), difference), Lanes.zipLow(i2, i6),
      Lanes.zipLow(z3, z4), Lanes.zipLow(i7, i1), Lanes.zipLow(i5, i3), shift: shift)
    let high = half(
      Lanes.zipHigh(SIMD8(), sum), Lanes.zipHigh(SIMD8(), difference), Lanes.zipHigh(i2, i6),
      Lanes.zipHigh(z3, z4), Lanes.zipHigh(i7, i1), Lanes.zipHigh(i5, i3), shift: shift)
    return (
      Lanes.clampToInt16(low.0, high.0), Lanes.clampToInt16(low.1, high.1),
      Lanes.clampToInt16(low.2, high.2), Lanes.clampToInt16(low.3, high.3),
      Lanes.clampToInt16(low.4, high.4), Lanes.clampToInt16(low.5, high.5),
      Lanes.clampToInt16(low.6, high.6), Lanes.clampToInt16(low.7, high.7)
    )
  }

  /// Four lanes of ``pass``. Products of two inputs that are added come from one instruction.
  @inline(always)
  static func half(
    _ sum: SIMD8<Int16>, _ difference: SIMD8<Int16>, _ z26: SIMD8<Int16>, _ z34: SIMD8<Int16>,
    _ z71: SIMD8<Int16>, _ z53: SIMD8<Int16>, shift: Int32
  ) -> (
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>,
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>
  ) {
    let round = SIMD4<Int32>(repeating: 1 &<< (shift &- 1))
    // A 16-bit lane above a zero one, shifted right by three, is the lane times 2^13.
    let e0 = unsafe (unsafeBitCast(sum, to: SIMD4<Int32>.self) &>> 3) &+ round
    let e1 = unsafe (unsafeBitCast(difference, to: SIMD4<Int32>.self) &>> 3) &+ round
    let e3 = Lanes.multiplyAddPairs(z26, pairs(10_703, 4_433))
    let e2 = Lanes.multiplyAddPairs(z26, pairs(4_433, -10_704))
    let (a0, a3, a1, a2) = (e0 &+ e3, e0 &- e3, e1 &+ e2, e1 &- e2)
    let y3 = Lanes.multiplyAddPairs(z34, pairs(-6_436, 9_633))
    let y4 = Lanes.multiplyAddPairs(z34, pairs(9_633, 6_437))
    let b3 = Lanes.multiplyAddPairs(z71, pairs(-4_927, -7_373)) &+ y3
    let b0 = Lanes.multiplyAddPairs(z71, pairs(-7_373, 4_926)) &+ y4
    let b2 = Lanes.multiplyAddPairs(z53, pairs(-4_176, -20_995)) &+ y4
    let b1 = Lanes.multiplyAddPairs(z53, pairs(-20_995, 4_177)) &+ y3
    return (
      (a0 &+ b0) &>> shift, (a1 &+ b1) &>> shift, (a2 &+ b2) &>> shift, (a3 &+ b3) &>> shift,
      (a3 &- b3) &>> shift, (a2 &- b2) &>> shift, (a1 &- b1) &>> shift, (a0 &- b0) &>> shift
    )
  }

  /// Rows to columns.
  @inline(always)
  static func transposed(_ w: Rows) -> Rows {
    let (a0, a1) = (Lanes.zipLow(w.0, w.1), Lanes.zipHigh(w.0, w.1))
    let (a2, a3) = (Lanes.zipLow(w.2, w.3), Lanes.zipHigh(w.2, w.3))
    let (a4, a5) = (Lanes.zipLow(w.4, w.5), Lanes.zipHigh(w.4, w.5))
    let (a6, a7) = (Lanes.zipLow(w.6, w.7), Lanes.zipHigh(w.6, w.7))
    let b0 = doubled(a0, a2)
    let b1 = doubled(a1, a3)
    let b4 = doubled(a4, a6)
    let b5 = doubled(a5, a7)
    return (
      narrow(Lanes.zipLow(b0.0, b4.0)), narrow(Lanes.zipHigh(b0.0, b4.0)),
      narrow(Lanes.zipLow(b0.1, b4.1)), narrow(Lanes.zipHigh(b0.1, b4.1)),
      narrow(Lanes.zipLow(b1.0, b5.0)), narrow(Lanes.zipHigh(b1.0, b5.0)),
      narrow(Lanes.zipLow(b1.1, b5.1)), narrow(Lanes.zipHigh(b1.1, b5.1))
    )
  }

  /// Both zips of 32-bit lanes, as 64-bit lanes.
  @inline(always)
  static func doubled(
    _ a: SIMD8<Int16>, _ b: SIMD8<Int16>
  ) -> (SIMD2<Int64>, SIMD2<Int64>) {
    let x = unsafe unsafeBitCast(a, to: SIMD4<Int32>.self)
    let y = unsafe unsafeBitCast(b, to: SIMD4<Int32>.self)
    return unsafe (
      unsafeBitCast(Lanes.zipLow(x, y), to: SIMD2<Int64>.self),
      unsafeBitCast(Lanes.zipHigh(x, y), to: SIMD2<Int64>.self)
    )
  }

  /// Stores eight columns of eight samples as rows.
  @inline(always)
  static func storeColumns(
    _ c0: SIMD8<Int16>, _ c1: SIMD8<Int16>, _ c2: SIMD8<Int16>, _ c3: SIMD8<Int16>,
    _ c4: SIMD8<Int16>, _ c5: SIMD8<Int16>, _ c6: SIMD8<Int16>, _ c7: SIMD8<Int16>,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let (x0, x1, x2, x3) = (samples(c0, c4), samples(c1, c5), samples(c2, c6), samples(c3, c7))
    let c01 = words(Lanes.zipLow(x0, x1))
    let c45 = words(Lanes.zipHigh(x0, x1))
    let c23 = words(Lanes.zipLow(x2, x3))
    let c67 = words(Lanes.zipHigh(x2, x3))
    let top = unsafe (
      unsafeBitCast(Lanes.zipLow(c01, c23), to: SIMD4<Int32>.self),
      unsafeBitCast(Lanes.zipLow(c45, c67), to: SIMD4<Int32>.self)
    )
    let bottom = unsafe (
      unsafeBitCast(Lanes.zipHigh(c01, c23), to: SIMD4<Int32>.self),
      unsafeBitCast(Lanes.zipHigh(c45, c67), to: SIMD4<Int32>.self)
    )
    unsafe store(bytes(Lanes.zipLow(top.0, top.1)), target, stride)
    unsafe store(bytes(Lanes.zipHigh(top.0, top.1)), target + 2 &* stride, stride)
    unsafe store(bytes(Lanes.zipLow(bottom.0, bottom.1)), target + 4 &* stride, stride)
    unsafe store(bytes(Lanes.zipHigh(bottom.0, bottom.1)), target + 6 &* stride, stride)
  }

  /// Two rows of eight samples.
  @inline(always)
  static func store(
    _ rows: SIMD16<UInt8>, _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    // As floating point, because only for that LLVM stores the upper half of a register.
    let halves = unsafe unsafeBitCast(rows, to: SIMD2<Double>.self)
    unsafe target.storeBytes(of: halves[0], as: Double.self)
    unsafe target.storeBytes(of: halves[1], toByteOffset: stride, as: Double.self)
  }

  /// Clamped and moved from around 0 to around 128.
  @inline(always)
  static func samples(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<UInt8> {
    unsafe unsafeBitCast(Lanes.clampToInt8(a, b), to: SIMD16<UInt8>.self)
      &+ SIMD16(repeating: 128)
  }

  /// The arithmetic of ``full`` one number at a time, for blocks whose first row overflows.
  @inline(never)
  static func exact(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    var isRowOnly = true
    var rows: Rows = unsafe (
      dequantized(source, divisors, 0), dequantized(source, divisors, 1),
      dequantized(source, divisors, 2), dequantized(source, divisors, 3),
      dequantized(source, divisors, 4), dequantized(source, divisors, 5),
      dequantized(source, divisors, 6), dequantized(source, divisors, 7)
    )
    for i in 8..<64 where unsafe load(source, 2 &* i) != 0 { isRowOnly = false }
    if isRowOnly {
      // libjpeg-turbo shifts a block of one row up without saturating.
      let row = rows.0 &<< 2
      rows = (row, row, row, row, row, row, row, row)
    } else {
      rows = pass(
        rows.0, rows.1, rows.2, rows.3, rows.4, rows.5, rows.6, rows.7, shift: 11)
    }
    let t = transposed(rows)
    let c = pass(t.0, t.1, t.2, t.3, t.4, t.5, t.6, t.7, shift: 18)
    unsafe storeColumns(c.0, c.1, c.2, c.3, c.4, c.5, c.6, c.7, target, stride)
  }

  @inline(always)
  static func pairs(_ a: Int16, _ b: Int16) -> SIMD8<Int16> {
    SIMD8(a, b, a, b, a, b, a, b)
  }
  @inline(always)
  static func spread(_ a: Int16, _ b: Int16) -> SIMD8<Int16> { pairs(a, b) }
  /// What the first two inputs of the transform contribute to outputs 0…3 and 4…7.
  @inline(always)
  static var cosines1Low: SIMD8<Int16> {
    SIMD8(8_192, 11_363, 8_192, 9_633, 8_192, 6_437, 8_192, 2_260)
  }
  @inline(always)
  static var cosines1High: SIMD8<Int16> {
    SIMD8(8_192, -2_260, 8_192, -6_437, 8_192, -9_633, 8_192, -11_363)
  }

  @inline(always)
  static func words(_ a: SIMD16<UInt8>) -> SIMD8<Int16> {
    unsafe unsafeBitCast(a, to: SIMD8<Int16>.self)
  }
  @inline(always)
  static func bytes(_ a: SIMD4<Int32>) -> SIMD16<UInt8> {
    unsafe unsafeBitCast(a, to: SIMD16<UInt8>.self)
  }
  @inline(always)
  static func wide(_ a: SIMD8<Int16>) -> SIMD2<Int64> {
    unsafe unsafeBitCast(a, to: SIMD2<Int64>.self)
  }
  @inline(always)
  static func narrow(_ a: SIMD2<Int64>) -> SIMD8<Int16> {
    unsafe unsafeBitCast(a, to: SIMD8<Int16>.self)
  }
}
