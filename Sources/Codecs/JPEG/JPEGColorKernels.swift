// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Upsampling and YCbCr → RGB in one pass over a row. Exact: libjpeg's 16-bit fixed point.
  ///
  /// Even and odd pixels are in separate vectors, so that nothing is shuffled before the store.
  /// Source: ITU-T T.871 clause 7 for the colours.
  enum ColorKernels {
    /// Samples that may be read on either side of a row.
    static var margin: Int { 32 }

    /// Converts `count` pixels.
    @inline(always)
    static func convertRow(
      _ planes: inout MutableSpan<UInt8>, _ row: RowSource, _ chroma: ChromaSource,
      _ layout: PixelLayout, into output: inout MutableRawSpan, at offset: Int, count: Int
    ) {
      // The proof for every access below: loads and stores in the planes begin at most 16 samples
      // before a row and end at most 32 behind the last pixel's; stores of whole groups of pixels
      // end within `count` pixels.
      let chromaCount = row.requireMargins(chroma, of: planes.count, count: count)
      if chroma == .quarter {
        let (first, end) = (margin, planes.count - margin)
        precondition(row.scratchCb >= first && row.scratchCb <= end - count)
        precondition(row.scratchCr >= first && row.scratchCr <= end - count)
      }
      precondition(offset >= 0 && offset <= output.byteCount - count * layout.byteCount)
      unsafe planes.withUnsafeMutableBufferPointer { planes in
        unsafe output.withUnsafeMutableBytes { output in
          let base = unsafe UnsafeMutableRawPointer(planes.baseAddress.unsafelyUnwrapped)
          let target = unsafe output.baseAddress.unsafelyUnwrapped + offset
          var rows = unsafe Rows(y: base + row.y, cb: base + row.cb, cr: base + row.cr)
          switch chroma {
          case .full: unsafe full(rows, layout, target, count)
          case .rgb: unsafe rgb(rows, layout, target, count)
          case .half: unsafe half(rows, layout, target, count)
          case .quarter:
            unsafe sumColumns(rows.cb, base + row.farCb, base + row.scratchCb, chromaCount)
            unsafe sumColumns(rows.cr, base + row.farCr, base + row.scratchCr, chromaCount)
            unsafe rows.cb = UnsafeRawPointer(base + row.scratchCb)
            unsafe rows.cr = UnsafeRawPointer(base + row.scratchCr)
            unsafe quarter(rows, layout, target, count)
          }
        }
      }
    }

    /// Copies a row of samples that need no conversion.
    @inline(always)
    static func copyRow<S: BitwiseCopyable>(
      _ samples: Span<S>, _ source: Int, into output: inout MutableRawSpan, at offset: Int,
      count: Int
    ) {
      let size = MemoryLayout<S>.size
      precondition(source >= 0 && source <= samples.count - count)
      precondition(count >= 0 && offset >= 0 && offset <= output.byteCount - count * size)
      unsafe samples.withUnsafeBufferPointer { samples in
        unsafe output.withUnsafeMutableBytes { output in
          let target = unsafe output.baseAddress.unsafelyUnwrapped + offset
          unsafe target.copyMemory(
            from: samples.baseAddress.unsafelyUnwrapped + source, byteCount: count * size)
        }
      }
    }

    /// Copies `count` samples from one place of the planes to another.
    @inline(always)
    static func move<S: BitwiseCopyable>(
      _ planes: inout MutableSpan<S>, from source: Int, to target: Int, count: Int
    ) {
      precondition(count >= 0 && source >= 0 && source <= planes.count - count)
      precondition(target >= 0 && target <= planes.count - count)
      unsafe planes.withUnsafeMutableBufferPointer { planes in
        let base = unsafe planes.baseAddress.unsafelyUnwrapped
        unsafe (base + target).update(from: base + source, count: count)
      }
    }

    @unsafe struct Rows {
      var y: UnsafeRawPointer
      /// Samples; for ``ChromaSource/quarter`` sums of two rows, 16 bits each.
      var cb: UnsafeRawPointer
      var cr: UnsafeRawPointer
    }

    // One loop for each source and layout: the constants are known in each.

    @inline(never)
    private static func full(
      _ rows: Rows, _ layout: PixelLayout, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      switch layout {
      case .rgb: unsafe loop(rows, .full, .rgb, target, count)
      case .bgr: unsafe loop(rows, .full, .bgr, target, count)
      case .rgba: unsafe loop(rows, .full, .rgba, target, count)
      case .bgra: unsafe loop(rows, .full, .bgra, target, count)
      }
    }
    @inline(never)
    private static func rgb(
      _ rows: Rows, _ layout: PixelLayout, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      switch layout {
      case .rgb: unsafe loop(rows, .rgb, .rgb, target, count)
      case .bgr: unsafe loop(rows, .rgb, .bgr, target, count)
      case .rgba: unsafe loop(rows, .rgb, .rgba, target, count)
      case .bgra: unsafe loop(rows, .rgb, .bgra, target, count)
      }
    }
    @inline(never)
    private static func half(
      _ rows: Rows, _ layout: PixelLayout, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      switch layout {
      case .rgb: unsafe loop(rows, .half, .rgb, target, count)
      case .bgr: unsafe loop(rows, .half, .bgr, target, count)
      case .rgba: unsafe loop(rows, .half, .rgba, target, count)
      case .bgra: unsafe loop(rows, .half, .bgra, target, count)
      }
    }
    @inline(never)
    private static func quarter(
      _ rows: Rows, _ layout: PixelLayout, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      switch layout {
      case .rgb: unsafe loop(rows, .quarter, .rgb, target, count)
      case .bgr: unsafe loop(rows, .quarter, .bgr, target, count)
      case .rgba: unsafe loop(rows, .quarter, .rgba, target, count)
      case .bgra: unsafe loop(rows, .quarter, .bgra, target, count)
      }
    }

    /// Groups of 16 pixels; the last, which may store too far, goes through a buffer of its own.
    @inline(always)
    private static func loop(
      _ rows: Rows, _ chroma: ChromaSource, _ layout: PixelLayout,
      _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
      let whole = (count &- 1) & ~15
      var i = 0
      var target = unsafe target
      // Invariant: pixels 0 ..< i are stored; `target` is where pixel i goes.
      while i < whole {
        unsafe group(rows, i, chroma, layout, target)
        unsafe target += 16 &* layout.byteCount
        i &+= 16
      }
      unsafe withUnsafeTemporaryAllocation(byteCount: 80, alignment: 16) { buffer in
        let temporary = unsafe buffer.baseAddress.unsafelyUnwrapped
        unsafe group(rows, i, chroma, layout, temporary)
        unsafe target.copyMemory(
          from: temporary, byteCount: (count &- whole) &* layout.byteCount)
      }
    }

    /// Sixteen pixels.
    @inline(always)
    private static func group(
      _ rows: Rows, _ i: Int, _ chroma: ChromaSource, _ layout: PixelLayout,
      _ target: UnsafeMutableRawPointer
    ) {
      let y = unsafe rows.y.loadUnaligned(fromByteOffset: i, as: SIMD8<Int16>.self)
      let (evenY, oddY) = split(y)
      let evenCb, oddCb, evenCr, oddCr: SIMD8<Int16>
      switch chroma {
      case .rgb:
        (evenCb, oddCb) = unsafe split(
          rows.cb.loadUnaligned(fromByteOffset: i, as: SIMD8<Int16>.self))
        (evenCr, oddCr) = unsafe split(
          rows.cr.loadUnaligned(fromByteOffset: i, as: SIMD8<Int16>.self))
      case .full:
        (evenCb, oddCb) = unsafe splitForZips(
          rows.cb.loadUnaligned(fromByteOffset: i, as: SIMD8<Int16>.self))
        (evenCr, oddCr) = unsafe splitForZips(
          rows.cr.loadUnaligned(fromByteOffset: i, as: SIMD8<Int16>.self))
      case .half:
        (evenCb, oddCb) = unsafe spread(rows.cb + i &>> 1, around: centreCb)
        (evenCr, oddCr) = unsafe spread(rows.cr + i &>> 1, around: centreCr)
      case .quarter:
        (evenCb, oddCb) = unsafe spreadSums(rows.cb + i, around: centreCb)
        (evenCr, oddCr) = unsafe spreadSums(rows.cr + i, around: centreCr)
      }
      let even, odd: (r: SIMD8<Int16>, g: SIMD8<Int16>, b: SIMD8<Int16>)
      switch chroma {
      case .rgb: (even, odd) = ((evenY, evenCb, evenCr), (oddY, oddCb, oddCr))
      case .full:
        even = converted(evenY, evenCb, evenCr, around: (128, 128))
        odd = converted(oddY, oddCb, oddCr, around: (128, 128))
      case .half, .quarter:
        even = converted(evenY, evenCb, evenCr, around: (centreCb, centreCr))
        odd = converted(oddY, oddCb, oddCr, around: (centreCb, centreCr))
      }
      switch layout {
      case .rgb:
        unsafe store3(even.r, even.g, even.b, odd.r, odd.g, odd.b, target)
      case .bgr:
        unsafe store3(even.b, even.g, even.r, odd.b, odd.g, odd.r, target)
      case .rgba:
        unsafe store4(even.r, even.g, even.b, odd.r, odd.g, odd.b, target)
      case .bgra:
        unsafe store4(even.b, even.g, even.r, odd.b, odd.g, odd.r, target)
      }
    }

    /// Sixteen bytes as the eight at even and the eight at odd places.
    @inline(always)
    private static func split(_ bytes: SIMD8<Int16>) -> (SIMD8<Int16>, SIMD8<Int16>) {
      let odd = unsafe unsafeBitCast(bytes, to: SIMD8<UInt16>.self) &>> 8
      return unsafe (bytes & 0xFF, unsafeBitCast(odd, to: SIMD8<Int16>.self))
    }

    /// The same by multiplications: LLVM moves plain shifts and additions behind the zips that
    /// follow, does them twice there, and splits them into halves (a third of the loop's time).
    @inline(always)
    private static func splitForZips(_ bytes: SIMD8<Int16>) -> (SIMD8<Int16>, SIMD8<Int16>) {
      (shiftedRight(bytes &<< 8, 8), shiftedRight(bytes, 8))
    }

    /// `a >> bits`, unsigned, as a multiplication.
    @inline(always)
    private static func shiftedRight(_ a: SIMD8<Int16>, _ bits: UInt16) -> SIMD8<Int16> {
      scaled(a, 1 &<< (16 &- bits))
    }

    /// `a * factor >> 16`, unsigned.
    @inline(always)
    private static func scaled(_ a: SIMD8<Int16>, _ factor: UInt16) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Lanes.multiplyHigh(
          unsafeBitCast(a, to: SIMD8<UInt16>.self), SIMD8<UInt16>(repeating: factor)),
        to: SIMD8<Int16>.self)
    }

    /// Eight bytes as 16-bit numbers.
    @inline(always)
    private static func widened(_ pointer: UnsafeRawPointer) -> SIMD8<Int16> {
      let word = unsafe SIMD2<UInt64>(pointer.loadUnaligned(as: UInt64.self), 0)
      return unsafe unsafeBitCast(
        Lanes.zipLow(unsafeBitCast(word, to: SIMD16<UInt8>.self), SIMD16()),
        to: SIMD8<Int16>.self)
    }

    /// The triangle filter across: three parts the nearer sample, one part the farther. Half a
    /// step is rounded down on the left and up on the right. The result is around `centre`.
    @inline(always)
    private static func spread(
      _ pointer: UnsafeRawPointer, around centre: Int16
    ) -> (SIMD8<Int16>, SIMD8<Int16>) {
      let this = unsafe widened(pointer)
      let triple = this &+ this &+ this
      let offset = 4 &* (centre &- 128)
      let left = unsafe triple &+ widened(pointer - 1) &+ (1 &+ offset)
      let right = unsafe triple &+ widened(pointer + 1) &+ (2 &+ offset)
      return (shiftedRight(left, 2), shiftedRight(right, 2))
    }

    /// Three parts the nearer row, one part the farther, for all samples of a row and eight more
    /// on either side.
    ///
    /// They go through memory because vectors that are shifted by one lane after arithmetic are
    /// torn apart by LLVM's vectoriser, lane by lane.
    @inline(always)
    private static func sumColumns(
      _ near: UnsafeRawPointer, _ far: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
      _ count: Int
    ) {
      var i = -8
      while i < count &+ 1 {
        let this = unsafe widened(near + i)
        let sum = unsafe this &+ this &+ this &+ widened(far + i)
        unsafe target.storeBytes(of: sum, toByteOffset: 2 &* i, as: SIMD8<Int16>.self)
        i &+= 8
      }
    }

    /// The triangle filter across column sums; the result is around `centre`.
    @inline(always)
    private static func spreadSums(
      _ pointer: UnsafeRawPointer, around centre: Int16
    ) -> (SIMD8<Int16>, SIMD8<Int16>) {
      let this = unsafe pointer.loadUnaligned(as: SIMD8<Int16>.self)
      let triple = this &+ this &+ this
      let before = unsafe pointer.loadUnaligned(fromByteOffset: -2, as: SIMD8<Int16>.self)
      let after = unsafe pointer.loadUnaligned(fromByteOffset: 2, as: SIMD8<Int16>.self)
      // Below 2^16, though not below 2^15.
      let offset = 16 &* (centre &- 128)
      return (
        shiftedRight(triple &+ before &+ (8 &+ offset), 4),
        shiftedRight(triple &+ after &+ (7 &+ offset), 4)
      )
    }

    // Where chroma is centred, so that products are rounded as libjpeg rounds them without more
    // being added, and so that red and blue then are off by the same amount:
    //
    //     (26345·cr + 32768) >> 16 = (26352·(cr + 2237) >> 16) - 899     for -128 ≤ cr < 128
    //     (50594·cb + 32768) >> 16 = (50596·(cb + 1770) >> 16) - 1366    for -128 ≤ cb < 128
    //
    // and 2237 + 899 = 1770 + 1366.
    private static var centreCr: Int16 { 2_237 }
    private static var centreCb: Int16 { 1_770 }
    private static var offset: Int16 { 3_136 }

    /// YCbCr → RGB of eight pixels, not clamped; chroma is around `centres`.
    ///
    ///     R = Y + (91881·Cr + 32768) >> 16               91881 = 65536 + 26345
    ///     B = Y + (116130·Cb + 32768) >> 16             116130 = 65536 + 50594
    ///     G = Y + (-22554·Cb - 46802·Cr + 32768) >> 16
    @inline(always)
    private static func converted(
      _ y: SIMD8<Int16>, _ cb: SIMD8<Int16>, _ cr: SIMD8<Int16>, around centres: (Int16, Int16)
    ) -> (r: SIMD8<Int16>, g: SIMD8<Int16>, b: SIMD8<Int16>) {
      let y = y &- offset
      let (cbMoved, crMoved) = (cb &+ (centreCb &- centres.0), cr &+ (centreCr &- centres.1))
      let r = y &+ crMoved &+ scaled(crMoved, 26_352)
      let b = y &+ cbMoved &+ scaled(cbMoved, 50_596)
      let centre = 11_277 &* Int32(centres.0) &+ 23_401 &* Int32(centres.1)
      let g = y &+ greenDifference(cb, cr, centre &+ Int32(offset) &<< 15)
      return (r, g, b)
    }

    /// `(-22554·cb - 46802·cr + 2·rest + 32768) >> 16`, halved to fit 16 bits.
    @inline(always)
    static func greenDifference(
      _ cb: SIMD8<Int16>, _ cr: SIMD8<Int16>, _ rest: Int32
    ) -> SIMD8<Int16> {
      let factors = SIMD8<Int16>(
        -11_277, -23_401, -11_277, -23_401, -11_277, -23_401, -11_277, -23_401)
      let added = SIMD4<Int32>(repeating: rest &+ 16_384)
      return Lanes.clampToInt16(
        (Lanes.multiplyAddPairs(Lanes.zipLow(cb, cr), factors) &+ added) &>> 15,
        (Lanes.multiplyAddPairs(Lanes.zipHigh(cb, cr), factors) &+ added) &>> 15)
    }

    /// Stores sixteen pixels of three bytes, and two bytes of rubbish behind them.
    @inline(always)
    private static func store3(
      _ r0: SIMD8<Int16>, _ g0: SIMD8<Int16>, _ b0: SIMD8<Int16>,
      _ r1: SIMD8<Int16>, _ g1: SIMD8<Int16>, _ b1: SIMD8<Int16>,
      _ target: UnsafeMutableRawPointer
    ) {
      // A pair of pixels is three 16-bit words: r0g0, b0r1, g1b1.
      let (p, q) = (Lanes.clampToUInt8(r0, b0), Lanes.clampToUInt8(g0, r1))
      let first = unsafe unsafeBitCast(Lanes.zipLow(p, q), to: SIMD8<Int16>.self)
      let second = unsafe unsafeBitCast(Lanes.zipHigh(p, q), to: SIMD8<Int16>.self)
      let third = unsafe unsafeBitCast(
        Lanes.zipLow(Lanes.clampToUInt8(g1, g1), Lanes.clampToUInt8(b1, b1)),
        to: SIMD8<Int16>.self)
      let a0 = unsafe unsafeBitCast(Lanes.zipLow(first, second), to: SIMD4<Int32>.self)
      let a1 = unsafe unsafeBitCast(Lanes.zipHigh(first, second), to: SIMD4<Int32>.self)
      let c0 = unsafe unsafeBitCast(Lanes.zipLow(third, SIMD8()), to: SIMD4<Int32>.self)
      let c1 = unsafe unsafeBitCast(Lanes.zipHigh(third, SIMD8()), to: SIMD4<Int32>.self)
      unsafe storePairs(Lanes.zipLow(a0, c0), target)
      unsafe storePairs(Lanes.zipHigh(a0, c0), target + 12)
      unsafe storePairs(Lanes.zipLow(a1, c1), target + 24)
      unsafe storePairs(Lanes.zipHigh(a1, c1), target + 36)
    }

    /// Stores six of each eight bytes; what is written beyond them is overwritten next.
    @inline(always)
    private static func storePairs(_ a: SIMD4<Int32>, _ target: UnsafeMutableRawPointer) {
      // As floating point, because only for that LLVM stores the upper half of a register.
      let halves = unsafe unsafeBitCast(a, to: SIMD2<Double>.self)
      unsafe target.storeBytes(of: halves[0], as: Double.self)
      unsafe target.storeBytes(of: halves[1], toByteOffset: 6, as: Double.self)
    }

    /// Stores sixteen pixels of four bytes, the last of each 255.
    @inline(always)
    private static func store4(
      _ r0: SIMD8<Int16>, _ g0: SIMD8<Int16>, _ b0: SIMD8<Int16>,
      _ r1: SIMD8<Int16>, _ g1: SIMD8<Int16>, _ b1: SIMD8<Int16>,
      _ target: UnsafeMutableRawPointer
    ) {
      let opaque = SIMD16<UInt8>(repeating: 255)
      let r = Lanes.clampToUInt8(r0, r1)
      let g = Lanes.clampToUInt8(g0, g1)
      let b = Lanes.clampToUInt8(b0, b1)
      let (rg0, rg1) = unsafe (
        unsafeBitCast(Lanes.zipLow(r, g), to: SIMD8<Int16>.self),
        unsafeBitCast(Lanes.zipHigh(r, g), to: SIMD8<Int16>.self)
      )
      let (ba0, ba1) = unsafe (
        unsafeBitCast(Lanes.zipLow(b, opaque), to: SIMD8<Int16>.self),
        unsafeBitCast(Lanes.zipHigh(b, opaque), to: SIMD8<Int16>.self)
      )
      let even0 = unsafe unsafeBitCast(Lanes.zipLow(rg0, ba0), to: SIMD4<Int32>.self)
      let even1 = unsafe unsafeBitCast(Lanes.zipHigh(rg0, ba0), to: SIMD4<Int32>.self)
      let odd0 = unsafe unsafeBitCast(Lanes.zipLow(rg1, ba1), to: SIMD4<Int32>.self)
      let odd1 = unsafe unsafeBitCast(Lanes.zipHigh(rg1, ba1), to: SIMD4<Int32>.self)
      unsafe target.storeBytes(of: Lanes.zipLow(even0, odd0), as: SIMD4<Int32>.self)
      unsafe target.storeBytes(
        of: Lanes.zipHigh(even0, odd0), toByteOffset: 16, as: SIMD4<Int32>.self)
      unsafe target.storeBytes(
        of: Lanes.zipLow(even1, odd1), toByteOffset: 32, as: SIMD4<Int32>.self)
      unsafe target.storeBytes(
        of: Lanes.zipHigh(even1, odd1), toByteOffset: 48, as: SIMD4<Int32>.self)
    }
  }
}
