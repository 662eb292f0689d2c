// SPDX-License-Identifier: Apache-2.0

/// XXH32, the checksum of LZ4 frames. Not for secrets: it is easily forged.
///
/// Source: xxHash fast digest algorithm, section "XXH32 Algorithm Description".
public enum XXHash32 {
  static var prime1: UInt32 { 0x9E37_79B1 }
  static var prime2: UInt32 { 0x85EB_CA77 }
  static var prime3: UInt32 { 0xC2B2_AE3D }
  static var prime4: UInt32 { 0x27D4_EB2F }
  static var prime5: UInt32 { 0x1656_67B1 }

  /// The hash of all bytes of `source`.
  public static func hash(_ source: RawSpan, seed: UInt32 = 0) -> UInt32 {
    var i = 0
    var hash: UInt32
    if source.byteCount >= 16 {
      hash = stripes(source, seed)
      i = source.byteCount & ~15
    } else {
      hash = seed &+ prime5
    }
    hash &+= UInt32(truncatingIfNeeded: source.byteCount)
    while i &+ 4 <= source.byteCount {
      hash &+= UInt32(littleEndian: source.loadUnaligned(UInt32.self, at: i)) &* prime3
      hash = rotated(hash, 17) &* prime4
      i &+= 4
    }
    while i < source.byteCount {
      hash &+= UInt32(source[byteAt: i]) &* prime5
      hash = rotated(hash, 11) &* prime1
      i &+= 1
    }
    hash = (hash ^ hash &>> 15) &* prime2
    hash = (hash ^ hash &>> 13) &* prime3
    return hash ^ hash &>> 16
  }

  /// The hash of all bytes of `array`.
  public static func hash(_ array: [UInt8], seed: UInt32 = 0) -> UInt32 {
    hash(array.rawSpan, seed: seed)
  }

  /// The four lanes over whole stripes of 16 bytes, joined.
  @inline(never)
  private static func stripes(_ source: RawSpan, _ seed: UInt32) -> UInt32 {
    var a = seed &+ prime1 &+ prime2
    var b = seed &+ prime2
    var c = seed
    var d = seed &- prime1
    var i = 0
    let end = source.byteCount &- 15
    while i < end {
      a = round(a, source.loadUnaligned(UInt32.self, at: i))
      b = round(b, source.loadUnaligned(UInt32.self, at: i &+ 4))
      c = round(c, source.loadUnaligned(UInt32.self, at: i &+ 8))
      d = round(d, source.loadUnaligned(UInt32.self, at: i &+ 12))
      i &+= 16
    }
    return rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
  }

  @inline(__always)
  private static func round(_ lane: UInt32, _ word: UInt32) -> UInt32 {
    rotated(lane &+ UInt32(littleEndian: word) &* prime2, 13) &* prime1
  }

  @inline(__always)
  private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value &<< count | value &>> (32 &- count)
  }
}
