// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Averages of neighbouring samples, with libjpeg's rounding.
  enum Downsample {
    /// Halves a row: `(a + b + bias) >> 1`, the bias being 0 and 1 in turn.
    ///
    /// - Parameter count: samples to make. Up to fifteen bytes after them are overwritten, and up
    ///   to thirty after the `2 · count` they come from are read.
    @inline(always)
    static func halveWidth(
      _ buffer: inout MutableSpan<UInt8>, from source: Int, to target: Int, count: Int
    ) {
      check(buffer.count, source, target, count)
      unsafe buffer.withUnsafeMutableBufferPointer { b in
        let base = unsafe UnsafeMutableRawPointer(b.baseAddress.unsafelyUnwrapped)
        let bias = pair(0, 1)
        var x = 0
        while x < count {
          let low = unsafe pairSums(base + source + 2 &* x) &+ bias
          let high = unsafe pairSums(base + source + 2 &* x + 16) &+ bias
          unsafe store(low &>> 1, high &>> 1, base + target + x)
          x &+= 16
        }
      }
    }

    /// Halves two rows both ways: `(sum of four + bias) >> 2`, the bias being 1 and 2 in turn.
    ///
    /// - Parameter count: samples to make. Up to fifteen bytes after them are overwritten, and up
    ///   to thirty after the `2 · count` of each row they come from are read.
    @inline(always)
    static func halveBoth(
      _ buffer: inout MutableSpan<UInt8>, from first: Int, and second: Int, to target: Int,
      count: Int
    ) {
      check(buffer.count, first, target, count)
      check(buffer.count, second, target, count)
      unsafe buffer.withUnsafeMutableBufferPointer { b in
        let base = unsafe UnsafeMutableRawPointer(b.baseAddress.unsafelyUnwrapped)
        let bias = pair(1, 2)
        var x = 0
        while x < count {
          let (a, b) = unsafe (base + first + 2 &* x, base + second + 2 &* x)
          let low = unsafe pairSums(a) &+ pairSums(b) &+ bias
          let high = unsafe pairSums(a + 16) &+ pairSums(b + 16) &+ bias
          unsafe store(low &>> 2, high &>> 2, base + target + x)
          x &+= 16
        }
      }
    }

    /// The proof for every access of the loops above.
    @inline(always)
    private static func check(_ size: Int, _ source: Int, _ target: Int, _ count: Int) {
      let rounded = (count &+ 15) & ~15
      precondition(count >= 0 && count < size && source >= 0 && target >= 0)
      precondition(source <= size &- 2 &* rounded && target <= size &- rounded)
    }

    /// Sums of the eight pairs of neighbours.
    @inline(always)
    private static func pairSums(_ source: UnsafeMutableRawPointer) -> SIMD8<UInt16> {
      let bytes = unsafe source.loadUnaligned(as: SIMD8<UInt16>.self)
      return (bytes & SIMD8(repeating: 0x00FF)) &+ (bytes &>> 8)
    }

    @inline(always)
    private static func pair(_ a: UInt16, _ b: UInt16) -> SIMD8<UInt16> {
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
}
