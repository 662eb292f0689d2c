// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// What symbols will probably cost, judged by the block so far.
  ///
  /// A match is taken only when it is cheaper than the very literals it replaces. That matters for
  /// noisy images, where short matches abound and mostly replace literals that are cheap already.
  struct PriceModel {
    /// Literals, lengths (from 257 on) and distances (from 288 on) in 1/64 bit, each with its
    /// extra bits.
    ///
    /// A match need not save more than that. Once some noisy data is cut into literals, literals
    /// look cheap, and a margin would keep the matches out for good: 1.6 % more for a 16-bit raster.
    private(set) var prices = [UInt16](repeating: 0, count: histogramCount)
    /// Shorter matches are rarely cheaper than literals.
    private(set) var shortestMatch = 3
    /// The part of the input that matches covered.
    private(set) var coverage: Float = 0

    /// Stands for the symbols not seen yet.
    private static let unseen: Float = 0.5
    /// Bits of a length and of a distance symbol until enough matches were seen.
    private static let firstLengthCost: Float = 6
    private static let firstDistanceCost: Float = 4
    /// Matches that make their statistics credible.
    private static let credibleCount: Float = 50

    init() {}

    /// Begins with the literals of `sample` and no matches.
    mutating func begin(with sample: RawSpan) {
      var counts = [UInt32](repeating: 0, count: histogramCount)
      for i in 0..<sample.byteCount { counts[Int(sample[byteAt: i])] += 1 }
      learn(counts, byteCount: sample.byteCount)
      coverage = 1
    }

    /// Replaces all prices by those of a block of `byteCount` bytes with these symbols.
    mutating func learn(_ counts: [UInt32], byteCount: Int) {
      var literals: Float = 0
      var matches: Float = 0
      for i in 0..<256 { literals += Float(counts[i]) }
      for i in 257..<286 { matches += Float(counts[i]) }
      coverage = 1 - literals / max(Float(byteCount), 1)
      let total = Deflate.log2(literals + matches + 256 * Self.unseen)
      for i in 0..<286 {
        prices[i] = Self.price(total - Deflate.log2(Float(counts[i]) + Self.unseen))
      }
      let distances = Deflate.log2(matches + 30)
      for i in 288..<318 { prices[i] = Self.price(distances - Deflate.log2(Float(counts[i]) + 1)) }
      if matches < Self.credibleCount {
        for i in 257..<286 { prices[i] = Self.price(Self.firstLengthCost) }
        for i in 288..<318 { prices[i] = Self.price(Self.firstDistanceCost) }
      }
      for i in 257..<286 { prices[i] += UInt16(Tables.lengthExtraBits[i - 257]) * 64 }
      for i in 288..<318 { prices[i] += UInt16(Tables.distanceExtraBits[i - 288]) * 64 }
      shortestMatch = findShortestMatch(counts, literals, matches)
    }

    /// The least length at which average literals cost more than a match at a shortish distance.
    private func findShortestMatch(
      _ counts: [UInt32], _ literals: Float, _ matches: Float
    ) -> Int {
      guard literals > 0 else { return 3 }
      var literalSum: Float = 0
      for i in 0..<256 { literalSum += Float(counts[i]) * Float(prices[i]) }
      let literal = literalSum / literals
      var distance: Float = 12 * 64
      if matches >= Self.credibleCount {
        var sum: Float = 0
        for i in 288..<318 { sum += Float(counts[i]) * Float(prices[i]) }
        distance = sum / matches
      }
      for length in 3..<12 {
        let match = Float(prices[257 + Deflate.lengthSlot(length)]) + 0.8 * distance
        if Float(length) * literal >= match { return length }
      }
      return 12
    }

    /// `bits` in 1/64 bit, from 1/10 to 14 bits.
    @inline(__always)
    private static func price(_ bits: Float) -> UInt16 {
      // 2²³ as a summand leaves the rounded integer in the low bits: cheaper than a conversion that
      // may trap.
      let scaled = min(max(bits, 0.1), 14) * 64 + 8_388_608
      return UInt16(truncatingIfNeeded: scaled.bitPattern)
    }
  }

  /// The binary logarithm; finite for 0.
  @inline(__always)
  static func log2(_ x: Float) -> Float {
    let pattern = x.bitPattern
    let exponent = Float(Int32(truncatingIfNeeded: pattern >> 23) - 127)
    let t = Float(bitPattern: pattern & 0x7F_FFFF | 0x3F80_0000) - 1
    // t + t (1 − t) p(t) with p by least squares: exact at both ends, else to 2 in 100,000.
    let p = 0.4417403 + t * (-0.2660299 + t * (0.1463143 - t * 0.0440047))
    return exponent + t + t * (1 - t) * p
  }
}
