// SPDX-License-Identifier: Apache-2.0

extension JPEG.Scan {
  /// What one scan adds to the coefficients. Source: T.81 G.1.2.
  enum Pass: Sendable { case sequential, dcFirst, dcRefinement, acFirst, acRefinement }

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
      let reached = decodeUnits(
        column..<(isNearEnd ? column + 1 : end), limit: isNearEnd ? .max : segment.safeLimit,
        into: &coefficients, pass: pass)
      advance(to: reached)
      if segment.isComplete { checkOverrun() }
    }
    return true
  }

  private mutating func decodeUnits(
    _ units: Range<Int>, limit: Int, into coefficients: inout JPEG.Coefficients, pass: Pass
  ) -> Int {
    var (reader, run) = (self.reader, endOfBandRun)
    // Moved out and back, so that neither is copied.
    var (values, maps, predictors) = (coefficients.values, coefficients.maps, self.predictors)
    (coefficients.values, coefficients.maps, self.predictors) = ([], [], [])
    let reached = loop(units, limit, pass, &reader, &run, &values, &maps, &predictors)
    (coefficients.values, coefficients.maps, self.predictors) = (values, maps, predictors)
    (self.reader, endOfBandRun) = (reader, run)
    return reached
  }

  private func loop(
    _ units: Range<Int>, _ limit: Int, _ pass: Pass, _ reader: inout JPEG.BitReader,
    _ run: inout Int, _ coefficients: inout [Int16], _ nonZero: inout [UInt64],
    _ predictors: inout [Int32]
  ) -> Int {
    var reached = units.lowerBound
    var values = coefficients.mutableSpan
    var maps = nonZero.mutableSpan
    var saved = predictors.mutableSpan
    let order = JPEG.zigzag
    var state = (reader, run)
    let low = header.approximationLow
    let start = header.spectralStart
    let band = start...max(start, header.spectralEnd)
    let (bytes, tables) = (segment.bytes.rawSpan, lookup.entries.span)
    while reached < units.upperBound, state.0.position <= limit {
      for block in plan {
        let index = block.target &+ row &* block.stride &+ reached &* block.step
        let first = index &* 64
        switch pass {
        case .sequential:
          let last =
            isWide
            ? JPEG.HuffmanDecoder.decodeBlock(
              &state.0, bytes, tables, dc: block.dcTable, ac: block.acTable, zigzag: order.span,
              into: &values, at: first, predictor: &saved[block.component], isWide: true)
            : JPEG.HuffmanDecoder.decodeBlock(
              &state.0, bytes, tables, dc: block.dcTable, ac: block.acTable, zigzag: order.span,
              into: &values, at: first, predictor: &saved[block.component], isWide: false)
          maps[index] |= UInt64.max &>> UInt64(63 &- min(last, 63))
        case .dcFirst:
          state.0.refill(bytes)
          saved[block.component] &+= JPEG.HuffmanDecoder.difference(
            &state.0, bytes, tables, block.dcTable, isWide: isWide)
          let value = Int16(truncatingIfNeeded: saved[block.component] &<< Int32(low))
          values[first] = value
          maps[index] = maps[index] & ~1 | (value == 0 ? 0 : 1)
        case .dcRefinement:
          if state.0.bits(1, bytes) != 0 {
            values[first] |= 1 &<< Int16(low)
            maps[index] |= 1
          }
        case .acFirst:
          JPEG.ProgressiveDecoder.first(
            &state.0, bytes, tables, block.acTable, isWide: isWide, order.span, &values, first,
            &maps[index], &state.1, band, low)
        case .acRefinement:
          JPEG.ProgressiveDecoder.refine(
            &state.0, bytes, tables, block.acTable, isWide: isWide, order.span, &values, first,
            &maps[index], &state.1, band, low)
        }
      }
      reached &+= 1
    }
    (reader, run) = state
    return reached
  }
}

