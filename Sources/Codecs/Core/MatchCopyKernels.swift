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
    // Eight bytes of the pattern, by multiplication, and how far on they begin again.
    let bits = UInt64(truncatingIfNeeded: 8 &* offset)
    let unit = unsafe UInt64(littleEndian: match.load(UInt64.self, 0)) & ((1 &<< bits) &- 1)
    let word = (unit &* repeats[offset]).littleEndian
    let step = Int(truncatingIfNeeded: UInt32(0x7658_6880) &>> UInt32(4 &* offset)) & 15
    var k = 0
    repeat {
      unsafe to.store(word, k)
      unsafe to.store(word, k &+ step)
      k &+= 2 &* step
    } while k < count
  }

  /// What a unit of so many bytes is multiplied with to fill eight.
  private static let repeats: InlineArray<8, UInt64> = [
    0, Word.low, 0x0001_0001_0001_0001, 0x0001_0000_0100_0001, 0x0000_0001_0000_0001,
    0x0000_0100_0000_0001, 0x0001_0000_0000_0001, 0x0100_0000_0000_0001,
  ]
}
