// SPDX-License-Identifier: Apache-2.0

extension JPEG.IDCT {
  /// Transforms one block of quantised coefficients into `unit` rows of `unit` samples, where
  /// `unit` is 4, 2 or 1; the arithmetic is that of ``JPEG/ReducedIDCT``.
  ///
  /// Parameters as those of the full transform.
  @inline(never)
  static func transformReduced(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt8>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    // The proof for every access below: 64 coefficients, 64 divisors, four rows of four samples or
    // fewer.
    precondition(first >= 0 && first <= coefficients.count - 64)
    precondition(table >= 0 && table <= quantization.count - 64)
    precondition(unit > 0 && unit <= 4 && offset >= 0 && stride >= unit)
    precondition(offset <= plane.count - unit - (unit - 1) * stride)
    unsafe coefficients.withUnsafeMutableBufferPointer { c in
      unsafe quantization.withUnsafeBufferPointer { q in
        unsafe plane.withUnsafeMutableBufferPointer { p in
          let source = unsafe UnsafeMutableRawPointer(c.baseAddress.unsafelyUnwrapped + first)
          let divisors = unsafe UnsafeRawPointer(q.baseAddress.unsafelyUnwrapped + table)
          let target = unsafe UnsafeMutableRawPointer(p.baseAddress.unsafelyUnwrapped + offset)
          if unit == 1 || last == 0 {
            unsafe flatReduced(source, divisors, target, stride, unit)
          } else if unit == 4 {
            unsafe reduced4(source, divisors, target, stride)
          } else {
            unsafe reduced2(source, divisors, target, stride)
          }
          if clears {
            if last == 0 {
              unsafe source.storeBytes(of: 0, as: Int16.self)
            } else {
              unsafe clear(source, rows: last <= 9 ? 4 : 8)
            }
          }
        }
      }
    }
  }

  /// Only the DC coefficient is looked at: all samples are alike.
  @inline(always)
  private static func flatReduced(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int
  ) {
    let dc = unsafe source.load(as: Int16.self) &* divisors.load(as: Int16.self)
    let byte = sample((Int32(dc) &+ 4) &>> 3)
    if unit == 1 {
      unsafe target.storeBytes(of: byte, as: UInt8.self)
    } else if unit == 2 {
      let row = UInt16(byte) &* 0x0101
      unsafe target.storeBytes(of: row, as: UInt16.self)
      unsafe target.storeBytes(of: row, toByteOffset: stride, as: UInt16.self)
    } else {
      let row = UInt32(byte) &* 0x0101_0101
      for y in 0..<4 {
        unsafe target.storeBytes(of: row, toByteOffset: y &* stride, as: UInt32.self)
      }
    }
  }

  /// Four by four samples. The fifth row and column of coefficients contribute nothing.
  @inline(never)
  private static func reduced4(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let (r0, r1) = unsafe (dequantized(source, divisors, 0), dequantized(source, divisors, 1))
    let (r2, r3) = unsafe (dequantized(source, divisors, 2), dequantized(source, divisors, 3))
    let (r5, r6) = unsafe (dequantized(source, divisors, 5), dequantized(source, divisors, 6))
    let r7 = unsafe dequantized(source, divisors, 7)
    // Pass 1 on eight columns.
    let low = butterflyReduced(
      Lanes.zipLow(SIMD8(), r0), Lanes.zipLow(r2, r6), Lanes.zipLow(r1, r5),
      Lanes.zipLow(r3, r7), shift: 12)
    let high = butterflyReduced(
      Lanes.zipHigh(SIMD8(), r0), Lanes.zipHigh(r2, r6), Lanes.zipHigh(r1, r5),
      Lanes.zipHigh(r3, r7), shift: 12)
    let (w0, w1) = (Lanes.clampToInt16(low.0, high.0), Lanes.clampToInt16(low.1, high.1))
    let (w2, w3) = (Lanes.clampToInt16(low.2, high.2), Lanes.clampToInt16(low.3, high.3))
    // Columns of four rows each: 0 and 1, 2 and 3, 4 and 5, 6 and 7.
    let left = doubled(Lanes.zipLow(w0, w1), Lanes.zipLow(w2, w3))
    let right = doubled(Lanes.zipHigh(w0, w1), Lanes.zipHigh(w2, w3))
    let (c01, c23) = (narrow(left.0), narrow(left.1))
    let (c45, c67) = (narrow(right.0), narrow(right.1))
    // Pass 2 on four rows.
    let x = butterflyReduced(
      Lanes.zipLow(SIMD8(), c01), Lanes.zipLow(c23, c67), Lanes.zipHigh(c01, c45),
      Lanes.zipHigh(c23, c67), shift: 19)
    let columns = samples(Lanes.clampToInt16(x.0, x.1), Lanes.clampToInt16(x.2, x.3))
    // Sixteen samples, column after column; two zips of the halves transpose them.
    let half = Lanes.zipLow(columns, upperHalf(columns))
    let rows = unsafe unsafeBitCast(
      Lanes.zipLow(half, upperHalf(half)), to: SIMD4<UInt32>.self)
    unsafe target.storeBytes(of: rows[0], as: UInt32.self)
    unsafe target.storeBytes(of: rows[1], toByteOffset: stride, as: UInt32.self)
    unsafe target.storeBytes(of: rows[2], toByteOffset: 2 &* stride, as: UInt32.self)
    unsafe target.storeBytes(of: rows[3], toByteOffset: 3 &* stride, as: UInt32.self)
  }

