// SPDX-License-Identifier: Apache-2.0

extension JPEG.Scan {
  /// What one scan adds to the coefficients. Source: T.81 G.1.2.
  enum Pass: Sendable {
    case sequential, dcFirst, dcRefinement, acFirst, acRefinement

    /// Whether a block has no value at all before it.
    var isFirst: Bool { self == .sequential || self == .dcFirst }
  }

  /// Decodes MCUs of the present row into coefficients, as far as the input goes.
  ///
  /// The plan's targets are blocks: of the MCU row, as in ``Coefficients/values``.
  /// - Returns: whether the row is complete; else more input has to come first.
  mutating func decodeRow(
    into coefficients: inout JPEG.Coefficients, pass: Pass, source: RawSpan,
    at offset: inout Int, isFinal: Bool
  ) -> Bool {
    while column < unitsAcross {
      guard restartIfDue(from: source, at: &offset, isFinal: isFinal) else { return false }
      let end = unitEnd
      if isStarved {
        advance(to: end)
        continue
      }
      let isNearEnd = segment.isComplete && reader.position > segment.safeLimit
      if !segment.isComplete && reader.position > segment.safeLimit {
        guard replenish(from: source, at: &offset, isFinal: isFinal) else { return false }
        continue
      }
      if arithmetic != nil {
        let reached = decodeArithmetic(
          column..<end, limit: segment.isComplete ? .max : segment.safeLimit,
          into: &coefficients, pass: pass)
        advance(to: reached)
        continue
      }
      let limit = isNearEnd ? Int.max : segment.safeLimit
      let reached =
        statistics == nil
        ? decodeUnits(
          column..<(isNearEnd ? column + 1 : end), limit: limit, into: &coefficients, pass: pass)
        : measure(isNearEnd ? 1 : end - column, limit: limit, into: &coefficients)
      advance(to: reached)
      if segment.isComplete { checkOverrun() }
    }
    return true
  }

  mutating func decodeUnits(
    _ units: Range<Int>, limit: Int, into coefficients: inout JPEG.Coefficients, pass: Pass
  ) -> Int {
    // Moved out and back, so that neither is copied.
    var (values, maps, predictors) = (coefficients.values, coefficients.maps, self.predictors)
    (coefficients.values, coefficients.maps) = ([], [])
    var state = JPEG.ScanState(reader: reader, run: endOfBandRun)
    let reached = loop(units, limit, pass, &state, &values, &maps, &predictors)
    (coefficients.values, coefficients.maps, self.predictors) = (values, maps, predictors)
    (reader, endOfBandRun) = (state.reader, state.run)
    return reached
  }

  private func loop(
    _ units: Range<Int>, _ limit: Int, _ pass: Pass, _ state: inout JPEG.ScanState,
    _ coefficients: inout [Int16], _ nonZero: inout [UInt64],
    _ predictors: inout InlineArray<4, Int32>
  ) -> Int {
    var values = coefficients.mutableSpan
    var maps = nonZero.mutableSpan
    var saved = predictors.mutableSpan
    let order = JPEG.zigzag
    let start = header.spectralStart
    let context = JPEG.ScanContext(
      bytes: segment.bytes.rawSpan, tables: lookup.entries.span, zigzag: order.span,
      plan: plan.span, row: row - firstStoredRow, limit: limit, start: start,
      end: max(start, header.spectralEnd), low: header.approximationLow)
    // One loop for each pass and size of the tables: they are constants in each.
    switch (pass, isWide) {
    case (.sequential, true):
      return context.sequential(units, &state, &values, &maps, &saved, isWide: true)
    case (.sequential, false):
      return context.sequential(units, &state, &values, &maps, &saved, isWide: false)
    case (.dcFirst, _):
      return context.dcFirst(units, &state, &values, &maps, &saved, isWide: isWide)
    case (.dcRefinement, _): return context.dcRefinement(units, &state, &values, &maps)
    case (.acFirst, true): return context.acFirst(units, &state, &values, &maps, isWide: true)
    case (.acFirst, false): return context.acFirst(units, &state, &values, &maps, isWide: false)
    case (.acRefinement, true):
      return context.acRefinement(units, &state, &values, &maps, isWide: true)
    case (.acRefinement, false):
      return context.acRefinement(units, &state, &values, &maps, isWide: false)
    }
  }
}
