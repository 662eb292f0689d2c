// SPDX-License-Identifier: Apache-2.0

// Packing and unpacking, eight values at a time where their order allows: eight values of b bits
// are b bytes. Inside a word the values are spread, or brought together, by halves: each step moves
// the upper half of every group of bits, all groups at once.

extension PackedRuns {
  func pack(_ source: RawSpan, into output: inout OutputRawSpan) {
    precondition(source.byteCount == unpackedByteCount && output.freeCapacity >= packedByteCount)
    do throws(CodecError) {
      try unsafe source.withBytePointer { (input, _) throws(CodecError) in
        try unsafe output.appendBytes { (target, _, written) throws(CodecError) in
          for run in 0..<runCount {
            unsafe packRun(
              input + run &* unpackedRunByteCount, target + run &* packedRunByteCount)
          }
          written = packedByteCount
        }
      }
    } catch {}
  }

  func unpack(_ source: RawSpan, into output: inout OutputRawSpan) {
    precondition(source.byteCount >= packedByteCount && output.freeCapacity >= unpackedByteCount)
    do throws(CodecError) {
      try unsafe source.withBytePointer { (input, _) throws(CodecError) in
        try unsafe output.appendBytes { (target, _, written) throws(CodecError) in
          for run in 0..<runCount {
            unsafe unpackRun(
              input + run &* packedRunByteCount, target + run &* unpackedRunByteCount)
          }
          written = unpackedByteCount
        }
      }
    } catch {}
  }

  @unsafe
  private func unpackRun(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) {
    let bits = options.bitCount
    var done = 0
    switch (options.bitOrder, bits) {
    case (.gigEVision, _): return unsafe unpackPairs(source, target)
    case (_, 8), (_, 16), (_, 32), (_, 64):
      return unsafe target.update(from: source, count: unpackedRunByteCount)
    case (.mostSignificantFirst, 1): done = unsafe unpackBits(source, target)
    case (.mostSignificantFirst, 2): done = unsafe unpackPairsOfBits(source, target)
    case (.mostSignificantFirst, 4): done = unsafe unpackNibbles(source, target)
    case (.mostSignificantFirst, 3...7): done = unsafe unpackBytes(source, target)
    case (.mostSignificantFirst, 10): done = unsafe unpackWords(source, target, 10)
    case (.mostSignificantFirst, 12): done = unsafe unpackWords(source, target, 12)
    case (.mostSignificantFirst, 14): done = unsafe unpackWords(source, target, 14)
    case (.mostSignificantFirst, 9...15): done = unsafe unpackWords(source, target, bits)
    case (.mostSignificantFirst, 24): done = unsafe unpackThreeBytes(source, target)
    default: break
    }
    unsafe unpackOneByOne(source, target, from: done)
  }

  /// Values from number `first` on, each by itself.
  @inline(never)
  @unsafe
  private func unpackOneByOne(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, from first: Int
  ) {
    let (bits, byteCount) = (options.bitCount, packedRunByteCount)
    let size = options.elementByteCount
    let isLow = options.bitOrder == .leastSignificantFirst
    let mask = (1 as UInt64) &<< UInt64(bits) &- 1
    for index in first..<max(first, valuesPerRun) {
      let position = index &* bits
      let byte = position >> 3
      var word: UInt64 = 0
      if byte &+ 8 <= byteCount {
        word = unsafe source.load(UInt64.self, byte)
        word = isLow ? UInt64(littleEndian: word) : UInt64(bigEndian: word)
      } else {
        // In bounds: only bytes of the run are read; the value does not need the others.
        for k in 0..<(byteCount &- byte) {
          unsafe word |= UInt64(source[byte &+ k]) &<< UInt64(isLow ? 8 &* k : 56 &- 8 &* k)
        }
      }
      let shift = position & 7
      let value = word &>> UInt64(isLow ? shift : 64 &- bits &- shift) & mask
      unsafe storeValue(value, target, index, size)
    }
  }

  @unsafe @inline(__always)
  private func storeValue(
    _ value: UInt64, _ target: UnsafeMutablePointer<UInt8>, _ index: Int, _ size: Int
  ) {
    switch size {
    case 1: unsafe target[index] = UInt8(truncatingIfNeeded: value)
    case 2: unsafe target.store(UInt16(truncatingIfNeeded: value), index &* 2)
    default: unsafe target.store(UInt32(truncatingIfNeeded: value), index &* 4)
    }
  }

  /// Values of 9 to 15 bits; returns how many are done.
  ///
  /// In bounds: a group of eight reads 8 bytes at its start and at its middle, which is at most
  /// 7 bytes further on.
  @unsafe @inline(__always)
  private func unpackWords(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ bits: Int
  ) -> Int {
    let wide = UInt64(bits)
    let middle = bits / 2
    let fields = PackedWords(bitCount: bits)
    let end = packedRunByteCount &- 16
    let count = valuesPerRun
    var (from, index) = (0, 0)
    while from <= end, index &+ 8 <= count {
      let first = unsafe UInt64(bigEndian: source.load(UInt64.self, from))
      let second = unsafe UInt64(bigEndian: source.load(UInt64.self, from &+ middle))
      // Four values in the low bits of each word, the first one highest.
      let x = SIMD2(first, second &<< (4 &* wide & 7)) &>> (64 &- 4 &* wide)
      unsafe target.store(fields.unpacked(x), index &* 2)
      from &+= bits
      index &+= 8
    }
    return index
  }

