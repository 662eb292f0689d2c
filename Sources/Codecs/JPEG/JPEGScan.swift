// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The state of entropy decoding within one scan: Huffman, sequential.
  struct Scan: Sendable {
    let header: ScanHeader
    /// What it adds to coefficients; scans that go straight to samples are sequential.
    let pass: Pass
    /// Components of the frame that the scan codes, in the scan's order.
    let components: [Int]
    /// The blocks of one MCU.
    var plan: [BlockPlan]
    /// MCUs in a row, and rows.
    let unitsAcross: Int
    let rowCount: Int
    var lookup = HuffmanLookup()
    /// Which of the two sizes the tables have.
    var isWide: Bool
    var segment: EntropySegment
    var reader = BitReader()
    /// Set when the scan is arithmetic-coded.
    var arithmetic: ArithmeticContext?
    /// Set when the scan is lossless.
    var lossless: LosslessRows?
    /// Whether a row of a lossless scan has met the end of the data.
    var runsDry = false
    /// The last DC coefficient of each component.
    var predictors: InlineArray<4, Int32> = [0, 0, 0, 0]
    /// The next MCU.
    var column = 0
    var row = 0
    /// The row whose blocks are the first of the coefficients that the scan decodes into.
    var firstStoredRow = 0
    /// Restart interval, MCUs left of it, and the number of the marker that ends it.
    let restartInterval: Int
    var restartsToGo: Int
    var nextRestart = 0
    /// Set when the data ended before the last MCU: until the next restart all blocks are zero.
    var isStarved = false
    /// Set by the restart marker that ends that.
    var isRecovering = false
    /// The last row in which an MCU began with data left.
    var lastGoodRow = 0
    /// What that is if ``isRecovering`` should have been set where decoding began in the midst of
    /// the scan, and whether that was at the next MCU.
    var leastGoodRow = 0
    var isAtEntry = false
    /// Blocks that follow and are all zero in this progressive scan.
    var endOfBandRun = 0
    /// Counts, when they are wanted.
    var statistics: ScanStatistics?
    /// What the data did wrong; told once a scan.
    var damage = ScanDamage()

    var isInterleaved: Bool { components.count > 1 }
    var isDone: Bool { row == rowCount }
  }

  /// What can be wrong with entropy-coded data that libjpeg only warns of.
  struct ScanDamage: Sendable {
    var endedEarly = false
    var resynchronised = false
    var hadExtraBytes = false
    var hadBadCodes = false
    /// Rows of the output for which there were data, when they ended before the last of them.
    var rowCount: Int?

    /// Adds what another part of the scan did wrong.
    mutating func add(_ other: ScanDamage) {
      endedEarly = endedEarly || other.endedEarly
      resynchronised = resynchronised || other.resynchronised
      hadExtraBytes = hadExtraBytes || other.hadExtraBytes
      hadBadCodes = hadBadCodes || other.hadBadCodes
    }
  }
}

extension JPEG.Scan {
  /// Up to which MCU of this row decoding may run before a restart is due.
  var unitEnd: Int {
    restartInterval == 0 ? unitsAcross : min(unitsAcross, column + restartsToGo)
  }

  /// Notes that the MCUs before `end` are done.
  mutating func advance(to end: Int) {
    // libjpeg looks before it passes the marker: the MCU behind that does not count yet.
    if !isStarved, !isRecovering || end > column + 1 {
      lastGoodRow = row
      if !isAtEntry || end > column + 1 { leastGoodRow = row }
    }
    (isRecovering, isAtEntry) = (false, false)
    if restartInterval > 0 { restartsToGo -= end - column }
    column = end
  }

  /// Goes on to the next row when this one is complete.
  mutating func finishRow() {
    column = 0
    row += 1
  }

  /// Whether more bits were taken than there were.
  var hasOverrun: Bool { reader.consumedBitCount > segment.count &* 8 }

  /// Fills the segment up. Returns `false` when more input has to come first.
  mutating func replenish(from source: RawSpan, at offset: inout Int, isFinal: Bool) -> Bool {
    let before = reader.position
    defer { arithmetic?.reader?.moveBack(by: before - reader.position) }
    return segment.replenish(from: source, at: &offset, isFinal: isFinal, reader: &reader)
  }

  /// Notes the end of the data when an MCU ran over it.
  mutating func checkOverrun() {
    if hasOverrun {
      isStarved = true
      damage.endedEarly = true
    }
  }

