// SPDX-License-Identifier: Apache-2.0

/// Mixes whole 64-byte blocks into `state`. Checked code: every index is a constant or a counter.
///
/// Source: RFC 1321, §3.4.
func md5Compress(_ blocks: RawSpan, into state: inout SIMD4<UInt32>) {
  let (sines, rotations) = (MD5Tables.sines, MD5Tables.rotations)
  var words = InlineArray<16, UInt32>(repeating: 0)
  var start = 0
  while start < blocks.byteCount {
    for i in 0..<16 {
      words[i] = UInt32(littleEndian: blocks.loadUnaligned(UInt32.self, at: start + i * 4))
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    for t in 0..<64 {
      let (mixed, k): (UInt32, Int) =
        switch t &>> 4 {
        case 0: (d ^ (b & (c ^ d)), t)
        case 1: (c ^ (d & (b ^ c)), 5 &* t &+ 1)
        case 2: (b ^ c ^ d, 3 &* t &+ 5)
        default: (c ^ (b | ~d), 7 &* t)
        }
      let sum = a &+ mixed &+ sines[t] &+ words[k & 15]
      let count = rotations[(t &>> 4) &* 4 &+ (t & 3)]
      (a, b, c, d) = (d, b &+ (sum &<< count | sum &>> (32 &- count)), b, c)
    }
    state &+= SIMD4(a, b, c, d)
    start += 64
  }
}
