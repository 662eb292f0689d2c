// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Lets samples at the ends of their range go beyond them.
  ///
  /// A decoder clips, so that for black and white it does not matter what is beyond. Beside an edge
  /// that is quantised the samples ring; where they ring outwards that is no error, and coefficients
  /// that aim at it are smaller.
  enum Deringing {
    /// How far samples go beyond their range, of 256 levels.
    private static let most: Int64 = 31

    /// - Parameters:
    ///   - block: samples around zero.
    ///   - divisors: in row order, for transformed samples times 8.
    static func relax<S: InputSample>(
      _ block: inout InlineArray<64, Int64>, _ divisors: Span<UInt32>, _: S.Type
    ) {
      let centre: Int64 = 1 << (Int64(S.bitCount) - 1)
      let reach = most * centre / 128
      var count = 0
      for i in 0..<64 where block[i] == centre - 1 || block[i] == -centre { count += 1 }
      guard count > 0, count < 64 else { return }
      let samples = block
      for _ in 0..<2 {
        var levels = WideFDCT.transform(block, passBits: S.passBits)
        for i in 0..<64 {
          let divisor = Int64(divisors[i])
          let half = levels[i] < 0 ? -(divisor / 2) : divisor / 2
          levels[i] = (levels[i] + half) / divisor * divisor
        }
        let decoded = inverse(levels.span)
        for i in 0..<64 {
          if samples[i] == centre - 1 {
            block[i] = min(max(decoded[i], centre - 1), centre - 1 + reach)
          } else if samples[i] == -centre {
            block[i] = max(min(decoded[i], -centre), -centre - reach)
          }
        }
      }
    }

    /// cos(iπ/16) · 2^13 / 2, the first one by √½ too.
    private static let cosines: [Int64] = [
      2_896, 4_017, 3_784, 3_406, 2_896, 2_276, 1_567, 799,
    ]

    /// The inverse DCT of coefficients times 8.
    private static func inverse(_ coefficients: Span<Int64>) -> InlineArray<64, Int64> {
      let cosines = cosines
      var basis = InlineArray<64, Int64>(repeating: 0)
      for u in 0..<8 {
        for x in 0..<8 {
          // In sixteenths of π, of which 32 are a turn.
          let angle = (2 * x + 1) * u % 32
          let folded = angle > 16 ? 32 - angle : angle
          basis[8 * u + x] =
            u == 0
            ? cosines[0] : folded == 8 ? 0 : folded < 8 ? cosines[folded] : -cosines[16 - folded]
        }
      }
      var rows = InlineArray<64, Int64>(repeating: 0)
      for v in 0..<8 {
        for u in 0..<8 where coefficients[8 * v + u] != 0 {
          for x in 0..<8 { rows[8 * v + x] += coefficients[8 * v + u] * basis[8 * u + x] }
        }
      }
      var result = InlineArray<64, Int64>(repeating: 0)
      for y in 0..<8 {
        for v in 0..<8 {
          for x in 0..<8 { result[8 * y + x] += (rows[8 * v + x] >> 10) * basis[8 * v + y] }
        }
      }
      // 13 bits of fraction of each pass, but for ten, and the factor 8.
      for i in 0..<64 { result[i] = (result[i] + 1 << 18) >> 19 }
      return result
    }
  }
}
