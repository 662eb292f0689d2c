// SPDX-License-Identifier: Apache-2.0

/// Appends bits from the most significant end of each byte on.
public struct MSBBitWriter: Sendable {
  /// The whole bytes so far; call ``align()`` first to have all bits in it.
  public private(set) var bytes: [UInt8] = []
  var pending: UInt64 = 0
  var pendingCount = 0

  public init() {}

  /// Appends the low `count` bits of `value`, 0 to 32, highest first.
  public mutating func bits(_ value: UInt32, _ count: Int) {
    precondition(count >= 0 && count <= 32)
    pending = pending << UInt64(count) | (UInt64(value) & ((1 << UInt64(count)) - 1))
    pendingCount += count
    while pendingCount >= 8 {
      pendingCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> UInt64(pendingCount)))
    }
  }

  /// Fills the current byte with zeros.
  public mutating func align() {
    if pendingCount > 0 { bits(0, 8 - pendingCount) }
  }
}

/// Appends bits from the least significant end of each byte on.
public struct LSBBitWriter: Sendable {
  /// The whole bytes so far; call ``align()`` first to have all bits in it.
  public private(set) var bytes: [UInt8] = []
  var pending: UInt64 = 0
  var pendingCount = 0

  public init() {}

  /// Appends the low `count` bits of `value`, 0 to 32, lowest first.
  public mutating func bits(_ value: UInt32, _ count: Int) {
    precondition(count >= 0 && count <= 32)
    pending |= (UInt64(value) & ((1 << UInt64(count)) - 1)) << UInt64(pendingCount)
    pendingCount += count
    while pendingCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingCount -= 8
    }
  }

  /// Fills the current byte with zeros.
  public mutating func align() {
    if pendingCount > 0 { bits(0, 8 - pendingCount) }
  }
}
