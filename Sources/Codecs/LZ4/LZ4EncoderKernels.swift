// SPDX-License-Identifier: Apache-2.0

extension LZ4 {
  /// The last match starts this many bytes before the end or earlier. Decoders ask for 12; with
  /// 16, as many can be copied at once wherever literals end.
  static var lastMatchDistance: Int { 16 }
  /// The last bytes of a block, which are always literals.
  static var lastLiterals: Int { 5 }

  /// Writes literals and the match after them; `length` counts from 4.
  ///
  /// In bounds: see ``LZ4/encodedByteCountBound(for:)``; at least 16 bytes of input follow the
  /// literals, so that steps of 16 bytes read past them, and the bound leaves 16 bytes for them.
  @inline(__always)
  @unsafe
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ input: UnsafePointer<UInt8>,
    _ anchor: Int, _ literals: Int, _ offset: Int, _ length: Int
  ) {
    let token = o
    o &+= 1
    var high = literals
    let from = unsafe input + anchor
    if _fastPath(literals < 15) {
      unsafe target.copy16(from: from, o)
    } else {
      high = 15
      unsafe emitLength(target, &o, literals &- 15)
      unsafe copyLong(from, target + o, literals)
    }
    o &+= literals
    unsafe target.store(UInt16(truncatingIfNeeded: offset).littleEndian, o)
    o &+= 2
    var low = length &- 4
    if low >= 15 {
      unsafe emitLength(target, &o, low &- 15)
      low = 15
    }
    unsafe target[token] = UInt8(truncatingIfNeeded: high &<< 4 | low)
  }

  /// Copies 15 literals or more, in steps of 16 bytes.
  @inline(__always)
  @unsafe
  private static func copyLong(
    _ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    if count > 256 {
      unsafe to.update(from: from, count: count)
    } else {
      var k = 0
      repeat {
        unsafe to.copy16(from: from + k, k)
        k &+= 16
      } while k < count
    }
  }

  @inline(__always)
  @unsafe
  static func emitLength(_ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ length: Int) {
    var rest = length
    while rest >= 255 {
      unsafe target[o] = 255
      o &+= 1
      rest &-= 255
    }
    unsafe target[o] = UInt8(truncatingIfNeeded: rest)
    o &+= 1
  }

  /// Writes the last sequence: literals only.
  @inline(__always)
  @unsafe
  static func emitLast(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ input: UnsafePointer<UInt8>,
    _ anchor: Int, _ literals: Int
  ) {
    unsafe target[o] = UInt8(truncatingIfNeeded: min(literals, 15) &<< 4)
    o &+= 1
    if literals >= 15 { unsafe emitLength(target, &o, literals &- 15) }
    unsafe (target + o).update(from: input + anchor, count: literals)
    o &+= literals
  }
}

extension LZ4.BlockEncoder {
  @inline(never)
  @unsafe
  func encodeShort(
    _ input: UnsafePointer<UInt8>, _ end: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ acceleration: Int
  ) -> (written: Int, rest: Int) {
    unsafe GreedyEncoder<LZ4.ShortBlock>.encode(
      input, 0, end, target, tables.assumingMemoryBound(to: UInt16.self),
      acceleration: acceleration)
  }

  @inline(never)
  @unsafe
  func encodeLong(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ acceleration: Int
  ) -> (written: Int, rest: Int) {
    unsafe GreedyEncoder<LZ4.LongBlock>.encode(
      input, start, end, target, tables.assumingMemoryBound(to: UInt32.self),
      acceleration: acceleration)
  }

  /// Remembers some of the first `count` bytes.
  @unsafe
  func primeFast(_ input: UnsafePointer<UInt8>, _ count: Int) {
    let slots = unsafe tables.assumingMemoryBound(to: UInt32.self)
    var i = 0
    while i &+ 8 <= count {
      let word = unsafe UInt64(littleEndian: input.load(UInt64.self, i))
      unsafe slots[LZ4.LongBlock.hash(word, 12)] = UInt32(truncatingIfNeeded: i)
      i &+= 3
    }
  }
}

extension LZ4 {
  /// Blocks of which every position fits 16 bits.
  enum ShortBlock: LZ4Block {
    typealias Slot = UInt16
    @inline(__always)
    static func hash(_ word: UInt64, _ bitCount: Int) -> Int {
      let word = UInt32(truncatingIfNeeded: word)
      return Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> 19)
    }
  }

  /// Any other block.
  enum LongBlock: LZ4Block {
    typealias Slot = UInt32
    /// Of five bytes: a longer key finds fewer false candidates.
    @inline(__always)
    static func hash(_ word: UInt64, _ bitCount: Int) -> Int {
      return Int(truncatingIfNeeded: ((word &<< 24) &* 0x9E37_79B1_85EB_CA87) &>> 52)
    }
  }
}

/// What both kinds of block share.
protocol LZ4Block: MatchFormat {}

extension LZ4Block {
  static var maximumDistance: Int { LZ4.windowByteCount }
  static var lastMatchDistance: Int { LZ4.lastMatchDistance }
  static var lastLiterals: Int { LZ4.lastLiterals }

  @inline(__always)
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int, _ distance: Int, _ length: Int
  ) {
    unsafe LZ4.emit(target, &o, literals, 0, literalCount, distance, length)
  }
}
