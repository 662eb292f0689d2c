// SPDX-License-Identifier: Apache-2.0

extension JPEG.WideIDCT {
  /// The transform in vectors of 16-bit numbers, or one number at a time when some do not fit,
  /// which hardly ever happens. Parameters as those of ``JPEG/IDCT``'s.
  @inline(always)
  static func transformVectors(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int,
    into plane: inout MutableSpan<UInt16>, at offset: Int, stride: Int, clears: Bool
  ) {
    // The proof for every access below: 64 coefficients, 64 divisors, eight rows of eight samples.
    precondition(first >= 0 && first <= coefficients.count - 64)
    precondition(table >= 0 && table <= quantization.count - 64)
    precondition(offset >= 0 && stride >= 8 && offset <= plane.count - 8 - 7 * stride)
    let isDone = unsafe coefficients.withUnsafeMutableBufferPointer { c in
      unsafe quantization.withUnsafeBufferPointer { q in
        unsafe plane.withUnsafeMutableBufferPointer { p in
          let source = unsafe UnsafeMutableRawPointer(c.baseAddress.unsafelyUnwrapped + first)
          let divisors = unsafe UnsafeRawPointer(q.baseAddress.unsafelyUnwrapped + table)
          let target = unsafe UnsafeMutableRawPointer(p.baseAddress.unsafelyUnwrapped + offset)
          if last == 0 {
            unsafe flat(source, divisors, target, 2 &* stride)
          } else if unsafe !full(source, divisors, target, 2 &* stride) {
            return false
          }
          if clears { unsafe JPEG.IDCT.clear(source, rows: last == 0 ? 1 : 8) }
          return true
        }
      }
    }
    if !isDone {
      transform(
        &coefficients, at: first, last: last, quantization: quantization, at: table,
        into: &plane, at: offset, stride: stride, clears: clears)
    }
  }

  /// Only the DC coefficient: all samples are alike.
  @inline(always)
  private static func flat(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let dc = unsafe Int64(source.load(as: Int16.self)) &* Int64(divisors.load(as: Int16.self))
    let row = SIMD8<UInt16>(repeating: UInt16.limited((dc &+ 4) &>> 3))
    for y in 0..<8 {
      unsafe target.storeBytes(of: row, toByteOffset: y &* stride, as: SIMD8<UInt16>.self)
    }
  }

  /// - Returns: `false` when a product or a sum between the passes does not fit in 16 bits; then
  ///   nothing was stored.
  @inline(never)
  private static func full(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) -> Bool {
    var rest = SIMD8<Int16>()
    let r0 = unsafe dequantized(source, divisors, 0, &rest)
    let r1 = unsafe dequantized(source, divisors, 1, &rest)
    let r2 = unsafe dequantized(source, divisors, 2, &rest)
    let r3 = unsafe dequantized(source, divisors, 3, &rest)
    let r4 = unsafe dequantized(source, divisors, 4, &rest)
    let r5 = unsafe dequantized(source, divisors, 5, &rest)
    let r6 = unsafe dequantized(source, divisors, 6, &rest)
    let r7 = unsafe dequantized(source, divisors, 7, &rest)
    let w = pass(r0, r1, r2, r3, r4, r5, r6, r7, shift: 12)
    // Sums that were clamped are at one of the ends.
    let highest = Lanes.maximum(
      Lanes.maximum(Lanes.maximum(w.0, w.1), Lanes.maximum(w.2, w.3)),
      Lanes.maximum(Lanes.maximum(w.4, w.5), Lanes.maximum(w.6, w.7)))
    let lowest = Lanes.minimum(
      Lanes.minimum(Lanes.minimum(w.0, w.1), Lanes.minimum(w.2, w.3)),
      Lanes.minimum(Lanes.minimum(w.4, w.5), Lanes.minimum(w.6, w.7)))
    if isAny(highest, 32_767) || isAny(lowest, -32_768) || !isZero(rest) { return false }
    let t = JPEG.IDCT.transposed(w)
    let c = pass(t.0, t.1, t.2, t.3, t.4, t.5, t.6, t.7, shift: 17)
    let s = JPEG.IDCT.transposed(c)
    unsafe store(s.0, target)
    unsafe store(s.1, target + stride)
    unsafe store(s.2, target + 2 &* stride)
    unsafe store(s.3, target + 3 &* stride)
    unsafe store(s.4, target + 4 &* stride)
    unsafe store(s.5, target + 5 &* stride)
    unsafe store(s.6, target + 6 &* stride)
    unsafe store(s.7, target + 7 &* stride)
    return true
  }

