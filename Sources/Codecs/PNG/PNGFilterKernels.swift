// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The loops that filter rows for writing.
  enum Filter {
    /// Appends `row`, filtered as `type` says, to `output` from `offset` on: the byte of filter
    /// type, then the bytes.
    ///
    /// - Parameters:
    ///   - above: the row above, as long as `row`; zeros for the first.
    ///   - type: 0 to 4; `nil` for the one with the least sum of absolute values.
    static func append(
      _ row: RawSpan, above: RawSpan, pixelByteCount bpp: Int, type: UInt8?,
      to output: inout MutableRawSpan, at offset: Int
    ) {
      let count = row.byteCount
      // Every access below is within `0..<count` of a row, or within `count + 1` bytes of output.
      precondition(above.byteCount == count && bpp > 0)
      precondition(offset >= 0 && output.byteCount - offset > count)
      unsafe row.withUnsafeBytes { row in
        unsafe above.withUnsafeBytes { above in
          unsafe output.withUnsafeMutableBytes { output in
            let (x, b) = unsafe (row.bytePointer, above.bytePointer)
            let out = unsafe UnsafeMutablePointer(
              mutating: UnsafeRawBufferPointer(output).bytePointer + offset)
            let type = unsafe type ?? cheapest(x, b, count, bpp)
            unsafe out[0] = type
            unsafe apply(type, x, b, out + 1, count, bpp)
          }
        }
      }
    }

    private static func apply(
      _ type: UInt8, _ x: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>,
      _ out: UnsafeMutablePointer<UInt8>, _ count: Int, _ bpp: Int
    ) {
      switch type {
      case 1:
        unsafe apply(x, b, out, count, bpp, { x, a, _, _ in x &- a }, { x, a, _, _ in x &- a })
      case 2:
        unsafe apply(x, b, out, count, bpp, { x, _, b, _ in x &- b }, { x, _, b, _ in x &- b })
      case 3:
        unsafe apply(
          x, b, out, count, bpp, { x, a, b, _ in x &- average(a, b) },
          { x, a, b, _ in x &- UInt8(truncatingIfNeeded: (UInt32(a) &+ UInt32(b)) &>> 1) })
      case 4:
        unsafe apply(
          x, b, out, count, bpp, { x, a, b, c in x &- paeth(a, b, c) },
          { x, a, b, c in x &- paeth(a, b, c) })
      default: unsafe out.update(from: x, count: count)
      }
    }

    /// Filters a row: `vector` does eight bytes at once, `scalar` one.
    @inline(__always)
    private static func apply(
      _ x: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<UInt8>,
      _ count: Int, _ bpp: Int,
      _ vector: (SIMD8<UInt8>, SIMD8<UInt8>, SIMD8<UInt8>, SIMD8<UInt8>) -> SIMD8<UInt8>,
      _ scalar: (UInt8, UInt8, UInt8, UInt8) -> UInt8
    ) {
      var i = 0
      while i < min(bpp, count) {
        unsafe out[i] = scalar(x[i], 0, b[i], 0)
        i &+= 1
      }
      while i &+ 8 <= count {
        let result = unsafe vector(
          x.load(SIMD8<UInt8>.self, i), x.load(SIMD8<UInt8>.self, i &- bpp),
          b.load(SIMD8<UInt8>.self, i), b.load(SIMD8<UInt8>.self, i &- bpp))
        unsafe out.store(result, i)
        i &+= 8
      }
      while i < count {
        unsafe out[i] = scalar(x[i], x[i &- bpp], b[i], b[i &- bpp])
        i &+= 1
      }
    }

    /// The filter type whose results, as signed bytes, have the least sum of absolute values.
    ///
    /// Source: PNG 3rd edition §12.7. Of equals the lowest, as in libpng.
    private static func cheapest(
      _ x: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int, _ bpp: Int
    ) -> UInt8 {
      var none: UInt64 = 0
      var sub: UInt64 = 0
      var up: UInt64 = 0
      var middle: UInt64 = 0
      var nearest: UInt64 = 0
      func add(_ i: Int, _ a: UInt8, _ c: UInt8) {
        let (x, b) = unsafe (x[i], b[i])
        none &+= magnitude(x)
        sub &+= magnitude(x &- a)
        up &+= magnitude(x &- b)
        middle &+= magnitude(x &- UInt8(truncatingIfNeeded: (UInt32(a) &+ UInt32(b)) &>> 1))
        nearest &+= magnitude(x &- paeth(a, b, c))
      }
      var i = 0
      while i < min(bpp, count) {
        add(i, 0, 0)
        i &+= 1
      }
      while i &+ 8 <= count {
        // 256 times at most 128 in each lane fit in 16 bits.
        let end = min(count &- 7, i &+ 8 &* 256)
        var sums = (
          SIMD8<UInt16>(repeating: 0), SIMD8<UInt16>(repeating: 0), SIMD8<UInt16>(repeating: 0),
          SIMD8<UInt16>(repeating: 0), SIMD8<UInt16>(repeating: 0)
        )
        while i < end {
          let v = unsafe x.load(SIMD8<UInt8>.self, i)
          let a = unsafe x.load(SIMD8<UInt8>.self, i &- bpp)
          let above = unsafe b.load(SIMD8<UInt8>.self, i)
          let c = unsafe b.load(SIMD8<UInt8>.self, i &- bpp)
          sums.0 &+= magnitudes(v)
          sums.1 &+= magnitudes(v &- a)
          sums.2 &+= magnitudes(v &- above)
          sums.3 &+= magnitudes(v &- average(a, above))
          sums.4 &+= magnitudes(v &- paeth(a, above, c))
          i &+= 8
        }
        none &+= total(sums.0)
        sub &+= total(sums.1)
        up &+= total(sums.2)
        middle &+= total(sums.3)
        nearest &+= total(sums.4)
      }
      while i < count {
        unsafe add(i, x[i &- bpp], b[i &- bpp])
        i &+= 1
      }
      var (best, least): (UInt8, UInt64) = (0, none)
      for (type, sum) in [(UInt8(1), sub), (2, up), (3, middle), (4, nearest)] where sum < least {
        (best, least) = (type, sum)
      }
      return best
    }

    @inline(__always)
    private static func magnitude(_ x: UInt8) -> UInt64 { UInt64(min(x, 0 &- x)) }

    @inline(__always)
    private static func magnitudes(_ x: SIMD8<UInt8>) -> SIMD8<UInt16> {
      let negative = SIMD8<UInt8>(repeating: 0) &- x
      return SIMD8<UInt16>(truncatingIfNeeded: x.replacing(with: negative, where: negative .< x))
    }

    @inline(__always)
    private static func total(_ x: SIMD8<UInt16>) -> UInt64 {
      var sum: UInt64 = 0
      for lane in 0..<8 { sum &+= UInt64(x[lane]) }
      return sum
    }

    /// `(a + b) / 2`, rounded down.
    @inline(__always)
    private static func average(_ a: SIMD8<UInt8>, _ b: SIMD8<UInt8>) -> SIMD8<UInt8> {
      // pavgb of the complements rounds up where this rounds down.
      let one = SIMD8<UInt16>(repeating: 1)
      let sum =
        (SIMD8<UInt16>(truncatingIfNeeded: ~a) &+ SIMD8<UInt16>(truncatingIfNeeded: ~b) &+ one)
        &>> one
      return ~SIMD8<UInt8>(truncatingIfNeeded: sum)
    }

    @inline(__always)
    private static func paeth(
      _ a: SIMD8<UInt8>, _ b: SIMD8<UInt8>, _ c: SIMD8<UInt8>
    ) -> SIMD8<UInt8> {
      Unfilter.narrow(Unfilter.paeth(Unfilter.wide(a), Unfilter.wide(b), Unfilter.wide(c)))
    }

    @inline(__always)
    private static func paeth(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt8 {
      let (a, b, c) = (Int32(a), Int32(b), Int32(c))
      let (da, db) = (abs(b &- c), abs(a &- c))
      let nearest = da <= db ? a : b
      return UInt8(
        truncatingIfNeeded: min(da, db) <= abs(a &+ b &- c &- c) ? nearest : c)
    }
  }
}
