// SPDX-License-Identifier: Apache-2.0

extension UInt16: JPEG.InputSample {
  typealias Forward = JPEG.WideForwardColor

  static func divisors(_ table: JPEG.QuantizationTable) -> [SIMD4<Float>] {
    JPEG.WideFDCT.divisors(table)
  }

  @inline(always)
  static func transform(
    _ samples: Span<UInt16>, at offset: Int, stride: Int, count: Int,
    _ divisors: Span<SIMD4<Float>>, into coefficients: inout JPEG.Coefficients, at block: Int
  ) {
    let zigzag = JPEG.CoefficientMap.zigzag
    JPEG.WideFDCT.transformVectors(
      samples, at: offset, stride: stride, count: count, divisors, zigzag: zigzag.span,
      into: &coefficients.values, &coefficients.maps, at: block)
  }
}

extension JPEG {
  /// The forward DCT in plain arithmetic: libjpeg's "islow", to the bit.
  enum WideFDCT {
    /// The samples of a block, around zero.
    @inline(always)
    static func block<S: InputSample>(
      of samples: Span<S>, at offset: Int, stride: Int
    ) -> InlineArray<64, Int64> {
      var block = InlineArray<64, Int64>(repeating: 0)
      for y in 0..<8 {
        for x in 0..<8 {
          block[8 &* y &+ x] =
            Int64(samples[offset &+ y &* stride &+ x]) &- 1 &<< (Int64(S.bitCount) &- 1)
        }
      }
      return block
    }

    /// The transformed block, times 8, in row order.
    ///
    /// - Parameter passBits: see ``Sample``.
    @inline(always)
    static func transform(
      _ samples: InlineArray<64, Int64>, passBits: Int64
    ) -> InlineArray<64, Int64> {
      var block = samples
      for y in 0..<8 {
        var row = InlineArray<8, Int64>(repeating: 0)
        for x in 0..<8 { row[x] = block[8 &* y &+ x] }
        let result = pass(row, fraction: 13 &- passBits)
        for x in 0..<8 { block[8 &* y &+ x] = result[x] }
      }
      for x in 0..<8 {
        var column = InlineArray<8, Int64>(repeating: 0)
        for y in 0..<8 { column[y] = block[8 &* y &+ x] }
        let result = pass(column, fraction: 13 &+ passBits)
        for y in 0..<8 { block[8 &* y &+ x] = result[y] }
      }
      return block
    }

    /// The eight-point transform, times √8 and rounded: products have 13 bits of fraction, of which
    /// `fraction` go.
    @inline(always)
    private static func pass(
      _ s: InlineArray<8, Int64>, fraction: Int64
    ) -> InlineArray<8, Int64> {
      let (a0, a1, a2, a3) = (s[0] &+ s[7], s[1] &+ s[6], s[2] &+ s[5], s[3] &+ s[4])
      let (b0, b1, b2, b3) = (s[0] &- s[7], s[1] &- s[6], s[2] &- s[5], s[3] &- s[4])
      let (c0, c1, c2, c3) = (a0 &+ a3, a1 &+ a2, a1 &- a2, a0 &- a3)
      let half: Int64 = 1 &<< (fraction &- 1)
      func rounded(_ value: Int64) -> Int64 { (value &+ half) &>> fraction }
      let odd = 9_633 &* (b2 &+ b0) &- 6_436 &* (b3 &+ b1)
      let even = 9_633 &* (b3 &+ b1) &+ 6_437 &* (b2 &+ b0)
      return [
        rounded((c0 &+ c1) &<< 13),
        rounded(even &+ 4_926 &* b0 &- 7_373 &* b3),
        rounded(10_703 &* c3 &+ 4_433 &* c2),
        rounded(odd &+ 4_177 &* b1 &- 20_995 &* b2),
        rounded((c0 &- c1) &<< 13),
        rounded(even &- 4_176 &* b2 &- 20_995 &* b1),
        rounded(4_433 &* c3 &- 10_704 &* c2),
        rounded(odd &- 4_927 &* b3 &- 7_373 &* b0),
      ]
    }
  }
}
