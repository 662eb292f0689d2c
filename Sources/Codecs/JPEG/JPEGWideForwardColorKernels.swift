// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// ``ForwardColor`` for samples of 12 bits in words: the middle is at 2048.
  enum WideForwardColor: ForwardLoops {
    @inline(always)
    static var laneCount: Int { 8 }

    @inline(always)
    static func halveWidth(
      _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      let bias = SIMD4<Int32>(0, 1, 0, 1)
      var x = 0
      while x < count {
        let from = unsafe source + 4 &* x
        let (low, high) = unsafe (pairSums(from) &+ bias, pairSums(from + 16) &+ bias)
        unsafe target.storeBytes(
          of: Lanes.clampToInt16(low &>> 1, high &>> 1), toByteOffset: 2 &* x,
          as: SIMD8<Int16>.self)
        x &+= 8
      }
    }

    @inline(always)
    static func halveBoth(
      _ upper: UnsafeRawPointer, _ lower: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      let bias = SIMD4<Int32>(1, 2, 1, 2)
      var x = 0
      while x < count {
        let (a, b) = unsafe (upper + 4 &* x, lower + 4 &* x)
        let low = unsafe pairSums(a) &+ pairSums(b) &+ bias
        let high = unsafe pairSums(a + 16) &+ pairSums(b + 16) &+ bias
        unsafe target.storeBytes(
          of: Lanes.clampToInt16(low &>> 2, high &>> 2), toByteOffset: 2 &* x,
          as: SIMD8<Int16>.self)
        x &+= 8
      }
    }

    /// Sums of the four pairs of neighbours.
    @inline(always)
    private static func pairSums(_ source: UnsafeRawPointer) -> SIMD4<Int32> {
      Lanes.multiplyAddPairs(
        unsafe source.loadUnaligned(as: SIMD8<Int16>.self), SIMD8(repeating: 1))
    }

    @inline(never)
    static func convertRGB(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      var x = 0
      // Eight pixels are 48 bytes, and the last load reaches ten bytes further.
      while 6 &* x &+ 58 <= 6 &* count {
        unsafe convertRGB8(source + 6 &* x, y + 2 &* x, cb + 2 &* x, cr + 2 &* x)
        x &+= 8
      }
      while x < count {
        unsafe ForwardColor.withPadded(
          source + 6 &* x, byteCount: 6 &* min(count &- x, 8)
        ) {
          unsafe convertRGB8($0, y + 2 &* x, cb + 2 &* x, cr + 2 &* x)
        }
        x &+= 8
      }
    }

    @inline(never)
    static func convertCMYK(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      var x = 0
      while x &+ 8 <= count {
        unsafe convertCMYK8(source + 8 &* x, y + 2 &* x, cb + 2 &* x, cr + 2 &* x)
        x &+= 8
      }
      if x < count {
        unsafe ForwardColor.withPadded(source + 8 &* x, byteCount: 8 &* (count &- x)) {
          unsafe convertCMYK8($0, y + 2 &* x, cb + 2 &* x, cr + 2 &* x)
        }
      }
    }

    @inline(always)
    private static func convertRGB8(
      _ source: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ cb: UnsafeMutableRawPointer,
      _ cr: UnsafeMutableRawPointer
    ) {
      unsafe store(convert(fourRGB(source)), convert(fourRGB(source + 24)), y, cb, cr)
    }

    @inline(always)
    private static func convertCMYK8(
      _ source: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ cb: UnsafeMutableRawPointer,
      _ cr: UnsafeMutableRawPointer
    ) {
      unsafe store(convert(fourCMYK(source)), convert(fourCMYK(source + 32)), y, cb, cr)
    }

    /// Pixels 0 and 2, and pixels 1 and 3: the words R, G, B of each, and one that is not used.
    private typealias Four = (SIMD8<Int16>, SIMD8<Int16>)

    /// Whole vectors are loaded, because lanes made of scalars are taken apart again.
    @inline(always)
    private static func fourRGB(_ source: UnsafeRawPointer) -> Four {
      let a = unsafe source.loadUnaligned(fromByteOffset: 0, as: SIMD2<Int64>.self)
      let b = unsafe source.loadUnaligned(fromByteOffset: 6, as: SIMD2<Int64>.self)
      let c = unsafe source.loadUnaligned(fromByteOffset: 12, as: SIMD2<Int64>.self)
      let d = unsafe source.loadUnaligned(fromByteOffset: 18, as: SIMD2<Int64>.self)
      return (IDCT.narrow(Lanes.zipLow(a, c)), IDCT.narrow(Lanes.zipLow(b, d)))
    }

    @inline(always)
    private static func fourCMYK(_ source: UnsafeRawPointer) -> Four {
      let a = unsafe source.loadUnaligned(as: SIMD2<Int64>.self)
      let b = unsafe source.loadUnaligned(fromByteOffset: 16, as: SIMD2<Int64>.self)
      let largest = SIMD8<Int16>(repeating: 4_095)
      return (
        largest &- IDCT.narrow(Lanes.zipLow(a, b)), largest &- IDCT.narrow(Lanes.zipHigh(a, b))
      )
    }

    private typealias Converted = (y: SIMD4<Int32>, cb: SIMD4<Int32>, cr: SIMD4<Int32>)

    /// Four pixels; as in ``ForwardColor``.
    @inline(always)
    private static func convert(_ pixels: Four) -> Converted {
      let (even, odd) = (redBlueFirst(pixels.0), redBlueFirst(pixels.1))
      let low = unsafe unsafeBitCast(Lanes.zipLow(even, odd), to: SIMD2<Int64>.self)
      let high = unsafe unsafeBitCast(Lanes.zipHigh(even, odd), to: SIMD2<Int64>.self)
      let redBlue = IDCT.narrow(Lanes.zipLow(low, high))
      // The other word is 1, for the rounding.
      let green = unsafe unsafeBitCast(
        Lanes.zipHigh(low, high) & SIMD2(repeating: 0x0000_FFFF_0000_FFFF)
          | SIMD2(repeating: 0x0001_0000_0001_0000), to: SIMD8<Int16>.self)
      let half = Lanes.multiplyAddPairs(green, ForwardColor.pair(19235, 16384))
      let luma =
        Lanes.multiplyAddPairs(redBlue, ForwardColor.pair(19595, 7471)) &+ half &+ half
      let cb =
        Lanes.multiplyAddPairs(redBlue, ForwardColor.pair(11059, -32768))
        &+ Lanes.multiplyAddPairs(green, ForwardColor.pair(21709, -32768))
      let cr =
        Lanes.multiplyAddPairs(redBlue, ForwardColor.pair(-32768, 5329))
        &+ Lanes.multiplyAddPairs(green, ForwardColor.pair(27439, -32768))
      return (luma &>> 16, cb &>> 16, cr &>> 16)
    }

    /// Of each pixel R and B, then G.
    @inline(always)
    private static func redBlueFirst(_ a: SIMD8<Int16>) -> SIMD4<Int32> {
      unsafe unsafeBitCast(
        SIMD8(a[0], a[2], a[1], a[3], a[4], a[6], a[5], a[7]), to: SIMD4<Int32>.self)
    }

    @inline(always)
    private static func store(
      _ a: Converted, _ b: Converted, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      let middle = SIMD8<Int16>(repeating: 2_047)
      unsafe y.storeBytes(of: Lanes.clampToInt16(a.y, b.y), as: SIMD8<Int16>.self)
      unsafe cb.storeBytes(of: middle &- Lanes.clampToInt16(a.cb, b.cb), as: SIMD8<Int16>.self)
      unsafe cr.storeBytes(of: middle &- Lanes.clampToInt16(a.cr, b.cr), as: SIMD8<Int16>.self)
    }
  }
}
