// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// A place in the midst of a sequential scan from which decoding can begin.
  struct ScanEntry: Sendable {
    /// The number of the MCU that comes next.
    var unit: Int
    /// A byte of the file, and how many bits of data behind it those of the MCU begin.
    var offset: Int
    var bit = 0
    var predictors: SIMD4<Int32> = .zero
  }

  /// Rows of MCUs that are decoded without those before them.
  struct BandJob: Sendable {
    /// `nil` where the scan is.
    var entry: ScanEntry?
    /// The rows that are emitted; decoding begins before them where upsampling needs that.
    var rows: Range<Int>
  }
}

extension JPEG.Scan {
  /// Places from which all but the first of `count` parts of like length can be decoded, by the
  /// restart markers.
  ///
  /// - Returns: `nil` unless all markers are there in their order: then no interval's data have any
  ///   say in another's.
  func entries(
    _ count: Int, in source: RawSpan, at offset: Int
  ) -> [JPEG.ScanEntry]? {
    guard restartInterval > 0 else { return nil }
    let intervalCount = JPEG.ceilingDivision(unitsAcross * rowCount, restartInterval)
    var entries: [JPEG.ScanEntry] = []
    var position = offset
    for interval in 1..<max(intervalCount, 1) {
      guard JPEG.skipToMarker(in: source, at: &position, isFinal: true),
        JPEG.marker(in: source, at: position) == .rst((interval - 1) & 7)
      else { return nil }
      position += 2
      if interval * count >= (entries.count + 1) * intervalCount {
        entries.append(JPEG.ScanEntry(unit: interval * restartInterval, offset: position))
      }
    }
    return entries
  }

  /// The rows to decode from where the scan is, and from each of `entries`, which are in order.
  ///
  /// - Parameter hasContext: whether rows need the one above.
  func jobs(from entries: [JPEG.ScanEntry], hasContext: Bool) -> [JPEG.BandJob] {
    var jobs = [JPEG.BandJob(entry: nil, rows: row..<rowCount)]
    for entry in entries {
      // The first row that is decoded in full, and behind it the first with one above.
      let first = JPEG.ceilingDivision(entry.unit, unitsAcross)
      let (start, last) = (hasContext ? first + 1 : first, jobs.count - 1)
      guard start < rowCount else { break }
      guard start > jobs[last].rows.lowerBound else { continue }
      jobs[last].rows = jobs[last].rows.lowerBound..<start
      jobs.append(JPEG.BandJob(entry: entry, rows: start..<rowCount))
    }
    return jobs
  }

  /// Goes from another place in the scan to `entry`.
  ///
  /// - Returns: the next byte of the file.
  mutating func begin(at entry: JPEG.ScanEntry, _ source: RawSpan) -> Int {
    (row, column) = (entry.unit / unitsAcross, entry.unit % unitsAcross)
    if restartInterval > 0 { nextRestart = entry.unit / restartInterval & 7 }
    isAtEntry = true
    var offset = entry.offset
    segment.restart()
    reader = JPEG.BitReader()
    for i in predictors.indices { predictors[i] = entry.predictors[i] }
    guard entry.bit > 0 else { return offset }
    _ = segment.replenish(from: source, at: &offset, isFinal: true, reader: &reader)
    var reader = JPEG.BitReader()
    reader.position = entry.bit >> 3
    reader.refill(segment.bytes.rawSpan)
    reader.consume(UInt32(entry.bit & 7))
    self.reader = reader
    return offset
  }
}
