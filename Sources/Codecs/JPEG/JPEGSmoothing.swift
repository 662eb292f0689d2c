// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Estimates low-frequency coefficients that a progressive file lacks, or has not in full, from
  /// the DC coefficients of the 5 × 5 blocks around: as libjpeg-turbo 3.1 does.
  ///
  /// Source: T.81 K.8 describes the idea with 3 × 3 blocks and has the prediction's formula.
  struct Smoothing: Sendable {
    /// For each component how exactly the first ten coefficients are known, in zigzag order; and
    /// before the last scan, which counts below ``lastGoodRow``.
    private let precision: [[Int]]
    private let earlierPrecision: [[Int]]
    private let lastGoodRow: Int

    /// Coefficients that are estimated, the DC coefficient included.
    private static var count: Int { 10 }

    /// `nil` when nothing is missing, or so much that nothing can be said.
    init?(_ decoder: Decoder) {
      guard let frame = decoder.frame, frame.process.isProgressive else { return nil }
      var isUseful = false
      for index in frame.components.indices {
        for k in 0..<Self.count
        where decoder.quantization[index * 64 + Int(JPEG.zigzag[k])] == 0 { return nil }
        let known = decoder.precision[index]
        guard decoder.isLatched(index), known[0] >= 0 else { return nil }
        if known[1..<Self.count].contains(where: { $0 != 0 }) { isUseful = true }
      }
      guard isUseful else { return nil }
      precision = decoder.precision
      earlierPrecision =
        decoder.scanCount > 1
        ? decoder.earlierPrecision
        : decoder.precision.map { [Int](repeating: -1, count: $0.count) }
      lastGoodRow = decoder.lastGoodRow
    }

    /// What is known of a component in a row of MCUs.
    func known(component: Int, row: Int) -> [Int] {
      row > lastGoodRow ? earlierPrecision[component] : precision[component]
    }

    /// Estimates what is zero and not known to be in a block.
    ///
    /// - Parameters:
    ///   - around: DC coefficients of the 5 × 5 blocks around, in row order.
    ///   - known: how exactly the block's coefficients are known.
    ///   - divisors: 64 in row order, from `table` on.
    static func estimate(
      _ block: inout MutableSpan<Int16>, around: InlineArray<25, Int64>, known: [Int],
      _ divisors: Span<Int16>, at table: Int
    ) {
      let hasNoAC = known[1..<count].allSatisfy { $0 == -1 }
      let scale = Int64(UInt16(bitPattern: divisors[table]))
      let weights = hasNoAC ? JPEG.dcOnlyWeights : JPEG.smoothingWeights
      for k in 1..<(hasNoAC ? count : 6) {
        let position = Int(JPEG.zigzag[k])
        guard known[k] != 0, block[position] == 0 else { continue }
        let divisor = Int64(UInt16(bitPattern: divisors[table + position]))
        var value = predicted(weights, k, around, scale: scale, divisor: divisor)
        // What is missing is less than the last bit that is known.
        if known[k] > 0 {
          let largest = Int64(1) << Int64(known[k]) - 1
          value = min(max(value, -largest), largest)
        }
        block[position] = Int16(truncatingIfNeeded: value)
      }
      if hasNoAC {
        let value = predicted(weights, 0, around, scale: scale, divisor: scale)
        block[0] = Int16(truncatingIfNeeded: value)
      }
    }

    /// The weighted sum in steps of a coefficient's divisor, rounded to the nearest.
    private static func predicted(
      _ weights: [Int8], _ k: Int, _ around: InlineArray<25, Int64>, scale: Int64, divisor: Int64
    ) -> Int64 {
      var sum: Int64 = 0
      for i in 0..<25 {
        // One weight is above 127.
        let weight = k == 0 && i == 12 ? 152 : Int64(weights[25 * k + i])
        sum += weight * around[i]
      }
      sum *= scale
      let magnitude = (divisor << 7 + abs(sum)) / (divisor << 8)
      return sum < 0 ? -magnitude : magnitude
    }
  }
}

extension JPEG.Coefficients {
  /// Transforms one band of all components into samples, with estimates for what is missing.
  static func transform<S: JPEG.Sample>(
    _ values: Span<Int16>, _ firstBlocks: [Int], band: Int, frame: JPEG.Frame,
    quantization: [Int16], smoothing: JPEG.Smoothing, into bands: inout JPEG.Bands<S>
  ) {
    let planes = bands.planes
    var samples = bands.samples.mutableSpan
    var work = [Int16](repeating: 0, count: 64)
    for (index, component) in frame.components.enumerated() {
      let plane = planes[index]
      let known = smoothing.known(component: index, row: band)
      let v = component.verticalSampling
      let isLast = band + 1 == frame.unitsDown
      let rowCount = isLast ? component.blocksDown - band * v : v
      for y in 0..<rowCount {
        // Rows are counted as libjpeg counts them, with those of the last band wherever it is.
        let row = band * rowCount + y
        let end = rowCount * frame.unitsDown - 1
        let rows: InlineArray<5, Int> = [
          row > 1 ? -2 : row > 0 ? -1 : 0, row > 0 ? -1 : 0, 0, row < end ? 1 : 0,
          row < end - 1 ? 2 : row < end ? 1 : 0,
        ]
        let across = component.storedBlocksAcross
        let first = firstBlocks[index] + (band * v + y) * across
        for x in 0..<component.blocksAcross {
          var around = InlineArray<25, Int64>(repeating: 0)
          for i in 0..<25 {
            let column = min(max(x + i % 5 - 2, 0), component.blocksAcross - 1)
            around[i] = Int64(values[(first + rows[i / 5] * across + column) * 64])
          }
          for i in 0..<64 { work[i] = values[(first + x) * 64 + i] }
          var block = work.mutableSpan
          JPEG.Smoothing.estimate(
            &block, around: around, known: known, quantization.span, at: index * 64)
          S.transform(
            &block, at: 0, last: 63, quantization: quantization.span, at: index * 64,
            into: &samples, at: plane.base + y * plane.unit * plane.stride + x * plane.unit,
            stride: plane.stride, unit: plane.unit, clears: false)
        }
      }
    }
  }
}

extension JPEG {
  /// For each of the first ten coefficients in zigzag order what the DC coefficients of 5 × 5 blocks
  /// say about it when no AC coefficient is known, times 256: a Gaussian surface through the means.
  static let dcOnlyWeights: [Int8] = [
    // 0, 0; the weight of the block itself is 152
    -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 0, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2,
    // 0, 1
    -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1,
    // 1, 0
    -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1,
    // 2, 0
    0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0,
    // 1, 1
    -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1,
    // 0, 2
    0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0,
    // 0, 3
    0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
    // 1, 2
    0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0,
    // 2, 1
    0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
    // 3, 0
    0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0,
  ]

  /// The same when some AC coefficients are known; only the first six are estimated.
  static let smoothingWeights: [Int8] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    // 0, 1
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    // 1, 0
    0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0,
    // 2, 0
    0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0,
    // 1, 1
    0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0,
    // 0, 2
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ]
}
