// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Inverse DCTs that make N × N samples of a block, where N is neither 8 nor less than 3: libjpeg's
  /// for images of three, five, six and seven eighths of their size, to the bit.
  ///
  /// Sample k of N is the sum over j of coefficient j · √2 · cos((2k + 1)jπ / 2N), the first term
  /// without √2: down the columns first, then along the rows. Coefficients from N on are left out.
  /// Source: T.81 A.3.3, with N in place of 8; libjpeg's README on scaled decoding.
  enum ScaledIDCT {
    static func has(_ unit: Int) -> Bool { firstRow(unit) != nil }

    /// The first row of ``JPEG/scaledCosines`` for a number of samples.
    static func firstRow(_ unit: Int) -> Int? {
      switch unit {
      case 3: 0
      case 5: 2
      case 6: 5
      case 7: 8
      case 10: 12
      case 12: 17
      case 14: 23
      default: nil
      }
    }

    /// Parameters as those of ``JPEG/ReducedIDCT``.
    @inline(never)
    static func transform<S: Sample>(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<S>,
      at offset: Int, stride: Int, unit: Int, clears: Bool
    ) {
      guard let firstRow = firstRow(unit) else { return }
      let cosines = JPEG.scaledCosines
      let factors = cosines.span.extracting((8 * firstRow)..<(8 * (firstRow + (unit + 1) / 2)))
      // Rows and columns of coefficients behind which all are zero or left out.
      let count = min(unit, last == 0 ? 1 : last <= 2 ? 2 : last <= 9 ? 4 : 8)
      // Row y of the transformed columns is at 8y.
      var rows = InlineArray<112, Int64>(repeating: 0)
      var workspace = rows.mutableSpan
      for x in 0..<count {
        var column = InlineArray<8, Int64>(repeating: 0)
        for y in 0..<count {
          column[y] =
            Int64(coefficients[first &+ 8 &* y &+ x])
            &* Int64(quantization[table &+ 8 &* y &+ x])
        }
        let shift = 13 &- S.passBits
        for y in 0..<(unit + 1) / 2 {
          let (even, odd) = sums(column, factors, y, count)
          // libjpeg keeps 32 bits.
          workspace[8 &* y &+ x] = Int64(Int32(truncatingIfNeeded: descaled(even &+ odd, shift)))
          workspace[8 &* (unit &- 1 &- y) &+ x] = Int64(
            Int32(truncatingIfNeeded: descaled(even &- odd, shift)))
        }
      }
      for y in 0..<unit {
        var row = InlineArray<8, Int64>(repeating: 0)
        for x in 0..<count { row[x] = workspace[8 &* y &+ x] }
        let (start, shift) = (offset &+ y &* stride, 16 &+ S.passBits)
        for x in 0..<(unit + 1) / 2 {
          let (even, odd) = sums(row, factors, x, count)
          plane[start &+ x] = limited(descaled(even &+ odd, shift))
          plane[start &+ unit &- 1 &- x] = limited(descaled(even &- odd, shift))
        }
      }
      if clears {
        for i in first..<(first &+ 64) { coefficients[i] = 0 }
      }
    }

    /// What even and odd coefficients add to sample `k`; in its mirror image the odd ones change
    /// their sign.
    @inline(always)
    private static func sums(
      _ values: InlineArray<8, Int64>, _ factors: Span<Int16>, _ k: Int, _ count: Int
    ) -> (even: Int64, odd: Int64) {
      var (even, odd): (Int64, Int64) = (0, 0)
      for j in stride(from: 0, to: count, by: 2) {
        even &+= values[j] &* Int64(factors[8 &* k &+ j])
        // A lone last one is followed by a zero.
        odd &+= values[j &+ 1] &* Int64(factors[8 &* k &+ j &+ 1])
      }
      return (even, odd)
    }

    @inline(always)
    private static func descaled(_ value: Int64, _ bits: Int64) -> Int64 {
      (value &+ (1 &<< (bits &- 1))) &>> bits
    }

    /// libjpeg looks what is beyond the range up in a table, by the low bits: two more than samples
    /// have.
    @inline(always)
    static func limited<S: Sample>(_ value: Int64) -> S {
      let unused = Int64(62 &- S.bitCount)
      return S.limited((value &<< unused) &>> unused)
    }
  }

  /// For each size of ``ScaledIDCT`` the factors of eight coefficients times 2^13, for the first half
  /// of the samples.
  ///
  /// They are √2 · cos((2k + 1)jπ / 2N), but some one more or less: libjpeg's factors are sums of
  /// rounded ones. Those were found out by decoding blocks with single coefficients.
  static let scaledCosines: [Int16] = [
    // 3 samples
    8192, 10_033, 5793, 0, 0, 0, 0, 0,
    8192, 0, -11_586, 0, 0, 0, 0, 0,
    // 5 samples
    8192, 11_019, 9372, 6810, 3580, 0, 0, 0,
    8192, 6810, -3580, -11_018, -9372, 0, 0, 0,
    8192, 0, -11_584, 0, 11_584, 0, 0, 0,
    // 6 samples
    8192, 11_190, 10_033, 8192, 5793, 2998, 0, 0,
    8192, 8192, 0, -8192, -11_586, -8192, 0, 0,
    8192, 2998, -10_033, -8192, 5793, 11_190, 0, 0,
    // 7 samples
    8192, 11_295, 10_438, 9058, 7223, 5027, 2578, 0,
    8192, 9058, 2578, -5027, -10_438, -11_295, -7223, 0,
    8192, 5027, -7223, -11_295, -2578, 9058, 10_438, 0,
    8192, 0, -11_585, 0, 11_585, 0, -11_585, 0,
    // 10 samples
    8192, 11_443, 11_019, 10_322, 9373, 8192, 6810, 5260,
    8192, 10_323, 6810, 1812, -3580, -8192, -11_018, -11_442,
    8192, 8192, 0, -8192, -11_586, -8192, 0, 8192,
    8192, 5260, -6810, -11_442, -3580, 8192, 11_018, 1812,
    8192, 1812, -11_019, -5260, 9373, 8192, -6810, -10_322,
    // 12 samples
    8192, 11_487, 11_190, 10_703, 10_033, 9192, 8192, 7053,
    8192, 10_703, 8192, 4433, 0, -4433, -8192, -10_703,
    8192, 9192, 2998, -4433, -10_033, -11_485, -8192, -1512,
    8192, 7053, -2998, -10_703, -10_033, -1512, 8192, 11_486,
    8192, 4433, -8192, -10_704, 0, 10_704, 8192, -4433,
    8192, 1513, -11_190, -4433, 10_033, 7053, -8192, -9191,
    // 14 samples
    8192, 11_513, 11_295, 10_935, 10_438, 9810, 9058, 8192,
    8192, 10_935, 9058, 6164, 2578, -1297, -5026, -8192,
    8192, 9810, 5027, -1297, -7223, -10_934, -11_295, -8192,
    8192, 8192, 0, -8192, -11_586, -8192, 0, 8192,
    8192, 6164, -5027, -11_512, -7223, 3826, 11_295, 8192,
    8192, 3826, -9058, -9809, 2578, 11_512, 5026, -8192,
    8192, 1297, -11_295, -3826, 10_438, 6164, -9058, -8192,
  ]
}