  /// Eight inputs to four outputs, on four lanes: input 0 above zeros, and pairs of the others.
  @inline(always)
  private static func butterflyReduced(
    _ i0: SIMD8<Int16>, _ i26: SIMD8<Int16>, _ i15: SIMD8<Int16>, _ i37: SIMD8<Int16>,
    shift: Int32
  ) -> (SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>) {
    let round = SIMD4<Int32>(repeating: 1 &<< (shift &- 1))
    // A 16-bit lane above a zero one, shifted right by two, is the lane times 2^14.
    let base = unsafe (unsafeBitCast(i0, to: SIMD4<Int32>.self) &>> 2) &+ round
    let even = Lanes.multiplyAddPairs(i26, pairs(15_137, -6_270))
    let inner =
      Lanes.multiplyAddPairs(i15, pairs(8_697, 11_893))
      &+ Lanes.multiplyAddPairs(i37, pairs(-17_799, -1_730))
    let outer =
      Lanes.multiplyAddPairs(i15, pairs(20_995, -4_926))
      &+ Lanes.multiplyAddPairs(i37, pairs(7_373, -4_176))
    let (a, b) = (base &+ even, base &- even)
    return (
      (a &+ outer) &>> shift, (b &+ inner) &>> shift, (b &- inner) &>> shift,
      (a &- outer) &>> shift
    )
  }

  @inline(always)
  private static func upperHalf(_ a: SIMD16<UInt8>) -> SIMD16<UInt8> {
    let halves = unsafe unsafeBitCast(a, to: SIMD2<Int64>.self)
    return unsafe unsafeBitCast(Lanes.zipHigh(halves, halves), to: SIMD16<UInt8>.self)
  }

  /// Two by two samples, of the first and the odd rows and columns of coefficients.
  @inline(never)
  private static func reduced2(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int
  ) {
    let (r0, r1) = unsafe (dequantized(source, divisors, 0), dequantized(source, divisors, 1))
    let (r3, r5) = unsafe (dequantized(source, divisors, 3), dequantized(source, divisors, 5))
    let r7 = unsafe dequantized(source, divisors, 7)
    let round = SIMD4<Int32>(repeating: 1 << 12)
    // Pass 1 on eight columns.
    let baseLow = unsafe unsafeBitCast(Lanes.zipLow(SIMD8(), r0), to: SIMD4<Int32>.self)
    let baseHigh = unsafe unsafeBitCast(Lanes.zipHigh(SIMD8(), r0), to: SIMD4<Int32>.self)
    let (aLow, aHigh) = ((baseLow &>> 1) &+ round, (baseHigh &>> 1) &+ round)
    let (near, far) = (pairs(29_692, -10_426), pairs(6_967, -5_906))
    let oddLow =
      Lanes.multiplyAddPairs(Lanes.zipLow(r1, r3), near)
      &+ Lanes.multiplyAddPairs(Lanes.zipLow(r5, r7), far)
    let oddHigh =
      Lanes.multiplyAddPairs(Lanes.zipHigh(r1, r3), near)
      &+ Lanes.multiplyAddPairs(Lanes.zipHigh(r5, r7), far)
    let top = Lanes.clampToInt16((aLow &+ oddLow) &>> 13, (aHigh &+ oddHigh) &>> 13)
    let bottom = Lanes.clampToInt16((aLow &- oddLow) &>> 13, (aHigh &- oddHigh) &>> 13)
    // Pass 2 on two rows: four products each, which are added across.
    let factors = SIMD8<Int16>(0, 29_692, 0, -10_426, 0, 6_967, 0, -5_906)
    let upper = Lanes.multiplyAddPairs(top, factors)
    let lower = Lanes.multiplyAddPairs(bottom, factors)
    let sums = Lanes.zipLow(upper, lower) &+ Lanes.zipHigh(upper, lower)
    let halves = unsafe unsafeBitCast(sums, to: SIMD2<Int64>.self)
    let odd = unsafe sums &+ unsafeBitCast(Lanes.zipHigh(halves, halves), to: SIMD4<Int32>.self)
    unsafe storePair(top[0], odd[0], target)
    unsafe storePair(bottom[0], odd[1], target + stride)
  }

  /// Two samples: the mean of a row, and how much it rises.
  @inline(always)
  private static func storePair(_ mean: Int16, _ odd: Int32, _ target: UnsafeMutableRawPointer) {
    let base = (Int32(mean) &<< 15) &+ (1 &<< 19)
    unsafe target.storeBytes(of: sample((base &+ odd) &>> 20), as: UInt8.self)
    unsafe target.storeBytes(of: sample((base &- odd) &>> 20), toByteOffset: 1, as: UInt8.self)
  }

  /// Clamped and moved from around 0 to around 128.
  @inline(always)
  private static func sample(_ value: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(value, -128), 127) &+ 128)
  }
}
