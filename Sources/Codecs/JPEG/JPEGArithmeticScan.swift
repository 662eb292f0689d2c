// SPDX-License-Identifier: Apache-2.0

extension JPEG.Scan {
  /// Decodes MCUs of an arithmetic-coded sequential scan into samples until `units` are done or the
  /// reader has passed `limit`.
  ///
  /// - Returns: the number of the MCU after the last one decoded.
  mutating func decodeArithmetic<S: JPEG.Sample>(
    _ units: Range<Int>, limit: Int, into samples: inout [S], quantization: [Int16]
  ) -> Int {
    guard var context = takeArithmetic() else { return units.upperBound }
    var plane = samples.mutableSpan
    var slots = JPEG.BlockSlots(repeating: 0)
    var blocks = slots.mutableSpan
    let reached = decode(
      units, limit, &context, into: &plane, &blocks, quantization.span)
    putBack(context)
    return reached
  }

  /// Decodes MCUs of an arithmetic-coded scan into coefficients.
  mutating func decodeArithmetic(
    _ units: Range<Int>, limit: Int, into store: inout JPEG.Coefficients, pass: Pass
  ) -> Int {
    guard var context = takeArithmetic() else { return units.upperBound }
    // Moved out and back, so that neither is copied.
    var (values, maps) = (store.values, store.maps)
    (store.values, store.maps) = ([], [])
    var coefficients = values.mutableSpan
    var nonZero = maps.mutableSpan
    let reached = decode(units, limit, &context, into: &coefficients, &nonZero, pass)
    (store.values, store.maps) = (values, maps)
    putBack(context)
    return reached
  }

  /// The state, with a reader in it.
  private mutating func takeArithmetic() -> JPEG.ArithmeticContext? {
    guard var context = arithmetic else { return nil }
    arithmetic = nil
    if context.reader == nil {
      context.reader = JPEG.ArithmeticReader(segment.bytes.rawSpan, at: reader.position)
    }
    context.predictors = predictors
    return context
  }

  private mutating func putBack(_ context: JPEG.ArithmeticContext) {
    if let state = context.reader {
      reader.position = state.position
      if state.isLost { reader.badCodeCount = max(reader.badCodeCount, 1) }
    }
    predictors = context.predictors
    arithmetic = context
  }

  private func decode<S: JPEG.Sample>(
    _ units: Range<Int>, _ limit: Int, _ context: inout JPEG.ArithmeticContext,
    into plane: inout MutableSpan<S>, _ blocks: inout MutableSpan<Int16>,
    _ quantization: Span<Int16>
  ) -> Int {
    guard var reader = context.reader else { return units.upperBound }
    let (entries, zigzag) = (JPEG.arithmeticEntries, JPEG.zigzag)
    var (all, predictors) = (context.bins, context.predictors)
    context.bins = []
    var bins = all.mutableSpan
    var reached = units.lowerBound
    let decoder = JPEG.ArithmeticDecoder(
      bytes: segment.bytes.rawSpan, entries: entries.span, zigzag: zigzag.span,
      conditioning: context.conditioning)
    while reached < units.upperBound, reader.position <= limit {
      for block in plan {
        var last = 0
        if !reader.isLost {
          predictors[block.component] &+= decoder.difference(
            &reader, &bins, table: block.dcTable, bin: &context.differences[block.component])
        }
        if !reader.isLost {
          blocks[0] = Int16(truncatingIfNeeded: predictors[block.component])
          last = decoder.coefficients(
            &reader, &bins, table: block.acTable, into: &blocks, at: 0, band: 1...63, low: 0)
        }
        S.transform(
          &blocks, at: 0, last: last, quantization: quantization, at: block.quantization,
          into: &plane, at: block.target &+ reached &* block.step, stride: block.stride,
          unit: block.unit, clears: true)
      }
      reached &+= 1
    }
    (context.reader, context.bins, context.predictors) = (reader, all, predictors)
    return reached
  }

  private func decode(
    _ units: Range<Int>, _ limit: Int, _ context: inout JPEG.ArithmeticContext,
    into values: inout MutableSpan<Int16>, _ maps: inout MutableSpan<UInt64>, _ pass: Pass
  ) -> Int {
    guard var reader = context.reader else { return units.upperBound }
    let (entries, zigzag) = (JPEG.arithmeticEntries, JPEG.zigzag)
    var (all, predictors) = (context.bins, context.predictors)
    context.bins = []
    var bins = all.mutableSpan
    let low = header.approximationLow
    let start = max(header.spectralStart, 1)
    let band = pass == .sequential ? 1...63 : start...max(start, header.spectralEnd)
    // Which coefficients of the band are zero is not kept track of.
    let touched = (UInt64.max &>> UInt64(63 &- band.upperBound)) | 1
    var reached = units.lowerBound
    let decoder = JPEG.ArithmeticDecoder(
      bytes: segment.bytes.rawSpan, entries: entries.span, zigzag: zigzag.span,
      conditioning: context.conditioning)
    while reached < units.upperBound, reader.position <= limit {
      for block in plan where !reader.isLost {
        let index = block.target &+ (row &- firstStoredRow) &* block.stride &+ reached &* block.step
        let first = index &* 64
        maps[index] |= touched
        switch pass {
        case .sequential, .dcFirst:
          predictors[block.component] &+= decoder.difference(
            &reader, &bins, table: block.dcTable, bin: &context.differences[block.component])
          if reader.isLost { continue }
          values[first] = Int16(
            truncatingIfNeeded: predictors[block.component]
              &<< Int32(pass == .dcFirst ? low : 0))
          if pass == .sequential {
            _ = decoder.coefficients(
              &reader, &bins, table: block.acTable, into: &values, at: first, band: band, low: 0)
          }
        case .dcRefinement:
          if reader.fixedDecision(decoder.bytes) { values[first] |= 1 &<< Int16(low) }
        case .acFirst:
          _ = decoder.coefficients(
            &reader, &bins, table: block.acTable, into: &values, at: first, band: band, low: low)
        case .acRefinement:
          decoder.refine(
            &reader, &bins, table: block.acTable, &values, at: first, band: band, low: low)
        }
      }
      reached &+= 1
    }
    (context.reader, context.bins, context.predictors) = (reader, all, predictors)
    return reached
  }
}
