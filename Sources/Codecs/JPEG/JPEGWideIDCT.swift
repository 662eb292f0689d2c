// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The inverse DCT of 12-bit samples: libjpeg's "islow" arithmetic, to the bit.
  enum WideIDCT {
    @inline(never)
    static func transform(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int,
      into plane: inout MutableSpan<UInt16>, at offset: Int, stride: Int, clears: Bool
    ) {
      var rows = InlineArray<64, Int64>(repeating: 0)
      for x in 0..<8 {
        var column = InlineArray<8, Int64>(repeating: 0)
        for y in 0..<8 {
          column[y] =
            Int64(coefficients[first &+ 8 &* y &+ x])
            &* Int64(quantization[table &+ 8 &* y &+ x])
        }
        let result = pass(column)
        let shift = 13 &- UInt16.passBits
        for y in 0..<8 { rows[8 &* y &+ x] = (result[y] &+ (1 &<< (shift &- 1))) &>> shift }
      }
      for y in 0..<8 {
        var row = InlineArray<8, Int64>(repeating: 0)
        for x in 0..<8 { row[x] = rows[8 &* y &+ x] }
        let result = pass(row)
        let shift = 16 &+ UInt16.passBits
        for x in 0..<8 {
          plane[offset &+ y &* stride &+ x] = UInt16.limited(
            (result[x] &+ (1 &<< (shift &- 1))) &>> shift)
        }
      }
      if clears {
        for i in first..<(first &+ 64) { coefficients[i] = 0 }
      }
    }

    /// The eight-point transform, times 2^13.
    private static func pass(_ c: InlineArray<8, Int64>) -> InlineArray<8, Int64> {
      let (sum, difference) = ((c[0] &+ c[4]) &<< 13, (c[0] &- c[4]) &<< 13)
      let e3 = c[2] &* 10_703 &+ c[6] &* 4_433
      let e2 = c[2] &* 4_433 &- c[6] &* 10_704
      let (a0, a3, a1, a2) = (sum &+ e3, sum &- e3, difference &+ e2, difference &- e2)
      let (z3, z4) = (c[3] &+ c[7], c[1] &+ c[5])
      let y3 = z4 &* 9_633 &- z3 &* 6_436
      let y4 = z3 &* 9_633 &+ z4 &* 6_437
      let b3 = y3 &- c[7] &* 4_927 &- c[1] &* 7_373
      let b0 = y4 &- c[7] &* 7_373 &+ c[1] &* 4_926
      let b2 = y4 &- c[5] &* 4_176 &- c[3] &* 20_995
      let b1 = y3 &- c[5] &* 20_995 &+ c[3] &* 4_177
      return [
        a0 &+ b0, a1 &+ b1, a2 &+ b2, a3 &+ b3, a3 &- b3, a2 &- b2, a1 &- b1, a0 &- b0,
      ]
    }
  }
}

extension UInt16: JPEG.Sample {
  static var bitCount: Int { 12 }
  static var passBits: Int64 { 1 }
  /// libjpeg looks limited values up in a table of 2^14 entries.
  @inline(__always)
  static func wrapped(_ value: Int64) -> Int64 { (value &<< 50) &>> 50 }

  @inline(always)
  static func transform(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int,
    into plane: inout MutableSpan<UInt16>, at offset: Int, stride: Int, clears: Bool
  ) {
    JPEG.WideIDCT.transformVectors(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, clears: clears)
  }

  @inline(always)
  static func transformReduced(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt16>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    JPEG.ReducedIDCT.transform(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
  }

  @inline(always)
  static func transformScaled(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt16>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    JPEG.ScaledIDCT.transform(
      &coefficients, at: first, last: last, quantization: quantization, at: table,
      into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
  }
}
