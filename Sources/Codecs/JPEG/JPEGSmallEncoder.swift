// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Chooses the coefficients of a small file: those that cost fewer bits than their error is worth.
  struct SmallEncoder<S: InputSample>: Sendable {
    /// Squared error that a bit is worth, of the squared low luminance divisors: with more of it the
    /// size at equal PSNR still falls, but that at equal structural similarity rises.
    private static var errorPerBit: Double { 0.2 }
    /// Mean square of the AC coefficients, times 8, of a block in which a bit is worth twice the
    /// error: what is busy hides it. It is never worth more, for edges have such blocks too.
    private static var busyEnergy: Double { Double(92_682 << (2 * (S.bitCount - 8))) }

    private let plan: EncoderPlan
    private var band: SampleBand<S>
    /// Of each component, in row order, for transformed samples times 8.
    private let divisors: [[UInt32]]
    /// Of errors, for each component in zigzag order: less where divisors are large.
    private let weights: [[Double]]
    /// Squared error that a bit is worth in a block without AC coefficients.
    private let lambda: Double
    private(set) var coefficients: Coefficients

    init(_ plan: EncoderPlan, _ image: NDArray) throws(CodecError) {
      self.plan = plan
      band = try SampleBand(
        plan.frame, conversion: plan.conversion, channelCount: plan.channelCount)
      coefficients = try Coefficients(frame: plan.frame, limits: EncoderPlan.policy.limits)
      let divisors = plan.frame.components.map {
        plan.quantization[$0.quantizationTable].divisors
      }
      self.divisors = divisors
      let low = (1...6).map { Double(divisors[0][Int(JPEG.zigzag[$0])]) }
      lambda = Self.errorPerBit * low.reduce(0) { $0 + $1 * $1 } / Double(low.count)
      weights = divisors.map { steps in
        (0..<64).map { k in (low[0] / Double(steps[Int(JPEG.zigzag[k])])).squareRoot() }
      }
      let table = plan.divisors(S.self)
      for unitRow in 0..<plan.frame.unitsDown {
        band.fill(unitRow: unitRow, from: image.bytes)
        coefficients.transform(
          unitRow: unitRow, to: unitRow, frame: plan.frame, band, divisors: table)
      }
      // What symbols cost changes with the choice.
      for _ in 0..<2 { refine(image) }
    }

    /// Chooses all levels by what symbols cost with those chosen before.
    private mutating func refine(_ image: NDArray) {
      var trellis = Trellis(SymbolCosts(symbolCounts()), bitCount: S.bitCount)
      var dcLevels = [Int32](repeating: 0, count: plan.frame.components.count)
      for unitRow in 0..<plan.frame.unitsDown {
        band.fill(unitRow: unitRow, from: image.bytes)
        for index in plan.frame.components.indices {
          let dc = quantize(index, unitRow, &trellis)
          choose(dc, index, unitRow, trellis.costs, &dcLevels[index])
        }
        coefficients.pad(unitRow: unitRow, at: unitRow, frame: plan.frame)
      }
    }

    /// How often each symbol occurs in a sequential scan.
    private func symbolCounts() -> [UInt32] {
      let (frame, step) = (plan.frame, ScanStep(Array(plan.frame.components.indices), 0, 63))
      let layout = ScanLayout(
        frame, step.components, firstBlocks: coefficients.firstBlocks,
        tables: plan.coding.codeTables)
      var counts = [UInt32](repeating: 0, count: TokenStream.indexCount)
      var tokenizer = Tokenizer(
        layout, .sequential, band: 0...63, shift: 0, restartInterval: 0, stream: TokenStream())
      for row in 0..<layout.unitsDown {
        tokenizer.addRow(
          row, values: coefficients.values.span, maps: coefficients.maps.span,
          earlier: coefficients.maps.span)
        for i in counts.indices { counts[i] &+= tokenizer.stream.histogram[i] }
        tokenizer.stream.removeAll()
      }
      return counts
    }

    /// Chooses the AC levels of a component's blocks in a row of MCUs.
    ///
    /// - Returns: the transformed DC coefficients, row after row of blocks.
    private mutating func quantize(
      _ index: Int, _ unitRow: Int, _ trellis: inout Trellis
    ) -> [Int32] {
      let (component, plane) = (plan.frame.components[index], band.planes[index])
      let (steps, samples) = (divisors[index], band.samples)
      let table = plan.coding.codeTables[index]
      let errorWeights = weights[index]
      var dc: [Int32] = []
      var values = coefficients.values
      coefficients.values = []
      defer { coefficients.values = values }
      var target = values.mutableSpan
      for y in 0..<component.verticalSampling {
        let row = unitRow * component.verticalSampling + y
        if row >= component.blocksDown { break }
        let first = coefficients.firstBlocks[index] + row * component.storedBlocksAcross
        for x in 0..<component.blocksAcross {
          var block = WideFDCT.block(
            of: samples.span, at: plane.offset + 8 * (y * plane.stride + x), stride: plane.stride)
          Deringing.relax(&block, steps.span, S.self)
          let transformed = WideFDCT.transform(block, passBits: S.passBits)
          let map = trellis.quantize(
            transformed.span, steps.span, weights: errorWeights.span,
            lambda: lambda * min(1 + Self.energy(transformed.span) / Self.busyEnergy, 2),
            table: table,
            into: &target,
            at: 64 * (first + x))
          coefficients.maps[first + x] = map | coefficients.maps[first + x] & 1
          dc.append(Int32(truncatingIfNeeded: transformed[0]))
        }
      }
      return dc
    }

    /// Mean square of the AC coefficients.
    private static func energy(_ block: Span<Int64>) -> Double {
      var sum: Int64 = 0
      for i in 1..<64 { sum &+= block[i] &* block[i] }
      return Double(sum) / 63
    }

    /// Chooses the DC levels of a component's blocks in a row of MCUs, in the order of the scan.
    private mutating func choose(
      _ dc: [Int32], _ index: Int, _ unitRow: Int, _ costs: SymbolCosts, _ last: inout Int32
    ) {
      let component = plan.frame.components[index]
      let (h, v) = (component.horizontalSampling, component.verticalSampling)
      let first =
        coefficients.firstBlocks[index] + unitRow * v * component.storedBlocksAcross
      var trellis = DCTrellis(
        costs, table: plan.coding.codeTables[index], lambda: lambda,
        divisor: divisors[index][0], previous: last, bitCount: S.bitCount)
      var blocks: [Int] = []
      for unit in 0..<ceilingDivision(component.blocksAcross, h) {
        for y in 0..<v {
          for x in (unit * h)..<min(unit * h + h, component.blocksAcross)
          where unitRow * v + y < component.blocksDown {
            trellis.add(dc[y * component.blocksAcross + x])
            blocks.append(first + y * component.storedBlocksAcross + x)
          }
        }
      }
      for (block, level) in zip(blocks, trellis.levels()) {
        coefficients.values[64 * block] = level
        coefficients.maps[block] = coefficients.maps[block] & ~1 | (level == 0 ? 0 : 1)
        last = Int32(level)
      }
    }
  }
}
