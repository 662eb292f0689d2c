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
    ///   - source: the first sample; rows are `stride` apart, and sixteen bytes of each are read.
    ///   - divisors: of the component, see ``Divisors``.
    ///   - target: receives 64 coefficients in row order.
    /// - Returns: which coefficients are not zero: bit `8v + u` for horizontal frequency `u` and
    ///   vertical frequency `v`.
    @inline(never)
    static func transform(
      _ source: UnsafeRawPointer, _ stride: Int, _ divisors: UnsafePointer<SIMD8<UInt16>>,
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
      // Two rows alternate, then four, then all eight: one column in every eight bytes. Each step
      // has wider lanes than the one before, or LLVM makes a worse shuffle of several.
      let r01 = unsafe words(Lanes.zipLow(row(source, 0, stride), row(source, 1, stride)))
      let r23 = unsafe words(Lanes.zipLow(row(source, 2, stride), row(source, 3, stride)))
      let r45 = unsafe words(Lanes.zipLow(row(source, 4, stride), row(source, 5, stride)))
      let r67 = unsafe words(Lanes.zipLow(row(source, 6, stride), row(source, 7, stride)))
      let (a0, a1) = (pairs(Lanes.zipLow(r01, r23)), pairs(Lanes.zipHigh(r01, r23)))
      let (b0, b1) = (pairs(Lanes.zipLow(r45, r67)), pairs(Lanes.zipHigh(r45, r67)))
      let (c0, c1) = (bytes(Lanes.zipLow(a0, b0)), bytes(Lanes.zipHigh(a0, b0)))
      let (c2, c3) = (bytes(Lanes.zipLow(a1, b1)), bytes(Lanes.zipHigh(a1, b1)))
      return Block(
        v0: low(c0), v1: high(c0), v2: low(c1), v3: high(c1),
        v4: low(c2), v5: high(c2), v6: low(c3), v7: high(c3))
    }

    /// A row and the eight bytes after it: a vector made of a scalar is taken apart again.
    @inline(always)
    private static func row(_ source: UnsafeRawPointer, _ y: Int, _ stride: Int) -> SIMD16<UInt8> {
      unsafe source.loadUnaligned(fromByteOffset: y &* stride, as: SIMD16<UInt8>.self)
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
      let (a0, a1) = (pairs(Lanes.zipLow(b.v0, b.v1)), pairs(Lanes.zipHigh(b.v0, b.v1)))
      let (a2, a3) = (pairs(Lanes.zipLow(b.v2, b.v3)), pairs(Lanes.zipHigh(b.v2, b.v3)))
      let (a4, a5) = (pairs(Lanes.zipLow(b.v4, b.v5)), pairs(Lanes.zipHigh(b.v4, b.v5)))
      let (a6, a7) = (pairs(Lanes.zipLow(b.v6, b.v7)), pairs(Lanes.zipHigh(b.v6, b.v7)))
      let (c0, c1) = (quads(Lanes.zipLow(a0, a2)), quads(Lanes.zipHigh(a0, a2)))
      let (c2, c3) = (quads(Lanes.zipLow(a1, a3)), quads(Lanes.zipHigh(a1, a3)))
      let (c4, c5) = (quads(Lanes.zipLow(a4, a6)), quads(Lanes.zipHigh(a4, a6)))
      let (c6, c7) = (quads(Lanes.zipLow(a5, a7)), quads(Lanes.zipHigh(a5, a7)))
      return Block(
        v0: lanes(Lanes.zipLow(c0, c4)), v1: lanes(Lanes.zipHigh(c0, c4)),
        v2: lanes(Lanes.zipLow(c1, c5)), v3: lanes(Lanes.zipHigh(c1, c5)),
        v4: lanes(Lanes.zipLow(c2, c6)), v5: lanes(Lanes.zipHigh(c2, c6)),
        v6: lanes(Lanes.zipLow(c3, c7)), v7: lanes(Lanes.zipHigh(c3, c7)))
    }

    @inline(always)
    private static func words(_ a: SIMD16<UInt8>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(a, to: SIMD8<Int16>.self)
    }
    @inline(always)
    private static func pairs(_ a: SIMD8<Int16>) -> SIMD4<Int32> {
      unsafe unsafeBitCast(a, to: SIMD4<Int32>.self)
    }
    @inline(always)
    private static func quads(_ a: SIMD4<Int32>) -> SIMD2<Int64> {
      unsafe unsafeBitCast(a, to: SIMD2<Int64>.self)
    }
    @inline(always)
    private static func bytes(_ a: SIMD4<Int32>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(a, to: SIMD16<UInt8>.self)
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
      b.v0 = timesFour(e0 &+ e1 &- SIMD8(repeating: 1024))
      b.v4 = timesFour(e0 &- e1)
      (b.v2, b.v6) = evenRotation(e3, e2, shift: 11)
      (b.v1, b.v3, b.v5, b.v7) = odd(d0, d1, d2, d3, shift: 11)
    }

    /// By additions: LLVM merges shifts to the left with what is before them, lane by lane.
    @inline(always)
    private static func timesFour(_ a: SIMD8<Int16>) -> SIMD8<Int16> {
      let twice = a &+ a
      return twice &+ twice
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
    static func evenRotation(
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
    static func odd(
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
    static func pair(_ a: Int16, _ b: Int16) -> SIMD8<Int16> {
      SIMD8(a, b, a, b, a, b, a, b)
    }

    // MARK: Quantisation

    /// Divides with rounding, stores, and notes which results are not zero.
    @inline(always)
    private static func quantize(
      _ b: Block, _ divisors: UnsafePointer<SIMD8<UInt16>>, _ target: UnsafeMutableRawPointer
    ) -> UInt64 {
      let q0 = unsafe quantize(b.v0, 0, divisors, target)
      let q1 = unsafe quantize(b.v1, 1, divisors, target)
      let q2 = unsafe quantize(b.v2, 2, divisors, target)
      let q3 = unsafe quantize(b.v3, 3, divisors, target)
      let q4 = unsafe quantize(b.v4, 4, divisors, target)
      let q5 = unsafe quantize(b.v5, 5, divisors, target)
      let q6 = unsafe quantize(b.v6, 6, divisors, target)
      let q7 = unsafe quantize(b.v7, 7, divisors, target)
      return ~(zeros(q0, q1) | zeros(q2, q3) &<< 16 | zeros(q4, q5) &<< 32 | zeros(q6, q7) &<< 48)
    }

    /// One bit for each of sixteen magnitudes that is zero.
    @inline(always)
    static func zeros(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> UInt64 {
      let bytes = unsafe unsafeBitCast(Lanes.clampToInt8(a, b), to: SIMD16<UInt8>.self)
      return UInt64(Lanes.highBits(Lanes.equal(bytes, SIMD16())))
    }

    /// Divides row `v`, stores it, and returns the magnitudes.
    @inline(always)
    private static func quantize(
      _ row: SIMD8<Int16>, _ v: Int, _ divisors: UnsafePointer<SIMD8<UInt16>>,
      _ target: UnsafeMutableRawPointer
    ) -> SIMD8<Int16> {
      let sign = row &>> 15
      let magnitude = unsafe unsafeBitCast((row ^ sign) &- sign, to: SIMD8<UInt16>.self)
      let quotient = unsafe Lanes.multiplyHigh(
        Lanes.multiplyHigh(magnitude &+ divisors[3 &* v], divisors[3 &* v &+ 1]),
        divisors[3 &* v &+ 2])
      let level = unsafe unsafeBitCast(quotient, to: SIMD8<Int16>.self)
      unsafe target.storeBytes(
        of: (level ^ sign) &- sign, toByteOffset: 16 &* v, as: SIMD8<Int16>.self)
      return level
    }
  }
}
