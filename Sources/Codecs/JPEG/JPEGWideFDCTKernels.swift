// SPDX-License-Identifier: Apache-2.0

extension JPEG.WideFDCT {
  /// What rows of transformed samples are divided by: four vectors a row of eight, two of which are
  /// added and two multiplied with.
  ///
  /// A level is `(|v| + d / 2) / d` rounded down, where `d` is eight times the step of the table. All
  /// are below 2^20, so that the sum has no more than 21 bits with one half added; that keeps it so
  /// far from the next multiple of `d` that the rounding of the reciprocal and of the product, which
  /// are below 2^-23 of it together, cannot reach that.
  static func divisors(_ table: JPEG.QuantizationTable) -> [SIMD4<Float>] {
    var result: [SIMD4<Float>] = []
    let all = table.divisors
    for y in 0..<8 {
      let steps = all[(8 * y)..<(8 * y + 8)]
      let added = steps.map { Float($0 / 2) + 0.5 }
      let factors = steps.map { 1 / Float($0) }
      for values in [added, factors] {
        result += [SIMD4(values[0..<4]), SIMD4(values[4..<8])]
      }
    }
    return result
  }

  /// Transforms and quantises `count` neighbouring blocks of samples of 12 bits.
  ///
  /// - Parameters:
  ///   - offset: of the first sample of the first block; rows are `stride` apart.
  ///   - divisors: of one component.
  ///   - block: index of the first block in `values` and `maps`.
  @inline(always)
  static func transformVectors(
    _ samples: Span<UInt16>, at offset: Int, stride: Int, count: Int,
    _ divisors: Span<SIMD4<Float>>, zigzag: Span<UInt64>,
    into values: inout [Int16], _ maps: inout [UInt64], at block: Int
  ) {
    // The proof for every access below.
    precondition(count >= 0 && block >= 0 && block <= maps.count - count)
    precondition(values.count >= 64 * maps.count)
    precondition(divisors.count >= 32 && zigzag.count >= 8 * 256)
    precondition(offset >= 0 && stride >= 8)
    precondition(offset + 8 * count + 7 * stride <= samples.count)
    unsafe samples.withUnsafeBytes { samples in
      unsafe divisors.withUnsafeBufferPointer { divisors in
        unsafe zigzag.withUnsafeBufferPointer { zigzag in
          unsafe values.withUnsafeMutableBytes { values in
            unsafe maps.withUnsafeMutableBufferPointer { maps in
              for i in 0..<count {
                let rows = unsafe transform(
                  samples.baseAddress.unsafelyUnwrapped + 2 &* (offset &+ 8 &* i), 2 &* stride,
                  divisors.baseAddress.unsafelyUnwrapped,
                  values.baseAddress.unsafelyUnwrapped + 128 &* (block &+ i))
                unsafe maps[block &+ i] = JPEG.CoefficientKernels.zigzagMap(
                  rows, zigzag.baseAddress.unsafelyUnwrapped)
              }
            }
          }
        }
      }
    }
  }

  /// - Returns: which coefficients are not zero, as ``JPEG/FDCT``'s.
  @inline(never)
  private static func transform(
    _ source: UnsafeRawPointer, _ stride: Int, _ divisors: UnsafePointer<SIMD4<Float>>,
    _ target: UnsafeMutableRawPointer
  ) -> UInt64 {
    let columns = unsafe JPEG.IDCT.transposed(
      (
        row(source, 0, stride), row(source, 1, stride), row(source, 2, stride),
        row(source, 3, stride), row(source, 4, stride), row(source, 5, stride),
        row(source, 6, stride), row(source, 7, stride)
      ))
    let r = JPEG.IDCT.transposed(rowPass(columns))
    let low = columnPass(
      Lanes.zipLow(r.0, r.7), Lanes.zipLow(r.1, r.6), Lanes.zipLow(r.2, r.5),
      Lanes.zipLow(r.3, r.4))
    let high = columnPass(
      Lanes.zipHigh(r.0, r.7), Lanes.zipHigh(r.1, r.6), Lanes.zipHigh(r.2, r.5),
      Lanes.zipHigh(r.3, r.4))
    let q0 = unsafe quantize(low.0, high.0, 0, divisors, target)
    let q1 = unsafe quantize(low.1, high.1, 1, divisors, target)
    let q2 = unsafe quantize(low.2, high.2, 2, divisors, target)
    let q3 = unsafe quantize(low.3, high.3, 3, divisors, target)
    let q4 = unsafe quantize(low.4, high.4, 4, divisors, target)
    let q5 = unsafe quantize(low.5, high.5, 5, divisors, target)
    let q6 = unsafe quantize(low.6, high.6, 6, divisors, target)
    let q7 = unsafe quantize(low.7, high.7, 7, divisors, target)
    return
      ~(JPEG.FDCT.zeros(q0, q1) | JPEG.FDCT.zeros(q2, q3) &<< 16
      | JPEG.FDCT.zeros(q4, q5) &<< 32 | JPEG.FDCT.zeros(q6, q7) &<< 48)
  }

