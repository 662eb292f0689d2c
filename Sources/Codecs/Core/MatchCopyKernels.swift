// SPDX-License-Identifier: Apache-2.0

/// Copies of literals and matches that may write a little too much: what the decoders of the LZ77
/// family share. The callers keep room for it.
enum MatchCopy {
  /// Copies `count` bytes that do not overlap, in steps of 32, up to 31 bytes too many.
  @inline(__always)
  @unsafe
  static func wide(
    _ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    if count > 512 {
      unsafe to.update(from: from, count: count)
    } else {
      unsafe steps(from, to, count)
    }
  }

  @inline(__always)
  @unsafe
  private static func steps(
    _ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    var k = 0
    repeat {
      unsafe to.copy16(from: from + k, k)
      unsafe to.copy16(from: from + (k &+ 16), k &+ 16)
      k &+= 32
    } while k < count
  }

  /// Copies a match of any distance, up to 31 bytes too many.
  @inline(__always)
  @unsafe
  static func copy(
    _ match: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, _ offset: Int, _ count: Int
  ) {
    if offset >= 16 {
      unsafe steps(match, to, count)
      return
    }
    if offset >= 8 {
      var k = 0
      repeat {
        unsafe to.store(match.load(UInt64.self, k), k)
        unsafe to.store(match.load(UInt64.self, k &+ 8), k &+ 8)
        k &+= 16
      } while k < count
      return
    }
    // Eight bytes of the pattern, by multiplication. Loading no more than the pattern lets the
    // processor take it from the store that is still under way.
    var pattern: UInt64
    switch offset {
    case 1: pattern = unsafe UInt64(match[0]) &* Word.low
    case 2:
      pattern =
        unsafe UInt64(UInt16(littleEndian: match.load(UInt16.self, 0))) &* 0x0001_0001_0001_0001
    case 4:
      pattern =
        unsafe UInt64(UInt32(littleEndian: match.load(UInt32.self, 0))) &* 0x0000_0001_0000_0001
    default:
      let bits = UInt64(truncatingIfNeeded: 8 &* offset)
      let unit = unsafe UInt64(littleEndian: match.load(UInt64.self, 0)) & ((1 &<< bits) &- 1)
      pattern = unit | unit &<< bits
      if offset == 3 { pattern |= unit &<< 48 }
    }
    let word = pattern.littleEndian
    // What follows repeats from a distance of at least eight that is a multiple of the offset.
    if offset == 3 || offset > 4 {
      unsafe to.store(word, 0)
      let distance = Int(truncatingIfNeeded: UInt32(0xECA8_9880) &>> UInt32(4 &* offset)) & 15
      let from = unsafe UnsafePointer(to) - distance
      var k = 8
      while k < count {
        unsafe to.store(from.load(UInt64.self, k), k)
        k &+= 8
      }
    } else {
      let pair = SIMD2<UInt64>(repeating: word)
      var k = 0
      repeat {
        unsafe to.store(pair, k)
        k &+= 16
      } while k < count
    }
  }
}
