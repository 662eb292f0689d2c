// SPDX-License-Identifier: Apache-2.0

// Samples of eight bits, without a sign, and predicted: eight at a time, whose codes are the bytes of
// a word, the first one highest.

extension AEC.IntervalEncoder {
  /// Whether blocks are such words.
  var hasWords: Bool {
    let options = layout.options
    return layout.bitCount == 8 && layout.blockLength & 7 == 0 && options.predicts
      && !options.isSigned
  }

  /// The codes of a block: eight words at most.
  private var words: UnsafeMutablePointer<UInt8> {
    unsafe UnsafeMutableRawPointer(codes).assumingMemoryBound(to: UInt8.self)
  }

  /// Sets the codes of the next block, which is whole.
  ///
  /// - Returns: 0 when all of them are 0.
  @inline(__always)
  mutating func loadWords(_ first: Int) -> Number {
    let words = unsafe self.words
    // The sample before is the highest byte.
    var before = unsafe UInt64(truncatingIfNeeded: samples[0]) &<< 56
    var any: UInt64 = 0
    var at = 0
    repeat {
      // In bounds: the block is whole.
      let word = unsafe UInt64(littleEndian: input.load(UInt64.self, done &+ at))
      if at == 0, first == 1 {
        // The reference has no code: as if it were the same as the sample before.
        before = word &<< 56
        unsafe samples[1] = Number(truncatingIfNeeded: word & 0xFF)
      }
      let codes = Self.codes(word, word &<< 8 | before &>> 56).byteSwapped
      unsafe words.store(codes, at)
      any |= codes
      before = word
      at &+= 8
    } while at < layout.blockLength
    unsafe samples[0] = Number(truncatingIfNeeded: before &>> 56)
    done &+= layout.blockLength
    return any == 0 ? 0 : 1
  }

  /// The codes of eight samples after those before them.
  @inline(__always)
  private static func codes(_ samples: UInt64, _ samplesBefore: UInt64) -> UInt64 {
    let before = lanes(samplesBefore)
    let difference = lanes(samples) &- before
    let sign = difference &>> 15
    let size = (difference ^ sign) &- sign
    let reach = Lanes.minimum(before, 255 &- before)
    let inside = size &+ size &+ sign
    let isOneSided = (reach &- size) &>> 15
    let codes = inside ^ ((inside ^ (reach &+ size)) & isOneSided)
    return unsafe unsafeBitCast(Lanes.narrowed(codes), to: UInt64.self).littleEndian
  }

  @inline(__always)
  private static func lanes(_ word: UInt64) -> SIMD8<Int16> {
    unsafe Lanes.widened(unsafeBitCast(word.littleEndian, to: SIMD8<UInt8>.self))
  }

  /// Writes the codes in the way that takes the fewest bits.
  @inline(never)
  mutating func emitWords(_ first: Int) {
    let count = layout.blockLength &- first
    let stored = count &* 8
    let (split, width, any) = bestSplitOfWords(count)
    // Codes of 16 and more have no pairs.
    if any & 0xF0F0_F0F0_F0F0_F0F0 == 0, secondExtensionBitCountOfWords() <= min(split, stored &- 1)
    {
      emitSecondExtensionOfWords(first)
      return
    }
    // The id, and the reference.
    var sink = self.sink
    let isSplit = split < stored
    var head = UInt64(truncatingIfNeeded: isSplit ? width &+ 1 : layout.storedID)
    var headCount = layout.idBitCount
    if first == 1 {
      head = head &<< 8 | UInt64(truncatingIfNeeded: reference)
      headCount &+= 8
    }
    if isSplit {
      emitHighParts(&sink, first, width, head, headCount)
      if width > 0 { emitLowParts(&sink, first, width) }
    } else {
      emitStored(&sink, first, head, headCount)
    }
    self.sink = sink
  }

  /// The low bits to split off for the fewest bits, those bits, and the bits of all codes.
  @inline(__always)
  private func bestSplitOfWords(_ count: Int) -> (bitCount: Int, width: Int, any: UInt64) {
    // The sums of the high parts for each number of low bits.
    var (a, b, c) = (SIMD4<UInt32>(), SIMD4<UInt32>(), SIMD4<UInt32>())
    var any: UInt64 = 0
    var at = 0
    repeat {
      let c0 = unsafe words.load(UInt64.self, at)
      let c1 = (c0 &>> 1) & ~Word.high
      let c2 = (c1 &>> 1) & ~Word.high
      let c3 = (c2 &>> 1) & ~Word.high
      let c4 = (c3 &>> 1) & ~Word.high
      let c5 = (c4 &>> 1) & ~Word.high
      a &+= Lanes.sumsOfEight(SIMD2(c0, c1).lanes8)
      b &+= Lanes.sumsOfEight(SIMD2(c2, c3).lanes8)
      c &+= Lanes.sumsOfEight(SIMD2(c4, c5).lanes8)
      any |= c0
      at &+= 8
    } while at < layout.blockLength
    // The bits, and in the three lowest ones the low bits: fewer of these where the bits are the same.
    let ends = UInt32(truncatingIfNeeded: 8 &* count)
    var best = 8 &* a[0] &+ ends
    best = min(best, 8 &* a[2] &+ 2 &* ends &+ 1)
    best = min(best, 8 &* b[0] &+ 3 &* ends &+ 2)
    best = min(best, 8 &* b[2] &+ 4 &* ends &+ 3)
    best = min(best, 8 &* c[0] &+ 5 &* ends &+ 4)
    best = min(best, 8 &* c[2] &+ 6 &* ends &+ 5)
    return (Int(best &>> 3), Int(best & 7), any)
  }

