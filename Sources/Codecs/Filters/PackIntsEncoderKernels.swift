// SPDX-License-Identifier: Apache-2.0

extension PackedRuns {
  @unsafe
  func packRun(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    var done = 0
    switch (options.bitOrder, options.bitCount) {
    case (.gigEVision, _): return unsafe packPairs(source, target)
    case (_, 8), (_, 16), (_, 32), (_, 64):
      return unsafe target.update(from: source, count: unpackedRunByteCount)
    case (.mostSignificantFirst, 1): done = unsafe packBits(source, target)
    case (.mostSignificantFirst, 2...7): done = unsafe packBytes(source, target)
    case (.mostSignificantFirst, 9...15): done = unsafe packWords(source, target)
    default: break
    }
    unsafe packOneByOne(source, target, from: done)
  }

  /// Values from number `first`, a multiple of 8, on.
  @inline(never)
  @unsafe
  private func packOneByOne(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, from first: Int
  ) {
    let bits = UInt64(options.bitCount)
    let mask = (1 as UInt64) &<< bits &- 1
    let size = options.elementByteCount
    let isLow = options.bitOrder == .leastSignificantFirst
    // In bounds: as many bytes are stored as there are bits for, and one for the rest.
    var byte = first / 8 &* options.bitCount
    var (pending, count) = (0 as UInt64, 0 as UInt64)
    for index in first..<max(first, valuesPerRun) {
      let value = unsafe loadValue(source, index, size) & mask
      pending = isLow ? pending | value &<< count : pending &<< bits | value
      count &+= bits
      guard count >= 32 else { continue }
      count &-= 32
      if isLow {
        unsafe target.store(UInt32(truncatingIfNeeded: pending).littleEndian, byte)
        pending &>>= 32
      } else {
        unsafe target.store(UInt32(truncatingIfNeeded: pending &>> count).bigEndian, byte)
      }
      byte &+= 4
    }
    while count > 0 {
      let next = isLow ? pending : count >= 8 ? pending &>> (count &- 8) : pending &<< (8 &- count)
      unsafe target[byte] = UInt8(truncatingIfNeeded: next)
      if isLow { pending &>>= 8 }
      count = count >= 8 ? count &- 8 : 0
      byte &+= 1
    }
  }

  @unsafe @inline(__always)
  private func loadValue(
    _ source: UnsafePointer<UInt8>, _ index: Int, _ size: Int
  ) -> UInt64 {
    switch size {
    case 1: return unsafe UInt64(source[index])
    case 2: return unsafe UInt64(source.load(UInt16.self, index &* 2))
    default: return unsafe UInt64(source.load(UInt32.self, index &* 4))
    }
  }

  /// Values of 9 to 15 bits; returns how many are done.
  ///
  /// In bounds: a group of eight writes 8 bytes at its start and at its middle; what that is too
  /// much is written again, by the next group or one by one.
  @inline(never)
  @unsafe
  private func packWords(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let bits = options.bitCount
    let wide = UInt64(bits)
    let middle = bits / 2
    let fields = PackedWords(bitCount: bits)
    let rest = 4 &* wide & 7
    let end = packedRunByteCount &- 16
    let count = valuesPerRun
    var (to, index) = (0, 0)
    while to <= end, index &+ 8 <= count {
      // Four values in the low bits of each word; odd widths end in the middle of a byte.
      let numbers = unsafe source.load(SIMD8<UInt16>.self, index &* 2)
      let x = fields.packed(numbers) &<< (64 &- 4 &* wide)
      let first = x[0]
      let second = rest == 0 ? x[1] : x[1] &>> 4 | first &<< (4 &* wide &- 4)
      unsafe target.store(first.bigEndian, to)
      unsafe target.store(second.bigEndian, to &+ middle)
      to &+= bits
      index &+= 8
    }
    return index
  }

  /// Values of 2 to 7 bits; returns how many are done.
  ///
  /// In bounds: a group of eight writes 8 bytes at its start.
  @inline(never)
  @unsafe
  private func packBytes(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let bits = options.bitCount
    let wide = UInt64(bits)
    let fields = PackedBytes(bitCount: bits)
    let end = packedRunByteCount &- 8
    let count = valuesPerRun
    var (to, index) = (0, 0)
    while to <= end, index &+ 8 <= count {
      let x = unsafe fields.packed(UInt64(bigEndian: source.load(UInt64.self, index)))
      unsafe target.store((x &<< (64 &- 8 &* wide)).bigEndian, to)
      to &+= bits
      index &+= 8
    }
    return index
  }

  /// Values of 1 bit; returns how many are done.
  @inline(never)
  @unsafe
  private func packBits(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let count = valuesPerRun
    var index = 0
    while index &+ 64 <= count {
      let from = unsafe source + index
      let upper = unsafe Lanes.clampToInt16(packedBits(from), packedBits(from + 16))
      let lower = unsafe Lanes.clampToInt16(packedBits(from + 32), packedBits(from + 48))
      // Every other number is 0.
      let bytes = SIMD8<UInt8>(
        truncatingIfNeeded: SIMD8(lowHalf: upper.evenHalf, highHalf: lower.evenHalf))
      unsafe target.store(bytes, index &>> 3)
      index &+= 64
    }
    while index &+ 8 <= count {
      let x = unsafe UInt64(littleEndian: source.load(UInt64.self, index)) & 0x0101_0101_0101_0101
      // Each term of the product brings one bit to its place in the highest byte.
      let packed = (x &* 0x8040_2010_0804_0201) &>> 56
      unsafe target[index / 8] = UInt8(truncatingIfNeeded: packed)
      index &+= 8
    }
    return index
  }

  /// The lowest bits of two times eight bytes as one byte each, in lanes 0 and 2; else zeros.
  @unsafe @inline(__always)
  private func packedBits(_ source: UnsafePointer<UInt8>) -> SIMD4<Int32> {
    let bits = unsafe source.load(SIMD16<UInt8>.self, 0).lanes64 & SIMD2(repeating: Word.low)
    let select = SIMD16<UInt8>(128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1)
    let all = SIMD16<UInt8>(repeating: 0) &- bits.lanes8
    return SIMD4(truncatingIfNeeded: Lanes.sumsOfEight((all.lanes64 & select.lanes64).lanes8))
  }

  /// Pairs of 10 or 12 bits in three bytes.
  @unsafe
  private func packPairs(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>
  ) {
    let shift = UInt16(options.bitCount - 8)
    let mask = (1 as UInt16) &<< shift &- 1
    for pair in 0..<(valuesPerRun / 2) {
      let first = unsafe source.load(UInt16.self, pair &* 4)
      let second = unsafe source.load(UInt16.self, pair &* 4 &+ 2)
      unsafe target[pair &* 3] = UInt8(truncatingIfNeeded: first &>> shift)
      unsafe target[pair &* 3 &+ 1] = UInt8(
        truncatingIfNeeded: first & mask | (second & mask) &<< 4)
      unsafe target[pair &* 3 &+ 2] = UInt8(truncatingIfNeeded: second &>> shift)
    }
  }
}
