// SPDX-License-Identifier: Apache-2.0

// The loops that cut input into literals and matches.

extension Deflate {
  /// Where a parser shall stop, and what it shall accept.
  struct ParseRequest {
    /// Offset of the first byte.
    var start: Int
    /// No item begins here or later.
    var stop: Int
    /// End of the input: no match reaches past it.
    var end: Int
    /// Index of the first sequence to write.
    var firstSequence: Int
    /// Sequences to write at most, the closing one not counted.
    var sequenceLimit: Int
    /// Shorter matches are not looked for.
    var minimumLength: Int
    /// Candidates to try for one match.
    var depth: Int
    var effort: Effort
  }

  /// What a parser did: the next offset, and the index after its last sequence.
  struct ParsedChunk {
    var end: Int
    var sequenceEnd: Int
  }

  /// A parser's output side, kept in registers for the length of one chunk.
  @safe struct SequenceWriter {
    let data: UnsafeRawPointer
    let histogram: UnsafeMutablePointer<UInt32>
    let lengthSlots: UnsafeMutablePointer<UInt8>
    let distanceSlots: UnsafeMutablePointer<UInt8>
    let prices: UnsafeMutablePointer<UInt16>
    var next: UnsafeMutablePointer<UInt64>
    let last: UnsafeMutablePointer<UInt64>
    var runStart: Int

    @inline(__always)
    init(
      _ data: UnsafeRawPointer, _ histogram: UnsafeMutablePointer<UInt32>, _ workspace: Workspace,
      start: Int, firstSequence: Int, sequenceLimit: Int
    ) {
      precondition(firstSequence + sequenceLimit < workspace.sequenceCapacity)
      unsafe self.data = data
      unsafe self.histogram = histogram
      unsafe lengthSlots = workspace.lengthSlots
      unsafe distanceSlots = workspace.distanceSlots
      unsafe prices = workspace.prices
      unsafe next = workspace.sequences + firstSequence
      unsafe last = next + sequenceLimit
      runStart = start
    }

    @inline(__always) var hasRoom: Bool { unsafe next < last }

    /// Whether `match` is cheaper than the literals it would replace.
    @inline(__always)
    func isWorth(_ match: Match, at offset: Int) -> Bool {
      // Few literals are so cheap that so long a match would not pay.
      if match.length >= 20 { return true }
      var literals = 0
      var i = 0
      // In bounds: parsers pass matches inside the window; a byte is below 288.
      while i < match.length {
        let byte = unsafe data.load(fromByteOffset: offset &+ i, as: UInt8.self)
        literals &+= unsafe Int(prices[Int(byte)])
        i &+= 1
      }
      let length = unsafe prices[257 &+ Int(lengthSlots[match.length])]
      let distance = unsafe prices[Deflate.literalLengthCount &+ slot(match.distance)]
      return literals >= Int(length) &+ Int(distance)
    }

    @inline(__always)
    func slot(_ distance: Int) -> Int {
      let farther = distance &- 1
      // In bounds: distances are in 1...32768.
      return unsafe Int(distanceSlots[farther < 256 ? farther : 256 &+ farther &>> 7])
    }

    @inline(__always)
    func literal(_ offset: Int) {
      // In bounds: parsers pass offsets inside the window; a byte is below 288.
      let byte = unsafe data.load(fromByteOffset: offset, as: UInt8.self)
      unsafe histogram[Int(byte)] &+= 1
    }

    @inline(__always)
    mutating func match(_ match: Match, at offset: Int) {
      // In bounds: lengths are in 3...258.
      let length = unsafe Int(lengthSlots[match.length])
      let slot = slot(match.distance)
      unsafe histogram[257 &+ length] &+= 1
      unsafe histogram[Deflate.literalLengthCount &+ slot] &+= 1
      // In bounds: callers test `hasRoom` before every match.
      unsafe next.initialize(
        to: Sequence.pack(
          run: offset &- runStart, length: match.length, slot: slot, distance: match.distance))
      unsafe next += 1
      runStart = offset &+ match.length
    }

    /// Ends the chunk with the literals left over.
    @inline(__always)
    mutating func close(at offset: Int) {
      // In bounds: the request's limit leaves one entry for this.
      unsafe next.initialize(
        to: Sequence.pack(
          run: offset &- runStart, length: 0, slot: 0, distance: 0))
      unsafe next += 1
    }
  }

