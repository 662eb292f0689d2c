// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// The encoder's vector code against plain arithmetic.
@Suite struct JPEGEncoderKernelTests {
  @Test func `colours are converted as the formulas say`() {
    var generator = SeededGenerator(seed: 5)
    for count in [1, 5, 15, 16, 17, 19, 20, 100, 333] {
      var source = (0..<(4 * count)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      source.replaceSubrange(0..<4, with: [255, 255, 255, 255])
      let margin = 16
      let size = count + margin
      var target = [UInt8](repeating: 0, count: 3 * size)
      for channels in [3, 4] {
        var span = target.mutableSpan
        if channels == 3 {
          UInt8.convertRGB(
            source.rawSpan, at: 0, count: count, into: &span,
            at: .init(y: 0, cb: size, cr: 2 * size))
        } else {
          UInt8.convertCMYK(
            source.rawSpan, at: 0, count: count, into: &span,
            at: .init(y: 0, cb: size, cr: 2 * size))
        }
        var expected = target
        for x in 0..<count {
          let pixel = source[(channels * x)..<(channels * x + 3)].map { Int($0) }
          let (r, g, b) =
            channels == 3
            ? (pixel[0], pixel[1], pixel[2]) : (255 - pixel[0], 255 - pixel[1], 255 - pixel[2])
          expected[x] = UInt8((19595 * r + 38470 * g + 7471 * b + 32768) >> 16)
          expected[size + x] = UInt8(
            (-11059 * r - 21709 * g + 32768 * b + 128 << 16 + 32767) >> 16)
          expected[2 * size + x] = UInt8(
            (32768 * r - 27439 * g - 5329 * b + 128 << 16 + 32767) >> 16)
        }
        let isEqual = target == expected
        #expect(isEqual, "\(count) pixels of \(channels)")
      }
    }
  }

  @Test func `rows are averaged with alternating bias`() {
    var generator = SeededGenerator(seed: 6)
    for count in [1, 8, 15, 16, 17, 40] {
      let stride = 2 * count + 64
      let original = (0..<(3 * stride)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      var wide = original
      var span = wide.mutableSpan
      UInt8.halveWidth(&span, from: 0, to: 2 * stride, count: count)
      let expectedWide = (0..<count).map { x -> UInt8 in
        let sum = Int(original[2 * x]) + Int(original[2 * x + 1])
        return UInt8((sum + x % 2) >> 1)
      }
      let isWideEqual = Array(wide[(2 * stride)..<(2 * stride + count)]) == expectedWide
      #expect(isWideEqual)

      var both = original
      span = both.mutableSpan
      UInt8.halveBoth(&span, from: 0, and: stride, to: 2 * stride, count: count)
      let expectedBoth = (0..<count).map { x -> UInt8 in
        let upper = Int(original[2 * x]) + Int(original[2 * x + 1])
        let lower = Int(original[stride + 2 * x]) + Int(original[stride + 2 * x + 1])
        return UInt8((upper + lower + 1 + x % 2) >> 2)
      }
      let isBothEqual = Array(both[(2 * stride)..<(2 * stride + count)]) == expectedBoth
      #expect(isBothEqual)
    }
  }

  @Test func `quantisation divides exactly, with halves away from zero`() {
    for step in [1, 2, 3, 7, 8, 16, 99, 121, 255, 256, 1000, 6050, 8191] {
      let divisors = JPEG.Divisors(
        JPEG.QuantizationTable([UInt16](repeating: UInt16(step), count: 64)))
      let (c, r, s) = (
        UInt32(divisors.values[0][0]), UInt32(divisors.values[1][0]), UInt32(divisors.values[2][0])
      )
      let divisor = UInt32(8 * step)
      let wrong = (0...UInt32(16_400)).filter { x in
        ((((x + c) * r) >> 16) * s) >> 16 != (x + divisor / 2) / divisor
      }
      let wrongCount = wrong.count
      #expect(wrongCount == 0, "\(step)")
    }
  }

  @Test func `an FF is followed by a zero, wherever it stands`() {
    var generator = SeededGenerator(seed: 7)
    for count in [0, 1, 7, 8, 9, 30, 1000] {
      let bytes = (0..<count).map { _ in
        UInt8.random(in: 0...3, using: &generator) == 0
          ? 0xFF : UInt8.random(in: 0...255, using: &generator)
      }
      var writer = JPEG.EntropyWriter()
      writer.buffer.replaceSubrange(0..<count, with: bytes)
      // What is beyond the end must not matter.
      for i in count..<(count + 16) { writer.buffer[i] = 0xFF }
      writer.packer.position = count
      var output = ByteWriter()
      writer.drain(to: &output)
      let expected = bytes.flatMap { $0 == 0xFF ? [$0, 0] : [$0] }
      let isEqual = output.bytes == expected
      #expect(isEqual, "\(count)")
    }
  }
}
