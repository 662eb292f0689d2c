// SPDX-License-Identifier: Apache-2.0

/// Bob Jenkins' hash `lookup3`, little-endian form: the checksum of HDF5 metadata.
///
/// Source: Bob Jenkins, "lookup3.c", 2006, `hashlittle`.
public enum Lookup3 {
  /// The hash of all bytes of `source`; `initial` is any number, or the hash of what came before.
  public static func hash(_ source: RawSpan, initial: UInt32 = 0) -> UInt32 {
    let start = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: source.byteCount) &+ initial
    var (a, b, c) = (start, start, start)
    guard source.byteCount > 0 else { return c }
    var i = 0
    // The last 1 to 12 bytes are for the final mix.
    while source.byteCount &- i > 12 {
      a &+= word(source, i)
      b &+= word(source, i &+ 4)
      c &+= word(source, i &+ 8)
      mix(&a, &b, &c)
      i &+= 12
    }
    a &+= word(source, i)
    b &+= word(source, i &+ 4)
    c &+= word(source, i &+ 8)
    finish(&a, &b, &c)
    return c
  }

  /// The hash of all bytes of `array`.
  public static func hash(_ array: [UInt8], initial: UInt32 = 0) -> UInt32 {
    hash(array.rawSpan, initial: initial)
  }

  /// Four bytes from `i` on; those past the end are zero.
  @inline(__always)
  private static func word(_ source: RawSpan, _ i: Int) -> UInt32 {
    if source.byteCount &- i >= 4 {
      return UInt32(littleEndian: source.loadUnaligned(UInt32.self, at: i))
    }
    var word: UInt32 = 0
    var k = source.byteCount &- 1
    while k >= i {
      word = word &<< 8 | UInt32(source[byteAt: k])
      k &-= 1
    }
    return word
  }

  @inline(__always)
  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    step(&a, &c, b, 4)
    step(&b, &a, c, 6)
    step(&c, &b, a, 8)
    step(&a, &c, b, 16)
    step(&b, &a, c, 19)
    step(&c, &b, a, 4)
  }

  @inline(__always)
  private static func step(_ x: inout UInt32, _ y: inout UInt32, _ z: UInt32, _ count: UInt32) {
    x = (x &- y) ^ rotated(y, count)
    y &+= z
  }

  @inline(__always)
  private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
  }

  @inline(__always)
  private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value &<< count | value &>> (32 &- count)
  }
}
