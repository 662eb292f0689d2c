// SPDX-License-Identifier: Apache-2.0

/// Averages of neighbouring samples, with libjpeg's rounding.
extension JPEG.ForwardColor {
  @inline(always)
  static func halveWidth(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    let bias = biases(0, 1)
    var x = 0
    while x < count {
      let low = unsafe pairSums(source + 2 &* x) &+ bias
      let high = unsafe pairSums(source + 2 &* x + 16) &+ bias
      unsafe store(low &>> 1, high &>> 1, target + x)
      x &+= 16
    }
  }

  @inline(always)
  static func halveBoth(
    _ upper: UnsafeRawPointer, _ lower: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
    _ count: Int
  ) {
    let bias = biases(1, 2)
    var x = 0
    while x < count {
      let (a, b) = unsafe (upper + 2 &* x, lower + 2 &* x)
      let low = unsafe pairSums(a) &+ pairSums(b) &+ bias
      let high = unsafe pairSums(a + 16) &+ pairSums(b + 16) &+ bias
      unsafe store(low &>> 2, high &>> 2, target + x)
      x &+= 16
    }
  }

  /// Sums of the eight pairs of neighbours.
  @inline(always)
  private static func pairSums(_ source: UnsafeRawPointer) -> SIMD8<UInt16> {
    let bytes = unsafe source.loadUnaligned(as: SIMD8<UInt16>.self)
    return (bytes & SIMD8(repeating: 0x00FF)) &+ (bytes &>> 8)
  }

  @inline(always)
  private static func biases(_ a: UInt16, _ b: UInt16) -> SIMD8<UInt16> {
    SIMD8(a, b, a, b, a, b, a, b)
  }

  @inline(always)
  private static func store(
    _ low: SIMD8<UInt16>, _ high: SIMD8<UInt16>, _ target: UnsafeMutableRawPointer
  ) {
    let bytes = unsafe Lanes.clampToUInt8(
      unsafeBitCast(low, to: SIMD8<Int16>.self), unsafeBitCast(high, to: SIMD8<Int16>.self))
    unsafe target.storeBytes(of: bytes, as: SIMD16<UInt8>.self)
  }
}
