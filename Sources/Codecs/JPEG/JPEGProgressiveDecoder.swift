// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What changes while the blocks of a scan are decoded.
  struct ScanState {
    var reader: BitReader
    /// Blocks that follow and have nothing in this scan.
    var run: Int
  }

  /// What the loops over the blocks of one row of a scan work with; they put coefficients into
  /// ``Coefficients``. All return the number of the MCU after the last one decoded.
  ///
  /// The state is copied into variables that no function gets a pointer to, so that it stays in
  /// registers.
  struct ScanContext: ~Escapable {
    let bytes: RawSpan
    let tables: Span<UInt32>
    let zigzag: Span<UInt8>
    let plan: Span<BlockPlan>
    let row: Int
    let limit: Int
    /// The band of coefficients, and how far they are shifted.
    let start: Int
    let end: Int
    let low: Int

    @_lifetime(copy bytes, copy tables, copy zigzag, copy plan)
    init(
      bytes: RawSpan, tables: Span<UInt32>, zigzag: Span<UInt8>, plan: Span<BlockPlan>, row: Int,
      limit: Int, start: Int, end: Int, low: Int
    ) {
      self.bytes = bytes
      self.tables = tables
      self.zigzag = zigzag
      self.plan = plan
      self.row = row
      self.limit = limit
      self.start = start
      self.end = end
      self.low = low
    }

    /// The block of the row's MCU `unit`.
    @inline(always)
    private func index(_ block: BlockPlan, _ unit: Int) -> Int {
      block.target &+ row &* block.stride &+ unit &* block.step
    }

    @inline(always)
    private func bits(_ isWide: Bool) -> Int {
      isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
    }

    /// A block's AC table, of a known size, so that no index needs to be compared with it.
    @inline(always)
    @_lifetime(copy self)
    private func table(_ block: BlockPlan, _ isWide: Bool) -> Span<UInt32> {
      tables.extracting(block.acTable..<(block.acTable &+ HuffmanLookup.count(isWide: isWide)))
    }

    /// Blocks of a sequential scan.
    @inline(always)
    func sequential(
      _ units: Range<Int>, _ state: inout ScanState, _ values: inout MutableSpan<Int16>,
      _ maps: inout MutableSpan<UInt64>, _ predictors: inout MutableSpan<Int32>, isWide: Bool
    ) -> Int {
      var reader = state.reader
      var unit = units.lowerBound
      while unit < units.upperBound, reader.position <= limit {
        for i in plan.indices {
          let block = plan[i]
          let index = index(block, unit)
          var predictor = predictors[block.component]
          let last = HuffmanDecoder.decodeBlock(
            &reader, bytes, tables, dc: block.dcTable, ac: block.acTable, zigzag: zigzag,
            into: &values, at: index &* 64, predictor: &predictor, isWide: isWide)
          predictors[block.component] = predictor
          maps[index] |= UInt64.max &>> UInt64(63 &- min(last, 63))
        }
        unit &+= 1
      }
      state.reader = reader
      return unit
    }

    /// DC coefficients. Source: T.81 G.1.2.1.
    @inline(always)
    func dcFirst(
      _ units: Range<Int>, _ state: inout ScanState, _ values: inout MutableSpan<Int16>,
      _ maps: inout MutableSpan<UInt64>, _ predictors: inout MutableSpan<Int32>, isWide: Bool
    ) -> Int {
      var reader = state.reader
      var unit = units.lowerBound
      while unit < units.upperBound, reader.position <= limit {
        for i in plan.indices {
          let block = plan[i]
          let index = index(block, unit)
          reader.refill(bytes)
          predictors[block.component] &+= HuffmanDecoder.difference(
            &reader, bytes, tables, block.dcTable, isWide: isWide)
          let value = Int16(truncatingIfNeeded: predictors[block.component] &<< Int32(low))
          values[index &* 64] = value
          maps[index] = maps[index] & ~1 | (value == 0 ? 0 : 1)
        }
        unit &+= 1
      }
      state.reader = reader
      return unit
    }

    /// One bit more of DC coefficients.
    @inline(always)
    func dcRefinement(
      _ units: Range<Int>, _ state: inout ScanState, _ values: inout MutableSpan<Int16>,
      _ maps: inout MutableSpan<UInt64>
    ) -> Int {
      var reader = state.reader
      var unit = units.lowerBound
      while unit < units.upperBound, reader.position <= limit {
        // At most ten blocks, so at most ten bits.
        reader.refill(bytes)
        for i in plan.indices {
          let index = index(plan[i], unit)
          let bit = reader.buffer &>> 63
          reader.consume(1)
          values[index &* 64] |= Int16(truncatingIfNeeded: bit &<< UInt64(low))
          maps[index] |= bit
        }
        unit &+= 1
      }
      state.reader = reader
      return unit
    }

    /// First scan of a band of AC coefficients. Source: T.81 G.1.2.2.
    @inline(always)
    func acFirst(
      _ units: Range<Int>, _ state: inout ScanState, _ values: inout MutableSpan<Int16>,
      _ maps: inout MutableSpan<UInt64>, isWide: Bool
    ) -> Int {
      guard plan.count > 0 else { return units.upperBound }
      let block = plan[0]
      let table = table(block, isWide)
      var (reader, run) = (state.reader, state.run)
      var unit = units.lowerBound
      while unit < units.upperBound, reader.position <= limit {
        if run > 0 {
          let skipped = min(run, units.upperBound &- unit)
          run &-= skipped
          unit &+= skipped
          continue
        }
        let index = index(block, unit)
        let first = index &* 64
        var coefficients = values._mutatingExtracting(first..<(first &+ 64))
        var map = maps[index]
        var k = start
        while k <= end {
          reader.refill(bytes)
          let entry = table[
            Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits(isWide)))]
          let one = k &+ Int((entry &>> 8) & 15)
          let two = one &+ Int((entry &>> 12) & 15)
          // As in sequential blocks: what may belong to the next block goes symbol by symbol.
          if entry & HuffmanLookup.isSpecial == 0, two < end, entry &>> 16 != 0 {
            reader.consume(entry)
            put(Int32(Int8(truncatingIfNeeded: entry &>> 16)), one, &coefficients, &map)
            put(Int32(Int8(truncatingIfNeeded: entry &>> 24)), two, &coefficients, &map)
            k = two &+ 1
            if entry & HuffmanLookup.endsBlock != 0 { break }
            continue
          }
          let (length, symbol) = HuffmanDecoder.symbol(
            &reader, table, 0, entry, bits(isWide))
          let size = symbol & 15
          if size != 0 {
            k &+= Int(symbol &>> 4)
            let value = reader.value(size: size, after: length)
            reader.consume(length &+ size)
            put(value, k, &coefficients, &map)
            k &+= 1
          } else {
            reader.consume(length)
            if symbol != 0xF0 {
              run = endOfBand(symbol, &reader) &- 1
              break
            }
            k &+= 16
          }
        }
        maps[index] = map
        unit &+= 1
      }
      state = ScanState(reader: reader, run: run)
      return unit
    }

    @inline(always)
    private func put(
      _ value: Int32, _ k: Int, _ block: inout MutableSpan<Int16>, _ map: inout UInt64
    ) {
      let shifted = Int16(truncatingIfNeeded: value &<< Int32(low))
      // In bounds: k is at most 63 + 15, and the table has 80 entries.
      block[Int(zigzag[k] & 63)] = shifted
      let bit: UInt64 = 1 &<< UInt64(min(k, 63))
      map = shifted == 0 ? map & ~bit : map | bit
    }

    /// One bit more of a band of AC coefficients. Only those that are not zero are looked at.
    /// Source: T.81 G.1.2.3.
    @inline(always)
    func acRefinement(
      _ units: Range<Int>, _ state: inout ScanState, _ values: inout MutableSpan<Int16>,
      _ maps: inout MutableSpan<UInt64>, isWide: Bool
    ) -> Int {
      guard plan.count > 0 else { return units.upperBound }
      let block = plan[0]
      let table = table(block, isWide)
      let order = zigzag.extracting(0..<64)
      var (reader, run) = (state.reader, state.run)
      var unit = units.lowerBound
      let band = UInt64.max &>> UInt64(63 &- end) & UInt64.max &<< UInt64(start)
      let step: Int16 = 1 &<< Int16(low)
      while unit < units.upperBound, reader.position <= limit {
        let index = index(block, unit)
        // Those not zero before that no run has passed yet. They get a correction bit each.
        var ahead = maps[index] & band
        if run > 0, ahead == 0 {
          run &-= 1
          unit &+= 1
          continue
        }
        let first = index &* 64
        var coefficients = values._mutatingExtracting(first..<(first &+ 64))
        if run == 0 {
          var map = maps[index]
          // 64 when there is none.
          var next = ahead.trailingZeroBitCount
          var k = start
          while k <= end {
            reader.refill(bytes)
            let entry = table[
              Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits(isWide)))]
            let (length, symbol) = HuffmanDecoder.symbol(
              &reader, table, 0, entry, bits(isWide))
            reader.consume(length)
            var value: Int16 = 0
            if symbol & 15 != 0 {
              if symbol & 15 != 1 { reader.badCodeCount &+= 1 }
              value = reader.buffer &>> 63 != 0 ? step : 0 &- step
              reader.consume(1)
            } else if symbol != 0xF0 {
              run = endOfBand(symbol, &reader)
              break
            }
            // The zero coefficient that the run leads to: one further for each that it passes.
            k &+= Int(symbol &>> 4)
            if next <= k {
              var available = 32
              while next <= k, ahead != 0 {
                correct(&ahead, &available, &reader, &coefficients, order)
                next = ahead.trailingZeroBitCount
                k &+= 1
              }
            }
            if k > end { k = end &+ 1 }
            if value != 0 {
              // Behind the last coefficient is the last one, as in libjpeg.
              coefficients[Int(zigzag[k] & 63)] = value
              map |= 1 &<< UInt64(min(k, 63))
            }
            k &+= 1
          }
          maps[index] = map
        }
        if run > 0 {
          var available = 0
          while ahead != 0 { correct(&ahead, &available, &reader, &coefficients, order) }
          run &-= 1
        }
        unit &+= 1
      }
      state = ScanState(reader: reader, run: run)
      return unit
    }

    /// Reads a correction bit for the first coefficient of `positions`, and takes that away.
    ///
    /// - Parameter available: bits that the reader has at least.
    @inline(always)
    private func correct(
      _ positions: inout UInt64, _ available: inout Int, _ reader: inout BitReader,
      _ block: inout MutableSpan<Int16>, _ order: Span<UInt8>
    ) {
      if available == 0 {
        reader.refill(bytes)
        available = 56
      }
      available &-= 1
      let bit = Int16(truncatingIfNeeded: reader.buffer &>> 63)
      reader.consume(1)
      let at = Int(order[positions.trailingZeroBitCount & 63] & 63)
      positions &= positions &- 1
      let value = block[at]
      // Away from zero by one step, if the bit is set and was not before; without a branch,
      // because nothing foretells the bit.
      let change = (bit & ~(value &>> Int16(low))) &<< Int16(low)
      let sign = value &>> 15
      block[at] = value &+ ((change ^ sign) &- sign)
    }

    /// How many blocks, this one included, have no more coefficients in the band.
    @inline(always)
    private func endOfBand(_ symbol: UInt32, _ reader: inout BitReader) -> Int {
      let size = symbol &>> 4
      return 1 &<< Int(size) &+ Int(reader.bits(size, bytes))
    }
  }
}
