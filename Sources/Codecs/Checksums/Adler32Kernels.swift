// SPDX-License-Identifier: Apache-2.0

extension Adler32 {
  @inline(never)
  static func advance(_ checksum: UInt32, _ bytes: RawSpan) -> UInt32 {
    var (a, b) = (checksum & 0xFFFF, checksum >> 16)
    var i = 0
    while i < bytes.byteCount {
      // 5552 bytes are the most before the second sum could pass 32 bits.
      let end = min(i &+ 5_552, bytes.byteCount)
      while i < end {
        a &+= UInt32(bytes[byteAt: i])
        b &+= a
        i &+= 1
      }
      a %= modulus
      b %= modulus
    }
    return b << 16 | a
  }
}
