// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// A place in the midst of a sequential scan from which decoding can begin.
  struct ScanEntry: Sendable {
    /// The number of the MCU that comes next.
    var unit: Int
    /// The first byte of its data in the file.
    var offset: Int
  }

  /// Rows of MCUs that are decoded without those before them.
  struct BandJob: Sendable {
    var entry: ScanEntry
    /// The rows that are emitted; decoding begins before them where upsampling needs that.
    var rows: Range<Int>
  }
}

extension JPEG.Scan {
  /// Places from which up to `count` parts of like length can be decoded, by the restart markers.
  ///
  /// - Returns: `nil` unless all markers are there in their order: then no interval's data have any
  ///   say in another's.
  func entries(
    _ count: Int, in source: RawSpan, at offset: Int
  ) -> [JPEG.ScanEntry]? {
    guard restartInterval > 0 else { return nil }
    let intervalCount = JPEG.ceilingDivision(unitsAcross * rowCount, restartInterval)
    var entries = [JPEG.ScanEntry(unit: 0, offset: offset)]
    var position = offset
    for interval in 1..<max(intervalCount, 1) {
      guard JPEG.skipToMarker(in: source, at: &position, isFinal: true),
        JPEG.marker(in: source, at: position) == .rst((interval - 1) & 7)
      else { return nil }
      position += 2
      if interval * count >= entries.count * intervalCount {
        entries.append(JPEG.ScanEntry(unit: interval * restartInterval, offset: position))
      }
    }
    return entries
  }

  /// The rows to decode from each of `entries`, which are in order and the first of which is the
  /// scan's beginning.
  ///
  /// - Parameter hasContext: whether rows need the one above.
  func jobs(from entries: [JPEG.ScanEntry], hasContext: Bool) -> [JPEG.BandJob] {
    var jobs: [JPEG.BandJob] = []
    for entry in entries {
      // The first row that is decoded in full, and behind it the first with one above.
      let first = JPEG.ceilingDivision(entry.unit, unitsAcross)
      let start = entry.unit > 0 && hasContext ? first + 1 : first
      guard start < rowCount else { break }
      if let last = jobs.indices.last {
        guard start > jobs[last].rows.lowerBound else { continue }
        jobs[last].rows = jobs[last].rows.lowerBound..<start
      }
      jobs.append(JPEG.BandJob(entry: entry, rows: start..<rowCount))
    }
    return jobs
  }

  /// Goes from a scan's beginning to another place in it.
  mutating func begin(at entry: JPEG.ScanEntry) {
    (row, column) = (entry.unit / unitsAcross, entry.unit % unitsAcross)
    if restartInterval > 0 { nextRestart = entry.unit / restartInterval & 7 }
  }
}
