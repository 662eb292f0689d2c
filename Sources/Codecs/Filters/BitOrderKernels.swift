// SPDX-License-Identifier: Apache-2.0

extension BitOrder {
  static func appendReversedBits(of source: RawSpan, to output: inout OutputRawSpan) {
    let count = source.byteCount
    unsafe filter(source, into: &output) { unsafe reverseBits($0, $1, count) }
  }

  static func reverseBits(_ bytes: inout MutableRawSpan) {
    let count = bytes.byteCount
    unsafe filter(inPlace: &bytes) { unsafe reverseBits($0, $1, count) }
  }

  @inline(never)
  @unsafe
  private static func reverseBits(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    var i = 0
    // In bounds: i + 16 ≤ count, then i < count.
    while i &+ 16 <= count {
      unsafe target.store(reversed(source.load(SIMD2<UInt64>.self, i)), i)
      i &+= 16
    }
    while i < count {
      let byte = unsafe UInt64(source[i])
      unsafe target[i] = UInt8(truncatingIfNeeded: reversed(SIMD2(byte, 0))[0])
      i &+= 1
    }
  }

  /// Swaps neighbouring bits, then pairs, then halves of each byte.
  @inline(__always)
  private static func reversed(_ x: SIMD2<UInt64>) -> SIMD2<UInt64> {
    let bits = SIMD2<UInt64>(repeating: 0x5555_5555_5555_5555)
    let pairs = SIMD2<UInt64>(repeating: 0x3333_3333_3333_3333)
    let halves = SIMD2<UInt64>(repeating: 0x0F0F_0F0F_0F0F_0F0F)
    var y = (x &>> 1) & bits | (x & bits) &<< 1
    y = (y &>> 2) & pairs | (y & pairs) &<< 2
    return (y &>> 4) & halves | (y & halves) &<< 4
  }
}
