// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The coefficients of two blocks: zeros that each block is decoded into.
  typealias BlockSlots = InlineArray<128, Int16>
}

extension JPEG.Scan {
  /// Decodes MCUs of the present row into samples, as far as the input goes.
  ///
  /// - Returns: whether the row is complete; else more input has to come first.
  mutating func decodeRow<S: JPEG.Sample>(
    into samples: inout [S], quantization: [Int16], source: RawSpan, at offset: inout Int,
    isFinal: Bool
  ) -> Bool {
    while column < unitsAcross {
      guard restartIfDue(from: source, at: &offset, isFinal: isFinal) else { return false }
      let end = unitEnd
      if isStarved {
        blank(column..<end, into: &samples, quantization: quantization)
        advance(to: end)
        continue
      }
      // Beyond the limit the end is looked for after every MCU.
      let isNearEnd = segment.isComplete && reader.position > segment.safeLimit
      if !segment.isComplete && reader.position > segment.safeLimit {
        guard replenish(from: source, at: &offset, isFinal: isFinal) else { return false }
        continue
      }
      if arithmetic != nil {
        let reached = decodeArithmetic(
          column..<end, limit: segment.isComplete ? .max : segment.safeLimit, into: &samples,
          quantization: quantization)
        advance(to: reached)
        continue
      }
      let reached = decodeUnits(
        column..<(isNearEnd ? column + 1 : end), limit: isNearEnd ? .max : segment.safeLimit,
        into: &samples, quantization: quantization)
      advance(to: reached)
      // Only the last of these MCUs can have run over the end.
      if segment.isComplete { checkOverrun() }
    }
    return true
  }

  /// Decodes MCUs until `units` are done or the reader has passed `limit`.
  ///
  /// - Returns: the number of the MCU after the last one decoded.
  private mutating func decodeUnits<S: JPEG.Sample>(
    _ units: Range<Int>, limit: Int, into samples: inout [S], quantization: [Int16]
  ) -> Int {
    var reader = self.reader
    var predictors = self.predictors
    var plane = samples.mutableSpan
    var slots = JPEG.BlockSlots(repeating: 0)
    var blocks = slots.mutableSpan
    var saved = predictors.mutableSpan
    let reached: Int
    if isWide {
      reached = Self.loop(
        units, limit: limit, plan.span, lookup.entries.span, segment.bytes.rawSpan, &reader,
        &saved, &blocks, quantization.span, &plane, isWide: true)
    } else {
      reached = Self.loop(
        units, limit: limit, plan.span, lookup.entries.span, segment.bytes.rawSpan, &reader,
        &saved, &blocks, quantization.span, &plane, isWide: false)
    }
    self.reader = reader
    self.predictors = predictors
    return reached
  }

  /// The loop over MCUs and their blocks. Each block is transformed after the next one has been
  /// decoded: the one is bound by latency and the other by throughput, and so they overlap.
  @inline(always)
  private static func loop<S: JPEG.Sample>(
    _ units: Range<Int>, limit: Int, _ plan: Span<JPEG.BlockPlan>, _ tables: Span<UInt32>,
    _ bytes: RawSpan, _ reader: inout JPEG.BitReader, _ predictors: inout MutableSpan<Int32>,
    _ blocks: inout MutableSpan<Int16>, _ quantization: Span<Int16>,
    _ plane: inout MutableSpan<S>, isWide: Bool
  ) -> Int {
    let order = JPEG.zigzag
    let zigzag = order.span
    let count = plan.count
    var bits = reader
    var unit = units.lowerBound
    var slot = 0
    // The block that is to be transformed: its place in the plan, its MCU, its last coefficient.
    var waiting = (index: -1, unit: 0, last: 0)
    while unit < units.upperBound, bits.position <= limit {
      for index in 0..<count {
        let block = plan[index]
        var predictor = predictors[block.component]
        let last = JPEG.HuffmanDecoder.decodeBlock(
          &bits, bytes, tables, dc: block.dcTable, ac: block.acTable, zigzag: zigzag,
          into: &blocks, at: slot, predictor: &predictor, isWide: isWide)
        predictors[block.component] = predictor
        slot ^= 64
        if waiting.index >= 0 {
          let block = plan[waiting.index]
          S.transform(
            &blocks, at: slot, last: waiting.last, quantization: quantization,
            at: block.quantization, into: &plane, at: block.target &+ waiting.unit &* block.step,
            stride: block.stride, unit: block.unit, clears: true)
        }
        waiting = (index, unit, last)
      }
      unit &+= 1
    }
    if waiting.index >= 0 {
      transform(
        &blocks, at: slot ^ 64, last: waiting.last, plan[waiting.index], unit: waiting.unit,
        quantization: quantization, into: &plane)
    }
    reader = bits
    return unit
  }

  /// Transforms a block of MCU `unit`; a call, where it happens once.
  @inline(never)
  private static func transform<S: JPEG.Sample>(
    _ blocks: inout MutableSpan<Int16>, at slot: Int, last: Int, _ block: JPEG.BlockPlan,
    unit: Int, quantization: Span<Int16>, into plane: inout MutableSpan<S>
  ) {
    S.transform(
      &blocks, at: slot, last: last, quantization: quantization, at: block.quantization,
      into: &plane, at: block.target &+ unit &* block.step, stride: block.stride,
      unit: block.unit, clears: true)
  }

  /// Gives MCUs without data the samples of zero coefficients.
  private func blank<S: JPEG.Sample>(
    _ units: Range<Int>, into samples: inout [S], quantization: [Int16]
  ) {
    var plane = samples.mutableSpan
    var slots = JPEG.BlockSlots(repeating: 0)
    var blocks = slots.mutableSpan
    for unit in units {
      for block in plan {
        Self.transform(
          &blocks, at: 0, last: 0, block, unit: unit, quantization: quantization.span,
          into: &plane)
      }
    }
  }
}
