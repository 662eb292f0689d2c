// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Codes one scan arithmetically, row by row, with default conditioning.
  struct ArithmeticScanEncoder: Sendable {
    private let layout: ScanLayout
    private let pass: Tokenizer.Pass
    private let band: ClosedRange<Int>
    private let shift: Int
    private let restartInterval: Int
    private let conditioning = ArithmeticConditioning()
    private let states = JPEG.arithmeticStates
    private let zigzag = JPEG.zigzag
    private var statistics = ArithmeticEncoder.startStatistics
    /// For each component of the scan the bin that its last difference leads to.
    private var differences: InlineArray<4, Int> = [0, 0, 0, 0]
    private var predictions = InlineArray<4, Int32>(repeating: 0)
    private var writer = ArithmeticWriter()
    private var buffer: ArithmeticBuffer
    private var unitsToRestart: Int
    private var restartNumber = 0
    /// Of the differences of DC coefficients.
    private var largestMagnitude: UInt32 = 0

    init(
      _ layout: ScanLayout, _ pass: Tokenizer.Pass, band: ClosedRange<Int>, shift: Int,
      restartInterval: Int
    ) {
      self.layout = layout
      self.pass = pass
      self.band = band
      self.shift = shift
      self.restartInterval = restartInterval
      unitsToRestart = restartInterval
      buffer = ArithmeticBuffer(blockCount: layout.slots.count)
    }

    /// Codes row `row` of MCUs of the scan; the parameters are those of ``Tokenizer``.
    mutating func addRow(
      _ row: Int, values: Span<Int16>, maps: Span<UInt64>, earlier: Span<UInt64>,
      to output: inout ByteWriter
    ) {
      var unit = 0
      while unit < layout.unitsAcross {
        var end = layout.unitsAcross
        if restartInterval > 0 {
          if unitsToRestart == 0 { restart(&output) }
          end = min(end, unit + unitsToRestart)
        }
        let reached = addUnits(unit..<end, row, values, maps, earlier)
        unitsToRestart -= reached - unit
        unit = reached
        if writer.position > buffer.limit { buffer.drain(&writer, to: &output) }
      }
    }

    /// Ends the scan.
    ///
    /// - Throws: `corrupt` when a difference was larger than the code can tell: in damaged files.
    mutating func finish(to output: inout ByteWriter) throws(CodecError) {
      guard largestMagnitude <= 0x8000 else {
        throw CodecError(
          .corrupt, codec: JPEG.name, part: "DC", "coefficients differ by over 15 bits")
      }
      buffer.finish(&writer, to: &output)
    }

    /// Starts the next restart interval. Source: T.81 E.1.4.
    private mutating func restart(_ output: inout ByteWriter) {
      buffer.finish(&writer, to: &output)
      JPEG.write(.rst(restartNumber), to: &output)
      restartNumber += 1
      unitsToRestart = restartInterval
      statistics = ArithmeticEncoder.startStatistics
      differences = [0, 0, 0, 0]
      predictions = InlineArray(repeating: 0)
    }

    /// Codes MCUs until they are done or the buffer is full.
    ///
    /// - Returns: the number of the MCU after the last one coded.
    private mutating func addUnits(
      _ units: Range<Int>, _ row: Int, _ values: Span<Int16>, _ maps: Span<UInt64>,
      _ earlier: Span<UInt64>
    ) -> Int {
      // Moved out and back, so that neither is copied.
      let limit = buffer.limit
      var (statistics, bytes) = (self.statistics, buffer.bytes)
      (self.statistics, buffer.bytes) = ([], [])
      defer { (self.statistics, buffer.bytes) = (statistics, bytes) }
      let (states, zigzag) = (states, zigzag)
      let wanted = Tokenizer.mask(max(band.lowerBound, 1)...max(band.upperBound, 1))
      var (predictions, largest) = (predictions, largestMagnitude)
      var reached = units.lowerBound
      var encoder = ArithmeticEncoder(
        writer, statistics.mutableSpan, bytes.mutableSpan, states.span, zigzag.span,
        conditioning, differences)
      while reached < units.upperBound {
        for slot in layout.slots {
          let block = slot.first &+ row &* slot.rowStep &+ reached &* slot.step
          let first = block &* 64
          switch pass {
          case .sequential, .dcFirst:
            let low = Int32(truncatingIfNeeded: pass == .dcFirst ? shift : 0)
            let dc = Int32(values[first]) &>> low
            let difference = dc &- predictions[slot.member]
            largest = max(largest, difference.magnitude)
            encoder.add(difference: difference, component: slot.member, table: slot.table)
            predictions[slot.member] = dc
            if pass == .sequential {
              encoder.add(
                values, at: first, map: maps[block] & wanted, band: 1...63, low: 0,
                table: slot.table)
            }
          case .dcRefinement:
            encoder.add(bit: values[first] &>> Int16(truncatingIfNeeded: shift) & 1 != 0)
          case .acFirst:
            encoder.add(
              values, at: first, map: maps[block] & wanted, band: band, low: shift,
              table: slot.table)
          case .acRefinement:
            encoder.refine(
              values, at: first, map: maps[block] & wanted, earlier: earlier[block] & wanted,
              band: band, low: shift, table: slot.table)
          }
        }
        reached &+= 1
        if encoder.writer.position > limit { break }
      }
      (writer, differences) = (encoder.writer, encoder.differences)
      (self.predictions, largestMagnitude) = (predictions, largest)
      return reached
    }
  }
}
