// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Upsampling and YCbCr → RGB of 12-bit samples in one pass over a row; also RGB that is only put
  /// together. Exact, as ``ColorKernels``.
  enum WideColorKernels {
    /// Converts `count` pixels; those of YCbCr have twelve bits.
    @inline(always)
    static func convertRow(
      _ planes: inout MutableSpan<UInt16>, _ row: RowSource, _ chroma: ChromaSource,
      _ layout: PixelLayout, largest: UInt16,
      into output: inout MutableRawSpan, at offset: Int, count: Int
    ) {
      // The proof for every access below: loads begin at most one sample before a row and end at
      // most 16 behind the last pixel's; stores end within `count` pixels.
      _ = row.requireMargins(chroma, of: planes.count, count: count)
      precondition(offset >= 0 && offset <= output.byteCount - 2 * count * layout.byteCount)
      unsafe planes.withUnsafeMutableBufferPointer { planes in
        unsafe output.withUnsafeMutableBytes { output in
          let base = unsafe UnsafeRawPointer(planes.baseAddress.unsafelyUnwrapped)
          let rows = unsafe Rows(
            y: base + 2 * row.y, cb: base + 2 * row.cb, cr: base + 2 * row.cr,
            farCb: base + 2 * row.farCb, farCr: base + 2 * row.farCr)
          let target = unsafe output.baseAddress.unsafelyUnwrapped + offset
          switch chroma {
          case .rgb: unsafe rgb(rows, layout, largest, target, count)
          case .full: unsafe full(rows, layout, largest, target, count)
          case .half: unsafe half(rows, layout, largest, target, count)
          case .quarter: unsafe quarter(rows, layout, largest, target, count)
          }
        }
      }
    }

    @unsafe struct Rows {
      var y: UnsafeRawPointer
      var cb: UnsafeRawPointer
      var cr: UnsafeRawPointer
      var farCb: UnsafeRawPointer
      var farCr: UnsafeRawPointer
    }

    // One loop for each source and layout: the constants are known in each.

    @inline(never)
    private static func rgb(
      _ rows: Rows, _ layout: PixelLayout, _ largest: UInt16, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      unsafe loops(rows, .rgb, layout, largest, target, count)
    }
    @inline(never)
    private static func full(
      _ rows: Rows, _ layout: PixelLayout, _ largest: UInt16, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      unsafe loops(rows, .full, layout, largest, target, count)
    }
    @inline(never)
    private static func half(
      _ rows: Rows, _ layout: PixelLayout, _ largest: UInt16, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      unsafe loops(rows, .half, layout, largest, target, count)
    }
    @inline(never)
    private static func quarter(
      _ rows: Rows, _ layout: PixelLayout, _ largest: UInt16, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      unsafe loops(rows, .quarter, layout, largest, target, count)
    }

    @inline(always)
    private static func loops(
      _ rows: Rows, _ chroma: ChromaSource, _ layout: PixelLayout, _ largest: UInt16,
      _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      switch layout {
      case .rgb: unsafe loop(rows, chroma, .rgb, largest, target, count)
      case .bgr: unsafe loop(rows, chroma, .bgr, largest, target, count)
      case .rgba: unsafe loop(rows, chroma, .rgba, largest, target, count)
      case .bgra: unsafe loop(rows, chroma, .bgra, largest, target, count)
      }
    }

    /// Groups of 16 pixels; the last one goes through a buffer of its own.
    @inline(always)
    private static func loop(
      _ rows: Rows, _ chroma: ChromaSource, _ layout: PixelLayout,
      _ largest: UInt16, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      let whole = (count &- 1) & ~15
      var i = 0
      var target = unsafe target
      // Invariant: pixels 0 ..< i are stored; `target` is where pixel i goes.
      while i < whole {
        unsafe group(rows, i, chroma, layout, largest, target)
        unsafe target += 32 &* layout.byteCount
        i &+= 16
      }
      unsafe withUnsafeTemporaryAllocation(byteCount: 144, alignment: 16) { buffer in
        let temporary = unsafe buffer.baseAddress.unsafelyUnwrapped
        unsafe group(rows, i, chroma, layout, largest, temporary)
        unsafe target.copyMemory(
          from: temporary, byteCount: 2 &* (count &- whole) &* layout.byteCount)
      }
    }

    /// Sixteen pixels.
    @inline(always)
    private static func group(
      _ rows: Rows, _ i: Int, _ chroma: ChromaSource, _ layout: PixelLayout,
      _ largest: UInt16, _ target: UnsafeMutableRawPointer
    ) {
      let (cb0, cb1) = unsafe pair(rows.cb, rows.farCb, i, chroma)
      let (cr0, cr1) = unsafe pair(rows.cr, rows.farCr, i, chroma)
      let (y0, y1) = unsafe (load(rows.y, i), load(rows.y, i &+ 8))
      unsafe eight(y0, cb0, cr0, chroma, layout, largest, target)
      unsafe eight(y1, cb1, cr1, chroma, layout, largest, target + 16 &* layout.byteCount)
    }

    /// Sixteen samples of chroma, from pixel `i` on.
    @inline(always)
    private static func pair(
      _ near: UnsafeRawPointer, _ far: UnsafeRawPointer, _ i: Int, _ chroma: ChromaSource
    ) -> (SIMD8<Int16>, SIMD8<Int16>) {
      let even, odd: SIMD8<UInt16>
      switch chroma {
      case .full, .rgb:
        return unsafe (load(near, i), load(near, i &+ 8))
      case .half:
        // Three parts the nearer sample, one part the farther.
        let at = i &>> 1
        let this = unsafe unsigned(near, at)
        let triple = this &+ this &+ this
        even = unsafe shiftedRight(triple &+ unsigned(near, at &- 1) &+ 1, 2)
        odd = unsafe shiftedRight(triple &+ unsigned(near, at &+ 1) &+ 2, 2)
      case .quarter:
        let at = i &>> 1
        let this = unsafe columns(near, far, at)
        let triple = this &+ this &+ this
        even = unsafe shiftedRight(triple &+ columns(near, far, at &- 1) &+ 8, 4)
        odd = unsafe shiftedRight(triple &+ columns(near, far, at &+ 1) &+ 7, 4)
      }
      let (a, b) = unsafe (
        unsafeBitCast(even, to: SIMD8<Int16>.self), unsafeBitCast(odd, to: SIMD8<Int16>.self)
      )
      return (Lanes.zipLow(a, b), Lanes.zipHigh(a, b))
    }

    /// A multiplication, because LLVM moves plain shifts behind the zips that follow.
    @inline(always)
    private static func shiftedRight(_ a: SIMD8<UInt16>, _ bits: UInt16) -> SIMD8<UInt16> {
      Lanes.multiplyHigh(a, SIMD8(repeating: 1 &<< (16 &- bits)))
    }

    /// Three parts the nearer row, one part the farther: at most 14 bits; times four, 16.
    @inline(always)
    private static func columns(
      _ near: UnsafeRawPointer, _ far: UnsafeRawPointer, _ at: Int
    ) -> SIMD8<UInt16> {
      let this = unsafe unsigned(near, at)
      return unsafe this &+ this &+ this &+ unsigned(far, at)
    }

    @inline(always)
    private static func unsigned(_ row: UnsafeRawPointer, _ at: Int) -> SIMD8<UInt16> {
      unsafe row.loadUnaligned(fromByteOffset: 2 &* at, as: SIMD8<UInt16>.self)
    }

    @inline(always)
    private static func load(_ row: UnsafeRawPointer, _ at: Int) -> SIMD8<Int16> {
      unsafe row.loadUnaligned(fromByteOffset: 2 &* at, as: SIMD8<Int16>.self)
    }

    /// Converts and stores eight pixels.
    @inline(always)
    private static func eight(
      _ y: SIMD8<Int16>, _ cb: SIMD8<Int16>, _ cr: SIMD8<Int16>, _ chroma: ChromaSource,
      _ layout: PixelLayout, _ largest: UInt16, _ target: UnsafeMutableRawPointer
    ) {
      var (r, g, b) = (y, cb, cr)
      if chroma != .rgb {
        (r, g, b) = converted(y, cb &- 2_048, cr &- 2_048)
        (r, g, b) = (limited(r), limited(g), limited(b))
      }
      if layout.isReversed { (r, b) = (b, r) }
      let rest =
        layout.byteCount == 4
        ? SIMD8<Int16>(repeating: Int16(truncatingIfNeeded: largest)) : SIMD8()
      let (rg0, rg1) = unsafe (
        unsafeBitCast(Lanes.zipLow(r, g), to: SIMD4<Int32>.self),
        unsafeBitCast(Lanes.zipHigh(r, g), to: SIMD4<Int32>.self)
      )
      let (ba0, ba1) = unsafe (
        unsafeBitCast(Lanes.zipLow(b, rest), to: SIMD4<Int32>.self),
        unsafeBitCast(Lanes.zipHigh(b, rest), to: SIMD4<Int32>.self)
      )
      let step = 4 &* layout.byteCount
      unsafe store(Lanes.zipLow(rg0, ba0), layout, target)
      unsafe store(Lanes.zipHigh(rg0, ba0), layout, target + step)
      unsafe store(Lanes.zipLow(rg1, ba1), layout, target + 2 &* step)
      unsafe store(Lanes.zipHigh(rg1, ba1), layout, target + 3 &* step)
    }

    /// YCbCr → RGB of eight pixels, not clamped; chroma is around 0. Where that of 8 bits moves the
    /// middle for the sake of rounding, 12 bits have no room.
    ///
    ///     R = Y + (91881·Cr + 32768) >> 16               91881 = 65536 + 26345
    ///     B = Y + (116130·Cb + 32768) >> 16             116130 = 131072 - 14942
    @inline(always)
    private static func converted(
      _ y: SIMD8<Int16>, _ cb: SIMD8<Int16>, _ cr: SIMD8<Int16>
    ) -> (r: SIMD8<Int16>, g: SIMD8<Int16>, b: SIMD8<Int16>) {
      let (cb2, cr2) = (cb &+ cb, cr &+ cr)
      let r = y &+ cr &+ ((Lanes.multiplyHigh(cr2, SIMD8(repeating: 26_345)) &+ 1) &>> 1)
      let b = y &+ cb2 &+ ((Lanes.multiplyHigh(cb2, SIMD8(repeating: -14_942)) &+ 1) &>> 1)
      return (r, y &+ ColorKernels.greenDifference(cb, cr, 0), b)
    }

    @inline(always)
    private static func limited(_ a: SIMD8<Int16>) -> SIMD8<Int16> {
      Lanes.minimum(Lanes.maximum(a, SIMD8()), SIMD8(repeating: 4_095))
    }

    /// Two pixels of four samples. Of three, the fourth is overwritten by the next pixel, and the
    /// last one's is in the room that the next group or the buffer has.
    @inline(always)
    private static func store(
      _ pixels: SIMD4<Int32>, _ layout: PixelLayout, _ target: UnsafeMutableRawPointer
    ) {
      // As floating point, because only for that LLVM stores the upper half of a register.
      let halves = unsafe unsafeBitCast(pixels, to: SIMD2<Double>.self)
      unsafe target.storeBytes(of: halves[0], as: Double.self)
      unsafe target.storeBytes(
        of: halves[1], toByteOffset: 2 &* layout.byteCount, as: Double.self)
    }
  }
}
