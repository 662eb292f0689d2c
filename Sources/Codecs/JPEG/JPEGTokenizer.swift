// SPDX-License-Identifier: Apache-2.0

extension JPEG.Tokenizer.Pass {
  /// Whether the scan needs tables for DC coefficients.
  var hasDC: Bool { self == .sequential || self == .dcFirst }
  /// Whether it needs tables for AC coefficients.
  var hasAC: Bool { self != .dcFirst && self != .dcRefinement }

  /// What a step of a progression does.
  init(_ step: JPEG.ScanStep) {
    if step.first == 0 {
      self = step.approximationHigh == 0 ? .dcFirst : .dcRefinement
    } else {
      self = step.approximationHigh == 0 ? .acFirst : .acRefinement
    }
  }
}

extension JPEG {
  /// Where the blocks of a scan are among ``Coefficients``, and which tables code them.
  struct ScanLayout: Sendable {
    /// One block of an MCU.
    struct Slot: Sendable {
      /// Position of its component in the scan.
      var member: Int
      /// Index of the block in the first MCU; from one MCU and from one row of MCUs to the next.
      var first: Int
      var step: Int
      var rowStep: Int
      /// Its tables: 0 or 1.
      var table: Int
      /// Indices of symbol 0 of its tables, see ``TokenStream``.
      var dc: UInt32
      var ac: UInt32
    }

    let slots: [Slot]
    let unitsAcross: Int
    let unitsDown: Int

    /// - Parameters:
    ///   - members: components of the frame in the order of the scan.
    ///   - firstBlocks: of ``Coefficients``.
    ///   - tables: 0 or 1 for each component of the frame.
    init(_ frame: Frame, _ members: [Int], firstBlocks: [Int], tables: [Int]) {
      let isInterleaved = members.count > 1
      var slots: [Slot] = []
      for (member, index) in members.enumerated() {
        let component = frame.components[index]
        let (h, v) =
          isInterleaved ? (component.horizontalSampling, component.verticalSampling) : (1, 1)
        for y in 0..<v {
          for x in 0..<h {
            slots.append(
              Slot(
                member: member, first: firstBlocks[index] + y * component.storedBlocksAcross + x,
                step: h, rowStep: v * component.storedBlocksAcross, table: tables[index],
                dc: UInt32(TokenStream.firstIndex(.dc, tables[index])),
                ac: UInt32(TokenStream.firstIndex(.ac, tables[index]))))
          }
        }
      }
      self.slots = slots
      unitsAcross = isInterleaved ? frame.unitsAcross : frame.components[members[0]].blocksAcross
      unitsDown = isInterleaved ? frame.unitsDown : frame.components[members[0]].blocksDown
    }
  }

  /// Makes the tokens of one scan.
  struct Tokenizer: Sendable {
    enum Pass: Sendable { case sequential, dcFirst, dcRefinement, acFirst, acRefinement }

    /// Blocks without new coefficients that have not been told yet.
    struct Run: Sendable {
      var count = 0
      /// The token that will tell; `.max` for none. Behind it come the blocks' correction bits.
      var slot = Int.max
      var correctionCount = 0
    }

    let layout: ScanLayout
    let pass: Pass
    let band: ClosedRange<Int>
    let shift: Int
    let restartInterval: Int
    var stream: TokenStream
    private var predictions = InlineArray<4, Int32>(repeating: 0)
    private var run = Run()
    private var unitsToRestart: Int

    init(
      _ layout: ScanLayout, _ pass: Pass, band: ClosedRange<Int>, shift: Int, restartInterval: Int,
      stream: TokenStream
    ) {
      self.layout = layout
      self.pass = pass
      self.band = band
      self.shift = shift
      self.restartInterval = restartInterval
      self.stream = stream
      unitsToRestart = restartInterval
    }

    /// Most tokens that one block can give: 63 symbols, each with correction bits, and an end.
    private var blockTokenCount: Int { pass == .acRefinement ? 136 : 68 }

    /// Adds row `row` of MCUs of the scan.
    ///
    /// - Parameters:
    ///   - row: counted in `coefficients`, which may hold a part of the image.
    ///   - maps: which coefficients are not zero at this scan's precision; for a refinement also
    ///     which are not at the precision before.
    mutating func addRow(
      _ row: Int, values: Span<Int16>, maps: Span<UInt64>, earlier: Span<UInt64>
    ) {
      let most = max(1, 4096 / (blockTokenCount * layout.slots.count))
      var unit = 0
      while unit < layout.unitsAcross {
        var count = min(layout.unitsAcross - unit, most)
        if restartInterval > 0 {
          if unitsToRestart == 0 { restart() }
          count = min(count, unitsToRestart)
          unitsToRestart -= count
        }
        stream.reserve(count * layout.slots.count * blockTokenCount, open: &run.slot)
        addUnits(
          unit..<(unit + count), row, values: values, maps: maps, earlier: earlier)
        unit += count
      }
    }

    /// Tells what has not been told yet.
    mutating func finish() {
      Self.flush(&run, layout.slots[0].ac, &stream.tokens, &stream.histogram)
    }

    private static func flush(
      _ run: inout Run, _ table: UInt32, _ tokens: inout [UInt32], _ histogram: inout [UInt32]
    ) {
      var tokens = tokens.mutableSpan
      var histogram = histogram.mutableSpan
      flush(&run, table, &tokens, &histogram)
    }

    private mutating func restart() {
      finish()
      stream.markRestart()
      unitsToRestart = restartInterval
      predictions = InlineArray(repeating: 0)
    }

    private mutating func addUnits(
      _ units: Range<Int>, _ row: Int, values: Span<Int16>, maps: Span<UInt64>,
      earlier: Span<UInt64>
    ) {
      // Moved out and back, so that neither is copied.
      var (allTokens, counts) = (stream.tokens, stream.histogram)
      (stream.tokens, stream.histogram) = ([], [])
      defer { (stream.tokens, stream.histogram) = (allTokens, counts) }
      var tokens = allTokens.mutableSpan
      var histogram = counts.mutableSpan
      let (layout, slot, position) = (layout, layout.slots[0], stream.position)
      let first = slot.first &+ row &* slot.rowStep
      let blocks = (first &+ units.lowerBound)..<(first &+ units.upperBound)
      switch pass {
      case .sequential:
        stream.position = Self.sequential(
          units, row, layout, values, maps, &predictions, &tokens, &histogram, position)
      case .dcFirst:
        stream.position = Self.dcFirst(
          units, row, layout, values, shift, &predictions, &tokens, &histogram, position)
      case .dcRefinement:
        stream.position = Self.dcRefinement(units, row, layout, values, shift, &tokens, position)
      case .acFirst:
        stream.position = Self.acFirst(
          blocks, band, shift, slot.ac, values, maps, &run, &tokens, &histogram, position)
      case .acRefinement:
        stream.position = Self.acRefinement(
          blocks, band, shift, slot.ac, values, maps, earlier, &run, &tokens, &histogram, position)
      }
    }
  }
}
