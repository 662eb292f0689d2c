// SPDX-License-Identifier: Apache-2.0

/// Mixes whole 64-byte blocks into `state`.
///
/// Sixteen rounds make one turn of the loop, so that the working variables change roles by name
/// instead of being moved. The schedule is made in place, one word between two rounds: it fills the
/// gaps in the rounds' chain of dependencies (305 MB/s against 264 with all 64 words made first; the
/// last turn makes 16 words too many). Checked code: every index is a constant or a loop counter.
///
/// Source: FIPS 180-4, §6.2.2.
func sha256Compress(_ blocks: RawSpan, into state: inout SIMD8<UInt32>) {
  let constants = SHA256Tables.roundConstants
  var words = InlineArray<16, UInt32>(repeating: 0)
  var start = 0
  while start < blocks.byteCount {
    for i in 0..<16 {
      words[i] = UInt32(bigEndian: blocks.loadUnaligned(UInt32.self, at: start + i * 4))
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in stride(from: 0, to: 64, by: 16) {
      round(a, b, c, &d, e, f, g, &h, constants[i] &+ words[0])
      words[0] = next(words[0], words[1], words[9], words[14])
      round(h, a, b, &c, d, e, f, &g, constants[i + 1] &+ words[1])
      words[1] = next(words[1], words[2], words[10], words[15])
      round(g, h, a, &b, c, d, e, &f, constants[i + 2] &+ words[2])
      words[2] = next(words[2], words[3], words[11], words[0])
      round(f, g, h, &a, b, c, d, &e, constants[i + 3] &+ words[3])
      words[3] = next(words[3], words[4], words[12], words[1])
      round(e, f, g, &h, a, b, c, &d, constants[i + 4] &+ words[4])
      words[4] = next(words[4], words[5], words[13], words[2])
      round(d, e, f, &g, h, a, b, &c, constants[i + 5] &+ words[5])
      words[5] = next(words[5], words[6], words[14], words[3])
      round(c, d, e, &f, g, h, a, &b, constants[i + 6] &+ words[6])
      words[6] = next(words[6], words[7], words[15], words[4])
      round(b, c, d, &e, f, g, h, &a, constants[i + 7] &+ words[7])
      words[7] = next(words[7], words[8], words[0], words[5])
      round(a, b, c, &d, e, f, g, &h, constants[i + 8] &+ words[8])
      words[8] = next(words[8], words[9], words[1], words[6])
      round(h, a, b, &c, d, e, f, &g, constants[i + 9] &+ words[9])
      words[9] = next(words[9], words[10], words[2], words[7])
      round(g, h, a, &b, c, d, e, &f, constants[i + 10] &+ words[10])
      words[10] = next(words[10], words[11], words[3], words[8])
      round(f, g, h, &a, b, c, d, &e, constants[i + 11] &+ words[11])
      words[11] = next(words[11], words[12], words[4], words[9])
      round(e, f, g, &h, a, b, c, &d, constants[i + 12] &+ words[12])
      words[12] = next(words[12], words[13], words[5], words[10])
      round(d, e, f, &g, h, a, b, &c, constants[i + 13] &+ words[13])
      words[13] = next(words[13], words[14], words[6], words[11])
      round(c, d, e, &f, g, h, a, &b, constants[i + 14] &+ words[14])
      words[14] = next(words[14], words[15], words[7], words[12])
      round(b, c, d, &e, f, g, h, &a, constants[i + 15] &+ words[15])
      words[15] = next(words[15], words[0], words[8], words[13])
    }
    state &+= SIMD8(a, b, c, d, e, f, g, h)
    start += 64
  }
}

@inline(__always)
private func round(
  _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
  _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ wordAndConstant: UInt32
) {
  let sigma1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
  let choice = g ^ (e & (f ^ g))
  let t = h &+ sigma1 &+ choice &+ wordAndConstant
  let sigma0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
  let majority = (a & b) | (c & (a | b))
  d = d &+ t
  h = t &+ sigma0 &+ majority
}

/// The word of the message schedule 16 places after `w0`.
@inline(__always)
private func next(_ w0: UInt32, _ w1: UInt32, _ w9: UInt32, _ w14: UInt32) -> UInt32 {
  w0 &+ smallSigma0(w1) &+ w9 &+ smallSigma1(w14)
}

@inline(__always)
private func smallSigma0(_ x: UInt32) -> UInt32 {
  rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >> 3)
}

@inline(__always)
private func smallSigma1(_ x: UInt32) -> UInt32 {
  rotateRight(x, 17) ^ rotateRight(x, 19) ^ (x >> 10)
}

@inline(__always)
private func rotateRight(_ x: UInt32, _ count: UInt32) -> UInt32 {
  x &>> count | x &<< (32 &- count)
}
