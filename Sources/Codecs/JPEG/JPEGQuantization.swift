// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the quantiser needs of a quantisation table, in the form of ``FDCT``.
  ///
  /// A transformed coefficient `x` is 8 times too large, so the divisor is `d = 8q`; the level is
  /// `⌊(|x| + d/2) / d⌋`, exactly, as `(((|x| + c) · r) >> 16 · s) >> 16` in 16-bit unsigned
  /// arithmetic. Source: Granlund and Montgomery, "Division by Invariant Integers", 1994.
  struct Divisors: Sendable {
    /// For each row of eight coefficients the corrections `c`, the reciprocals `r` and the scales
    /// `s`: vectors, so that they are aligned as vectors are.
    let values: [SIMD8<UInt16>]

    static var count: Int { 24 }

    init(_ table: QuantizationTable) {
      var values = [SIMD8<UInt16>](repeating: SIMD8(), count: Self.count)
      for (position, step) in table.naturalOrder.enumerated() {
        // Steps above 8191 quantise everything to 0 or 1 and would leave 16 bits.
        let divisor = UInt32(min(max(step, 1), 8191)) * 8
        let exponent = 31 - divisor.leadingZeroBitCount
        let power = UInt32(1) << UInt32(16 + exponent)
        var (reciprocal, remainder) = power.quotientAndRemainder(dividingBy: divisor)
        var correction = divisor / 2
        var shift = exponent
        if remainder == 0 {
          // A power of two: halve, because 2^16 does not fit.
          reciprocal = 1 << 15
          shift -= 1
        } else if remainder <= divisor / 2 {
          correction += 1
        } else {
          reciprocal += 1
        }
        let (row, lane) = (position / 8 * 3, position % 8)
        values[row][lane] = UInt16(truncatingIfNeeded: correction)
        values[row + 1][lane] = UInt16(truncatingIfNeeded: reciprocal)
        values[row + 2][lane] = UInt16(truncatingIfNeeded: 1 << UInt32(16 - shift))
      }
      self.values = values
    }
  }
}

extension JPEG.QuantizationTable {
  /// What transformed coefficients, which are 8 times too large, are divided by, in row order.
  var divisors: [UInt32] { naturalOrder.map { UInt32(max($0, 1)) * 8 } }

  /// The table of T.81 annex K for a quality of 1 to 100, scaled as libjpeg does.
  ///
  /// - Parameters:
  ///   - base: 64 divisors for quality 50, in row order.
  ///   - baseline: keep every divisor within 8 bits, so that baseline decoders can read the file.
  init(base: [UInt16], quality: Int, baseline: Bool) {
    let quality = min(max(quality, 1), 100)
    let percent = quality < 50 ? 5000 / quality : 200 - 2 * quality
    let largest = baseline ? 255 : 32_767
    self.init(
      (0..<64).map { k in
        let scaled = (Int(base[Int(JPEG.zigzag[k])]) * percent + 50) / 100
        return UInt16(min(max(scaled, 1), largest))
      })
  }
}
