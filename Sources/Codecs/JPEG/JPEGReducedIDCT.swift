// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Inverse DCTs that make fewer samples than there are coefficients: libjpeg's for images at a
  /// half, a quarter and an eighth of their size, to the bit.
  ///
  /// A reduced transform is the plain one followed by taking means, without the terms that cancel
  /// and without the coefficients of the highest even frequencies.
  /// Source: libjpeg's jidctred.c documents the method; Loeffler, Ligtenberg and Moschytz, 1989.
  enum ReducedIDCT {
    @inline(never)
    static func transform<S: Sample>(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<S>,
      at offset: Int, stride: Int, unit: Int, clears: Bool
    ) {
      if unit == 1 || last == 0 {
        let dc = Int64(coefficients[first]) &* Int64(quantization[table])
        let sample = S.limited((dc &+ 4) &>> 3)
        for y in 0..<unit {
          for x in 0..<unit { plane[offset &+ y &* stride &+ x] = sample }
        }
      } else {
        // In libjpeg's terms the workspace; column x of row y is at 8y + x.
        var rows = InlineArray<32, Int64>(repeating: 0)
        for x in 0..<8 where unit == 4 ? x != 4 : x & 1 == 1 || x == 0 {
          var column = InlineArray<8, Int64>(repeating: 0)
          for y in 0..<8 {
            column[y] =
              Int64(coefficients[first &+ 8 &* y &+ x])
              &* Int64(quantization[table &+ 8 &* y &+ x])
          }
          let result = unit == 4 ? four(column) : two(column)
          let shift = (unit == 4 ? 14 : 15) &- S.passBits
          for y in 0..<unit { rows[8 &* y &+ x] = descaled(result[y], shift) }
        }
        for y in 0..<unit {
          var row = InlineArray<8, Int64>(repeating: 0)
          for x in 0..<8 { row[x] = rows[8 &* y &+ x] }
          let result = unit == 4 ? four(row) : two(row)
          let shift = (unit == 4 ? 17 : 18) &+ S.passBits
          for x in 0..<unit {
            plane[offset &+ y &* stride &+ x] = S.limited(descaled(result[x], shift))
          }
        }
      }
      if clears {
        for i in first..<(first &+ 64) { coefficients[i] = 0 }
      }
    }

    private static func descaled(_ value: Int64, _ bits: Int64) -> Int64 {
      (value &+ (1 &<< (bits &- 1))) &>> bits
    }

    /// Eight coefficients to four samples, times 2^14.
    private static func four(_ c: InlineArray<8, Int64>) -> InlineArray<4, Int64> {
      let base = c[0] &<< 14
      let even = c[2] &* 15_137 &- c[6] &* 6_270
      let inner =
        c[1] &* 8_697 &- c[3] &* 17_799 &+ c[5] &* 11_893 &- c[7] &* 1_730
      let outer =
        c[1] &* 20_995 &+ c[3] &* 7_373 &- c[5] &* 4_926 &- c[7] &* 4_176
      let (a, b) = (base &+ even, base &- even)
      return [a &+ outer, b &+ inner, b &- inner, a &- outer]
    }

    /// Eight coefficients to two samples, times 2^15.
    private static func two(_ c: InlineArray<8, Int64>) -> InlineArray<4, Int64> {
      let base = c[0] &<< 15
      let odd =
        c[1] &* 29_692 &- c[3] &* 10_426 &+ c[5] &* 6_967 &- c[7] &* 5_906
      return [base &+ odd, base &- odd, 0, 0]
    }
  }
}
