// SPDX-License-Identifier: Apache-2.0

/// Mixes whole 64-byte blocks into `state`. Checked code: every index is a constant or a counter.
///
/// Source: FIPS 180-4, §6.1.2.
func sha1Compress(_ blocks: RawSpan, into state: inout SIMD8<UInt32>) {
  var words = InlineArray<16, UInt32>(repeating: 0)
  var start = 0
  while start < blocks.byteCount {
    for i in 0..<16 {
      words[i] = UInt32(bigEndian: blocks.loadUnaligned(UInt32.self, at: start + i * 4))
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for t in 0..<80 {
      let i = t & 15
      if t >= 16 {
        let word = words[(t &+ 13) & 15] ^ words[(t &+ 8) & 15] ^ words[(t &+ 2) & 15] ^ words[i]
        words[i] = word &<< 1 | word &>> 31
      }
      let mixed: UInt32 =
        switch t {
        case 0..<20: (d ^ (b & (c ^ d))) &+ 0x5A82_7999
        case 20..<40: (b ^ c ^ d) &+ 0x6ED9_EBA1
        case 40..<60: ((b & c) | (d & (b | c))) &+ 0x8F1B_BCDC
        default: (b ^ c ^ d) &+ 0xCA62_C1D6
        }
      let next = (a &<< 5 | a &>> 27) &+ mixed &+ e &+ words[i]
      (a, b, c, d, e) = (next, a, b &<< 30 | b &>> 2, c, d)
    }
    state &+= SIMD8(a, b, c, d, e, 0, 0, 0)
    start += 64
  }
}