extension JPEG {
  /// AC scans of progressive files. Source: T.81 G.1.2.2, G.1.2.3.
  enum ProgressiveDecoder {
    /// A block of a first scan.
    @inline(always)
    static func first(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, _ table: Int,
      isWide: Bool, _ zigzag: Span<UInt8>, _ values: inout MutableSpan<Int16>, _ block: Int,
      _ map: inout UInt64, _ run: inout Int, _ band: ClosedRange<Int>, _ low: Int
    ) {
      if run > 0 {
        run &-= 1
        return
      }
      var k = band.lowerBound
      let end = band.upperBound
      while k <= end {
        reader.refill(bytes)
        let entry = tables[table &+ index(reader, isWide)]
        let one = k &+ Int((entry &>> 8) & 15)
        let two = one &+ Int((entry &>> 12) & 15)
        // As in sequential blocks: what may belong to the next block goes symbol by symbol.
        if entry & HuffmanLookup.isSpecial == 0, two < end, entry &>> 16 != 0 {
          reader.consume(entry)
          put(Int32(Int8(truncatingIfNeeded: entry &>> 16)), one)
          put(Int32(Int8(truncatingIfNeeded: entry &>> 24)), two)
          k = two &+ 1
          if entry & HuffmanLookup.endsBlock != 0 { return }
          continue
        }
        let (length, symbol) = HuffmanDecoder.symbol(
          &reader, tables, table, entry, bits(isWide))
        let size = symbol & 15
        if size != 0 {
          k &+= Int(symbol &>> 4)
          let value = reader.value(size: size, after: length)
          reader.consume(length &+ size)
          put(value, k)
          k &+= 1
        } else {
          reader.consume(length)
          if symbol != 0xF0 {
            run = endOfBand(symbol, &reader, bytes) &- 1
            return
          }
          k &+= 16
        }
      }

      func put(_ value: Int32, _ k: Int) {
        let shifted = Int16(truncatingIfNeeded: value &<< Int32(low))
        // In bounds: k is at most 63 + 15, and the table has 80 entries.
        values[block &+ Int(zigzag[k] & 63)] = shifted
        let bit: UInt64 = 1 &<< UInt64(min(k, 63))
        map = shifted == 0 ? map & ~bit : map | bit
      }
    }

    /// A block of a refinement scan. Only coefficients that are not zero are looked at.
    @inline(always)
    static func refine(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, _ table: Int,
      isWide: Bool, _ zigzag: Span<UInt8>, _ values: inout MutableSpan<Int16>, _ block: Int,
      _ map: inout UInt64, _ run: inout Int, _ band: ClosedRange<Int>, _ low: Int
    ) {
      var k = band.lowerBound
      let end = band.upperBound
      let whole = UInt64.max &>> UInt64(63 &- end)
      let step: Int16 = 1 &<< Int16(low)
      if run == 0 {
        while k <= end {
          reader.refill(bytes)
          let entry = tables[table &+ index(reader, isWide)]
          let (length, symbol) = self.symbol(&reader, tables, table, entry, isWide)
          reader.consume(length)
          var value: Int16 = 0
          if symbol & 15 != 0 {
            if symbol & 15 != 1 { reader.badCodeCount &+= 1 }
            value = reader.buffer &>> 63 != 0 ? step : 0 &- step
            reader.consume(1)
          } else if symbol != 0xF0 {
            run = endOfBand(symbol, &reader, bytes)
            break
          }
          // The zero coefficient that the run leads to; those before it that are not zero get
          // a correction bit each.
          var zeros = ~map & whole & (UInt64.max &<< UInt64(k))
          for _ in 0..<(symbol &>> 4) { zeros &= zeros &- 1 }
          let target = zeros == 0 ? end &+ 1 : zeros.trailingZeroBitCount
          let before = target > 63 ? UInt64.max : (1 &<< UInt64(target)) &- 1
          correct(map & whole & (UInt64.max &<< UInt64(k)) & before)
          k = target
          if value != 0 {
            values[block &+ Int(zigzag[k] & 63)] = value
            map |= 1 &<< UInt64(min(k, 63))
          }
          k &+= 1
        }
      }
      if run > 0 {
        if k <= end { correct(map & whole & (UInt64.max &<< UInt64(k))) }
        run &-= 1
      }

      func correct(_ positions: UInt64) {
        var left = positions
        var available = 0
        while left != 0 {
          if available == 0 {
            reader.refill(bytes)
            available = 56
          }
          available &-= 1
          let bit = reader.buffer &>> 63
          reader.consume(1)
          let at = block &+ Int(zigzag[left.trailingZeroBitCount] & 63)
          left &= left &- 1
          let value = values[at]
          if bit != 0, value & step == 0 {
            values[at] = value >= 0 ? value &+ step : value &- step
          }
        }
      }
    }

    /// How many blocks, this one included, have no more coefficients in the band.
    @inline(always)
    private static func endOfBand(
      _ symbol: UInt32, _ reader: inout BitReader, _ bytes: RawSpan
    ) -> Int {
      let size = symbol &>> 4
      return 1 &<< Int(size) &+ Int(reader.bits(size, bytes))
    }

    /// The next symbol; entries that hold more than one symbol do not help here.
    @inline(always)
    private static func symbol(
      _ reader: inout BitReader, _ tables: Span<UInt32>, _ table: Int, _ entry: UInt32,
      _ isWide: Bool
    ) -> (length: UInt32, symbol: UInt32) {
      HuffmanDecoder.symbol(&reader, tables, table, entry, bits(isWide))
    }

    @inline(always)
    private static func bits(_ isWide: Bool) -> Int {
      isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
    }

    @inline(always)
    private static func index(_ reader: BitReader, _ isWide: Bool) -> Int {
      Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits(isWide)))
    }
  }
}
