// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// The loops that undo the filters, against the formulas of the specification.
@Suite struct PNGUnfilterTests {
  /// The rows as the specification says. Source: PNG 3rd edition §9.2.
  static func expected(_ raw: [UInt8], rowByteCount: Int, _ bpp: Int) -> [[UInt8]] {
    var above = [UInt8](repeating: 0, count: rowByteCount)
    return stride(from: 0, to: raw.count, by: rowByteCount + 1).map { start in
      var row = [UInt8](repeating: 0, count: rowByteCount)
      for i in 0..<rowByteCount {
        let a = i >= bpp ? Int(row[i - bpp]) : 0
        let b = Int(above[i])
        let c = i >= bpp ? Int(above[i - bpp]) : 0
        let prediction: Int
        switch raw[start] {
        case 1: prediction = a
        case 2: prediction = b
        case 3: prediction = (a + b) / 2
        case 4:
          let p = a + b - c
          let (pa, pb, pc) = (abs(p - a), abs(p - b), abs(p - c))
          prediction = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
        default: prediction = 0
        }
        row[i] = raw[start + 1 + i] &+ UInt8(prediction)
      }
      above = row
      return row
    }
  }

  /// How the filters of the rows are chosen.
  static let choices: [[UInt8]] = [
    [3], [4], [0, 1, 2, 3, 4], [3, 4], [1, 4, 4], [2, 3, 3, 3], [0, 0, 0, 0, 4],
  ]

  @Test(arguments: [1, 2, 3, 4, 6, 8])
  func allWidthsHeightsAndMixturesOfFilters(bpp: Int) {
    var generator = SeededGenerator(seed: UInt64(bpp))
    var wrong: [String] = []
    let widths = Array(1...70) + [95, 96, 127, 128, 129, 131, 200]
    for width in widths {
      for choice in Self.choices {
        let height = Int.random(in: 1...40, using: &generator)
        let rowByteCount = width * bpp
        // Near values sometimes, so that Paeth has ties.
        let mask: UInt8 = Bool.random(using: &generator) ? 0xFF : 0x03
        var raw: [UInt8] = []
        for _ in 0..<height {
          raw.append(choice.randomElement(using: &generator) ?? 0)
          for _ in 0..<rowByteCount {
            raw.append(UInt8(truncatingIfNeeded: generator.next()) & mask)
          }
        }
        // In two parts, the second of which finds the first in the target.
        let first = Int.random(in: 0...height, using: &generator)
        let stride = rowByteCount + Int.random(in: 0...9, using: &generator)
        var target = [UInt8](repeating: 0xA5, count: (height - 1) * stride + rowByteCount)
        let zeros = [UInt8](repeating: 0, count: rowByteCount + 8)
        var done = 0
        for rows in [0..<first, first..<height] where !rows.isEmpty {
          let part = Array(
            raw[(rows.lowerBound * (rowByteCount + 1))..<(rows.upperBound * (rowByteCount + 1))])
          try? target.withMutableBytes { (target) throws(CodecError) in
            done += PNG.unfilter(
              part.rawSpan, into: &target, at: rows.lowerBound * stride, rowStride: stride,
              rowCount: rows.count, rowByteCount: rowByteCount, pixelByteCount: bpp,
              isFirst: rows.lowerBound == 0, zeros: zeros.rawSpan)
          }
        }
        var whole = [UInt8](repeating: 0xA5, count: target.count)
        for (y, row) in Self.expected(raw, rowByteCount: rowByteCount, bpp).enumerated() {
          whole.replaceSubrange((y * stride)..<(y * stride + rowByteCount), with: row)
        }
        if done != height || target != whole { wrong.append("\(width)×\(height) \(choice)") }
      }
    }
    #expect(wrong == [])
  }

  @Test(arguments: [1, 2, 3, 4, 6, 8])
  func aFilterTypeAboveFourStopsBeforeItsRow(bpp: Int) throws {
    let rowByteCount = 150 * bpp
    let raw = (0..<40).flatMap { y -> [UInt8] in
      [y == 21 ? 5 : 4] + [UInt8](repeating: UInt8(y), count: rowByteCount)
    }
    let zeros = [UInt8](repeating: 0, count: rowByteCount + 8)
    var target = [UInt8](repeating: 0, count: 40 * rowByteCount)
    let done = try target.withMutableBytes { (target) throws(CodecError) in
      PNG.unfilter(
        raw.rawSpan, into: &target, at: 0, rowStride: rowByteCount, rowCount: 40,
        rowByteCount: rowByteCount, pixelByteCount: bpp, isFirst: true, zeros: zeros.rawSpan)
    }
    let expected = Self.expected(
      Array(raw[..<(21 * (rowByteCount + 1))]), rowByteCount: rowByteCount, bpp
    ).flatMap { $0 }
    #expect(done == 21)
    #expect(Array(target[..<(21 * rowByteCount)]) == expected)
    #expect(target[(21 * rowByteCount)...].allSatisfy { $0 == 0 })
  }
}