  /// Begins the next restart interval if one is due.
  ///
  /// - Returns: `false` when more input has to come first.
  mutating func restartIfDue(
    from source: RawSpan, at offset: inout Int, isFinal: Bool
  ) -> Bool {
    guard restartInterval > 0, restartsToGo == 0 else { return true }
    guard let marker = findMarker(in: source, at: &offset, isFinal: isFinal) else { return false }
    let outcome = JPEG.resynchronise(
      marker.code, expected: nextRestart, in: source, at: &offset, isFinal: isFinal)
    // Codes skipped before more input is needed are not seen again.
    if outcome != .expected { damage.resynchronised = true }
    guard outcome != .needsInput else { return false }
    // The interval is empty when its marker was not found; libjpeg then decodes its first MCU from
    // zero bits, unless the interval before had too little data already.
    let isOver =
      outcome == .left && isStarved && JPEG.marker(in: source, at: offset)?.restartNumber == nil
    if outcome != .left {
      isRecovering = isStarved
      (isStarved, runsDry) = (false, false)
    }
    segment.restart(isEmpty: outcome == .left)
    reader = JPEG.BitReader(badCodeCount: reader.badCodeCount)
    // What ends the scan would end every further interval as well.
    restartsToGo = isOver ? unitsAcross * rowCount : restartInterval
    nextRestart = (nextRestart + 1) & 7
    predictors = [0, 0, 0, 0]
    endOfBandRun = 0
    arithmetic?.restart()
    lossless?.isAtStart = true
    return true
  }

  /// The marker that ends the present segment; `nil` when more input has to come first.
  mutating func findMarker(
    in source: RawSpan, at offset: inout Int, isFinal: Bool
  ) -> (code: JPEG.Marker?, Void)? {
    let isLeft = arithmetic == nil && segment.count * 8 - reader.consumedBitCount >= 8
    if !segment.isComplete || isLeft {
      damage.hadExtraBytes = true
    }
    guard JPEG.skipToMarker(in: source, at: &offset, isFinal: isFinal) else { return nil }
    return (JPEG.marker(in: source, at: offset), ())
  }
}

extension JPEG {
  /// Moves to the next `FF` that is followed by a marker code.
  ///
  /// - Returns: whether there is one, or the end of a final source was reached.
  static func skipToMarker(in source: RawSpan, at offset: inout Int, isFinal: Bool) -> Bool {
    let end = source.byteCount
    var i = offset
    while i < end {
      guard source[byteAt: i] == 0xFF else {
        i += plainByteCount(in: source, at: i)
        continue
      }
      var next = i + 1
      while next < end, source[byteAt: next] == 0xFF { next += 1 }
      guard next < end else {
        // Of padding the last byte may begin a marker.
        i = end - 1
        break
      }
      if source[byteAt: next] != 0 {
        offset = next - 1
        return true
      }
      i = next + 1
    }
    offset = isFinal ? end : min(i, end)
    return isFinal
  }

  /// How many bytes from `offset` on, of the next sixteen, come before an `FF`; at least one.
  private static func plainByteCount(in source: RawSpan, at offset: Int) -> Int {
    guard offset + 16 <= source.byteCount else { return 1 }
    let words = SIMD2(
      source.loadUnaligned(UInt64.self, at: offset),
      source.loadUnaligned(UInt64.self, at: offset + 8))
    let marks = Lanes.highBits(Lanes.equal(words.lanes8, SIMD16(repeating: 0xFF)))
    return max((marks | 1 << 16).trailingZeroBitCount, 1)
  }

  /// The marker at `offset`, which ``skipToMarker(in:at:isFinal:)`` found; `nil` at the end.
  static func marker(in source: RawSpan, at offset: Int) -> Marker? {
    offset + 1 < source.byteCount ? Marker(rawValue: source[byteAt: offset + 1]) : nil
  }

  /// What was done to find the restart marker that is due.
  enum Resynchronisation { case expected, skipped, left, needsInput }

  /// Deals with a marker that ended a restart interval, as libjpeg does: the one due is passed
  /// over, earlier ones and codes that are no markers too; one of the next two, or any other
  /// marker, is left for later, so that the interval that is due stays empty.
  ///
  /// Source: libjpeg.txt, "Input data source manager", `resync_to_restart`.
  static func resynchronise(
    _ first: Marker?, expected: Int, in source: RawSpan, at offset: inout Int, isFinal: Bool
  ) -> Resynchronisation {
    guard first != .rst(expected) else {
      offset += 2
      return .expected
    }
    var marker = first
    while let found = marker {
      var skips = found.rawValue < 0xC0
      if let number = found.restartNumber {
        let ahead = (number - expected) & 7
        if ahead == 1 || ahead == 2 { return .left }
        if ahead == 0 || ahead == 3 || ahead == 4 || ahead == 5 {
          offset += 2
          return .skipped
        }
        skips = true
      }
      guard skips else { return .left }
      offset += 2
      guard skipToMarker(in: source, at: &offset, isFinal: isFinal) else { return .needsInput }
      marker = JPEG.marker(in: source, at: offset)
    }
    return .left
  }
}
