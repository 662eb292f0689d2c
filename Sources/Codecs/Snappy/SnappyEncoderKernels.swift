// SPDX-License-Identifier: Apache-2.0

extension Snappy: MatchFormat {
  typealias Slot = UInt16
  static var maximumDistance: Int { fragmentByteCount - 1 }
  static var lastMatchDistance: Int { 16 }
  static var stepBits: Int { 5 }
  static var isHasty: Bool { true }

  @inline(__always)
  static func hash(_ word: UInt64, _ bitCount: Int) -> Int {
    let word = UInt32(truncatingIfNeeded: word)
    return Int(
      truncatingIfNeeded: (word &* 0x1E35_A7BD) &>> UInt32(truncatingIfNeeded: 32 &- bitCount))
  }

  /// - Precondition: the output has room for ``encodedByteCountBound(for:)``.
  static func encodeFragments(
    _ source: RawSpan, into output: inout OutputRawSpan
  ) throws(CodecError) {
    let slots = HashSlots<UInt16>(for: min(source.byteCount, fragmentByteCount), limit: 14)
    var start = 0
    while start < source.byteCount {
      let count = min(source.byteCount &- start, fragmentByteCount)
      if start > 0 { slots.clear() }
      try unsafe source.withBytePointer { (input, _) throws(CodecError) in
        try unsafe output.appendBytes { target, _, written in
          written = unsafe encodeFragment(input + start, count, target, slots)
        }
      }
      start &+= count
    }
  }

  @inline(never)
  @unsafe
  private static func encodeFragment(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ slots: HashSlots<UInt16>
  ) -> Int {
    var (o, rest) = unsafe GreedyEncoder<Snappy>.encode(
      input, 0, count, target, slots.slots, bitCount: slots.bitCount)
    unsafe emitLast(target, &o, input + rest, count &- rest)
    return o
  }

  /// In bounds: at least 16 bytes of input follow the literals, and the bound leaves 32 bytes of
  /// output for steps that write too much.
  @inline(__always)
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int, _ distance: Int, _ length: Int
  ) {
    if literalCount > 0 {
      if literalCount <= 16 {
        unsafe target[o] = UInt8(truncatingIfNeeded: (literalCount &- 1) &<< 2)
        unsafe target.copy16(from: literals, o &+ 1)
        o &+= 1 &+ literalCount
      } else if literalCount <= 60 {
        unsafe target[o] = UInt8(truncatingIfNeeded: (literalCount &- 1) &<< 2)
        unsafe target.copy16(from: literals, o &+ 1)
        unsafe target.copy16(from: literals + 16, o &+ 17)
        if literalCount > 32 {
          unsafe target.copy16(from: literals + 32, o &+ 33)
          if literalCount > 48 { unsafe target.copy16(from: literals + 48, o &+ 49) }
        }
        o &+= 1 &+ literalCount
      } else {
        unsafe emitLast(target, &o, literals, literalCount)
      }
    }
    var rest = length
    // No part of a long match is shorter than four bytes.
    while rest > 64 {
      let part = rest < 68 ? 60 : 64
      unsafe emitCopy(target, &o, distance, part)
      rest &-= part
    }
    unsafe emitCopy(target, &o, distance, rest)
  }

  /// A copy of 4 to 64 bytes.
  @inline(__always)
  @unsafe
  private static func emitCopy(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ distance: Int, _ length: Int
  ) {
    // All ones when both are small enough for two bytes: too random for a branch. What then stands
    // in the third byte is written over.
    let isShort = ((distance &- 2048) & (length &- 12)) &>> 63
    let short = (distance &>> 3) & 0xE0 &- 15
    let word = length &<< 2 &+ distance &<< 8 &- 2 &+ (short &+ 2) & isShort
    unsafe target.store(UInt32(truncatingIfNeeded: word).littleEndian, o)
    o &+= 3 &+ isShort
  }

  /// A literal of at most 65,536 bytes.
  @inline(__always)
  static func emitLast(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int
  ) {
    guard literalCount > 0 else { return }
    let value = literalCount &- 1
    if value < 60 {
      unsafe target[o] = UInt8(truncatingIfNeeded: value &<< 2)
      o &+= 1
    } else if value < 256 {
      unsafe target[o] = 60 << 2
      unsafe target[o &+ 1] = UInt8(truncatingIfNeeded: value)
      o &+= 2
    } else {
      unsafe target[o] = 61 << 2
      unsafe target.store(UInt16(truncatingIfNeeded: value).littleEndian, o &+ 1)
      o &+= 3
    }
    unsafe (target + o).update(from: literals, count: literalCount)
    o &+= literalCount
  }
}
