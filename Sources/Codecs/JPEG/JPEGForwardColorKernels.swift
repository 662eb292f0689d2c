// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// RGB to YCbCr, in libjpeg's 16-bit fixed point.
  ///
  ///     Y  = ( 19595 R + 38470 G +  7471 B + 32768) >> 16
  ///     Cb = (-11059 R - 21709 G + 32768 B + 128·65536 + 32767) >> 16
  ///     Cr = ( 32768 R - 27439 G -  5329 B + 128·65536 + 32767) >> 16
  ///
  /// Source: ITU-T T.871 clause 7.
  enum ForwardColor: ForwardLoops {
    /// Where in a buffer the components of a row go.
    struct Targets {
      var y: Int
      var cb: Int
      var cr: Int
    }

    @inline(always)
    static var laneCount: Int { 16 }

    @inline(never)
    static func convertRGB(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      var x = 0
      // Sixteen pixels are 48 bytes, and the last load reaches ten bytes further.
      while 3 &* x &+ 58 <= 3 &* count {
        unsafe convertRGB16(source + 3 &* x, y + x, cb + x, cr + x)
        x &+= 16
      }
      while x < count {
        unsafe withPadded(source + 3 &* x, byteCount: 3 &* min(count &- x, 16)) {
          unsafe convertRGB16($0, y + x, cb + x, cr + x)
        }
        x &+= 16
      }
    }

    @inline(never)
    static func convertCMYK(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      var x = 0
      while x &+ 16 <= count {
        unsafe convertCMYK16(source + 4 &* x, y + x, cb + x, cr + x)
        x &+= 16
      }
      if x < count {
        unsafe withPadded(source + 4 &* x, byteCount: 4 &* (count &- x)) {
          unsafe convertCMYK16($0, y + x, cb + x, cr + x)
        }
      }
    }

    /// Calls `body` with a copy of the bytes that can be read up to the 64th.
    @inline(always)
    static func withPadded(
      _ source: UnsafeRawPointer, byteCount: Int, _ body: (UnsafeRawPointer) -> Void
    ) {
      unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { copy in
        // In bounds: at most sixteen pixels of at most four bytes.
        let base = unsafe copy.baseAddress.unsafelyUnwrapped
        unsafe base.copyMemory(from: source, byteCount: byteCount)
        unsafe (base + byteCount).initializeMemory(
          as: UInt8.self, repeating: 0, count: 64 &- byteCount)
        unsafe body(UnsafeRawPointer(base))
      }
    }

    @inline(always)
    private static func convertRGB16(
      _ source: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ cb: UnsafeMutableRawPointer,
      _ cr: UnsafeMutableRawPointer
    ) {
      unsafe store(
        convert(fourRGB(source)), convert(fourRGB(source + 12)), convert(fourRGB(source + 24)),
        convert(fourRGB(source + 36)), y, cb, cr)
    }

    @inline(always)
    private static func convertCMYK16(
      _ source: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ cb: UnsafeMutableRawPointer,
      _ cr: UnsafeMutableRawPointer
    ) {
      unsafe store(
        convert(fourCMYK(source)), convert(fourCMYK(source + 16)), convert(fourCMYK(source + 32)),
        convert(fourCMYK(source + 48)), y, cb, cr)
    }

    /// Four pixels as R, G, B, 0.
    @inline(always)
    private static func fourRGB(_ source: UnsafeRawPointer) -> SIMD2<UInt64> {
      // Two pixels per 64-bit lane: the second moves up by a byte, to begin at the lane's middle.
      // Whole vectors are loaded, because lanes made of scalars are taken apart again.
      let two = unsafe zipLow(
        source.loadUnaligned(fromByteOffset: 0, as: SIMD2<UInt64>.self),
        source.loadUnaligned(fromByteOffset: 6, as: SIMD2<UInt64>.self))
      let first = SIMD2<UInt64>(repeating: 0x0000_0000_00FF_FFFF)
      let second = SIMD2<UInt64>(repeating: 0x00FF_FFFF_0000_0000)
      return (two & first) | ((two &<< 8) & second)
    }

    @inline(always)
    private static func zipLow(_ a: SIMD2<UInt64>, _ b: SIMD2<UInt64>) -> SIMD2<UInt64> {
      SIMD2(a[0], b[0])
    }

    @inline(always)
    private static func fourCMYK(_ source: UnsafeRawPointer) -> SIMD2<UInt64> {
      let inks = unsafe source.loadUnaligned(as: SIMD2<UInt64>.self)
      return ~inks & SIMD2(repeating: 0x00FF_FFFF_00FF_FFFF)
    }

    private typealias Converted = (y: SIMD4<Int32>, cb: SIMD4<Int32>, cr: SIMD4<Int32>)

    /// Four pixels. The words of `redBlue` are R and B of each, those of `green` G and 1.
    @inline(always)
    private static func convert(_ pixels: SIMD2<UInt64>) -> Converted {
      let redBlue = unsafe unsafeBitCast(
        pixels & SIMD2(repeating: 0x00FF_00FF_00FF_00FF), to: SIMD8<Int16>.self)
      // In the same lanes as the mask above: in 16-bit lanes LLVM would shift one by one.
      let green = unsafe unsafeBitCast(
        (pixels &>> 8) & SIMD2(repeating: 0x0000_00FF_0000_00FF)
          | SIMD2(repeating: 0x0001_0000_0001_0000), to: SIMD8<Int16>.self)
      // 38470 has 16 bits, so half of it is doubled; the other word is half the rounding.
      let half = Lanes.multiplyAddPairs(green, pair(19235, 16384))
      let luma = Lanes.multiplyAddPairs(redBlue, pair(19595, 7471)) &+ half &+ half
      // The negated sums have factors within 16 bits: N = -(Cb - 128) and likewise for Cr. They
      // are rounded such that 127 - N is what is wanted; see ``store``.
      let cb =
        Lanes.multiplyAddPairs(redBlue, pair(11059, -32768))
        &+ Lanes.multiplyAddPairs(green, pair(21709, -32768))
      let cr =
        Lanes.multiplyAddPairs(redBlue, pair(-32768, 5329))
        &+ Lanes.multiplyAddPairs(green, pair(27439, -32768))
      return (luma &>> 16, cb &>> 16, cr &>> 16)
    }

    @inline(always)
    static func pair(_ a: Int16, _ b: Int16) -> SIMD8<Int16> {
      SIMD8(a, b, a, b, a, b, a, b)
    }

    @inline(always)
    private static func store(
      _ a: Converted, _ b: Converted, _ c: Converted, _ d: Converted,
      _ y: UnsafeMutableRawPointer, _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer
    ) {
      let luma = Lanes.clampToUInt8(words(a.y, b.y), words(c.y, d.y))
      unsafe y.storeBytes(of: luma, as: SIMD16<UInt8>.self)
      unsafe cb.storeBytes(of: chroma(a.cb, b.cb, c.cb, d.cb), as: SIMD2<UInt64>.self)
      unsafe cr.storeBytes(of: chroma(a.cr, b.cr, c.cr, d.cr), as: SIMD2<UInt64>.self)
    }

    @inline(always)
    private static func words(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD8<Int16> {
      Lanes.clampToInt16(a, b)
    }

    /// 127 - N, which is the exclusive or of N and 127 in eight bits.
    @inline(always)
    private static func chroma(
      _ a: SIMD4<Int32>, _ b: SIMD4<Int32>, _ c: SIMD4<Int32>, _ d: SIMD4<Int32>
    ) -> SIMD2<UInt64> {
      let negated = Lanes.clampToInt8(words(a, b), words(c, d))
      return unsafe unsafeBitCast(negated, to: SIMD2<UInt64>.self)
        ^ SIMD2(repeating: 0x7F7F_7F7F_7F7F_7F7F)
    }
  }
}
