// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Reads bits, highest first, from unstuffed entropy-coded bytes.
  ///
  /// It never tests for markers or for the end: ``EntropySegment`` has removed the one and put
  /// zeros after the other, and the loops compare ``position`` once per MCU.
  struct BitReader: Sendable {
    /// The next bits, from the top bit down. Bits below the counted ones may already be right.
    var buffer: UInt64 = 0
    /// Bits in ``buffer`` in the low six bits; what is above them means nothing, so that whole
    /// table entries can be subtracted.
    var count: UInt64 = 0
    /// Index of the byte that is to be loaded next.
    var position = 0
    /// Bit patterns met that are no code of their table.
    var badCodeCount = 0

    /// Fills up to at least 56 bits.
    @inline(always)
    mutating func refill(_ bytes: RawSpan) {
      let word = UInt64(bigEndian: bytes.loadUnaligned(UInt64.self, at: position))
      buffer |= word &>> count
      position &+= Int(truncatingIfNeeded: (~count &>> 3) & 7)
      count |= 56
    }

    /// Drops as many bits as the low six bits of `entry` say.
    @inline(always)
    mutating func consume(_ entry: UInt32) {
      buffer &<<= UInt64(entry)
      count &-= UInt64(entry)
    }

    /// Bits taken since the first byte.
    var consumedBitCount: Int { position &* 8 &- Int(truncatingIfNeeded: count & 63) }

    /// The next `size` bits as T.81's EXTEND reads them, after `skipped` bits. `size` is not 0.
    @inline(always)
    func value(size: UInt32, after skipped: UInt32) -> Int32 {
      let raw = Int32(
        truncatingIfNeeded: (buffer &<< UInt64(skipped)) &>> (64 &- UInt64(size)))
      return JPEG.extended(raw, size: Int32(truncatingIfNeeded: size))
    }

    /// The next `size` bits (at most 16) as a number; consumes them. Fills up when needed.
    @inline(always)
    mutating func bits(_ size: UInt32, _ bytes: RawSpan) -> UInt32 {
      if size == 0 { return 0 }
      refill(bytes)
      let raw = UInt32(truncatingIfNeeded: buffer &>> (64 &- UInt64(size)))
      consume(size)
      return raw
    }
  }

  /// T.81 F.2.2.1, EXTEND: the upper half of the `size`-bit numbers as they are, the lower half
  /// negative.
  @inline(always)
  static func extended(_ raw: Int32, size: Int32) -> Int32 {
    // All ones when the top bit of the number is 0.
    let lower = (raw &>> (size &- 1)) &- 1
    return raw &+ (lower & ((-1 &<< size) &+ 1))
  }
}
