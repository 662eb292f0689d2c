// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Looks for the beginnings of MCUs in a stretch of a sequential Huffman-coded scan without
  /// restart markers, and sums up the DC differences, without decoding anything else.
  ///
  /// Nothing in such a scan says where an MCU begins. But reading that begins anywhere soon falls in
  /// step with the code, mostly within a few MCUs: from then on it meets the same MCUs as reading
  /// from the scan's start does. So stretches are read at the same time, all from a guess; then each
  /// goes on beyond its end until it begins an MCU where the next one did too. What that one has
  /// found from there on is right, but for a constant that its predictions all lack.
  struct ScanSkim: Sendable {
    /// The state at the beginning of an MCU.
    struct Point: Sendable {
      /// MCUs before it.
      var unit: Int
      /// A place in the file, and how many bits of data behind it the MCU begins.
      var offset: Int
      var bit: Int
      var predictors: SIMD4<Int32>
    }

    /// The first MCU behind each place that was asked for; there are less when something is odd.
    private(set) var points: [Point] = []
    /// Whether the last place was reached.
    private(set) var isComplete = false
    /// The MCUs that follow the first place: where to fall in step.
    private var guesses: [Point] = []
    private var segment: EntropySegment
    private var reader = BitReader()
    private var predictors: InlineArray<4, Int32> = [0, 0, 0, 0]
    private var unit = 0
    /// The next byte of the file for ``segment``.
    private var offset: Int
    /// Where to stop, in the file and in its data, as far as those have been loaded.
    private let places: [Int]
    private var marks: [Int] = []
    /// Bytes of data before those in ``segment``.
    private var dropped = 0

    /// For how many MCUs to look for one where the next skim has one too, and within which bytes.
    private static var guessCount: Int { 64 }
    private static var guessByteCount: Int { 8192 }

    /// Reads from the first of `places` to the last.
    init(_ scan: Scan, _ source: RawSpan, from places: [Int]) {
      self.places = places
      var longest = 0
      for (start, end) in zip(places, places.dropFirst()) { longest = max(longest, end - start) }
      segment = EntropySegment(
        capacity: Self.capacity(distance: longest, blockCount: scan.plan.count),
        blockCount: scan.plan.count)
      offset = places[0]
      _ = load(source)
      while guesses.count < Self.guessCount, reader.position < Self.guessByteCount {
        guesses.append(point(behind: 0))
        guard skip(scan, source) else { break }
      }
      points.append(point(behind: 0))
      for index in places.indices.dropFirst() {
        guard advance(scan, source, to: index) else { return }
      }
      isComplete = true
    }

    /// Reads to `place` from where `scan` is, which was given the file up to there.
    init(behind scan: Scan, _ source: RawSpan, at offset: Int, to place: Int) {
      (segment, reader, predictors) = (scan.segment, scan.reader, scan.predictors)
      unit = scan.row * scan.unitsAcross + scan.column
      (self.offset, places) = (offset, [place])
      guard offset == place, !segment.isComplete else { return }
      marks = [segment.count]
      isComplete = advance(scan, source, to: 0)
    }

    /// Bytes of data that one holds when its places are so far apart.
    static func capacity(distance: Int, blockCount: Int) -> Int {
      2 * (distance + 256 * blockCount + 16) + guessByteCount
    }

    private func point(behind index: Int) -> Point {
      Point(
        unit: unit, offset: places[index],
        bit: 8 * (dropped - marks[index]) + reader.consumedBitCount,
        predictors: SIMD4(predictors[0], predictors[1], predictors[2], predictors[3]))
    }

    /// Loads the data before the next place, or some behind the last one.
    ///
    /// - Returns: whether there were any.
    private mutating func load(_ source: RawSpan) -> Bool {
      guard !segment.isComplete else { return false }
      let isPlace = marks.count < places.count
      let next =
        isPlace ? places[marks.count] : min(offset + Self.guessByteCount, source.byteCount)
      let before = reader.position
      let hasMore = segment.replenish(
        from: source.extracting(0..<next), at: &offset, isFinal: next == source.byteCount,
        reader: &reader)
      dropped += before - reader.position
      guard isPlace else { return hasMore }
      guard offset == next, !segment.isComplete else { return false }
      marks.append(dropped + segment.count)
      return true
    }

    /// Reads an MCU. Returns `false` when it is not all there.
    private mutating func skip(_ scan: Scan, _ source: RawSpan) -> Bool {
      while reader.position > segment.safeLimit {
        guard load(source) else { return false }
      }
      skip(scan, 1, limit: segment.safeLimit)
      return reader.consumedBitCount <= 8 * segment.count
    }

    /// Goes on to the first MCU behind a place.
    private mutating func advance(_ scan: Scan, _ source: RawSpan, to index: Int) -> Bool {
      while marks.count <= index {
        guard load(source) else { return false }
      }
      while reader.position <= marks[index] - dropped {
        skip(scan, .max, limit: min(marks[index] - dropped, segment.safeLimit))
        if reader.position > segment.safeLimit, !load(source) { return false }
      }
      // Some bytes before the position are in the reader, but not consumed.
      while point(behind: index).bit < 0 {
        guard skip(scan, source) else { return false }
      }
      guard reader.consumedBitCount <= 8 * segment.count else { return false }
      points.append(point(behind: index))
      return true
    }

    /// Goes on until an MCU begins where `next` has one; that one begins where this one ended.
    ///
    /// - Returns: the state there as this one has it, and as `next` has it.
    mutating func join(_ next: ScanSkim, _ scan: Scan, _ source: RawSpan) -> (Point, Point)? {
      guard isComplete else { return nil }
      for guess in next.guesses {
        var here = point(behind: places.count - 1)
        while here.bit < guess.bit {
          guard skip(scan, source) else { return nil }
          here = point(behind: places.count - 1)
        }
        if here.bit == guess.bit { return (here, guess) }
      }
      return nil
    }

    /// Reads `count` MCUs, or until the reader has passed `limit`.
    private mutating func skip(_ scan: Scan, _ count: Int, limit: Int) {
      var (reader, unit, saved) = (self.reader, self.unit, predictors)
      var predictions = saved.mutableSpan
      let end = count == .max ? Int.max : unit + count
      if scan.isWide {
        Self.loop(
          &unit, upTo: end, limit: limit, scan.plan.span, scan.lookup.entries.span,
          segment.bytes.rawSpan, &reader, &predictions, isWide: true)
      } else {
        Self.loop(
          &unit, upTo: end, limit: limit, scan.plan.span, scan.lookup.entries.span,
          segment.bytes.rawSpan, &reader, &predictions, isWide: false)
      }
      (self.reader, self.unit, predictors) = (reader, unit, saved)
    }

    @inline(always)
    private static func loop(
      _ unit: inout Int, upTo end: Int, limit: Int, _ plan: Span<BlockPlan>,
      _ tables: Span<UInt32>, _ bytes: RawSpan, _ reader: inout BitReader,
      _ predictors: inout MutableSpan<Int32>, isWide: Bool
    ) {
      var bits = reader
      var next = unit
      while next < end, bits.position <= limit {
        for index in plan.indices {
          let block = plan[index]
          let difference = HuffmanDecoder.skipBlock(
            &bits, bytes, tables, dc: block.dcTable, ac: block.acTable, isWide: isWide)
          predictors[block.component] &+= difference
        }
        next &+= 1
      }
      (unit, reader) = (next, bits)
    }
  }
}
