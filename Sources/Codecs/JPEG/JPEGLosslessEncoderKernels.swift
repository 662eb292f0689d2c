// SPDX-License-Identifier: Apache-2.0

extension JPEG.LosslessEncoder {
  /// Samples behind the end of a row that there must be room for.
  static var margin: Int { 8 }

  /// Makes the tokens of a row but for its first pixel: of each difference modulo 2^16 the symbol of
  /// its size, and its bits, of which 32768 has none. Source: T.81 table H.1.
  ///
  /// - Parameters:
  ///   - row: samples, channel by channel of each pixel, with the margin behind them, as everywhere.
  ///   - first: indices of symbol 0 of the tables that code them, see ``JPEG/TokenStream``.
  ///   - step: channels.
  @inline(always)
  static func tokenize(
    _ row: Span<UInt16>, _ above: Span<UInt16>, _ first: Span<UInt16>, step: Int,
    predictor: Int, into tokens: inout MutableSpan<UInt32>
  ) {
    let count = row.count - margin
    // The proof for every access below: groups of eight begin before `count`.
    precondition(step > 0 && count >= 0 && above.count >= row.count && first.count >= row.count)
    precondition(tokens.count >= row.count)
    unsafe row.withUnsafeBytes { row in
      unsafe above.withUnsafeBytes { above in
        unsafe first.withUnsafeBytes { first in
          unsafe tokens.withUnsafeMutableBytes { tokens in
            let rows = unsafe Rows(
              row: row.baseAddress.unsafelyUnwrapped, above: above.baseAddress.unsafelyUnwrapped,
              first: first.baseAddress.unsafelyUnwrapped,
              tokens: tokens.baseAddress.unsafelyUnwrapped, step: step, count: count)
            unsafe tokenizeRow(rows, predictor)
          }
        }
      }
    }
  }

  @unsafe private struct Rows {
    let row, above, first: UnsafeRawPointer
    let tokens: UnsafeMutableRawPointer
    let step, count: Int
  }

  private typealias Words = SIMD8<UInt16>

  @inline(never)
  private static func tokenizeRow(_ rows: Rows, _ predictor: Int) {
    switch predictor {
    case 1: unsafe each(rows) { a, _, _ in a }
    case 2: unsafe each(rows) { _, b, _ in b }
    case 3: unsafe each(rows) { _, _, c in c }
    case 4: unsafe each(rows) { a, b, c in a &+ b &- c }
    case 5: unsafe each(rows) { a, b, c in a &+ halfDifference(b, c) }
    case 6: unsafe each(rows) { a, b, c in b &+ halfDifference(a, c) }
    default: unsafe each(rows) { a, b, _ in (a & b) &+ ((a ^ b) &>> 1) }
    }
  }

  /// `(a - b) >> 1`, modulo 2^16: the mean of `a` and `-1 - b`, rounded up.
  @inline(always)
  private static func halfDifference(_ a: Words, _ b: Words) -> Words {
    let c = ~b
    return (a | c) &- ((a ^ c) &>> 1) &- 32_768
  }

  @inline(always)
  private static func each(_ rows: Rows, _ predict: (Words, Words, Words) -> Words) {
    var i = unsafe rows.step
    while unsafe i < rows.count {
      let sample = unsafe rows.row.loadUnaligned(fromByteOffset: 2 &* i, as: Words.self)
      let left = unsafe 2 &* (i &- rows.step)
      let prediction = unsafe predict(
        rows.row.loadUnaligned(fromByteOffset: left, as: Words.self),
        rows.above.loadUnaligned(fromByteOffset: 2 &* i, as: Words.self),
        rows.above.loadUnaligned(fromByteOffset: left, as: Words.self))
      let first = unsafe rows.first.loadUnaligned(fromByteOffset: 2 &* i, as: SIMD8<Int16>.self)
      let (low, high) = tokens(
        unsafe unsafeBitCast(sample &- prediction, to: SIMD8<Int16>.self), first)
      unsafe rows.tokens.storeBytes(of: low, toByteOffset: 4 &* i, as: SIMD4<UInt32>.self)
      unsafe rows.tokens.storeBytes(of: high, toByteOffset: 4 &* i &+ 16, as: SIMD4<UInt32>.self)
      i &+= 8
    }
  }

  @inline(always)
  private static func tokens(
    _ difference: SIMD8<Int16>, _ first: SIMD8<Int16>
  ) -> (SIMD4<UInt32>, SIMD4<UInt32>) {
    let sign = difference &>> 15
    // That of -32768 is 32768, in 16 bits without a sign.
    let magnitude = (difference ^ sign) &- sign
    let size = sizes(magnitude)
    // A negative difference is one less than it is; of the bits above its size nothing counts.
    var ones = unsafe unsafeBitCast(magnitude, to: Words.self)
    ones |= ones &>> 1
    ones |= ones &>> 2
    ones |= ones &>> 4
    ones |= ones &>> 8
    let bits = unsafe magnitude ^ (sign & unsafeBitCast(ones, to: SIMD8<Int16>.self))
    let extra = bits & ((size &>> 4) &- 1)
    let index = first &+ size
    return (
      token(Lanes.zipLow(SIMD8(), extra), Lanes.zipLow(index, SIMD8())),
      token(Lanes.zipHigh(SIMD8(), extra), Lanes.zipHigh(index, SIMD8()))
    )
  }

  /// - Parameters:
  ///   - extra: bits above sixteen zeros.
  ///   - index: below sixteen zeros.
  @inline(always)
  private static func token(_ extra: SIMD8<Int16>, _ index: SIMD8<Int16>) -> SIMD4<UInt32> {
    let high =
      unsafe unsafeBitCast(extra, to: SIMD4<UInt32>.self) &>> (16 - JPEG.TokenStream.indexBits)
    return unsafe high | unsafeBitCast(index, to: SIMD4<UInt32>.self)
  }

  /// How many bits numbers have, from the exponents that they have in floating point.
  @inline(always)
  private static func sizes(_ magnitudes: SIMD8<Int16>) -> SIMD8<Int16> {
    let exponents = Lanes.clampToInt16(
      exponents(Lanes.zipLow(magnitudes, SIMD8())), exponents(Lanes.zipHigh(magnitudes, SIMD8())))
    // Zero has exponent 0, one 127.
    return Lanes.maximum(exponents &- 126, SIMD8())
  }

  @inline(always)
  private static func exponents(_ values: SIMD8<Int16>) -> SIMD4<Int32> {
    let numbers = unsafe Lanes.float(unsafeBitCast(values, to: SIMD4<Int32>.self))
    return unsafe unsafeBitCast(numbers, to: SIMD4<Int32>.self) &>> 23
  }
}
