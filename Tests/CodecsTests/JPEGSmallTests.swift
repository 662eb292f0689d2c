// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Files that are small for their error.
@Suite struct JPEGSmallTests {
  private static func decoded(_ file: [UInt8]) throws -> NDArray {
    var diagnostics = Diagnostics()
    return try JPEG.decode(
      file.rawSpan, options: JPEG.DecodeOptions(), policy: .strict, diagnostics: &diagnostics)
  }

  /// Mean square of the differences of two uint8 arrays.
  private static func error(_ a: NDArray, _ b: NDArray) -> Double {
    let (a, b) = (a.array(as: UInt8.self), b.array(as: UInt8.self))
    var sum = 0
    for i in a.indices {
      let difference = Int(a[i]) - Int(b[i])
      sum += difference * difference
    }
    return Double(sum) / Double(a.count)
  }

  /// Ramps with noise and sharp white and black letters.
  private static func photo(width: Int, height: Int, channels: Int) throws -> NDArray {
    var generator = SeededGenerator(seed: 9)
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let noise = Int.random(in: -6...6, using: &generator)
        for c in 0..<channels {
          let letter = y % 40 < 12 && (x / 3 + y / 5) % 4 == 0
          let value = letter ? (y % 80 < 40 ? 255 : 0) : 40 + x / 2 + y * (c + 1) / 3 % 120 + noise
          samples.append(UInt8(clamping: y % 40 < 14 && !letter ? 255 - value / 30 : value))
        }
      }
    }
    return try NDArray(
      samples, shape: channels == 1 ? [height, width] : [height, width, channels])
  }

  @Test(arguments: [(1, 50), (3, 50), (3, 75), (3, 90), (4, 75)])
  func `there are fewer bytes than with the same error otherwise`(kind: (Int, Int)) throws {
    let image = try Self.photo(width: 131, height: 94, channels: kind.0)
    var options = JPEG.WriteOptions(quality: kind.1)
    if kind.0 == 4 { options.input = .cmyk }
    options.isSmall = true
    let small = try JPEG.encode(image, options: options)
    let again = try JPEG.encode(image, options: options)
    #expect(small == again)
    let smallError = try Self.error(Self.decoded(small), image)
    (options.isSmall, options.isProgressive) = (false, true)
    // The best quality with no less error.
    var (count, found) = (0, false)
    for quality in stride(from: kind.1, to: 1, by: -1) where !found {
      options.quality = quality
      let plain = try JPEG.encode(image, options: options)
      found = try Self.error(Self.decoded(plain), image) >= smallError
      count = plain.count
    }
    #expect(found && small.count < count)
  }

  static let kinds: [@Sendable (inout JPEG.WriteOptions) -> Void] = [
    { $0.isArithmetic = true },
    { ($0.isArithmetic, $0.isProgressive) = (true, true) },
    { ($0.isProgressive, $0.scans) = (true, [.init([0, 1, 2], 0, 0), .init([0], 1, 63)]) },
    { $0.restartInterval = 3 }, { $0.restartRows = 2 }, { $0.subsampling = .s411 },
    { $0.stored = .rgb }, { ($0.stored, $0.quality) = (.grey, 100) }, { $0.quality = 1 },
    { ($0.quality, $0.subsampling) = (100, .s444) },
  ]

  @Test(arguments: kinds.indices)
  func `every kind of file is sound`(index: Int) throws {
    var generator = SeededGenerator(seed: 21)
    for (width, height) in [(1, 1), (9, 17), (67, 45)] {
      // Black and white without order go furthest beyond the range of samples.
      let samples = (0..<(width * height * 3)).map { _ -> UInt8 in
        [0, 255, 255, 254, 128].randomElement(using: &generator) ?? 0
      }
      let image = try NDArray(samples, shape: [height, width, 3])
      var options = JPEG.WriteOptions()
      options.isSmall = true
      Self.kinds[index](&options)
      let back = try Self.decoded(JPEG.encode(image, options: options))
      #expect(back.shape == (options.stored == .grey ? [height, width] : image.shape))
    }
  }

  @Test func `samples of 12 bits are chosen in the same way`() throws {
    let image = try JPEGWideEncoderTests.pattern(width: 131, height: 67, channels: 3)
    var options = JPEG.WriteOptions(quality: 90)
    (options.bitsPerSample, options.isSmall) = (12, true)
    let small = try JPEG.encode(image, options: options)
    (options.isSmall, options.isProgressive) = (false, true)
    let plain = try JPEG.encode(image, options: options)
    #expect(small.count < plain.count)
    let largest = try zip(
      Self.decoded(small).array(as: UInt16.self), Self.decoded(plain).array(as: UInt16.self)
    ).map { abs(Int($0) - Int($1)) }.max()
    #expect((largest ?? 4096) < 2048)
  }

  @Test func `no choice of levels costs less than the trellis's`() {
    var generator = SeededGenerator(seed: 31)
    let costs = JPEG.SymbolCosts(
      (0..<2048).map { _ in UInt32.random(in: 0...5000, using: &generator) })
    var trellis = JPEG.Trellis(costs, bitCount: 8)
    let divisors = [UInt32](repeating: 80, count: 64)
    for _ in 0..<100 {
      var block = InlineArray<64, Int64>(repeating: 0)
      var places: [Int] = []
      for k in 1..<64 where Int.random(in: 0..<12, using: &generator) == 0 && places.count < 7 {
        places.append(k)
        block[Int(JPEG.zigzag[k])] = Int64.random(in: -250...250, using: &generator)
      }
      let weights = (0..<64).map { _ in Double.random(in: 0.5...1, using: &generator) }
      let lambda = Double.random(in: 100...3000, using: &generator)
      func cost(_ levels: [Int]) -> Double {
        var (total, last) = (0.0, 0)
        for (k, level) in zip(places, levels) {
          let error = Double(abs(block[Int(JPEG.zigzag[k])]) - Int64(level * 80))
          total += error * error * weights[k]
          if level == 0 { continue }
          let (run, size) = (k - last - 1, Int.bitWidth - level.leadingZeroBitCount)
          total += lambda * Double(run >> 4) * costs.bits[512 + 0xF0]
          total += lambda * costs.bits[512 + (run & 15) << 4 + size]
          last = k
        }
        return total + (last == 63 ? 0 : lambda * costs.bits[512])
      }
      var best = Double.infinity
      var choices: [[Int]] = [[]]
      for k in places {
        let level = (Int(abs(block[Int(JPEG.zigzag[k])])) + 40) / 80
        choices = choices.flatMap { choice in (0...level).map { choice + [$0] } }
      }
      for choice in choices { best = min(best, cost(choice)) }
      var values = [Int16](repeating: 0, count: 64)
      var target = values.mutableSpan
      let map = trellis.quantize(
        block.span, divisors.span, weights: weights.span, lambda: lambda, table: 0, into: &target,
        at: 0)
      let levels = places.map { Int(abs(values[Int(JPEG.zigzag[$0])])) }
      #expect(cost(levels) <= best * 1.000_001)
      let expectedMap = (0..<64).reduce(UInt64(0)) {
        values[Int(JPEG.zigzag[$1])] == 0 ? $0 : $0 | 1 << UInt64($1)
      }
      #expect(map == expectedMap)
    }
  }

  @Test func `nor than that of neighbouring DC coefficients`() {
    var generator = SeededGenerator(seed: 32)
    let costs = JPEG.SymbolCosts(
      (0..<2048).map { _ in UInt32.random(in: 0...5000, using: &generator) })
    for _ in 0..<50 {
      let coefficients = (0..<6).map { _ in Int32.random(in: -8192...8128, using: &generator) }
      let divisor: Int32 = [8, 128, 900].randomElement(using: &generator) ?? 8
      let lambda = Double.random(in: 10...100_000, using: &generator)
      func cost(_ levels: [Int32]) -> Double {
        var (total, last) = (0.0, Int32(5))
        for (value, level) in zip(coefficients, levels) {
          let error = Double(value - level * divisor)
          let size = 32 - (level - last).magnitude.leadingZeroBitCount
          total += error * error + lambda * costs.bits[size]
          last = level
        }
        return total
      }
      var trellis = JPEG.DCTrellis(
        costs, table: 0, lambda: lambda, divisor: UInt32(divisor), previous: 5, bitCount: 8)
      for value in coefficients { trellis.add(value) }
      let levels = trellis.levels().map { Int32($0) }
      var choices: [[Int32]] = [[]]
      for value in coefficients {
        let half: Int32 = value < 0 ? -(divisor / 2) : divisor / 2
        let nearest: Int32 = (value + half) / divisor
        var longer: [[Int32]] = []
        for choice in choices {
          for level in (nearest - 1)...(nearest + 1) where level >= -1024 && level < 1024 {
            longer.append(choice + [level])
          }
        }
        choices = longer
      }
      let best = choices.reduce(Double.infinity) { min($0, cost($1)) }
      #expect(cost(levels) <= best * 1.000_001)
    }
  }

  @Test func `samples go beyond their range only where they are at its end`() {
    var generator = SeededGenerator(seed: 33)
    let divisors: [UInt32] = (0..<64).map { (i: Int) -> UInt32 in UInt32(160 + 32 * (i / 8 + i % 8))
    }
    var moved = 0
    for round in 0..<300 {
      var block = InlineArray<64, Int64>(repeating: 0)
      for i in 0..<64 {
        let isClipped = i % 8 < round % 9
        block[i] =
          isClipped
          ? (round % 2 == 0 ? 127 : -128) : Int64.random(in: -120...100, using: &generator)
      }
      let before = block
      JPEG.Deringing.relax(&block, divisors.span, UInt8.self)
      var isSound = true
      for i in 0..<64 where block[i] != before[i] {
        moved += 1
        var beyond: Int64 = -1
        if before[i] == 127 { beyond = block[i] - 127 }
        if before[i] == -128 { beyond = -128 - block[i] }
        if beyond < 1 || beyond > 31 { isSound = false }
      }
      #expect(isSound)
      // Nothing is at an end, or everything.
      if round % 9 == 0 || round % 9 == 8 {
        let isSame = (0..<64).allSatisfy { block[$0] == before[$0] }
        #expect(isSame)
      }
    }
    #expect(moved > 1000)
  }
}
