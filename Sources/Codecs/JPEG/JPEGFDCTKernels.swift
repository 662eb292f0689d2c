// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The forward DCT of 8-bit samples with quantisation: libjpeg's "islow" arithmetic, to the bit.
  ///
  /// Rows first, 13-bit constants, two extra bits between the passes; the result is scaled by 8,
  /// which the divisors take back.
  enum FDCT {
    /// Transforms and quantises one block of 8 × 8 samples.
    ///
    /// - Parameters:
    ///   - plane: samples; the block's first one at `offset`, its rows `stride` apart.
    ///   - divisors: those of the component from index `table` on, see ``Divisors``.
    ///   - coefficients: receives 64 values in row order, from index `first` on.
    /// - Returns: which coefficients are not zero: bit `8u + v` for horizontal frequency `u` and
    ///   vertical frequency `v`.
    @inline(always)
    static func transform(
      _ plane: Span<UInt8>, at offset: Int, stride: Int, divisors: Span<UInt16>,
      at table: Int, into coefficients: inout MutableSpan<Int16>, at first: Int
    ) -> UInt64 {
      // The proof for every access below: eight rows of eight samples, three tables of 64 divisors,
      // 64 coefficients.
      precondition(offset >= 0 && stride >= 8 && offset <= plane.count - 8 - 7 * stride)
      precondition(table >= 0 && table <= divisors.count - 192)
      precondition(first >= 0 && first <= coefficients.count - 64)
      return unsafe plane.withUnsafeBufferPointer { p in
        unsafe divisors.withUnsafeBufferPointer { d in
          unsafe coefficients.withUnsafeMutableBufferPointer { c in
            unsafe transform(
              UnsafeRawPointer(p.baseAddress.unsafelyUnwrapped + offset), stride,
              UnsafeRawPointer(d.baseAddress.unsafelyUnwrapped + table),
              UnsafeMutableRawPointer(c.baseAddress.unsafelyUnwrapped + first))
          }
        }
      }
    }

    @inline(never)
    private static func transform(
      _ source: UnsafeRawPointer, _ stride: Int, _ divisors: UnsafeRawPointer,
      _ target: UnsafeMutableRawPointer
    ) -> UInt64 {
      var columns = unsafe loadColumns(source, stride)
      rowPass(&columns)
      var rows = transposed(columns)
      columnPass(&rows)
      return unsafe quantize(rows, divisors, target)
    }

    /// Eight vectors of 16-bit lanes.
    private struct Block {
      var v0, v1, v2, v3, v4, v5, v6, v7: SIMD8<Int16>
    }

    // MARK: Loading and transposing

    /// The samples as 16-bit lanes: vector `x` holds column `x`, lane `y` its row.
    @inline(always)
    private static func loadColumns(_ source: UnsafeRawPointer, _ stride: Int) -> Block {
      let a0 = unsafe Lanes.zipLow(row(source, 0, stride), row(source, 4, stride))
      let a1 = unsafe Lanes.zipLow(row(source, 1, stride), row(source, 5, stride))
      let a2 = unsafe Lanes.zipLow(row(source, 2, stride), row(source, 6, stride))
      let a3 = unsafe Lanes.zipLow(row(source, 3, stride), row(source, 7, stride))
      // Bytes of two rows alternate; zipping twice more puts each column's eight bytes together.
      let b0 = Lanes.zipLow(a0, a2)
      let b1 = Lanes.zipHigh(a0, a2)
      let b2 = Lanes.zipLow(a1, a3)
      let b3 = Lanes.zipHigh(a1, a3)
      let (c0, c1) = (Lanes.zipLow(b0, b2), Lanes.zipHigh(b0, b2))
      let (c2, c3) = (Lanes.zipLow(b1, b3), Lanes.zipHigh(b1, b3))
      return Block(
        v0: low(c0), v1: high(c0), v2: low(c1), v3: high(c1),
        v4: low(c2), v5: high(c2), v6: low(c3), v7: high(c3))
    }

    @inline(always)
    private static func row(_ source: UnsafeRawPointer, _ y: Int, _ stride: Int) -> SIMD16<UInt8> {
      let bytes = unsafe source.loadUnaligned(fromByteOffset: y &* stride, as: UInt64.self)
      return unsafe unsafeBitCast(SIMD2(bytes, 0), to: SIMD16<UInt8>.self)
    }

    @inline(always)
    private static func low(_ bytes: SIMD16<UInt8>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(Lanes.zipLow(bytes, SIMD16()), to: SIMD8<Int16>.self)
    }
    @inline(always)
    private static func high(_ bytes: SIMD16<UInt8>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(Lanes.zipHigh(bytes, SIMD16()), to: SIMD8<Int16>.self)
    }

    @inline(always)
    private static func transposed(_ b: Block) -> Block {
      let (a0, a1) = (words(Lanes.zipLow(b.v0, b.v1)), words(Lanes.zipHigh(b.v0, b.v1)))
      let (a2, a3) = (words(Lanes.zipLow(b.v2, b.v3)), words(Lanes.zipHigh(b.v2, b.v3)))
      let (a4, a5) = (words(Lanes.zipLow(b.v4, b.v5)), words(Lanes.zipHigh(b.v4, b.v5)))
      let (a6, a7) = (words(Lanes.zipLow(b.v6, b.v7)), words(Lanes.zipHigh(b.v6, b.v7)))
      let (c0, c1) = (pairs(Lanes.zipLow(a0, a2)), pairs(Lanes.zipHigh(a0, a2)))
      let (c2, c3) = (pairs(Lanes.zipLow(a1, a3)), pairs(Lanes.zipHigh(a1, a3)))
      let (c4, c5) = (pairs(Lanes.zipLow(a4, a6)), pairs(Lanes.zipHigh(a4, a6)))
      let (c6, c7) = (pairs(Lanes.zipLow(a5, a7)), pairs(Lanes.zipHigh(a5, a7)))
      return Block(
        v0: lanes(Lanes.zipLow(c0, c4)), v1: lanes(Lanes.zipHigh(c0, c4)),
        v2: lanes(Lanes.zipLow(c1, c5)), v3: lanes(Lanes.zipHigh(c1, c5)),
        v4: lanes(Lanes.zipLow(c2, c6)), v5: lanes(Lanes.zipHigh(c2, c6)),
        v6: lanes(Lanes.zipLow(c3, c7)), v7: lanes(Lanes.zipHigh(c3, c7)))
    }

    @inline(always)
    private static func words(_ a: SIMD8<Int16>) -> SIMD4<Int32> {
      unsafe unsafeBitCast(a, to: SIMD4<Int32>.self)
    }
    @inline(always)
    private static func pairs(_ a: SIMD4<Int32>) -> SIMD2<Int64> {
      unsafe unsafeBitCast(a, to: SIMD2<Int64>.self)
    }
    @inline(always)
    private static func lanes(_ a: SIMD2<Int64>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(a, to: SIMD8<Int16>.self)
    }

    // MARK: The two passes

    /// Rows: scales by 4 more than the DCT does. Source: Loeffler, Ligtenberg and Moschytz, 1989.
    @inline(always)
    private static func rowPass(_ b: inout Block) {
      let (s0, s1, s2, s3) = (b.v0 &+ b.v7, b.v1 &+ b.v6, b.v2 &+ b.v5, b.v3 &+ b.v4)
      let (d0, d1, d2, d3) = (b.v0 &- b.v7, b.v1 &- b.v6, b.v2 &- b.v5, b.v3 &- b.v4)
      let (e0, e1, e2, e3) = (s0 &+ s3, s1 &+ s2, s1 &- s2, s0 &- s3)
      // Samples are unsigned up to here; taking 8 · 128 off the sum centres them.
      b.v0 = ((e0 &+ e1) &- SIMD8(repeating: 1024)) &<< 2
      b.v4 = (e0 &- e1) &<< 2
      (b.v2, b.v6) = evenRotation(e3, e2, shift: 11)
      (b.v1, b.v3, b.v5, b.v7) = odd(d0, d1, d2, d3, shift: 11)
    }

    /// Columns: takes the two extra bits back.
    @inline(always)
    private static func columnPass(_ b: inout Block) {
      let (s0, s1, s2, s3) = (b.v0 &+ b.v7, b.v1 &+ b.v6, b.v2 &+ b.v5, b.v3 &+ b.v4)
      let (d0, d1, d2, d3) = (b.v0 &- b.v7, b.v1 &- b.v6, b.v2 &- b.v5, b.v3 &- b.v4)
      let (e0, e1, e2, e3) = (s0 &+ s3, s1 &+ s2, s1 &- s2, s0 &- s3)
      let round = SIMD8<Int16>(repeating: 2)
      b.v0 = (e0 &+ e1 &+ round) &>> 2
      b.v4 = (e0 &- e1 &+ round) &>> 2
      (b.v2, b.v6) = evenRotation(e3, e2, shift: 15)
      (b.v1, b.v3, b.v5, b.v7) = odd(d0, d1, d2, d3, shift: 15)
    }

    /// Outputs 2 and 6: a rotation of `a` and `b` by 3π/8.
    @inline(always)
    private static func evenRotation(
      _ a: SIMD8<Int16>, _ b: SIMD8<Int16>, shift: Int32
    ) -> (SIMD8<Int16>, SIMD8<Int16>) {
      let round = SIMD4<Int32>(repeating: 1 &<< (shift &- 1))
      let (low, high) = (Lanes.zipLow(a, b), Lanes.zipHigh(a, b))
      // 4433 = 0.541196100, 6270 = 0.765366865, 15137 = 1.847759065, all times 2^13.
      let (k2, k6) = (pair(4433 + 6270, 4433), pair(4433, 4433 - 15137))
      return (
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(low, k2) &+ round) &>> shift,
          (Lanes.multiplyAddPairs(high, k2) &+ round) &>> shift),
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(low, k6) &+ round) &>> shift,
          (Lanes.multiplyAddPairs(high, k6) &+ round) &>> shift)
      )
    }

    /// Outputs 1, 3, 5 and 7 from the differences of opposite inputs.
    @inline(always)
    private static func odd(
      _ d0: SIMD8<Int16>, _ d1: SIMD8<Int16>, _ d2: SIMD8<Int16>, _ d3: SIMD8<Int16>, shift: Int32
    ) -> (SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>) {
      let round = SIMD4<Int32>(repeating: 1 &<< (shift &- 1))
      let (z3, z4) = (d3 &+ d1, d2 &+ d0)
      let (zLow, zHigh) = (Lanes.zipLow(z3, z4), Lanes.zipHigh(z3, z4))
      // 9633 = 1.175875602, 16069 = 1.961570560, 3196 = 0.390180644.
      let (k3, k4) = (pair(9633 - 16069, 9633), pair(9633, 9633 - 3196))
      let (z3Low, z3High) = (
        Lanes.multiplyAddPairs(zLow, k3) &+ round, Lanes.multiplyAddPairs(zHigh, k3) &+ round
      )
      let (z4Low, z4High) = (
        Lanes.multiplyAddPairs(zLow, k4) &+ round, Lanes.multiplyAddPairs(zHigh, k4) &+ round
      )
      let (aLow, aHigh) = (Lanes.zipLow(d3, d0), Lanes.zipHigh(d3, d0))
      let (bLow, bHigh) = (Lanes.zipLow(d2, d1), Lanes.zipHigh(d2, d1))
      // 2446 = 0.298631336, 12299 = 1.501321110, 7373 = 0.899976223;
      // 16819 = 2.053119869, 25172 = 3.072711026, 20995 = 2.562915447.
      let (k7, k1) = (pair(2446 - 7373, -7373), pair(-7373, 12299 - 7373))
      let (k5, k6) = (pair(16819 - 20995, -20995), pair(-20995, 25172 - 20995))
      return (
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(aLow, k1) &+ z4Low) &>> shift,
          (Lanes.multiplyAddPairs(aHigh, k1) &+ z4High) &>> shift),
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(bLow, k6) &+ z3Low) &>> shift,
          (Lanes.multiplyAddPairs(bHigh, k6) &+ z3High) &>> shift),
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(bLow, k5) &+ z4Low) &>> shift,
          (Lanes.multiplyAddPairs(bHigh, k5) &+ z4High) &>> shift),
        Lanes.clampToInt16(
          (Lanes.multiplyAddPairs(aLow, k7) &+ z3Low) &>> shift,
          (Lanes.multiplyAddPairs(aHigh, k7) &+ z3High) &>> shift)
      )
    }

    /// The lanes `a b a b …`.
    @inline(always)
    private static func pair(_ a: Int16, _ b: Int16) -> SIMD8<Int16> {
      SIMD8(a, b, a, b, a, b, a, b)
    }

    // MARK: Quantisation

    /// Divides with rounding, stores, and notes which results are not zero.
    @inline(always)
    private static func quantize(
      _ b: Block, _ divisors: UnsafeRawPointer, _ target: UnsafeMutableRawPointer
    ) -> UInt64 {
      var map = SIMD8<Int16>()
      unsafe quantize(b.v0, 0, divisors, target, &map)
      unsafe quantize(b.v1, 1, divisors, target, &map)
      unsafe quantize(b.v2, 2, divisors, target, &map)
      unsafe quantize(b.v3, 3, divisors, target, &map)
      unsafe quantize(b.v4, 4, divisors, target, &map)
      unsafe quantize(b.v5, 5, divisors, target, &map)
      unsafe quantize(b.v6, 6, divisors, target, &map)
      unsafe quantize(b.v7, 7, divisors, target, &map)
      let bytes = unsafe unsafeBitCast(Lanes.clampToUInt8(map, map), to: SIMD2<UInt64>.self)
      return bytes[0]
    }

    /// Row `v`: lane `u` of `map` gets bit `v` when coefficient `(u, v)` is not zero.
    @inline(always)
    private static func quantize(
      _ row: SIMD8<Int16>, _ v: Int, _ divisors: UnsafeRawPointer,
      _ target: UnsafeMutableRawPointer, _ map: inout SIMD8<Int16>
    ) {
      let sign = row &>> 15
      let magnitude = unsafe unsafeBitCast((row ^ sign) &- sign, to: SIMD8<UInt16>.self)
      let quotient = unsafe Lanes.multiplyHigh(
        Lanes.multiplyHigh(
          magnitude &+ divisor(divisors, 64 &+ 8 &* v), divisor(divisors, 8 &* v)),
        divisor(divisors, 128 &+ 8 &* v))
      let level = unsafe unsafeBitCast(quotient, to: SIMD8<Int16>.self)
      unsafe target.storeBytes(
        of: (level ^ sign) &- sign, toByteOffset: 16 &* v, as: SIMD8<Int16>.self)
      // Levels are at least 0 here, so their negation is all sign where they are not zero.
      map |= ((0 &- level) &>> 15) & SIMD8(repeating: 1 &<< Int16(truncatingIfNeeded: v))
    }

    @inline(always)
    private static func divisor(_ divisors: UnsafeRawPointer, _ index: Int) -> SIMD8<UInt16> {
      unsafe divisors.loadUnaligned(fromByteOffset: 2 &* index, as: SIMD8<UInt16>.self)
    }
  }
}
