// SPDX-License-Identifier: Apache-2.0

/// Eight numbers of 2 to 7 bits, the first one highest: in the low bits of a word, or in its bytes.
struct PackedBytes {
  private let bits: UInt64
  // What one, two and four numbers may have, in each 16, 32 and 64 bits.
  private let one: UInt64
  private let two: UInt64
  private let four: UInt64

  @inline(__always)
  init(bitCount: Int) {
    let bits = UInt64(bitCount)
    self.bits = bits
    one = ((1 as UInt64) &<< bits &- 1) &* 0x0001_0001_0001_0001
    two = ((1 as UInt64) &<< (2 &* bits) &- 1) &* 0x0000_0001_0000_0001
    four = (1 as UInt64) &<< (4 &* bits) &- 1
  }

  @inline(__always)
  func unpacked(_ packed: UInt64) -> UInt64 {
    var x = packed
    x = (x & four) | (x &<< (32 &- 4 &* bits)) & (four &<< 32)
    x = (x & two) | (x &<< (16 &- 2 &* bits)) & (two &<< 16)
    return (x & one) | (x &<< (8 &- bits)) & (one &<< 8)
  }

  @inline(__always)
  func packed(_ bytes: UInt64) -> UInt64 {
    var x = bytes
    x = (x & one) | (x &>> (8 &- bits)) & (one &<< bits)
    x = (x & two) | (x &>> (16 &- 2 &* bits)) & (two &<< (2 &* bits))
    return (x & four) | (x &>> (32 &- 4 &* bits)) & (four &<< (4 &* bits))
  }
}

/// Two times four numbers of 9 to 15 bits, the first ones highest: in the low bits of two words, or
/// 16 bits each.
struct PackedWords {
  private let bits: UInt64
  // What one and two numbers may have, in each 32 and 64 bits.
  private let one: SIMD2<UInt64>
  private let two: SIMD2<UInt64>

  @inline(__always)
  init(bitCount: Int) {
    let bits = UInt64(bitCount)
    self.bits = bits
    let one = (1 as UInt64) &<< bits &- 1
    self.one = SIMD2(repeating: one | one &<< 32)
    two = SIMD2(repeating: (1 as UInt64) &<< (2 &* bits) &- 1)
  }

  /// The numbers in memory order.
  @inline(__always)
  func unpacked(_ packed: SIMD2<UInt64>) -> SIMD8<UInt16> {
    var x = packed
    x = (x & two) | (x &<< (32 &- 2 &* bits)) & (two &<< 32)
    x = (x & one) | (x &<< (16 &- bits)) & (one &<< 16)
    return Self.reversed(x.lanes8.lanes16)
  }

  @inline(__always)
  func packed(_ numbers: SIMD8<UInt16>) -> SIMD2<UInt64> {
    var x = Self.reversed(numbers).lanes8.lanes64
    x = (x & one) | (x &>> (16 &- bits)) & (one &<< bits)
    return (x & two) | (x &>> (32 &- 2 &* bits)) & (two &<< (2 &* bits))
  }

  /// The other order in each half.
  @inline(__always)
  private static func reversed(_ v: SIMD8<UInt16>) -> SIMD8<UInt16> {
    SIMD8(v[3], v[2], v[1], v[0], v[7], v[6], v[5], v[4])
  }
}
