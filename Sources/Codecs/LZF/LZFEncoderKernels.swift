// SPDX-License-Identifier: Apache-2.0

extension LZF: MatchFormat {
  typealias Slot = UInt32
  static var minimumLength: Int { 3 }
  static var maximumLength: Int { 264 }
  static var maximumDistance: Int { 8_192 }

  /// Of three bytes.
  @inline(__always)
  static func hash(_ p: UnsafePointer<UInt8>, _ bitCount: Int) -> Int {
    let word = unsafe UInt32(littleEndian: p.load(UInt32.self, 0)) &<< 8
    return Int(
      truncatingIfNeeded: (word &* 0x9E37_79B1) &>> UInt32(truncatingIfNeeded: 32 &- bitCount))
  }

  /// - Precondition: the output has room for ``encodedByteCountBound(for:)``.
  static func encodeSequences(
    _ source: RawSpan, into output: inout OutputRawSpan
  ) throws(CodecError) {
    let slots = HashSlots<UInt32>(for: source.byteCount, limit: 15)
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
    unsafe GreedyEncoder<LZF>.encode(
      input, 0, count, target, slots.slots, bitCount: slots.bitCount)
  }

  /// In bounds: see ``emitLast``; a match takes no more bytes than it stands for.
  @inline(__always)
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int, _ distance: Int, _ length: Int
  ) {
    unsafe emitLast(target, &o, literals, literalCount)
    let far = distance &- 1
    let code = length &- lengthBias
    if code < 7 {
      unsafe target[o] = UInt8(truncatingIfNeeded: code &<< 5 | far &>> 8)
      o &+= 1
    } else {
      unsafe target[o] = UInt8(truncatingIfNeeded: 7 &<< 5 | far &>> 8)
      unsafe target[o &+ 1] = UInt8(truncatingIfNeeded: code &- 7)
      o &+= 2
    }
    unsafe target[o] = UInt8(truncatingIfNeeded: far)
    o &+= 1
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
