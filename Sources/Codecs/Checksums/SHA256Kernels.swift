// SPDX-License-Identifier: Apache-2.0

/// Mixes whole 64-byte blocks into `state`.
///
/// Eight rounds make one turn of the loop, so that the working variables change roles by name
/// instead of being moved. Checked code: every index is a constant or a loop counter.
///
/// Source: FIPS 180-4, §6.2.2.
func sha256Compress(_ blocks: RawSpan, into state: inout SIMD8<UInt32>) {
  let constants = SHA256Tables.roundConstants
  var words = InlineArray<64, UInt32>(repeating: 0)
  var start = 0
  while start < blocks.byteCount {
    for i in 0..<16 {
      words[i] = UInt32(bigEndian: blocks.loadUnaligned(UInt32.self, at: start + i * 4))
    }
    for i in 16..<64 {
      words[i] =
        words[i - 16] &+ smallSigma0(words[i - 15]) &+ words[i - 7]
        &+ smallSigma1(words[i - 2])
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in stride(from: 0, to: 64, by: 8) {
      round(a, b, c, &d, e, f, g, &h, constants[i] &+ words[i])
      round(h, a, b, &c, d, e, f, &g, constants[i + 1] &+ words[i + 1])
      round(g, h, a, &b, c, d, e, &f, constants[i + 2] &+ words[i + 2])
      round(f, g, h, &a, b, c, d, &e, constants[i + 3] &+ words[i + 3])
      round(e, f, g, &h, a, b, c, &d, constants[i + 4] &+ words[i + 4])
      round(d, e, f, &g, h, a, b, &c, constants[i + 5] &+ words[i + 5])
      round(c, d, e, &f, g, h, a, &b, constants[i + 6] &+ words[i + 6])
      round(b, c, d, &e, f, g, h, &a, constants[i + 7] &+ words[i + 7])
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