  /// Appends the high parts in unary behind `head`.
  @inline(__always)
  private func emitHighParts(
    _ sink: inout MSBBitSink, _ first: Int, _ width: Int, _ head: UInt64, _ headCount: Int
  ) {
    var (head, headCount, skipped) = (head, headCount, first)
    let words = unsafe self.words
    let shift = UInt64(truncatingIfNeeded: width)
    let high = (0xFF &>> shift) &* Word.low
    var at = 0
    repeat {
      let zeros = unsafe ((words.load(UInt64.self, at) &>> shift) & high).byteSwapped
      // No sum carries: with a part above twice the codes of a block, 128, one more low bit is
      // better. A code that is not written has no length.
      let lengths = zeros &+ Word.low &- UInt64(truncatingIfNeeded: skipped)
      let total = Int(Lanes.sumsOfEight(SIMD2(lengths, 0).lanes8)[0])
      if _fastPath(total <= 45) {
        // Each byte is the place of the one of the code there; where that has none, it is cut off.
        let places = 64 &* Word.low &- lengths &* Word.low
        var ones: UInt64 = 0
        for lane in 0..<8 {
          ones |= 1 &<< (places &>> UInt64(truncatingIfNeeded: 8 &* lane))
        }
        ones &>>= UInt64(truncatingIfNeeded: 64 &- total)
        sink.append(head &<< UInt64(truncatingIfNeeded: total) | ones, headCount &+ total)
      } else {
        sink.append(head, headCount)
        for lane in skipped..<8 {
          let count = (zeros &>> UInt64(truncatingIfNeeded: 8 &* lane)) & 0xFF
          sink.appendUnary(Int(truncatingIfNeeded: count))
        }
      }
      (head, headCount, skipped) = (0, 0, 0)
      at &+= 8
    } while at < layout.blockLength
  }

  /// Appends the lowest `width` bits of the codes, 1 to 5 each.
  @inline(__always)
  private func emitLowParts(_ sink: inout MSBBitSink, _ first: Int, _ width: Int) {
    var skipped = first
    let words = unsafe self.words
    let wide = UInt64(truncatingIfNeeded: width)
    let low = (0xFF &>> (8 &- wide)) &* Word.low
    var at = 0
    repeat {
      // The upper one of each two is moved down, then of each two pairs, then of the halves.
      var x = unsafe words.load(UInt64.self, at) & low
      let ones = x & 0xFF00_FF00_FF00_FF00
      x = (x ^ ones) | ones &>> (8 &- wide)
      let twos = x & 0xFFFF_0000_FFFF_0000
      x = (x ^ twos) | twos &>> (16 &- 2 &* wide)
      let fours = x & 0xFFFF_FFFF_0000_0000
      x = (x ^ fours) | fours &>> (32 &- 4 &* wide)
      // The code that is not written is 0.
      sink.append(x, width &* (8 &- skipped))
      skipped = 0
      at &+= 8
    } while at < layout.blockLength
  }

  /// Appends the codes as they are behind `head`.
  @inline(__always)
  private func emitStored(
    _ sink: inout MSBBitSink, _ first: Int, _ head: UInt64, _ headCount: Int
  ) {
    var skipped = first
    let words = unsafe self.words
    sink.append(head, headCount)
    var at = 0
    repeat {
      let word = unsafe words.load(UInt64.self, at)
      sink.append(word &>> 32, 8 &* (4 &- skipped))
      sink.append(word & 0xFFFF_FFFF, 32)
      skipped = 0
      at &+= 8
    } while at < layout.blockLength
  }

  /// Bits of the pairs of codes below 16; too many when libaec would not read one of them: its
  /// limit is 90.
  @inline(__always)
  private func secondExtensionBitCountOfWords() -> Int {
    let each: UInt64 = 0x0001_0001_0001_0001
    var total = 1
    var at = 0
    repeat {
      let word = unsafe words.load(UInt64.self, at)
      let seconds = word & (0xFF &* each)
      let sums = seconds &+ ((word &>> 8) & (0xFF &* each))
      // A sum of 13 has codes from 91 on.
      guard (sums &+ (0x80 &- 13) &* each) & (0x80 &* each) == 0 else { return .max }
      let lanes = SIMD2(sums, 0).lanes8.lanes16
      let triangles = ((lanes &* (lanes &+ 1)) &>> 1).lanes8.lanes64[0]
      // The highest lane of the product is the sum of all.
      total &+= Int(truncatingIfNeeded: ((triangles &+ seconds &+ each) &* each) &>> 48)
      at &+= 8
    } while at < layout.blockLength
    return total
  }

  @inline(never)
  private mutating func emitSecondExtensionOfWords(_ first: Int) {
    sink.append(0, layout.idBitCount)
    sink.append(1, 1)
    if first == 1 { sink.append(UInt64(truncatingIfNeeded: reference), 8) }
    var at = 0
    repeat {
      var word = unsafe words.load(UInt64.self, at)
      for _ in 0..<4 {
        let second = Int(truncatingIfNeeded: (word &>> 48) & 0xFF)
        let sum = second &+ Int(truncatingIfNeeded: word &>> 56)
        sink.appendUnary(sum &* (sum &+ 1) / 2 &+ second)
        word &<<= 16
      }
      at &+= 8
    } while at < layout.blockLength
  }
}
