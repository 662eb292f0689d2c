// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// The vector instructions against what they are said to do.
@Suite struct LanesTests {
  private func random<V: SIMD>(
    _ generator: inout SeededGenerator, as type: V.Type
  ) -> V where V.Scalar: FixedWidthInteger {
    var result = V()
    for i in 0..<V.scalarCount {
      // Extremes often: that is where instructions differ.
      switch generator.next() % 6 {
      case 0: result[i] = .min
      case 1: result[i] = .max
      default: result[i] = V.Scalar(truncatingIfNeeded: generator.next())
      }
    }
    return result
  }

  @Test func instructionsAgreeWithPlainSwift() {
    var generator = SeededGenerator(seed: 1)
    var wrong = 0
    func compare<T: Equatable>(_ a: T, _ b: T) { if a != b { wrong += 1 } }
    for _ in 0..<2_000 {
      let a = random(&generator, as: SIMD8<Int16>.self)
      let b = random(&generator, as: SIMD8<Int16>.self)
      compare(Lanes.multiplyAddPairs(a, b), PlainLanes.multiplyAddPairs(a, b))
      compare(Lanes.multiplyHigh(a, b), PlainLanes.multiplyHigh(a, b))
      compare(Lanes.clampToUInt8(a, b), PlainLanes.clampToUInt8(a, b))
      compare(Lanes.clampToInt8(a, b), PlainLanes.clampToInt8(a, b))
      compare(Lanes.minimum(a, b), PlainLanes.minimum(a, b))
      compare(Lanes.maximum(a, b), PlainLanes.maximum(a, b))
      compare(Lanes.zipLow(a, b), PlainLanes.zipLow(a, b))
      compare(Lanes.zipHigh(a, b), PlainLanes.zipHigh(a, b))
      let (c, d) = (
        random(&generator, as: SIMD8<UInt16>.self), random(&generator, as: SIMD8<UInt16>.self)
      )
      compare(Lanes.multiplyHigh(c, d), PlainLanes.multiplyHigh(c, d))
      let (e, f) = (
        random(&generator, as: SIMD4<Int32>.self), random(&generator, as: SIMD4<Int32>.self)
      )
      compare(Lanes.clampToInt16(e, f), PlainLanes.clampToInt16(e, f))
      compare(Lanes.zipLow(e, f), PlainLanes.zipLow(e, f))
      compare(Lanes.zipHigh(e, f), PlainLanes.zipHigh(e, f))
      compare(Lanes.float(e), PlainLanes.float(e))
      let halves = Lanes.float(e &>> 2) * SIMD4(repeating: 0.5)
      compare(Lanes.truncated(halves), PlainLanes.truncated(halves))
      let (g, h) = (
        random(&generator, as: SIMD16<UInt8>.self), random(&generator, as: SIMD16<UInt8>.self)
      )
      compare(Lanes.equal(g, h), PlainLanes.equal(g, h))
      compare(Lanes.highBits(g), PlainLanes.highBits(g))
      compare(Lanes.sumsOfEight(g), PlainLanes.sumsOfEight(g))
      compare(Lanes.minimum(g, h), PlainLanes.minimum(g, h))
      compare(Lanes.maximum(g, h), PlainLanes.maximum(g, h))
      compare(Lanes.excess(g, over: h), PlainLanes.excess(g, over: h))
      compare(Lanes.average(g, h), PlainLanes.average(g, h))
      let words = unsafe unsafeBitCast(g, to: SIMD8<Int16>.self)
      compare(Lanes.widened(h.lowHalf), PlainLanes.widened(h.lowHalf))
      compare(Lanes.narrowed(words), PlainLanes.narrowed(words))
      compare(Lanes.zipLow(g, h), PlainLanes.zipLow(g, h))
      compare(Lanes.zipHigh(g, h), PlainLanes.zipHigh(g, h))
      let (i, j) = (
        random(&generator, as: SIMD2<Int64>.self), random(&generator, as: SIMD2<Int64>.self)
      )
      compare(Lanes.zipLow(i, j), PlainLanes.zipLow(i, j))
      compare(Lanes.zipHigh(i, j), PlainLanes.zipHigh(i, j))
    }
    #expect(wrong == 0)
  }
}
