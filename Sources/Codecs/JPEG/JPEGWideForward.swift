// SPDX-License-Identifier: Apache-2.0

/// What the 8-bit kernels do, for 12 bits and in plain arithmetic.
extension UInt16: JPEG.InputSample {
  private static var largest: Int32 { 1 << Int32(bitCount) - 1 }

  /// Eight times the steps of a table, in row order.
  static func divisors(_ table: JPEG.QuantizationTable) -> [UInt32] {
    table.naturalOrder.map { UInt32(Swift.max($0, 1)) * 8 }
  }

  @inline(always)
  private static func load(_ source: RawSpan, _ index: Int) -> Int32 {
    Int32(source.loadUnaligned(UInt16.self, at: 2 &* index))
  }

  /// The formulas of ``JPEG/ForwardColor`` with the middle at 2048.
  @inline(always)
  private static func convert(
    _ r: Int32, _ g: Int32, _ b: Int32, _ x: Int, into buffer: inout MutableSpan<UInt16>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    let middle: Int32 = 1 &<< (Int32(bitCount) &+ 15) &+ 32_767
    let luma = 19_595 &* r &+ 38_470 &* g &+ 7_471 &* b &+ 32_768
    let cb = middle &- 11_059 &* r &- 21_709 &* g &+ 32_768 &* b
    let cr = middle &+ 32_768 &* r &- 27_439 &* g &- 5_329 &* b
    buffer[targets.y &+ x] = UInt16(truncatingIfNeeded: luma &>> 16)
    buffer[targets.cb &+ x] = UInt16(truncatingIfNeeded: cb &>> 16)
    buffer[targets.cr &+ x] = UInt16(truncatingIfNeeded: cr &>> 16)
  }

  static func convertRGB(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<UInt16>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    for x in 0..<count {
      let pixel = offset &+ 3 &* x
      convert(
        load(source, pixel), load(source, pixel &+ 1), load(source, pixel &+ 2), x, into: &buffer,
        at: targets)
    }
  }

  static func convertCMYK(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<UInt16>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    for x in 0..<count {
      let pixel = offset &+ 4 &* x
      convert(
        largest &- load(source, pixel), largest &- load(source, pixel &+ 1),
        largest &- load(source, pixel &+ 2), x, into: &buffer, at: targets)
    }
  }

  static func copyChannel(
    _ source: RawSpan, at offset: Int, step: Int, count: Int,
    into buffer: inout MutableSpan<UInt16>, at target: Int
  ) {
    for x in 0..<count {
      buffer[target &+ x] = UInt16(truncatingIfNeeded: load(source, offset &+ step &* x))
    }
  }

  static func halveWidth(
    _ buffer: inout MutableSpan<UInt16>, from source: Int, to target: Int, count: Int
  ) {
    for x in 0..<count {
      let sum = buffer[source &+ 2 &* x] &+ buffer[source &+ 2 &* x &+ 1]
      buffer[target &+ x] = (sum &+ UInt16(truncatingIfNeeded: x & 1)) &>> 1
    }
  }

  static func halveBoth(
    _ buffer: inout MutableSpan<UInt16>, from first: Int, and second: Int, to target: Int,
    count: Int
  ) {
    for x in 0..<count {
      let upper = buffer[first &+ 2 &* x] &+ buffer[first &+ 2 &* x &+ 1]
      let lower = buffer[second &+ 2 &* x] &+ buffer[second &+ 2 &* x &+ 1]
      buffer[target &+ x] = (upper &+ lower &+ 1 &+ UInt16(truncatingIfNeeded: x & 1)) &>> 2
    }
  }

  static func transform(
    _ samples: Span<UInt16>, at offset: Int, stride: Int, count: Int, _ divisors: Span<UInt32>,
    into coefficients: inout JPEG.Coefficients, at block: Int
  ) {
    transform(
      samples, at: offset, stride: stride, count: count, divisors, into: &coefficients.values,
      &coefficients.maps, at: block)
  }

  private static func transform(
    _ samples: Span<UInt16>, at offset: Int, stride: Int, count: Int, _ divisors: Span<UInt32>,
    into coefficients: inout [Int16], _ maps: inout [UInt64], at block: Int
  ) {
    let order = JPEG.zigzag
    let zigzag = order.span
    var values = coefficients.mutableSpan
    for i in 0..<count {
      let block = block &+ i
      let transformed = JPEG.WideFDCT.transform(
        JPEG.WideFDCT.block(of: samples, at: offset &+ 8 &* i, stride: stride),
        passBits: passBits)
      var map: UInt64 = 0
      for k in 0..<64 {
        let position = Int(zigzag[k])
        let value = transformed[position]
        // A level is rounded by magnitude.
        let divisor = divisors[position]
        let size = UInt32(truncatingIfNeeded: value.magnitude) &+ divisor &>> 1
        let level = size < divisor ? 0 : Int16(truncatingIfNeeded: size / divisor)
        values[64 &* block &+ position] = value < 0 ? 0 &- level : level
        if level != 0 { map |= 1 &<< UInt64(truncatingIfNeeded: k) }
      }
      maps[block] = map
    }
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