  /// Values of 3 to 7 bits; returns how many are done.
  ///
  /// In bounds: a group of eight reads 8 bytes at its start.
  @inline(never)
  @unsafe
  private func unpackBytes(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let bits = options.bitCount
    let wide = UInt64(bits)
    let fields = PackedBytes(bitCount: bits)
    let end = packedRunByteCount &- 8
    let count = valuesPerRun
    var (from, index) = (0, 0)
    while from <= end, index &+ 8 <= count {
      let x = unsafe UInt64(bigEndian: source.load(UInt64.self, from)) &>> (64 &- 8 &* wide)
      unsafe target.store(fields.unpacked(x).bigEndian, index)
      from &+= bits
      index &+= 8
    }
    return index
  }

  /// Values of 4 bits, 32 at a time; returns how many are done.
  ///
  /// In bounds: 16 bytes hold 32 of the run's values. Pointers that step, not an index for both: the
  /// stores keep the processor so busy that two instructions more are 4 % of the time.
  @inline(never)
  @unsafe
  private func unpackNibbles(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let groupCount = valuesPerRun / 32
    var (from, to) = unsafe (source, target)
    for _ in 0..<groupCount {
      let (a, b) = halves(unsafe from.load(SIMD16<UInt8>.self, 0), 4, 0x0F)
      unsafe to.store(a, 0)
      unsafe to.store(b, 16)
      unsafe from += 16
      unsafe to += 32
    }
    return groupCount &* 32
  }

  /// Each byte's upper and lower half, `bits` wide, as bytes in turn.
  @inline(__always)
  private func halves(
    _ x: SIMD16<UInt8>, _ bits: UInt64, _ mask: UInt64
  ) -> (SIMD16<UInt8>, SIMD16<UInt8>) {
    let both = SIMD2<UInt64>(repeating: mask &* Word.low)
    let upper = ((x.lanes64 &>> bits) & both).lanes8
    let lower = (x.lanes64 & both).lanes8
    return (Lanes.zipLow(upper, lower), Lanes.zipHigh(upper, lower))
  }

  /// Values of 2 bits, 64 at a time; returns how many are done.
  ///
  /// In bounds: 16 bytes hold 64 of the run's values.
  @inline(never)
  @unsafe
  private func unpackPairsOfBits(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let groupCount = valuesPerRun / 64
    var (from, to) = unsafe (source, target)
    for _ in 0..<groupCount {
      let (a, b) = halves(unsafe from.load(SIMD16<UInt8>.self, 0), 4, 0x0F)
      let (aa, ab) = halves(a, 2, 0x03)
      let (ba, bb) = halves(b, 2, 0x03)
      unsafe to.store(aa, 0)
      unsafe to.store(ab, 16)
      unsafe to.store(ba, 32)
      unsafe to.store(bb, 48)
      unsafe from += 16
      unsafe to += 64
    }
    return groupCount &* 64
  }

  /// Values of 24 bits; returns how many are done.
  @inline(never)
  @unsafe
  private func unpackThreeBytes(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let count = valuesPerRun
    var index = 0
    // In bounds: each but the last value has a fourth byte behind it.
    while index &+ 1 < count {
      let word = unsafe UInt32(bigEndian: source.load(UInt32.self, index &* 3))
      unsafe target.store(word &>> 8, index &* 4)
      index &+= 1
    }
    return index
  }

  /// Values of 1 bit, 128 at a time; returns how many are done.
  @inline(never)
  @unsafe
  private func unpackBits(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let count = valuesPerRun
    var index = 0
    while index &+ 128 <= count {
      let x = unsafe source.load(SIMD16<UInt8>.self, index &>> 3)
      // Each byte eight times in a row, then one bit of each.
      let (a, b) = (Lanes.zipLow(x, x), Lanes.zipHigh(x, x))
      unsafe storeBits(Lanes.zipLow(a, a), target + index)
      unsafe storeBits(Lanes.zipHigh(a, a), target + (index &+ 32))
      unsafe storeBits(Lanes.zipLow(b, b), target + (index &+ 64))
      unsafe storeBits(Lanes.zipHigh(b, b), target + (index &+ 96))
      index &+= 128
    }
    return index
  }

  /// Stores the bits of four bytes, each of which `bytes` holds four times in a row.
  @unsafe @inline(__always)
  private func storeBits(_ bytes: SIMD16<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    let select = SIMD16<UInt8>(128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1)
    let w = bytes.lanes32
    let halves = (SIMD4(w[0], w[0], w[1], w[1]), SIMD4(w[2], w[2], w[3], w[3]))
    unsafe target.store(isSet(halves.0.lanes8, select), 0)
    unsafe target.store(isSet(halves.1.lanes8, select), 16)
  }

  /// 1 where `bytes` has the bit of `select`, else 0.
  @inline(__always)
  private func isSet(_ bytes: SIMD16<UInt8>, _ select: SIMD16<UInt8>) -> SIMD2<UInt64> {
    let selected = (bytes.lanes64 & select.lanes64).lanes8
    return Lanes.equal(selected, select).lanes64 & SIMD2(repeating: Word.low)
  }

  /// Pairs of 10 or 12 bits in three bytes.
  @unsafe
  private func unpackPairs(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) {
    let shift = UInt16(options.bitCount - 8)
    let mask = (1 as UInt16) &<< shift &- 1
    for pair in 0..<(valuesPerRun / 2) {
      let low = unsafe UInt16(source[pair &* 3 &+ 1])
      let first = unsafe UInt16(source[pair &* 3]) &<< shift | low & mask
      let second = unsafe UInt16(source[pair &* 3 &+ 2]) &<< shift | (low &>> 4) & mask
      unsafe target.store(first, pair &* 4)
      unsafe target.store(second, pair &* 4 &+ 2)
    }
  }
}
