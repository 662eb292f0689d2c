// SPDX-License-Identifier: Apache-2.0

// The usual samples, of at most eight bits, without a sign, and predicted: eight at a time, whose
// codes are the bytes of a word, the first one highest.

extension AEC.IntervalDecoder {
  /// Whether blocks are such words.
  var hasWords: Bool {
    let options = layout.options
    return layout.sampleByteCount == 1 && layout.blockLength & 7 == 0 && options.predicts
      && !options.isSigned && !options.alignsIntervals
  }

  /// Decodes all blocks but the last ones, those of zeros that go on behind their interval, and what
  /// has more zeros in a row than a window.
  ///
  /// - Precondition: ``hasWords``; no block of zeros is pending.
  mutating func decodeWords(_ block: inout Int) {
    // A block of one word needs no loops, and has registers for everything.
    if layout.blockLength == 8 {
      decodeWords(&block, isSingle: true)
    } else {
      decodeWords(&block, isSingle: false)
    }
  }

  @inline(__always)
  private mutating func decodeWords(_ block: inout Int, isSingle: Bool) {
    // The words of a block but the first one, then what `integrate` needs: 80 bytes of 256.
    let words = unsafe UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt8.self)
    let (bitCount, range) = (layout.bitCount, UInt64(truncatingIfNeeded: layout.most))
    let (idBitCount, storedID) = (layout.idBitCount, layout.storedID)
    let (length, blockCount) = (isSingle ? 8 : layout.blockLength, layout.intervalBlockCount)
    // A word has 44 bits of high and 64 of low parts at most; then there are those of a window.
    let margin = 16 &+ 15 &* length &+ 64
    let target = unsafe self.target
    var (source, done, number) = (self.source, self.done, block)
    var sample = UInt64(truncatingIfNeeded: last)
    while done &+ length <= sampleCount, source.remaining >= margin {
      // Behind the next block, once that is read.
      var next = source
      let first = number == 0 ? 1 : 0
      let window = next.windowInside
      let id = Int(truncatingIfNeeded: window &>> UInt64(truncatingIfNeeded: 64 &- idBitCount))
      next.skip(idBitCount)
      var word: UInt64
      if id == 0 {
        let isSecondExtension = next.take(1) == 1
        if first == 1 { sample = next.take(bitCount) }
        guard isSecondExtension else {
          let count = Self.zeroBlockCount(next.unary(), number, blockCount)
          let end = done &+ count &* length
          guard count <= blockCount &- number, end <= sampleCount, !next.isPastEnd else { break }
          // The sample goes on. In bounds: there is room for all of them.
          while done < end {
            unsafe target.store(sample &* Word.low, done)
            done &+= 8
          }
          (source, number) = (next, number &+ count == blockCount ? 0 : number &+ count)
          continue
        }
        guard let pairs = unsafe Self.pairs(&next, words, isSingle ? 8 : length) else { break }
        word = pairs
      } else if id == storedID {
        word = unsafe Self.stored(&next, bitCount, words, isSingle ? 8 : length)
        if first == 1 { sample = word &>> 56 }
      } else {
        var window = window &<< UInt64(truncatingIfNeeded: idBitCount)
        if first == 1 {
          sample = window &>> UInt64(truncatingIfNeeded: 64 &- bitCount)
          window &<<= UInt64(truncatingIfNeeded: bitCount)
          next.skip(bitCount)
        }
        guard
          let split = unsafe Self.split(
            &next, window, first, id &- 1, words, isSingle ? 8 : length)
        else { break }
        word = split
      }
      // The first sample is there: as if it were the same as the one before.
      if first == 1 { word &= .max &>> 8 }
      sample = unsafe Self.integrate(word, sample, range, target + done, words)
      var at = 8
      while !isSingle, at < length {
        word = unsafe words.load(UInt64.self, at)
        sample = unsafe Self.integrate(word, sample, range, target + (done &+ at), words)
        at &+= 8
      }
      done &+= length
      (source, number) = (next, number &+ 1 == blockCount ? 0 : number &+ 1)
    }
    last = Int(truncatingIfNeeded: sample)
    (self.source, self.done, block) = (source, done, number)
  }

  // Each of the following reads a block of `length` codes, of which it returns the first word and
  // stores the others. In bounds: these are seven at most; the source has bits for all of them.

  /// Pairs of codes as a number each; `nil` when one of them is too long.
  @unsafe @inline(__always)
  private static func pairs(
    _ source: inout MSBBitSource, _ words: UnsafeMutablePointer<UInt8>, _ length: Int
  ) -> UInt64? {
    var (word, place) = fourPairs(&source)
    var at = 8
    while at < length, place > 6 {
      let next: UInt64
      (next, place) = fourPairs(&source)
      unsafe words.store(next, at)
      at &+= 8
    }
    return place > 6 ? word : nil
  }

  @unsafe @inline(__always)
  private static func stored(
    _ source: inout MSBBitSource, _ width: Int, _ words: UnsafeMutablePointer<UInt8>, _ length: Int
  ) -> UInt64 {
    let word = width == 8 ? bytes(&source) : fields(&source, width)
    var at = 8
    while at < length {
      unsafe words.store(width == 8 ? bytes(&source) : fields(&source, width), at)
      at &+= 8
    }
    return word
  }

  /// High parts, which begin with `window`, then low parts; `nil` when one of the former is too long.
  @unsafe @inline(__always)
  private static func split(
    _ source: inout MSBBitSource, _ window: UInt64, _ first: Int, _ width: Int,
    _ words: UnsafeMutablePointer<UInt8>, _ length: Int
  ) -> UInt64? {
    var (word, place) = highParts(window, first)
    source.skip(64 &- first &- place)
    var at = 8
    while at < length, place > 19 {
      let high: UInt64
      (high, place) = highParts(source.windowInside, 0)
      source.skip(64 &- place)
      unsafe words.store(high, at)
      at &+= 8
    }
    guard place > 19 else { return nil }
    if width > 0 {
      // As if the first sample had a low part.
      source.skip(0 &- (width & (0 &- first)))
      let shift = UInt64(truncatingIfNeeded: width)
      word = word &<< shift | fields(&source, width)
      at = 8
      while at < length {
        let low = fields(&source, width)
        unsafe words.store(words.load(UInt64.self, at) &<< shift | low, at)
        at &+= 8
      }
    }
    return word
  }

  /// The numbers of zeros before the next eight ones, of which the first one is made up when `first`
  /// is 1, and the place of the last one: above 19, unless they are not all in the window.
  @inline(__always)
  private static func highParts(_ window: UInt64, _ first: Int) -> (UInt64, Int) {
    let lead = UInt64(truncatingIfNeeded: first)
    // Eight ones at least, as all bits are set that may not be the window's any more.
    var ones = window &>> lead | lead &<< 63 | 0xF_FFFF
    var places: UInt64 = 0
    var place = 0
    for lane in 0..<8 {
      place = Word.highestOne(ones)
      ones ^= 1 &<< UInt64(truncatingIfNeeded: place)
      places |= UInt64(truncatingIfNeeded: place) &<< UInt64(truncatingIfNeeded: 56 &- 8 &* lane)
    }
    // Each place is below the one before it: no byte borrows.
    return ((places &>> 8 | 64 &<< 56) &- places &- Word.low, place)
  }

  /// The next four pairs, and the place of the last one's one: above 6, unless they are not all in
  /// a window.
  @inline(__always)
  private static func fourPairs(_ source: inout MSBBitSource) -> (UInt64, Int) {
    var ones = source.windowInside | 0x7F
    var word: UInt64 = 0
    var before = 64
    for _ in 0..<4 {
      let place = Word.highestOne(ones)
      ones ^= 1 &<< UInt64(truncatingIfNeeded: place)
      let code = before &- place &- 1
      before = place
      let sum = triangularRoot(code)
      let second = code &- sum &* (sum &+ 1) / 2
      word = word &<< 16 | UInt64(truncatingIfNeeded: (sum &- second) &<< 8 | second)
    }
    source.skip(64 &- before)
    return (word, before)
  }

  /// The next eight bytes.
  @inline(__always)
  private static func bytes(_ source: inout MSBBitSource) -> UInt64 {
    let first = source.windowInside & ~0xFFFF_FFFF
    source.skip(32)
    let second = source.windowInside &>> 32
    source.skip(32)
    return first | second
  }

  /// The next eight numbers of `width` bits, 1 to 7.
  @inline(__always)
  private static func fields(_ source: inout MSBBitSource, _ width: Int) -> UInt64 {
    let wide = UInt64(truncatingIfNeeded: width)
    let window = source.windowInside
    source.skip(8 &* width)
    // Four in each half; then the upper two, and the upper one of each two, are moved up.
    var x = (window &>> (64 &- 4 &* wide)) &<< 32
    x |= (window &<< (4 &* wide)) &>> (64 &- 4 &* wide)
    let two = ((1 as UInt64) &<< (2 &* wide) &- 1) &<< (2 &* wide)
    let twos = x & (two &* 0x1_0000_0001)
    x = (x ^ twos) | twos &<< (16 &- 2 &* wide)
    let one = ((1 as UInt64) &<< wide &- 1) &<< wide
    let ones = x & (one &* 0x1_0001_0001_0001)
    return (x ^ ones) | ones &<< (8 &- wide)
  }

  /// Stores eight samples, and returns the last one; `before` is the one before them.
  ///
  /// A function of its own: in a loop LLVM makes branches of the selections, which nobody foresees.
  ///
  /// In bounds: there is room for eight; the scratch is that of `decodeWords`.
  @unsafe @inline(never)
  private static func integrate(
    _ codes: UInt64, _ before: UInt64, _ range: UInt64, _ to: UnsafeMutablePointer<UInt8>,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) -> UInt64 {
    // Halves of the codes, with a minus where they are odd.
    let steps = ((codes &>> 1) & ~Word.high) ^ ((codes & Word.low) &* 255)
    unsafe scratch.store(codes.littleEndian, 64)
    unsafe scratch.store(steps.littleEndian, 72)
    let range = UInt32(truncatingIfNeeded: range)
    // Twice the sample. The range reaches as far as the step goes on both sides where twice the
    // sample is from `code` to 2 * range - `code`.
    var twice = UInt32(truncatingIfNeeded: before) &* 2
    for k in 0..<8 {
      let code = unsafe UInt32(scratch.load(UInt8.self, 71 &- k))
      let step = unsafe UInt32(truncatingIfNeeded: scratch.load(Int8.self, 79 &- k))
      let rest = 2 &* range &- 2 &* code
      let inside = twice &+ 2 &* step
      let outside = twice > range ? rest : 2 &* code
      twice = twice &- code <= rest ? inside : outside
      unsafe to[k] = UInt8(truncatingIfNeeded: twice &>> 1)
    }
    return UInt64(twice &>> 1)
  }
}