  /// Enters `range` of the window into the tables without parsing it.
  static func enter(_ range: Range<Int>, of window: RawSpan, into tables: MatchTables) {
    precondition(range.lowerBound >= 0 && range.upperBound <= window.byteCount)
    unsafe window.withUnsafeBytes { bytes in
      guard let data = bytes.baseAddress else { return }
      if tables.pairCount > 0 {
        var cursor = unsafe PairCursor(
          data, end: bytes.count, offset: range.lowerBound, hashedByteCount: 4, tables: tables)
        enter(range, &cursor)
        tables.position = range.upperBound &- cursor.shift
      } else if tables.chainEntryCount > 0 {
        var cursor = unsafe ChainCursor(
          data, end: bytes.count, offset: range.lowerBound, tables: tables)
        cursor.insert(range.lowerBound, to: range.upperBound)
        tables.position = range.upperBound &- cursor.shift
      } else if tables.treeEntryCount > 0 {
        unsafe enterTrees(data, bytes.count, range, tables)
      }
    }
  }

  /// Parses one chunk of `window` and adds its symbols to `histogram`.
  static func parse(
    _ window: RawSpan, _ request: ParseRequest, prices: [UInt16], tables: MatchTables,
    workspace: Workspace, histogram: inout [UInt32]
  ) -> ParsedChunk {
    precondition(request.start >= 0 && request.stop <= request.end)
    precondition(request.end <= window.byteCount && histogram.count == histogramCount)
    precondition(prices.count == histogramCount)
    // In bounds: both hold as many.
    for i in 0..<histogramCount { unsafe workspace.prices[i] = prices[i] }
    return unsafe window.withUnsafeBytes { bytes in
      unsafe histogram.withUnsafeMutableBufferPointer { counts in
        guard let data = bytes.baseAddress, let counts = counts.baseAddress else {
          return ParsedChunk(end: request.start, sequenceEnd: request.firstSequence)
        }
        let writer = unsafe SequenceWriter(
          data, counts, workspace, start: request.start, firstSequence: request.firstSequence,
          sequenceLimit: request.sequenceLimit)
        let result: ParsedChunk
        switch request.effort.parser {
        // The optimal parser is called another way: it needs a cache.
        case .literals, .optimal: result = unsafe parseLiterals(data, request, writer, workspace)
        case .runs: result = unsafe parseRuns(data, request, writer, workspace)
        case .pairs where request.minimumLength <= 4:
          result = unsafe parsePairs(data, request, writer, tables, workspace)
        case .pairs: result = unsafe parseLongPairs(data, request, writer, tables, workspace)
        case .greedy: result = unsafe parseGreedy(data, request, writer, tables, workspace)
        case .lazy: result = unsafe parseLazy(data, request, writer, tables, workspace)
        case .lazier: result = unsafe parseLazier(data, request, writer, tables, workspace)
        }
        return result
      }
    }
  }

  @inline(__always)
  static func finish(
    _ offset: Int, _ writer: SequenceWriter, _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    writer.close(at: offset)
    return ParsedChunk(end: offset, sequenceEnd: unsafe writer.next - workspace.sequences)
  }

  @inline(never)
  private static func parsePairs(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    unsafe parsePairsBody(data, request, writer, tables, workspace, minimum: 4)
  }

  @inline(never)
  private static func parseLongPairs(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    unsafe parsePairsBody(
      data, request, writer, tables, workspace, minimum: request.minimumLength)
  }

  @inline(__always)
  private static func parsePairsBody(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace, minimum: Int
  ) -> ParsedChunk {
    var writer = writer
    var cursor = unsafe PairCursor(
      data, end: request.end, offset: request.start, hashedByteCount: min(minimum, 8),
      tables: tables)
    var offset = request.start
    let nice = request.effort.niceLength
    // A match may end behind the last place that can be entered.
    let end = min(request.stop, cursor.enterEnd)
    while offset < end, writer.hasRoom {
      if offset >= cursor.boundary {
        cursor.slide()
        cursor.load(offset)
      }
      let stop = min(end, cursor.boundary)
      while offset < stop {
        let pair = cursor.exchange(offset)
        guard cursor.mayMatch(offset, pair) else {
          writer.literal(offset)
          offset &+= 1
          continue
        }
        let match = cursor.longestMatch(offset, pair, nice: nice)
        if match.length >= minimum {
          writer.match(match, at: offset)
          let next = offset &+ match.length
          if next < stop {
            cursor.insertMatch(at: offset, to: next)
          } else {
            cursor.insertLastMatch(at: offset, to: next)
          }
          offset = next
          if writer.hasRoom { continue }
          break
        }
        writer.literal(offset)
        offset &+= 1
      }
    }
    while offset < request.stop, offset >= cursor.enterEnd {
      writer.literal(offset)
      offset &+= 1
    }
    tables.position = offset &- cursor.shift
    return finish(offset, writer, workspace)
  }