  /// One pass of the eight-point transform, on eight lanes at once.
  ///
  /// Unlike that of 8-bit samples it adds no inputs before it multiplies: their sums may have 17
  /// bits. Four products of 16-bit inputs with these factors always fit in 32 bits.
  @inline(always)
  private static func pass(
    _ i0: SIMD8<Int16>, _ i1: SIMD8<Int16>, _ i2: SIMD8<Int16>, _ i3: SIMD8<Int16>,
    _ i4: SIMD8<Int16>, _ i5: SIMD8<Int16>, _ i6: SIMD8<Int16>, _ i7: SIMD8<Int16>,
    shift: Int32
  ) -> JPEG.IDCT.Rows {
    let low = half(
      Lanes.zipLow(i0, i4), Lanes.zipLow(i2, i6), Lanes.zipLow(i1, i3), Lanes.zipLow(i5, i7),
      shift: shift)
    let high = half(
      Lanes.zipHigh(i0, i4), Lanes.zipHigh(i2, i6), Lanes.zipHigh(i1, i3),
      Lanes.zipHigh(i5, i7), shift: shift)
    return (
      Lanes.clampToInt16(low.0, high.0), Lanes.clampToInt16(low.1, high.1),
      Lanes.clampToInt16(low.2, high.2), Lanes.clampToInt16(low.3, high.3),
      Lanes.clampToInt16(low.4, high.4), Lanes.clampToInt16(low.5, high.5),
      Lanes.clampToInt16(low.6, high.6), Lanes.clampToInt16(low.7, high.7)
    )
  }

  /// Four lanes of ``pass``.
  @inline(always)
  private static func half(
    _ z04: SIMD8<Int16>, _ z26: SIMD8<Int16>, _ z13: SIMD8<Int16>, _ z57: SIMD8<Int16>,
    shift: Int32
  ) -> (
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>,
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>
  ) {
    let round = SIMD4<Int32>(repeating: 1 &<< (shift &- 1))
    let e0 = product(z04, 8_192, 8_192) &+ round
    let e1 = product(z04, 8_192, -8_192) &+ round
    let e3 = product(z26, 10_703, 4_433)
    let e2 = product(z26, 4_433, -10_704)
    let (a0, a3, a1, a2) = (e0 &+ e3, e0 &- e3, e1 &+ e2, e1 &- e2)
    let b0 = product(z13, 11_363, 9_633) &+ product(z57, 6_437, 2_260)
    let b1 = product(z13, 9_633, -2_259) &+ product(z57, -11_362, -6_436)
    let b2 = product(z13, 6_437, -11_362) &+ product(z57, 2_261, 9_633)
    let b3 = product(z13, 2_260, -6_436) &+ product(z57, 9_633, -11_363)
    return (
      (a0 &+ b0) &>> shift, (a1 &+ b1) &>> shift, (a2 &+ b2) &>> shift, (a3 &+ b3) &>> shift,
      (a3 &- b3) &>> shift, (a2 &- b2) &>> shift, (a1 &- b1) &>> shift, (a0 &- b0) &>> shift
    )
  }

  @inline(always)
  private static func product(_ a: SIMD8<Int16>, _ b: Int16, _ c: Int16) -> SIMD4<Int32> {
    Lanes.multiplyAddPairs(a, JPEG.IDCT.pairs(b, c))
  }

  /// Row `y` of the block, times its divisors; `rest` keeps a bit where that takes over 16.
  @inline(always)
  private static func dequantized(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ y: Int,
    _ rest: inout SIMD8<Int16>
  ) -> SIMD8<Int16> {
    let a = unsafe source.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
    let b = unsafe divisors.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
    let low = a &* b
    rest |= Lanes.multiplyHigh(a, b) ^ (low &>> 15)
    return low
  }

  /// Eight samples: wrapped to 14 bits as by libjpeg's table, and limited.
  @inline(always)
  private static func store(_ row: SIMD8<Int16>, _ target: UnsafeMutableRawPointer) {
    let value = ((row &<< 2) &>> 2) &+ 2_048
    let limited = Lanes.minimum(Lanes.maximum(value, SIMD8()), SIMD8(repeating: 4_095))
    unsafe target.storeBytes(of: limited, as: SIMD8<Int16>.self)
  }

  @inline(always)
  private static func isAny(_ a: SIMD8<Int16>, _ value: Int16) -> Bool {
    let mask = a .== SIMD8(repeating: value)
    return unsafe !isZero(unsafeBitCast(mask, to: SIMD8<Int16>.self))
  }

  @inline(always)
  static func isZero(_ a: SIMD8<Int16>) -> Bool {
    let halves = unsafe unsafeBitCast(a, to: SIMD2<UInt64>.self)
    return halves[0] | halves[1] == 0
  }
}
