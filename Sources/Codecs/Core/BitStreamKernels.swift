// SPDX-License-Identifier: Apache-2.0

/// Bits from the most significant end of each byte on, for entropy decoders.
///
/// Behind the end come zeros: a decoder asks ``isPastEnd`` once a block, not at every bit.
@safe
struct MSBBitSource {
  private let bytes: UnsafePointer<UInt8>
  private let byteCount: Int
  /// Position of the next bit.
  private(set) var position = 0

  /// - Precondition: `byteCount` bytes at `bytes` outlive this value.
  init(_ bytes: UnsafePointer<UInt8>, _ byteCount: Int) {
    unsafe self.bytes = unsafe bytes
    self.byteCount = byteCount
  }

  @inline(__always) var isPastEnd: Bool { position > byteCount &* 8 }
  @inline(__always) var remaining: Int { byteCount &* 8 &- position }

  /// The next bits, highest first: 57 of them at least.
  @inline(__always)
  var window: UInt64 {
    let start = position &>> 3
    let shift = UInt64(truncatingIfNeeded: position & 7)
    // In bounds: eight bytes are left.
    if start &+ 8 <= byteCount {
      return unsafe UInt64(bigEndian: bytes.load(UInt64.self, start)) &<< shift
    }
    return lastWord(start) &<< shift
  }

  /// The same as ``window`` where at least 64 bits are left.
  @inline(__always)
  var windowInside: UInt64 {
    let shift = UInt64(truncatingIfNeeded: position & 7)
    return unsafe UInt64(bigEndian: bytes.load(UInt64.self, position &>> 3)) &<< shift
  }

  /// What is left from `start` on, and zeros.
  @inline(never)
  private func lastWord(_ start: Int) -> UInt64 {
    var word: UInt64 = 0
    var i = start
    // In bounds: i < byteCount.
    while i < byteCount {
      word |= unsafe UInt64(bytes[i]) &<< UInt64(truncatingIfNeeded: 56 &- 8 &* (i &- start))
      i &+= 1
    }
    return word
  }

  @inline(__always)
  mutating func skip(_ count: Int) { position &+= count }

  /// The next `count` bits, 0 to 57.
  @inline(__always)
  mutating func take(_ count: Int) -> UInt64 {
    let bits = (window &>> 1) &>> UInt64(truncatingIfNeeded: 63 &- count)
    position &+= count
    return bits
  }

  /// The number of zero bits before the next one bit, which is taken, too.
  @inline(__always)
  mutating func unary() -> Int {
    let zeros = window.leadingZeroBitCount
    if _fastPath(zeros < 57) {
      position &+= zeros &+ 1
      return zeros
    }
    return longUnary()
  }

  @inline(never)
  private mutating func longUnary() -> Int {
    var total = 0
    while !isPastEnd {
      let zeros = min(window.leadingZeroBitCount, 57)
      total &+= zeros
      position &+= zeros
      if zeros < 57 {
        position &+= 1
        break
      }
    }
    return total
  }

  /// Skips to the next byte.
  @inline(__always)
  mutating func align() { position = (position &+ 7) & ~7 }
}

/// Appends bits from the most significant end of each byte on, for entropy encoders.
@safe
struct MSBBitSink {
  private let bytes: UnsafeMutablePointer<UInt8>
  /// Whole bytes written.
  private(set) var byteCount = 0
  /// Bits not written yet, fewer than eight, highest first.
  private var pending: UInt64 = 0
  private var pendingCount = 0

  /// - Precondition: everything that is appended fits at `bytes`, with eight bytes to spare.
  init(_ bytes: UnsafeMutablePointer<UInt8>) { unsafe self.bytes = unsafe bytes }

  /// Appends the lowest `count` bits of `value`, 0 to 56; the others are 0.
  @inline(__always)
  mutating func append(_ value: UInt64, _ count: Int) {
    pendingCount &+= count
    pending |= value &<< UInt64(truncatingIfNeeded: 64 &- pendingCount)
    // In bounds: see init.
    unsafe bytes.store(pending.bigEndian, byteCount)
    byteCount &+= pendingCount &>> 3
    pending &<<= UInt64(truncatingIfNeeded: pendingCount & ~7)
    pendingCount &= 7
  }

  /// Appends `zeros` zero bits and a one.
  @inline(__always)
  mutating func appendUnary(_ zeros: Int) {
    var zeros = zeros
    while zeros > 55 {
      append(0, 55)
      zeros &-= 55
    }
    append(1, zeros &+ 1)
  }

  /// Fills the last byte with zeros.
  mutating func align() {
    if pendingCount > 0 { append(0, 8 &- pendingCount) }
  }
}
