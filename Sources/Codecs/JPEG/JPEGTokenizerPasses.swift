// SPDX-License-Identifier: Apache-2.0

// The five kinds of scan, from coefficients to tokens. All accesses are checked; that costs little,
// because every one is at an index that was just computed for something else.

extension JPEG.Tokenizer {
  private typealias Tokens = JPEG.TokenStream

  /// Both coefficients of a block's first kind and of its second. Source: T.81 F.1.2.
  @inline(never)
  static func sequential(
    _ units: Range<Int>, _ row: Int, _ layout: JPEG.ScanLayout, _ values: Span<Int16>,
    _ maps: Span<UInt64>, _ predictions: inout InlineArray<4, Int32>,
    _ tokens: inout MutableSpan<UInt32>, _ histogram: inout MutableSpan<UInt32>, _ start: Int
  ) -> Int {
    var position = start
    let zigzag = JPEG.zigzag
    let order = zigzag.span
    for unit in units {
      for slot in layout.slots {
        let block = slot.first &+ row &* slot.rowStep &+ unit &* slot.step
        let dc = Int32(values[block &* 64])
        let difference = dc &- predictions[slot.member]
        predictions[slot.member] = dc
        put(difference, slot.dc, 0, &tokens, &histogram, &position)

        var map = maps[block] & ~1
        var last = 0
        while map != 0 {
          let k = map.trailingZeroBitCount
          map &= map &- 1
          var run = k &- last &- 1
          last = k
          while run > 15 {
            putSymbol(slot.ac &+ 0xF0, &tokens, &histogram, &position)
            run &-= 16
          }
          let value = Int32(values[block &* 64 &+ Int(order[k])])
          put(value, slot.ac, UInt32(truncatingIfNeeded: run &<< 4), &tokens, &histogram, &position)
        }
        if last < 63 { putSymbol(slot.ac, &tokens, &histogram, &position) }
      }
    }
    return position
  }

  /// The differences of the DC coefficients. Source: T.81 G.1.2.1.
  @inline(never)
  static func dcFirst(
    _ units: Range<Int>, _ row: Int, _ layout: JPEG.ScanLayout, _ values: Span<Int16>,
    _ shift: Int, _ predictions: inout InlineArray<4, Int32>,
    _ tokens: inout MutableSpan<UInt32>, _ histogram: inout MutableSpan<UInt32>, _ start: Int
  ) -> Int {
    var position = start
    for unit in units {
      for slot in layout.slots {
        let block = slot.first &+ row &* slot.rowStep &+ unit &* slot.step
        let dc = Int32(values[block &* 64]) &>> Int32(truncatingIfNeeded: shift)
        let difference = dc &- predictions[slot.member]
        predictions[slot.member] = dc
        put(difference, slot.dc, 0, &tokens, &histogram, &position)
      }
    }
    return position
  }

  /// One bit of each DC coefficient. Source: T.81 G.1.2.1.
  @inline(never)
  static func dcRefinement(
    _ units: Range<Int>, _ row: Int, _ layout: JPEG.ScanLayout, _ values: Span<Int16>,
    _ shift: Int, _ tokens: inout MutableSpan<UInt32>, _ start: Int
  ) -> Int {
    var position = start
    var (bits, count) = (UInt64(0), 0)
    for unit in units {
      for slot in layout.slots {
        let block = slot.first &+ row &* slot.rowStep &+ unit &* slot.step
        let dc = values[block &* 64] &>> Int16(truncatingIfNeeded: shift)
        bits = bits &<< 1 | UInt64(truncatingIfNeeded: dc & 1)
        count &+= 1
        if count == 20 {
          putBits(bits, count, &tokens, &position)
          (bits, count) = (0, 0)
        }
      }
    }
    putBits(bits, count, &tokens, &position)
    return position
  }

  /// The AC coefficients of a band for the first time. Source: T.81 G.1.2.2.
  @inline(never)
  static func acFirst(
    _ blocks: Range<Int>, _ band: ClosedRange<Int>, _ shift: Int, _ table: UInt32,
    _ values: Span<Int16>, _ maps: Span<UInt64>, _ run: inout Run,
    _ tokens: inout MutableSpan<UInt32>, _ histogram: inout MutableSpan<UInt32>, _ start: Int
  ) -> Int {
    var position = start
    let zigzag = JPEG.zigzag
    let order = zigzag.span
    let (wanted, end) = (mask(band), band.upperBound)
    let before = band.lowerBound &- 1
    let scale = Int32(truncatingIfNeeded: shift)
    for block in blocks {
      var map = maps[block] & wanted
      var last = before
      if map != 0 {
        flush(&run, table, &tokens, &histogram)
        repeat {
          let k = map.trailingZeroBitCount
          map &= map &- 1
          var zeros = k &- last &- 1
          last = k
          while zeros > 15 {
            putSymbol(table &+ 0xF0, &tokens, &histogram, &position)
            zeros &-= 16
          }
          let value = Int32(values[block &* 64 &+ Int(order[k])])
          // Towards zero: the precision of a magnitude is what is sent.
          let sign = value &>> 31
          let magnitude = ((value ^ sign) &- sign) &>> scale
          put(
            (magnitude ^ sign) &- sign, table, UInt32(truncatingIfNeeded: zeros &<< 4), &tokens,
            &histogram, &position)
        } while map != 0
        if last == end { continue }
      }
      extend(&run, &position)
      if run.count == 0x7FFF { flush(&run, table, &tokens, &histogram) }
    }
    return position
  }

