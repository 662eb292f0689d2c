// SPDX-License-Identifier: Apache-2.0

/// The shape of a hash table for one range of input sizes.
protocol LZ4Slot: FixedWidthInteger, BitwiseCopyable {
  /// Index of the bytes at `p`.
  static func hash(_ p: UnsafePointer<UInt8>) -> Int
}

extension UInt32: LZ4Slot {
  /// Of five bytes: a longer key finds fewer false candidates.
  @inline(__always)
  static func hash(_ p: UnsafePointer<UInt8>) -> Int {
    let word = unsafe UInt64(littleEndian: p.load(UInt64.self, 0)) &<< 24
    return Int(truncatingIfNeeded: (word &* 0x9E37_79B1_85EB_CA87) &>> 52)
  }
}

extension UInt16: LZ4Slot {
  @inline(__always)
  static func hash(_ p: UnsafePointer<UInt8>) -> Int {
    let word = unsafe UInt32(littleEndian: p.load(UInt32.self, 0))
    return Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> 19)
  }
}

extension LZ4 {
  /// The last match starts this many bytes before the end or earlier.
  static var lastMatchDistance: Int { 12 }
  /// The last bytes of a block, which are always literals.
  static var lastLiterals: Int { 5 }

  /// Bytes that are equal at `a` and `b`, where `a` stops at `end`.
  @inline(__always)
  @unsafe
  static func equalCount(
    _ input: UnsafePointer<UInt8>, _ a: Int, _ b: Int, _ end: Int
  ) -> Int {
    var i = a
    var j = b
    while end &- i >= 8 {
      let difference = unsafe input.load(UInt64.self, i) ^ input.load(UInt64.self, j)
      if difference != 0 {
        return i &- a &+ Word.firstNonzeroByte(UInt64(littleEndian: difference))
      }
      i &+= 8
      j &+= 8
    }
    while i < end, unsafe input[i] == input[j] {
      i &+= 1
      j &+= 1
    }
    return i &- a
  }

  /// Writes literals and the match after them; `length` counts from 4.
  ///
  /// In bounds: see ``LZ4/encodedByteCountBound(for:)``; at least 12 bytes of input follow the
  /// literals, so that eight-byte steps read past them, and the bound leaves 16 bytes for them.
  @inline(__always)
  @unsafe
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ input: UnsafePointer<UInt8>,
    _ anchor: Int, _ literals: Int, _ offset: Int, _ length: Int
  ) {
    let token = o
    o &+= 1
    var high = literals
    if literals >= 15 {
      high = 15
      unsafe emitLength(target, &o, literals &- 15)
    }
    let from = unsafe input + anchor
    let to = unsafe target + o
    if literals > 256 {
      unsafe to.update(from: from, count: literals)
    } else {
      var k = 0
      repeat {
        unsafe to.store(from.load(UInt64.self, k), k)
        k &+= 8
      } while k < literals
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
  ) -> Int {
    unsafe Self.encodeFast(
      input, 0, end, target, acceleration, tables.assumingMemoryBound(to: UInt16.self))
  }

  @inline(never)
  @unsafe
  func encodeLong(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ acceleration: Int
  ) -> Int {
    unsafe Self.encodeFast(
      input, start, end, target, acceleration, tables.assumingMemoryBound(to: UInt32.self))
  }

  /// Remembers some of the first `count` bytes.
  @unsafe
  func primeFast(_ input: UnsafePointer<UInt8>, _ count: Int) {
    let slots = unsafe tables.assumingMemoryBound(to: UInt32.self)
    var i = 0
    while i &+ 8 <= count {
      unsafe slots[UInt32.hash(input + i)] = UInt32(truncatingIfNeeded: i)
      i &+= 3
    }
  }

  /// Greedy, one candidate per position, steps that grow while nothing is found.
  ///
  /// Invariants: `anchor ≤ i`; a slot holds a position before `i`, or 0, which is checked like
  /// any other. In bounds: candidates are only looked for where eight bytes can be loaded.
  @inline(__always)
  @unsafe
  private static func encodeFast<Slot: LZ4Slot>(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ acceleration: Int,
    _ slots: UnsafeMutablePointer<Slot>
  ) -> Int {
    var o = 0
    var anchor = start
    let searchEnd = end &- LZ4.lastMatchDistance
    let matchEnd = end &- LZ4.lastLiterals
    guard end &- start > LZ4.lastMatchDistance else {
      unsafe LZ4.emitLast(target, &o, input, anchor, end &- anchor)
      return o
    }
    unsafe slots[Slot.hash(input + start)] = Slot(truncatingIfNeeded: start)
    var i = start &+ 1
    var hash = unsafe Slot.hash(input + i)
    search: while true {
      var candidate: Int
      var next = i
      var step = 1
      var misses = acceleration &<< 6
      repeat {
        i = next
        next &+= step
        step = misses &>> 6
        misses &+= 1
        guard next <= searchEnd &+ 1 else { break search }
        candidate = unsafe Int(truncatingIfNeeded: slots[hash])
        let nextHash = unsafe Slot.hash(input + next)
        unsafe slots[hash] = Slot(truncatingIfNeeded: i)
        hash = nextHash
      } while unsafe i &- candidate > LZ4.windowByteCount
        || input.load(UInt32.self, candidate) != input.load(UInt32.self, i)
      while i > anchor, candidate > 0, unsafe input[i &- 1] == input[candidate &- 1] {
        i &-= 1
        candidate &-= 1
      }
      while true {
        let length = unsafe 4 &+ LZ4.equalCount(input, i &+ 4, candidate &+ 4, matchEnd)
        unsafe LZ4.emit(target, &o, input, anchor, i &- anchor, i &- candidate, length)
        i &+= length
        anchor = i
        guard i <= searchEnd else { break search }
        unsafe slots[Slot.hash(input + (i &- 2))] = Slot(truncatingIfNeeded: i &- 2)
        // A match often follows a match.
        let here = unsafe Slot.hash(input + i)
        candidate = unsafe Int(truncatingIfNeeded: slots[here])
        unsafe slots[here] = Slot(truncatingIfNeeded: i)
        guard i &- candidate <= LZ4.windowByteCount, candidate < i,
          unsafe input.load(UInt32.self, candidate) == input.load(UInt32.self, i)
        else { break }
      }
      i &+= 1
      hash = unsafe Slot.hash(input + i)
    }
    unsafe LZ4.emitLast(target, &o, input, anchor, end &- anchor)
    return o
  }
}
