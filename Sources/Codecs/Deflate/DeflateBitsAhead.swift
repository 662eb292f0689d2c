// SPDX-License-Identifier: Apache-2.0

/// Bits loaded from the input and not used yet, the next one lowest. A value, so that loops can
/// work on a copy in registers.
struct BitsAhead: Sendable {
  private(set) var bits: UInt64 = 0
  /// How many of `bits` there are; the others are zero.
  private(set) var count = 0

  init() {}

  /// The lowest `count` of `bits`, of which the others may be anything.
  init(_ bits: UInt64, count: Int) {
    self.bits = bits & (1 &<< UInt64(truncatingIfNeeded: count) &- 1)
    self.count = count
  }

  /// Loads input until there are `wanted` bits, at most 56; `false` when the input ends before.
  @inline(__always)
  mutating func fill(_ wanted: Int, _ input: RawSpan, _ offset: inout Int) -> Bool {
    if count >= wanted { return true }
    if input.byteCount &- offset >= 8 {
      let word = UInt64(littleEndian: input.loadUnaligned(UInt64.self, at: offset))
      let bytes = (63 &- count) &>> 3
      bits |= word &<< UInt64(truncatingIfNeeded: count)
      count &+= bytes &* 8
      bits &= 1 &<< UInt64(truncatingIfNeeded: count) &- 1
      offset &+= bytes
      return true
    }
    (self, offset) = filledSlowly(wanted, input, offset)
    return count >= wanted
  }

  /// By value, so that the caller's copy may stay in registers.
  @inline(never)
  private func filledSlowly(
    _ wanted: Int, _ input: RawSpan, _ offset: Int
  ) -> (BitsAhead, Int) {
    var (copy, offset) = (self, offset)
    while copy.count < wanted, offset < input.byteCount {
      copy.bits |= UInt64(input[byteAt: offset]) &<< UInt64(truncatingIfNeeded: copy.count)
      copy.count &+= 8
      offset &+= 1
    }
    return (copy, offset)
  }

  @inline(__always)
  mutating func drop(_ used: Int) {
    bits &>>= UInt64(truncatingIfNeeded: used)
    count &-= used
  }

  /// The next `wanted` bits, which are there.
  @inline(__always)
  mutating func take(_ wanted: Int) -> Int {
    let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: wanted) &- 1
    defer { drop(wanted) }
    return Int(truncatingIfNeeded: bits & mask)
  }

  /// Returns whole bytes to the input, except those of an earlier piece: they belong to the item
  /// that comes next.
  mutating func giveBack(_ offset: inout Int) {
    let bytes = min(count &>> 3, offset)
    offset &-= bytes
    count &-= bytes &* 8
    bits &= 1 &<< UInt64(truncatingIfNeeded: count) &- 1
  }
}