  /// One bit more of the AC coefficients of a band. Source: T.81 G.1.2.3.
  @inline(never)
  static func acRefinement(
    _ blocks: Range<Int>, _ band: ClosedRange<Int>, _ shift: Int, _ table: UInt32,
    _ values: Span<Int16>, _ maps: Span<UInt64>, _ earlier: Span<UInt64>, _ run: inout Run,
    _ tokens: inout MutableSpan<UInt32>, _ histogram: inout MutableSpan<UInt32>, _ start: Int
  ) -> Int {
    var position = start
    let zigzag = JPEG.zigzag
    let order = zigzag.span
    let wanted = mask(band)
    let scale = Int16(truncatingIfNeeded: shift)
    for block in blocks {
      var map = maps[block] & wanted
      let old = earlier[block] & wanted
      var new = map & ~old
      // Zeros and correction bits since the last symbol.
      var (zeros, bits, count) = (0, UInt64(0), 0)
      var last = band.lowerBound &- 1
      while map != 0 {
        let k = map.trailingZeroBitCount
        let bit = map & (0 &- map)
        map ^= bit
        zeros &+= k &- last &- 1
        last = k
        // Long runs need telling only before a new coefficient.
        while zeros > 15 && new != 0 {
          flush(&run, table, &tokens, &histogram)
          putSymbol(table &+ 0xF0, &tokens, &histogram, &position)
          putBits(bits, count, &tokens, &position)
          (bits, count) = (0, 0)
          zeros &-= 16
        }
        let value = values[block &* 64 &+ Int(order[k])]
        if old & bit != 0 {
          let sign = value &>> 15
          let magnitude = ((value ^ sign) &- sign) &>> scale
          bits = bits &<< 1 | UInt64(truncatingIfNeeded: magnitude & 1)
          count &+= 1
          continue
        }
        new ^= bit
        flush(&run, table, &tokens, &histogram)
        // The sign bit: 1 for positive.
        let extra: UInt32 = value < 0 ? 0 : 1
        let index = table &+ UInt32(truncatingIfNeeded: zeros &<< 4) &+ 1
        putSymbol(extra &<< Tokens.indexBits | index, &tokens, &histogram, &position)
        putBits(bits, count, &tokens, &position)
        (zeros, bits, count) = (0, 0, 0)
      }
      zeros &+= band.upperBound &- last
      guard zeros > 0 || count > 0 else { continue }
      extend(&run, &position)
      run.correctionCount &+= count
      putBits(bits, count, &tokens, &position)
      // libjpeg's buffer of correction bits holds 1000: one block more must fit.
      if run.count == 0x7FFF || run.correctionCount > 937 {
        flush(&run, table, &tokens, &histogram)
      }
    }
    return position
  }

  // MARK: Tokens

  /// Adds a value as the symbol of its size, with `run` in the high half, and its bits.
  @inline(__always)
  private static func put(
    _ value: Int32, _ table: UInt32, _ run: UInt32, _ tokens: inout MutableSpan<UInt32>,
    _ histogram: inout MutableSpan<UInt32>, _ position: inout Int
  ) {
    let size = 32 &- UInt32(truncatingIfNeeded: value.magnitude.leadingZeroBitCount)
    let extra = UInt32(bitPattern: value &+ (value &>> 31)) & (1 &<< size &- 1)
    putSymbol(
      extra &<< Tokens.indexBits | (table &+ run &+ size), &tokens, &histogram, &position)
  }

  @inline(__always)
  private static func putSymbol(
    _ token: UInt32, _ tokens: inout MutableSpan<UInt32>,
    _ histogram: inout MutableSpan<UInt32>, _ position: inout Int
  ) {
    tokens[position] = token
    position &+= 1
    histogram[Int(token & (1 &<< Tokens.indexBits &- 1))] &+= 1
  }

  /// Adds up to 63 bits that belong to no symbol.
  @inline(__always)
  private static func putBits(
    _ bits: UInt64, _ count: Int, _ tokens: inout MutableSpan<UInt32>, _ position: inout Int
  ) {
    var left = count
    while left > 0 {
      let some = min(left, 20)
      left &-= some
      let part = UInt32(truncatingIfNeeded: bits &>> UInt64(left)) & (1 &<< UInt32(some) &- 1)
      tokens[position] = part &<< Tokens.indexBits | (Tokens.raw &+ UInt32(some))
      position &+= 1
    }
  }

  /// Counts a block more in the run, whose token gets its place when the run begins.
  @inline(__always)
  private static func extend(_ run: inout Run, _ position: inout Int) {
    if run.count == 0 {
      run.slot = position
      position &+= 1
    }
    run.count &+= 1
  }

  /// Ends a run of blocks: now the token that stands before its correction bits is known.
  @inline(__always)
  static func flush(
    _ run: inout Run, _ table: UInt32, _ tokens: inout MutableSpan<UInt32>,
    _ histogram: inout MutableSpan<UInt32>
  ) {
    guard run.count > 0 else { return }
    let size = 63 &- run.count.leadingZeroBitCount
    let extra = UInt32(truncatingIfNeeded: run.count &- 1 &<< size)
    let index = table &+ UInt32(truncatingIfNeeded: size &<< 4)
    tokens[run.slot] = extra &<< Tokens.indexBits | index
    histogram[Int(index)] &+= 1
    run = Run()
  }

  /// A bit for each coefficient of a band.
  static func mask(_ band: ClosedRange<Int>) -> UInt64 {
    (UInt64.max &>> UInt64(63 - band.upperBound)) & (UInt64.max &<< UInt64(band.lowerBound))
  }
}
