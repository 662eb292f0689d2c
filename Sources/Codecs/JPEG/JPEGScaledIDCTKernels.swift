// SPDX-License-Identifier: Apache-2.0

extension JPEG.ScaledIDCT {
  /// The transform into bytes by vectors of 16-bit numbers, or one number at a time when some do
  /// not fit, which hardly ever happens. Parameters as those of ``JPEG/ReducedIDCT``.
  @inline(always)
  static func transformVectors(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<UInt8>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    guard let firstRow = firstRow(unit) else { return }
    let cosines = JPEG.scaledCosines
    // The proof for every access below: 64 coefficients, 64 divisors, eight factors for each half
    // of the samples, `unit` rows of `unit` samples, of which there are 3 to 16.
    precondition(first >= 0 && first <= coefficients.count - 64)
    precondition(table >= 0 && table <= quantization.count - 64)
    precondition(firstRow >= 0 && 8 * (firstRow + (unit + 1) / 2) <= cosines.count)
    precondition((3...16).contains(unit) && offset >= 0 && stride >= unit)
    precondition(offset <= plane.count - unit - (unit - 1) * stride)
    let isDone = unsafe coefficients.withUnsafeMutableBufferPointer { c in
      unsafe quantization.withUnsafeBufferPointer { q in
        unsafe plane.withUnsafeMutableBufferPointer { p in
          unsafe cosines.withUnsafeBufferPointer { f in
            let source = unsafe UnsafeMutableRawPointer(c.baseAddress.unsafelyUnwrapped + first)
            let divisors = unsafe UnsafeRawPointer(q.baseAddress.unsafelyUnwrapped + table)
            let factors = unsafe UnsafeRawPointer(f.baseAddress.unsafelyUnwrapped + 8 &* firstRow)
            let target = unsafe UnsafeMutableRawPointer(p.baseAddress.unsafelyUnwrapped + offset)
            if last == 0 {
              unsafe flat(source, divisors, target, stride, unit)
            } else if last <= 9 || unit == 3 {
              guard unsafe corner(source, divisors, factors, target, stride, unit) else {
                return false
              }
            } else {
              guard unsafe full(source, divisors, factors, target, stride, unit) else {
                return false
              }
            }
            if clears { unsafe JPEG.IDCT.clear(source, rows: last <= 9 ? 4 : 8) }
            return true
          }
        }
      }
    }
    if !isDone {
      transform(
        &coefficients, at: first, last: last, quantization: quantization, at: table,
        into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
    }
  }

  /// Only the DC coefficient: all samples are alike.
  @inline(always)
  private static func flat(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int
  ) {
    let dc = unsafe Int64(source.load(as: Int16.self)) &* Int64(divisors.load(as: Int16.self))
    let sample: UInt8 = limited((dc &+ 4) &>> 3)
    for y in 0..<unit {
      let row = unsafe target + y &* stride
      if unit > 8 {
        let eight = UInt64(sample) &* 0x0101_0101_0101_0101
        unsafe row.storeBytes(of: eight, as: UInt64.self)
        unsafe row.storeBytes(of: eight, toByteOffset: unit &- 8, as: UInt64.self)
      } else {
        let four = Int32(truncatingIfNeeded: UInt32(sample) &* 0x0101_0101)
        unsafe store(four, four, row, unit)
      }
    }
  }

  /// All coefficients. Both return `false` when a product or a sum between the passes does not fit
  /// in 16 bits, and then have stored nothing.
  @inline(never)
  private static func full(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ factors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int
  ) -> Bool {
    unsafe vectors(source, divisors, factors, target, stride, unit, isCorner: false)
  }

  /// Only the upper left 4 × 4 coefficients.
  @inline(never)
  private static func corner(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ factors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int
  ) -> Bool {
    unsafe vectors(source, divisors, factors, target, stride, unit, isCorner: true)
  }

  /// Pairs of inputs of either pass, for four columns or rows: of coefficients 0 and 2, 1 and 3, 4
  /// and 6, 5 and 7.
  private typealias Inputs = (
    SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>
  )

  @inline(always)
  private static func vectors(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ factors: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int, isCorner: Bool
  ) -> Bool {
    var rest = SIMD8<Int16>()
    var sizes = SIMD8<Int16>()
    let r0 = unsafe dequantized(source, divisors, 0, &rest, &sizes)
    let r1 = unsafe dequantized(source, divisors, 1, &rest, &sizes)
    let r2 = unsafe dequantized(source, divisors, 2, &rest, &sizes)
    let r3 = unsafe dequantized(source, divisors, 3, &rest, &sizes)
    var (low, high): (Inputs, Inputs)
    low = (
      Lanes.zipLow(r0, r2), Lanes.zipLow(r1, r3), SIMD8(), SIMD8()
    )
    high = low
    if !isCorner {
      let r4 = unsafe dequantized(source, divisors, 4, &rest, &sizes)
      let r5 = unsafe dequantized(source, divisors, 5, &rest, &sizes)
      let r6 = unsafe dequantized(source, divisors, 6, &rest, &sizes)
      let r7 = unsafe dequantized(source, divisors, 7, &rest, &sizes)
      (low.2, low.3) = (Lanes.zipLow(r4, r6), Lanes.zipLow(r5, r7))
      high = (
        Lanes.zipHigh(r0, r2), Lanes.zipHigh(r1, r3), Lanes.zipHigh(r4, r6),
        Lanes.zipHigh(r5, r7)
      )
    }
    // Of numbers below 2^14 no sum of eight products leaves 32 bits: factors are below 2^13.6.
    guard JPEG.WideIDCT.isZero(rest | (sizes & -16_384)) else { return false }
    // Columns of results come in the order in which pass 2 pairs them.
    low = (swapped(low.0), swapped(low.1), swapped(low.2), swapped(low.3))
    high = (swapped(high.0), swapped(high.1), swapped(high.2), swapped(high.3))
    // Sixteen rows of transformed columns, and what ``rowPass`` makes of four.
    return unsafe withUnsafeTemporaryAllocation(of: SIMD8<Int16>.self, capacity: 24) { scratch in
      let rows = unsafe UnsafeMutableRawPointer(scratch.baseAddress.unsafelyUnwrapped)
      let columns = unsafe rows + 16 &* 16
      guard unsafe columnPass(low, high, factors, rows, unit, isCorner: isCorner) else {
        return false
      }
      // The last four rows overlap those before, so that there are always four.
      var y = 0
      while true {
        let first = max(0, min(y, unit &- 4))
        let inputs = unsafe rowInputs(rows + 16 &* first, isCorner: isCorner)
        unsafe rowPass(inputs, factors, columns, unit, isCorner: isCorner)
        unsafe storeRows(columns, target + first &* stride, stride, unit)
        y &+= 4
        if y >= unit { return true }
      }
    }
  }

  /// Makes `unit` rows of eight columns each, or of four for the corner, in the order of ``Inputs``;
  /// four rows at least.
  ///
  /// - Returns: whether the results are below 2^14.
  @inline(always)
  private static func columnPass(
    _ low: Inputs, _ high: Inputs, _ factors: UnsafeRawPointer,
    _ rows: UnsafeMutableRawPointer, _ unit: Int, isCorner: Bool
  ) -> Bool {
    let round = SIMD4<Int32>(repeating: 1 << 10)
    var (highest, lowest) = (SIMD8<Int16>(), SIMD8<Int16>(repeating: -1))
    for y in 0..<(unit &+ 1) / 2 {
      let f = unsafe pairs(factors + 16 &* y)
      let mirror = unsafe rows + 16 &* (unit &- 1 &- y)
      let (even, odd) = sums(low, f, isCorner: isCorner)
      let base = even &+ round
      if isCorner {
        let both = Lanes.clampToInt16((base &+ odd) &>> 11, (base &- odd) &>> 11)
        highest = Lanes.maximum(highest, both)
        lowest = Lanes.minimum(lowest, both)
        let halves = unsafe unsafeBitCast(both, to: SIMD2<Double>.self)
        unsafe rows.storeBytes(of: halves[0], toByteOffset: 16 &* y, as: Double.self)
        unsafe mirror.storeBytes(of: halves[1], as: Double.self)
      } else {
        let (evenHigh, oddHigh) = sums(high, f, isCorner: false)
        let baseHigh = evenHigh &+ round
        let upper = Lanes.clampToInt16((base &+ odd) &>> 11, (baseHigh &+ oddHigh) &>> 11)
        let lower = Lanes.clampToInt16((base &- odd) &>> 11, (baseHigh &- oddHigh) &>> 11)
        highest = Lanes.maximum(highest, Lanes.maximum(upper, lower))
        lowest = Lanes.minimum(lowest, Lanes.minimum(upper, lower))
        unsafe rows.storeBytes(of: upper, toByteOffset: 16 &* y, as: SIMD8<Int16>.self)
        unsafe mirror.storeBytes(of: lower, as: SIMD8<Int16>.self)
      }
    }
    if unit < 4 { unsafe rows.storeBytes(of: SIMD8(), toByteOffset: 48, as: SIMD8<Int16>.self) }
    // From 2^14 on they may have been clamped.
    return JPEG.WideIDCT.isZero((highest | ~lowest) & 16_384)
  }

  /// Four rows of transformed columns as inputs of the next pass.
  @inline(always)
  private static func rowInputs(_ rows: UnsafeRawPointer, isCorner: Bool) -> Inputs {
    let a = unsafe rows.loadUnaligned(as: SIMD4<Int32>.self)
    let b = unsafe rows.loadUnaligned(fromByteOffset: 16, as: SIMD4<Int32>.self)
    let c = unsafe rows.loadUnaligned(fromByteOffset: 32, as: SIMD4<Int32>.self)
    let d = unsafe rows.loadUnaligned(fromByteOffset: 48, as: SIMD4<Int32>.self)
    let (ab, cd) = (wide(Lanes.zipLow(a, b)), wide(Lanes.zipLow(c, d)))
    var inputs: Inputs = (
      JPEG.IDCT.narrow(Lanes.zipLow(ab, cd)), JPEG.IDCT.narrow(Lanes.zipHigh(ab, cd)), SIMD8(),
      SIMD8()
    )
    if !isCorner {
      let (ab, cd) = (wide(Lanes.zipHigh(a, b)), wide(Lanes.zipHigh(c, d)))
      (inputs.2, inputs.3) = (
        JPEG.IDCT.narrow(Lanes.zipLow(ab, cd)), JPEG.IDCT.narrow(Lanes.zipHigh(ab, cd))
      )
    }
    return inputs
  }

  /// Four rows of samples around zero, column by column: vector x is column x and the last but x.
  ///
  /// There are eight vectors for more than eight columns, else four. Sums may leave 32 bits, but of
  /// the bits that count none is lost: see ``wrapped``.
  @inline(always)
  private static func rowPass(
    _ inputs: Inputs, _ factors: UnsafeRawPointer, _ columns: UnsafeMutableRawPointer,
    _ unit: Int, isCorner: Bool
  ) {
    let round = SIMD4<Int32>(repeating: 1 << 17)
    let half = (unit &+ 1) / 2
    for x in 0..<half {
      let f = unsafe pairs(factors + 16 &* x)
      let (even, odd) = sums(inputs, f, isCorner: isCorner)
      let base = even &+ round
      let both = wrapped(Lanes.clampToInt16((base &+ odd) &>> 18, (base &- odd) &>> 18))
      unsafe columns.storeBytes(of: both, toByteOffset: 16 &* x, as: SIMD8<Int16>.self)
    }
    // Of three columns there is no fourth one: any will do.
    for x in half..<(unit > 8 ? 8 : 4) {
      let mirror = unsafe columns.load(
        fromByteOffset: 16 &* max(0, unit &- 1 &- x), as: SIMD2<Int64>.self)
      unsafe columns.storeBytes(
        of: SIMD2(mirror[1], mirror[0]), toByteOffset: 16 &* x, as: SIMD2<Int64>.self)
    }
  }

  /// libjpeg looks what is beyond the range up in a table, by the lowest ten bits.
  @inline(always)
  private static func wrapped(_ values: SIMD8<Int16>) -> SIMD8<Int16> { (values &<< 6) &>> 6 }

  /// What even and odd coefficients add to a sample; in its mirror image the odd ones change their
  /// sign.
  @inline(always)
  private static func sums(
    _ inputs: Inputs, _ factors: Inputs, isCorner: Bool
  ) -> (even: SIMD4<Int32>, odd: SIMD4<Int32>) {
    let even = Lanes.multiplyAddPairs(inputs.0, factors.0)
    let odd = Lanes.multiplyAddPairs(inputs.1, factors.1)
    if isCorner { return (even, odd) }
    return (
      even &+ Lanes.multiplyAddPairs(inputs.2, factors.2),
      odd &+ Lanes.multiplyAddPairs(inputs.3, factors.3)
    )
  }

  /// Eight factors in the pairs of ``Inputs``, each in all lanes.
  @inline(always)
  private static func pairs(_ factors: UnsafeRawPointer) -> Inputs {
    let f = unsafe factors.loadUnaligned(as: SIMD8<Int16>.self)
    let ordered = unsafe unsafeBitCast(
      SIMD8(f[0], f[2], f[1], f[3], f[4], f[6], f[5], f[7]), to: SIMD4<Int32>.self)
    return unsafe (
      unsafeBitCast(SIMD4(repeating: ordered[0]), to: SIMD8<Int16>.self),
      unsafeBitCast(SIMD4(repeating: ordered[1]), to: SIMD8<Int16>.self),
      unsafeBitCast(SIMD4(repeating: ordered[2]), to: SIMD8<Int16>.self),
      unsafeBitCast(SIMD4(repeating: ordered[3]), to: SIMD8<Int16>.self)
    )
  }

  /// Stores four rows of samples, three when that is the unit.
  @inline(always)
  private static func storeRows(
    _ columns: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ stride: Int, _ unit: Int
  ) {
    let (a, z) = unsafe fourColumns(columns)
    if unit > 8 {
      let (b, y) = unsafe fourColumns(columns + 64)
      let right = unsafe target + unit - 8
      unsafe JPEG.IDCT.store(JPEG.IDCT.bytes(Lanes.zipLow(a, b)), target, stride)
      unsafe JPEG.IDCT.store(JPEG.IDCT.bytes(Lanes.zipLow(y, z)), right, stride)
      let below = 2 &* stride
      unsafe JPEG.IDCT.store(JPEG.IDCT.bytes(Lanes.zipHigh(a, b)), target + below, stride)
      unsafe JPEG.IDCT.store(JPEG.IDCT.bytes(Lanes.zipHigh(y, z)), right + below, stride)
    } else {
      unsafe store(a[0], z[0], target, unit)
      unsafe store(a[1], z[1], target + stride, unit)
      unsafe store(a[2], z[2], target + 2 &* stride, unit)
      if unit > 3 { unsafe store(a[3], z[3], target + 3 &* stride, unit) }
    }
  }

  /// Four vectors of ``rowPass`` as four rows of four samples: of columns on the left, and of their
  /// mirror images.
  @inline(always)
  private static func fourColumns(_ columns: UnsafeRawPointer) -> (SIMD4<Int32>, SIMD4<Int32>) {
    let x = unsafe samples(columns)
    let y = unsafe samples(columns + 32)
    let left = Lanes.zipLow(Lanes.zipLow(x, y), Lanes.zipHigh(x, y))
    let right = Lanes.zipHigh(Lanes.zipHigh(y, x), Lanes.zipLow(y, x))
    return unsafe (
      unsafeBitCast(left, to: SIMD4<Int32>.self), unsafeBitCast(right, to: SIMD4<Int32>.self)
    )
  }

  /// Two vectors clamped and moved from around 0 to around 128.
  @inline(always)
  private static func samples(_ columns: UnsafeRawPointer) -> SIMD16<UInt8> {
    unsafe JPEG.IDCT.samples(
      columns.load(as: SIMD8<Int16>.self), columns.load(fromByteOffset: 16, as: SIMD8<Int16>.self))
  }

  /// Stores a row of up to seven samples without touching what is behind it: its first four, and its
  /// last four over them.
  @inline(always)
  private static func store(
    _ first: Int32, _ last: Int32, _ target: UnsafeMutableRawPointer, _ unit: Int
  ) {
    if unit > 3 {
      unsafe target.storeBytes(of: first, as: Int32.self)
      unsafe target.storeBytes(of: last, toByteOffset: unit &- 4, as: Int32.self)
    } else {
      unsafe target.storeBytes(of: Int16(truncatingIfNeeded: first), as: Int16.self)
      unsafe target.storeBytes(
        of: UInt8(truncatingIfNeeded: last &>> 24), toByteOffset: 2, as: UInt8.self)
    }
  }

  /// Row `y` of the block, times its divisors; `rest` keeps a bit where that takes over 16, and
  /// `sizes` has the bits of all magnitudes.
  @inline(always)
  private static func dequantized(
    _ source: UnsafeRawPointer, _ divisors: UnsafeRawPointer, _ y: Int,
    _ rest: inout SIMD8<Int16>, _ sizes: inout SIMD8<Int16>
  ) -> SIMD8<Int16> {
    let a = unsafe source.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
    let b = unsafe divisors.loadUnaligned(fromByteOffset: 16 &* y, as: SIMD8<Int16>.self)
    let low = a &* b
    let sign = low &>> 15
    rest |= Lanes.multiplyHigh(a, b) ^ sign
    sizes |= low ^ sign
    return low
  }

  /// 32-bit lanes 0, 2, 1, 3.
  @inline(always)
  private static func swapped(_ a: SIMD8<Int16>) -> SIMD8<Int16> {
    let x = unsafe unsafeBitCast(a, to: SIMD4<Int32>.self)
    return unsafe unsafeBitCast(SIMD4(x[0], x[2], x[1], x[3]), to: SIMD8<Int16>.self)
  }

  @inline(always)
  private static func wide(_ a: SIMD4<Int32>) -> SIMD2<Int64> {
    unsafe unsafeBitCast(a, to: SIMD2<Int64>.self)
  }
}
