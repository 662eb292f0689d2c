// SPDX-License-Identifier: Apache-2.0

/// XXH64, the checksum of Zstandard frames. Not for secrets: it is easily forged.
///
/// Source: xxHash fast digest algorithm, section "XXH64 Algorithm Description".
public enum XXHash64 {
  static var prime1: UInt64 { 0x9E37_79B1_85EB_CA87 }
  static var prime2: UInt64 { 0xC2B2_AE3D_27D4_EB4F }
  static var prime3: UInt64 { 0x1656_67B1_9E37_79F9 }
  static var prime4: UInt64 { 0x85EB_CA77_C2B2_AE63 }
  static var prime5: UInt64 { 0x27D4_EB2F_1656_67C5 }

  /// The hash of all bytes of `source`.
  public static func hash(_ source: RawSpan, seed: UInt64 = 0) -> UInt64 {
    var i = source.byteCount & ~31
    var hash = i > 0 ? stripes(source, seed) : seed &+ prime5
    hash &+= UInt64(source.byteCount)
    while i &+ 8 <= source.byteCount {
      hash ^= round(0, source.loadUnaligned(UInt64.self, at: i))
      hash = rotated(hash, 27) &* prime1 &+ prime4
      i &+= 8
    }
    if i &+ 4 <= source.byteCount {
      hash ^= UInt64(UInt32(littleEndian: source.loadUnaligned(UInt32.self, at: i))) &* prime1
      hash = rotated(hash, 23) &* prime2 &+ prime3
      i &+= 4
    }
    while i < source.byteCount {
      hash ^= UInt64(source[byteAt: i]) &* prime5
      hash = rotated(hash, 11) &* prime1
      i &+= 1
    }
    hash = (hash ^ hash &>> 33) &* prime2
    hash = (hash ^ hash &>> 29) &* prime3
    return hash ^ hash &>> 32
  }

  /// The hash of all bytes of `array`.
  public static func hash(_ array: [UInt8], seed: UInt64 = 0) -> UInt64 {
    hash(array.rawSpan, seed: seed)
  }

  /// The four lanes over whole stripes of 32 bytes, joined.
  @inline(never)
  private static func stripes(_ source: RawSpan, _ seed: UInt64) -> UInt64 {
    var a = seed &+ prime1 &+ prime2
    var b = seed &+ prime2
    var c = seed
    var d = seed &- prime1
    var i = 0
    let end = source.byteCount &- 31
    while i < end {
      a = round(a, source.loadUnaligned(UInt64.self, at: i))
      b = round(b, source.loadUnaligned(UInt64.self, at: i &+ 8))
      c = round(c, source.loadUnaligned(UInt64.self, at: i &+ 16))
      d = round(d, source.loadUnaligned(UInt64.self, at: i &+ 24))
      i &+= 32
    }
    var hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
    for lane in [a, b, c, d] { hash = (hash ^ round(0, lane.littleEndian)) &* prime1 &+ prime4 }
    return hash
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotated(lane &+ UInt64(littleEndian: word) &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value &<< count | value &>> (64 &- count)
  }
}
