// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// The decoder's colour conversion against plain arithmetic.
@Suite struct JPEGColorTests {
  /// libjpeg's 16-bit fixed point, which the vector code has to meet in other words.
  private func reference(_ y: Int, _ cb: Int, _ cr: Int) -> [UInt8] {
    let (u, v) = (cb - 128, cr - 128)
    return [
      y + (91_881 * v + 32_768) >> 16, y + (-22_554 * u - 46_802 * v + 32_768) >> 16,
      y + (116_130 * u + 32_768) >> 16,
    ].map { UInt8(min(max($0, 0), 255)) }
  }

  @Test(arguments: [0, 77, 128, 255])
  func `every pair of chroma values becomes the colour of libjpeg`(luma: Int) {
    let (count, margin) = (65_536, 32)
    let stride = count + 2 * margin
    var planes = [UInt8](repeating: UInt8(luma), count: 3 * stride)
    var expected: [UInt8] = []
    for i in 0..<count {
      planes[stride + margin + i] = UInt8(i & 255)
      planes[2 * stride + margin + i] = UInt8(i >> 8)
      expected += reference(luma, i & 255, i >> 8)
    }
    var output = [UInt8](repeating: 0, count: 3 * count)
    var samples = planes.mutableSpan
    var target = output.mutableRawSpan
    JPEG.ColorKernels.convertRow(
      &samples, .init(y: margin, cb: stride + margin, cr: 2 * stride + margin), .full, .rgb,
      into: &target, at: 0, count: count)
    #expect(output == expected)
  }

  @Test(arguments: [JPEG.ChromaSource.half, .quarter])
  func `upsampled chroma is converted as chroma of every pixel is`(chroma: JPEG.ChromaSource) {
    let (count, margin) = (4_096, 32)
    let stride = count + 2 * margin
    var random = SeededGenerator(seed: 3)
    // Rows: luma, Cb, Cr, and the chroma rows on the other side; then room for sums.
    var planes = (0..<9 * stride).map { _ in
      [0, 255, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
    }
    func row(_ index: Int) -> Int { index * stride + margin }
    let given = planes
    func sample(_ index: Int, _ x: Int) -> Int { Int(given[row(index) + x]) }
    func upsampled(_ near: Int, _ far: Int, _ x: Int) -> Int {
      func sum(_ x: Int) -> Int { 3 * sample(near, x) + sample(far, x) }
      let side = x & 1 == 0 ? -1 : 1
      if chroma == .half {
        return (3 * sample(near, x / 2) + sample(near, x / 2 + side) + (x & 1) + 1) >> 2
      }
      return (3 * sum(x / 2) + sum(x / 2 + side) + 8 - (x & 1)) >> 4
    }
    let expected = (0..<count).flatMap { x in
      reference(sample(0, x), upsampled(1, 3, x), upsampled(2, 4, x))
    }
    var output = [UInt8](repeating: 0, count: 3 * count)
    var samples = planes.mutableSpan
    var target = output.mutableRawSpan
    JPEG.ColorKernels.convertRow(
      &samples,
      .init(
        y: row(0), cb: row(1), cr: row(2), farCb: row(3), farCr: row(4), scratchCb: row(5),
        scratchCr: row(7)), chroma, .rgb, into: &target, at: 0, count: count)
    #expect(output == expected)
  }
}
