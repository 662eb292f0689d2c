// SPDX-License-Identifier: Apache-2.0

/// Fletcher's checksum as HDF5's filter 3 computes it: 16-bit big-endian words, both sums from 0,
/// an odd last byte the high one of a word.
///
/// HDF5 and Zarr store it least significant byte first, behind the chunk.
///
/// Source: HDF5 library, `H5checksum.c`, `H5_checksum_fletcher32`; Fletcher, "An Arithmetic Checksum
/// for Serial Transmissions", 1982.
public enum Fletcher32 {
  /// The checksum of all bytes of `source`.
  public static func checksum(_ source: RawSpan) -> UInt32 {
    var (a, b) = sums(source)
    if source.byteCount & 1 == 1 {
      a = folded(a &+ UInt64(source[byteAt: source.byteCount &- 1]) &<< 8)
      b = folded(b &+ a)
    }
    a = folded(folded(a))
    b = folded(folded(b))
    return UInt32(truncatingIfNeeded: b &<< 16 | a)
  }

  /// The checksum of all bytes of `array`.
  public static func checksum(_ array: [UInt8]) -> UInt32 { checksum(array.rawSpan) }

  /// Words whose sums fit their lanes before they are folded.
  private static var wordsPerBlock: Int { 1 << 12 }

  /// The two sums over the whole words, folded.
  ///
  /// A block of n words adds the sum of (n - i) times word i to the second sum, and n times what the
  /// first sum was: both go over the words without waiting for each other.
  @inline(never)
  private static func sums(_ source: RawSpan) -> (UInt64, UInt64) {
    var (a, b) = (UInt64(0), UInt64(0))
    var start = 0
    let wordCount = source.byteCount >> 1
    while start < wordCount {
      let count = min(wordCount &- start, wordsPerBlock)
      let (plain, weighted) = block(source.extracting(start * 2..<(start + count) * 2))
      b = folded(folded(b &+ a &* UInt64(count) &+ weighted))
      a = folded(folded(a &+ plain))
      start &+= count
    }
    return (a, b)
  }

  /// The sum of the words, and that of the words times their distance from the end.
  private static func block(_ words: RawSpan) -> (UInt64, UInt64) {
    let count = words.byteCount >> 1
    // Four words a step; a lane sums every fourth word, and how often it was there before.
    var lanes = SIMD4<UInt32>.zero
    var before = SIMD4<UInt64>.zero
    var i = 0
    while i &+ 4 <= count {
      let four = words.loadUnaligned(UInt64.self, at: i &* 2)
      before &+= SIMD4<UInt64>(truncatingIfNeeded: lanes)
      lanes &+= SIMD4<UInt32>(truncatingIfNeeded: bigEndianWords(four))
      i &+= 4
    }
    var plain = UInt64(0)
    var weighted = UInt64(0)
    for k in 0..<4 {
      plain &+= UInt64(lanes[k])
      weighted &+= 4 &* before[k] &+ UInt64(4 &- k) &* UInt64(lanes[k])
    }
    while i < count {
      plain &+= UInt64(UInt16(bigEndian: words.loadUnaligned(UInt16.self, at: i &* 2)))
      weighted &+= plain
      i &+= 1
    }
    return (plain, weighted)
  }

  @inline(__always)
  private static func bigEndianWords(_ bytes: UInt64) -> SIMD4<UInt16> {
    let word = UInt64(bigEndian: bytes)
    return SIMD4(
      UInt16(truncatingIfNeeded: word &>> 48), UInt16(truncatingIfNeeded: word &>> 32),
      UInt16(truncatingIfNeeded: word &>> 16), UInt16(truncatingIfNeeded: word))
  }

  /// A number congruent modulo 65,535, and 0 only for 0.
  @inline(__always)
  private static func folded(_ sum: UInt64) -> UInt64 { sum & 0xFFFF &+ sum &>> 16 }
}
