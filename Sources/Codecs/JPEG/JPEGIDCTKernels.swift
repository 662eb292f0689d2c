// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The inverse DCT of 8-bit samples: libjpeg's "islow" arithmetic, to the bit.
  ///
  /// Columns first, 13-bit constants, two extra bits between the passes. Where 16 bits overflow
  /// (only damaged or hostile files get there) it wraps and saturates where libjpeg-turbo's vector
  /// code does, because that is what its users see.
  enum IDCT {
    /// Transforms one block of quantised coefficients into eight rows of eight samples.
    ///
    /// - Parameters:
    ///   - coefficients: 64 in row order, from index `first` on.
    ///   - last: the highest zigzag position that may hold a non-zero coefficient.
    ///   - quantization: 64 divisors in row order, from index `table` on.
    ///   - offset: where in `plane` the top left sample goes.
    ///   - clears: whether the coefficients are left zero.
    @inline(always)
    static func transform(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int,
      into plane: inout MutableSpan<UInt8>, at offset: Int, stride: Int, clears: Bool
    ) {
      // The proof for every access below: 64 coefficients, 64 divisors, eight rows of eight samples.
      precondition(first >= 0 && first <= coefficients.count - 64)
      precondition(table >= 0 && table <= quantization.count - 64)
      precondition(offset >= 0 && stride >= 8 && offset <= plane.count - 8 - 7 * stride)
      unsafe coefficients.withUnsafeMutableBufferPointer { c in
        unsafe quantization.withUnsafeBufferPointer { q in
          unsafe plane.withUnsafeMutableBufferPointer { p in
            let source = unsafe UnsafeMutableRawPointer(c.baseAddress.unsafelyUnwrapped + first)
            let divisors = unsafe UnsafeRawPointer(q.baseAddress.unsafelyUnwrapped + table)
            let target = unsafe UnsafeMutableRawPointer(p.baseAddress.unsafelyUnwrapped + offset)
            if last == 0 {
              unsafe flat(source, divisors, target, stride)
              if clears { unsafe source.storeBytes(of: 0, as: Int16.self) }
            } else if last <= 2 {
              unsafe corner2(source, divisors, target, stride)
              if clears { unsafe clear(source, rows: 2) }
            } else if last <= 9 {
              unsafe corner4(source, divisors, target, stride)
              if clears { unsafe clear(source, rows: 4) }
            } else {
              unsafe full(source, divisors, target, stride)
              if clears { unsafe clear(source, rows: 8) }
            }
          }
        }
      }
    }

    @inline(always)
    static func clear(_ source: UnsafeMutableRawPointer, rows: Int) {
      for y in 0..<rows {
        unsafe source.storeBytes(of: SIMD8(), toByteOffset: 16 &* y, as: SIMD8<Int16>.self)
      }
    }

    /// Only the DC coefficient: all samples are alike.
    @inline(always)
    static func flat(
      _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
      _ target: UnsafeMutableRawPointer, _ stride: Int
    ) {
      let dc = unsafe source.load(as: Int16.self) &* divisors.load(as: Int16.self)
      let sample = (Int32(dc &<< 2) &+ 16) &>> 5
      let byte = UInt8(truncatingIfNeeded: min(max(sample, -128), 127) &+ 128)
      let row = UInt64(byte) &* 0x0101_0101_0101_0101
      for y in 0..<8 {
        unsafe target.storeBytes(of: row, toByteOffset: y &* stride, as: UInt64.self)
      }
    }

    /// Only DC and its two neighbours: a sum of one term per row and one per column.
    @inline(never)
    static func corner2(
      _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
      _ target: UnsafeMutableRawPointer, _ stride: Int
    ) {
      let dc = unsafe source.load(as: Int16.self) &* divisors.load(as: Int16.self)
      let right = unsafe load(source, 2) &* load(divisors, 2)
      let below = unsafe load(source, 16) &* load(divisors, 16)
      // Pass 1: column 0 varies by row, column 1 does not.
      var rows: SIMD8<Int16>
      var column: Int16
      if unsafe load(source, 16) == 0 {
        rows = SIMD8(repeating: dc &<< 2)
        column = right &<< 2
      } else {
        let pairs = spread(dc, below)
        let round = SIMD4<Int32>(repeating: 1 << 10)
        rows = Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(pairs, cosines1Low) &+ round) &>> 11,
          (Lanes.multiplyAddPairs(pairs, cosines1High) &+ round) &>> 11)
        column = Int16(truncatingIfNeeded: min(max(Int32(right) &* 4, -32_768), 32_767))
      }
      // Pass 2: every row is its own value times 2^13 plus the column's cosines.
      let columns = SIMD8(repeating: column)
      // Zipped with itself twice, each pair of lanes fills a vector.
      let low = quadrupled(Lanes.zipLow(rows, columns))
      let high = quadrupled(Lanes.zipHigh(rows, columns))
      unsafe store(samples(row(low.0), row(low.1)), target, stride)
      unsafe store(samples(row(low.2), row(low.3)), target + 2 &* stride, stride)
      unsafe store(samples(row(high.0), row(high.1)), target + 4 &* stride, stride)
      unsafe store(samples(row(high.2), row(high.3)), target + 6 &* stride, stride)
    }

    /// One row of ``corner2`` from four times its value and the column's.
    @inline(always)
    static func row(_ pairs: SIMD8<Int16>) -> SIMD8<Int16> {
      let round = SIMD4<Int32>(repeating: 1 << 17)
      return Lanes.clampToInt16(
        (Lanes.multiplyAddPairs(pairs, cosines1Low) &+ round) &>> 18,
        (Lanes.multiplyAddPairs(pairs, cosines1High) &+ round) &>> 18)
    }

    /// Each of four pairs of lanes, four times.
    @inline(always)
    static func quadrupled(_ pairs: SIMD8<Int16>) -> (
      SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>
    ) {
      let (low, high) = doubled(pairs, pairs)
      return (
        narrow(Lanes.zipLow(low, low)), narrow(Lanes.zipHigh(low, low)),
        narrow(Lanes.zipLow(high, high)), narrow(Lanes.zipHigh(high, high))
      )
    }

    /// Only the upper left 4×4 coefficients.
    @inline(never)
    static func corner4(
      _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
      _ target: UnsafeMutableRawPointer, _ stride: Int
    ) {
      let r0 = unsafe dequantized(source, divisors, 0)
      let r1 = unsafe dequantized(source, divisors, 1)
      let r2 = unsafe dequantized(source, divisors, 2)
      let r3 = unsafe dequantized(source, divisors, 3)
      if overflows(r0) {
        return unsafe exact(source, divisors, target, stride)
      }
      // Pass 1 on four columns; the sums of two rows fill one vector.
      let (a, b) = butterfly4(
        Lanes.zipLow(r0, r2), Lanes.zipLow(r1, r3), round: 1 << 10)
      let r01 = Lanes.clampToInt16((a.0 &+ b.0) &>> 11, (a.1 &+ b.1) &>> 11)
      let r23 = Lanes.clampToInt16((a.2 &+ b.2) &>> 11, (a.3 &+ b.3) &>> 11)
      let r45 = Lanes.clampToInt16((a.3 &- b.3) &>> 11, (a.2 &- b.2) &>> 11)
      let r67 = Lanes.clampToInt16((a.1 &- b.1) &>> 11, (a.0 &- b.0) &>> 11)
      // Four columns of eight rows.
      let (even0, odd0) = (Lanes.zipLow(r01, r23), Lanes.zipHigh(r01, r23))
      let (even1, odd1) = (Lanes.zipLow(r45, r67), Lanes.zipHigh(r45, r67))
      let top01 = wide(Lanes.zipLow(even0, odd0))
      let top23 = wide(Lanes.zipHigh(even0, odd0))
      let bottom01 = wide(Lanes.zipLow(even1, odd1))
      let bottom23 = wide(Lanes.zipHigh(even1, odd1))
      let c0 = narrow(Lanes.zipLow(top01, bottom01))
      let c1 = narrow(Lanes.zipHigh(top01, bottom01))
      let c2 = narrow(Lanes.zipLow(top23, bottom23))
      let c3 = narrow(Lanes.zipHigh(top23, bottom23))
      // Pass 2 on eight rows.
      let (al, bl) = butterfly4(Lanes.zipLow(c0, c2), Lanes.zipLow(c1, c3), round: 1 << 17)
      let (ah, bh) = butterfly4(Lanes.zipHigh(c0, c2), Lanes.zipHigh(c1, c3), round: 1 << 17)
      unsafe storeColumns(
        Lanes.clampToInt16((al.0 &+ bl.0) &>> 18, (ah.0 &+ bh.0) &>> 18),
        Lanes.clampToInt16((al.1 &+ bl.1) &>> 18, (ah.1 &+ bh.1) &>> 18),
        Lanes.clampToInt16((al.2 &+ bl.2) &>> 18, (ah.2 &+ bh.2) &>> 18),
        Lanes.clampToInt16((al.3 &+ bl.3) &>> 18, (ah.3 &+ bh.3) &>> 18),
        Lanes.clampToInt16((al.3 &- bl.3) &>> 18, (ah.3 &- bh.3) &>> 18),
        Lanes.clampToInt16((al.2 &- bl.2) &>> 18, (ah.2 &- bh.2) &>> 18),
        Lanes.clampToInt16((al.1 &- bl.1) &>> 18, (ah.1 &- bh.1) &>> 18),
        Lanes.clampToInt16((al.0 &- bl.0) &>> 18, (ah.0 &- bh.0) &>> 18), target, stride)
    }

    /// The even and odd parts of a transform of four inputs: pairs (0, 2) and pairs (1, 3).
    @inline(always)
    static func butterfly4(
      _ even: SIMD8<Int16>, _ odd: SIMD8<Int16>, round: Int32
    ) -> (
      (SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>),
      (SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>)
    ) {
      let r = SIMD4<Int32>(repeating: round)
      return (
        (
          Lanes.multiplyAddPairs(even, pairs(8_192, 10_703)) &+ r,
          Lanes.multiplyAddPairs(even, pairs(8_192, 4_433)) &+ r,
          Lanes.multiplyAddPairs(even, pairs(8_192, -4_433)) &+ r,
          Lanes.multiplyAddPairs(even, pairs(8_192, -10_703)) &+ r
        ),
        (
          Lanes.multiplyAddPairs(odd, pairs(11_363, 9_633)),
          Lanes.multiplyAddPairs(odd, pairs(9_633, -2_259)),
          Lanes.multiplyAddPairs(odd, pairs(6_437, -11_362)),
          Lanes.multiplyAddPairs(odd, pairs(2_260, -6_436))
        )
      )
    }

    /// Whether a lane times four leaves 16 bits.
    @inline(always)
    static func overflows(_ row: SIMD8<Int16>) -> Bool {
      let shifted = unsafe unsafeBitCast(row &+ 8_192, to: SIMD8<UInt16>.self) &>> 14
      let halves = unsafe unsafeBitCast(shifted, to: SIMD2<UInt64>.self)
      return halves[0] | halves[1] != 0
    }

    /// Row `y` of the block, times its divisors, modulo 2^16 as in libjpeg-turbo.
    @inline(always)
    static func dequantized(
      _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ y: Int
    ) -> SIMD8<Int16> {
      unsafe source.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
        &* divisors.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
    }

    @inline(always)
    static func load(_ pointer: UnsafeRawPointer, _ offset: Int) -> Int16 {
      unsafe pointer.load(fromByteOffset: offset, as: Int16.self)
    }
  }
}

extension UInt8: JPEG.Sample {
  static var bitCount: Int { 8 }
  static var passBits: Int64 { 2 }
  @inline(__always)
  static func wrapped(_ value: Int64) -> Int64 { value }

  @inline(always)
  static func transform(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int,
    into plane: inout MutableSpan<UInt8>, at offset: Int, stride: Int, clears: Bool
  ) {
    JPEG.IDCT.transform(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, clears: clears)
  }
  @inline(always)
  static func transformReduced(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt8>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    JPEG.IDCT.transformReduced(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
  }
  @inline(always)
  static func transformScaled(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt8>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    JPEG.ScaledIDCT.transformVectors(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
  }
}