  /// Enters `range`, moving the base on when needed.
  @inline(never)
  private static func enter(_ range: Range<Int>, _ cursor: inout PairCursor) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if offset >= cursor.boundary {
        cursor.slide()
        cursor.load(offset)
      }
      let stop = min(range.upperBound, cursor.boundary)
      cursor.insert(offset, to: stop)
      offset = stop
    }
  }

  @inline(never)
  private static func parseGreedy(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    var cursor = unsafe ChainCursor(data, end: request.end, offset: request.start, tables: tables)
    var offset = request.start
    let (stop, nice, depth) = (request.stop, request.effort.niceLength, request.depth)
    let minimum = request.minimumLength
    while offset < stop, writer.hasRoom {
      let match = cursor.longestMatch(
        offset, above: minimum &- 1, nice: nice, depth: depth)
      if match.length >= minimum, writer.isWorth(match, at: offset) {
        writer.match(match, at: offset)
        cursor.insert(offset &+ 1, to: offset &+ match.length)
        offset &+= match.length
      } else {
        writer.literal(offset)
        offset &+= 1
      }
    }
    tables.position = offset &- cursor.shift
    return finish(offset, writer, workspace)
  }

  @inline(never)
  private static func parseLazy(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    unsafe parseLazyBody(data, request, writer, tables, workspace, looksTwoAhead: false)
  }

  @inline(never)
  private static func parseLazier(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    unsafe parseLazyBody(data, request, writer, tables, workspace, looksTwoAhead: true)
  }

  /// Takes a match only when none that begins one byte (or two bytes) later is better.
  @inline(__always)
  private static func parseLazyBody(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace, looksTwoAhead: Bool
  ) -> ParsedChunk {
    var writer = writer
    var cursor = unsafe ChainCursor(data, end: request.end, offset: request.start, tables: tables)
    var offset = request.start
    let (stop, nice, depth) = (request.stop, request.effort.niceLength, request.depth)
    let minimum = request.minimumLength
    while offset < stop, writer.hasRoom {
      var match = cursor.longestMatch(
        offset, above: minimum &- 1, nice: nice, depth: depth)
      guard match.length >= minimum, writer.isWorth(match, at: offset) else {
        writer.literal(offset)
        offset &+= 1
        continue
      }
      var entered = 1
      while match.length < nice {
        let next = cursor.longestMatch(
          offset &+ 1, above: match.length &- 1, nice: nice, depth: depth &>> 1)
        entered = 2
        if next.length >= match.length, isBetter(next, than: match, by: 2) {
          writer.literal(offset)
          offset &+= 1
          entered = 1
          match = next
          continue
        }
        guard looksTwoAhead else { break }
        let second = cursor.longestMatch(
          offset &+ 2, above: match.length &- 1, nice: nice, depth: depth &>> 2)
        entered = 3
        guard second.length >= match.length, isBetter(second, than: match, by: 6) else { break }
        writer.literal(offset)
        writer.literal(offset &+ 1)
        offset &+= 2
        entered = 1
        match = second
      }
      writer.match(match, at: offset)
      cursor.insert(offset &+ entered, to: offset &+ match.length)
      offset &+= match.length
    }
    tables.position = offset &- cursor.shift
    return finish(offset, writer, workspace)
  }

  /// Whether `next` saves more than `threshold` quarter bytes against `match`: a byte of length
  /// counts 4, a bit of distance 1.
  @inline(__always)
  private static func isBetter(_ next: Match, than match: Match, by threshold: Int) -> Bool {
    let bits = match.distance.leadingZeroBitCount &- next.distance.leadingZeroBitCount
    return (next.length &- match.length) &* 4 &- bits > threshold
  }
}
