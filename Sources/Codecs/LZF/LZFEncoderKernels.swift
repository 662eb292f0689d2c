// SPDX-License-Identifier: Apache-2.0

extension LZF: MatchFormat {
  typealias Slot = UInt32
  static var minimumLength: Int { 3 }
  static var maximumLength: Int { 264 }
  static var maximumDistance: Int { 8_192 }
  static var remembersEnds: Bool { true }

  /// Of three bytes.
  @inline(__always)
  static func hash(_ word: UInt64, _ bitCount: Int) -> Int {
    let word = UInt32(truncatingIfNeeded: word) &<< 8
    return Int(
      truncatingIfNeeded: (word &* 0x9E37_79B1) &>> UInt32(truncatingIfNeeded: 32 &- bitCount))
  }

  /// - Precondition: the output has room for ``encodedByteCountBound(for:)``.
  static func encodeSequences(
    _ source: RawSpan, into output: inout OutputRawSpan
  ) throws(CodecError) {
    let slots = HashSlots<UInt32>(for: source.byteCount, limit: 16)
    try unsafe source.withBytePointer { (input, count) throws(CodecError) in
      try unsafe output.appendBytes { target, _, written in
        written = unsafe encode(input, count, target, slots)
      }
    }
  }

  @inline(never)
  @unsafe
  private static func encode(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ slots: HashSlots<UInt32>
  ) -> Int {
    var (o, rest) = unsafe GreedyEncoder<LZF>.encode(
      input, 0, count, target, slots.slots, bitCount: slots.bitCount)
    unsafe emitLast(target, &o, input + rest, count &- rest)
    return o
  }

  /// In bounds: at least 12 bytes of input follow the literals, for which the bound has room, too:
  /// steps of eight bytes read and write seven too many. A match takes no more bytes than it stands
  /// for.
  @inline(__always)
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int, _ distance: Int, _ length: Int
  ) {
    var k = 0
    while k < literalCount {
      let part = min(literalCount &- k, literalLimit)
      unsafe target[o] = UInt8(truncatingIfNeeded: part &- 1)
      let (from, to) = unsafe (literals + k, target + (o &+ 1))
      var step = 0
      repeat {
        unsafe to.store(from.load(UInt64.self, step), step)
        step &+= 8
      } while step < part
      o &+= 1 &+ part
      k &+= part
    }
    let far = distance &- 1
    let code = length &- lengthBias
    // All ones when the length fits the first byte: too random for a branch.
    let isShort = (code &- 7) &>> 63
    let short = code &<< 5 | far &>> 8 | (far & 0xFF) &<< 8
    let long = 7 &<< 5 | far &>> 8 | (code &- 7) &<< 8 | (far & 0xFF) &<< 16
    let word = long ^ (long ^ short) & isShort
    unsafe target.store(UInt32(truncatingIfNeeded: word).littleEndian, o)
    o &+= 3 &+ isShort
  }

  /// In bounds: the bound has room for a control byte before every 32 literals.
  @inline(__always)
  static func emitLast(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int
  ) {
    var k = 0
    while k < literalCount {
      let part = min(literalCount &- k, literalLimit)
      unsafe target[o] = UInt8(truncatingIfNeeded: part &- 1)
      unsafe (target + (o &+ 1)).update(from: literals + k, count: part)
      o &+= 1 &+ part
      k &+= part
    }
  }
}