  @inline(always)
  private static func row(_ source: UnsafeRawPointer, _ y: Int, _ stride: Int) -> SIMD8<Int16> {
    unsafe source.loadUnaligned(fromByteOffset: y &* stride, as: SIMD8<Int16>.self)
  }

  /// Rows, twice as large as the DCT makes them: sixteen bits are enough.
  @inline(always)
  private static func rowPass(_ c: JPEG.IDCT.Rows) -> JPEG.IDCT.Rows {
    let (s0, s1, s2, s3) = (c.0 &+ c.7, c.1 &+ c.6, c.2 &+ c.5, c.3 &+ c.4)
    let (d0, d1, d2, d3) = (c.0 &- c.7, c.1 &- c.6, c.2 &- c.5, c.3 &- c.4)
    let (e0, e1, e2, e3) = (s0 &+ s3, s1 &+ s2, s1 &- s2, s0 &- s3)
    // Samples are unsigned up to here; taking 8 · 2048 off the sum centres them.
    let (first, fourth) = (e0 &+ e1 &- SIMD8(repeating: 16_384), e0 &- e1)
    let (second, sixth) = JPEG.FDCT.evenRotation(e3, e2, shift: 12)
    let odd = JPEG.FDCT.odd(d0, d1, d2, d3, shift: 12)
    return (
      first &+ first, odd.0, second, odd.1, fourth &+ fourth, odd.2, sixth, odd.3
    )
  }

  /// Columns: from pairs of opposite inputs, whose sums would not fit in sixteen bits.
  @inline(always)
  private static func columnPass(
    _ z07: SIMD8<Int16>, _ z16: SIMD8<Int16>, _ z25: SIMD8<Int16>, _ z34: SIMD8<Int16>
  ) -> (
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>,
    SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>, SIMD4<Int32>
  ) {
    let outer = sum(z07, 1) &+ sum(z34, 1) &+ SIMD4(repeating: 1)
    let inner = sum(z16, 1) &+ sum(z25, 1)
    let round = SIMD4<Int32>(repeating: 1 << 13)
    let second =
      sum(z07, 10_703) &+ sum(z34, -10_703) &+ sum(z16, 4_433) &+ sum(z25, -4_433) &+ round
    let sixth =
      sum(z07, 4_433) &+ sum(z34, -4_433) &+ sum(z16, -10_704) &+ sum(z25, 10_704) &+ round
    func odd(_ k0: Int16, _ k1: Int16, _ k2: Int16, _ k3: Int16) -> SIMD4<Int32> {
      (difference(z07, k0) &+ difference(z16, k1) &+ difference(z25, k2)
        &+ difference(z34, k3) &+ round) &>> 14
    }
    return (
      (outer &+ inner) &>> 1, odd(11_363, 9_633, 6_437, 2_260), second &>> 14,
      odd(9_633, -2_259, -11_362, -6_436), (outer &- inner) &>> 1,
      odd(6_437, -11_362, 2_261, 9_633), sixth &>> 14, odd(2_260, -6_436, 9_633, -11_363)
    )
  }

  /// Sums of pairs, times `k`.
  @inline(always)
  private static func sum(_ pairs: SIMD8<Int16>, _ k: Int16) -> SIMD4<Int32> {
    Lanes.multiplyAddPairs(pairs, JPEG.FDCT.pair(k, k))
  }
  /// Differences of pairs, times `k`.
  @inline(always)
  private static func difference(_ pairs: SIMD8<Int16>, _ k: Int16) -> SIMD4<Int32> {
    Lanes.multiplyAddPairs(pairs, JPEG.FDCT.pair(k, 0 &- k))
  }

  /// Divides row `v`, stores it, and returns the levels.
  @inline(always)
  private static func quantize(
    _ low: SIMD4<Int32>, _ high: SIMD4<Int32>, _ v: Int,
    _ divisors: UnsafePointer<SIMD4<Float>>, _ target: UnsafeMutableRawPointer
  ) -> SIMD8<Int16> {
    let levels = unsafe Lanes.clampToInt16(
      divided(low, divisors[4 &* v], divisors[4 &* v &+ 2]),
      divided(high, divisors[4 &* v &+ 1], divisors[4 &* v &+ 3]))
    unsafe target.storeBytes(of: levels, toByteOffset: 16 &* v, as: SIMD8<Int16>.self)
    return levels
  }

  @inline(always)
  private static func divided(
    _ value: SIMD4<Int32>, _ added: SIMD4<Float>, _ factor: SIMD4<Float>
  ) -> SIMD4<Int32> {
    let sign = value &>> 31
    let level = Lanes.truncated((Lanes.float((value ^ sign) &- sign) + added) * factor)
    return (level ^ sign) &- sign
  }
}
