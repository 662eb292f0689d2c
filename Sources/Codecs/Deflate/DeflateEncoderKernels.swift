// SPDX-License-Identifier: Apache-2.0

// The loops of the encoder: input → sequences and symbol counts, sequences → bits.

extension Deflate {
  /// Symbols of the literal/length alphabet in a histogram; distance symbols follow.
  static let literalLengthCount = 288
  /// Entries of a histogram: both alphabets.
  static let histogramCount = 320

  /// Memory that parsers and emitters share.
  @safe final class Workspace {
    /// What the parsers found: a run of literals, then a match; see ``Sequence``.
    let sequences: UnsafeMutablePointer<UInt64>
    let sequenceCapacity: Int
    /// Length → symbol − 257, for 0...258.
    let lengthSlots: UnsafeMutablePointer<UInt8>
    /// (Distance − 1) → symbol below 256, (distance − 1) / 128 → symbol from 256 on.
    let distanceSlots: UnsafeMutablePointer<UInt8>
    /// Length → code word with its extra bits, as ``Code`` packs them.
    let lengthCodes: UnsafeMutablePointer<UInt32>

    init(sequenceCapacity: Int) {
      self.sequenceCapacity = sequenceCapacity
      unsafe sequences = .allocate(capacity: sequenceCapacity)
      unsafe lengthSlots = .allocate(capacity: 259)
      unsafe distanceSlots = .allocate(capacity: 512)
      unsafe lengthCodes = .allocate(capacity: 259)
      unsafe sequences.initialize(repeating: 0, count: sequenceCapacity)
      unsafe lengthSlots.initialize(repeating: 0, count: 259)
      unsafe distanceSlots.initialize(repeating: 0, count: 512)
      unsafe lengthCodes.initialize(repeating: 0, count: 259)
      fillSlots()
    }

    deinit {
      unsafe sequences.deallocate()
      unsafe lengthSlots.deallocate()
      unsafe distanceSlots.deallocate()
      unsafe lengthCodes.deallocate()
    }

    private func fillSlots() {
      for length in 3...maximumMatchLength {
        // In bounds: 259 entries.
        unsafe lengthSlots[length] = UInt8(lengthSlot(length))
      }
      for distance in 0..<256 {
        // In bounds: 512 entries.
        unsafe distanceSlots[distance] = UInt8(distanceSlot(distance + 1))
        unsafe distanceSlots[256 + distance] = UInt8(distanceSlot(distance * 128 + 1))
      }
    }

    /// Moves the sequences of `range` to the front.
    func keepSequences(_ range: Range<Int>) {
      precondition(range.lowerBound >= 0 && range.upperBound <= sequenceCapacity)
      unsafe sequences.update(from: sequences + range.lowerBound, count: range.count)
    }
  }

  /// The symbol − 257 of a match length.
  ///
  /// Source: RFC 1951 §3.2.5.
  static func lengthSlot(_ length: Int) -> Int {
    if length == 258 { return 28 }
    let value = length - 3
    if value < 8 { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return (exponent - 1) * 4 + (value >> (exponent - 2)) & 3
  }

  /// The symbol of a match distance.
  ///
  /// Source: RFC 1951 §3.2.5.
  static func distanceSlot(_ distance: Int) -> Int {
    let value = distance - 1
    if value < 4 { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return exponent * 2 + (value >> (exponent - 1)) & 1
  }

  /// A run of literals and the match after it, in 64 bits: run 0–23, length 24–32, distance
  /// symbol 33–37, distance 38–53. Length 0 says that no match follows.
  enum Sequence {
    @inline(__always)
    static func pack(run: Int, length: Int, slot: Int, distance: Int) -> UInt64 {
      UInt64(truncatingIfNeeded: run | length &<< 24 | slot &<< 33 | distance &<< 38)
    }
    @inline(__always) static func run(_ s: UInt64) -> Int { Int(truncatingIfNeeded: s & 0xFF_FFFF) }
    @inline(__always) static func length(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 24 & 0x1FF)
    }
    @inline(__always) static func slot(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 33 & 31)
    }
    @inline(__always) static func distance(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 38)
    }
  }

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
    var next: UnsafeMutablePointer<UInt64>
    let last: UnsafeMutablePointer<UInt64>
    var runStart: Int

    @inline(__always)
    init(
      _ data: UnsafeRawPointer, _ histogram: UnsafeMutablePointer<UInt32>, _ workspace: Workspace,
      _ request: ParseRequest
    ) {
      precondition(
        request.firstSequence + request.sequenceLimit < workspace.sequenceCapacity)
      unsafe self.data = data
      unsafe self.histogram = histogram
      unsafe lengthSlots = workspace.lengthSlots
      unsafe distanceSlots = workspace.distanceSlots
      unsafe next = workspace.sequences + request.firstSequence
      unsafe last = next + request.sequenceLimit
      runStart = request.start
    }

    @inline(__always) var hasRoom: Bool { unsafe next < last }

    @inline(__always)
    func literal(_ offset: Int) {
      // In bounds: parsers pass offsets inside the window; a byte is below 288.
      let byte = unsafe data.load(fromByteOffset: offset, as: UInt8.self)
      unsafe histogram[Int(byte)] &+= 1
    }

    @inline(__always)
    mutating func match(_ match: Match, at offset: Int) {
      // In bounds: lengths are in 3...258 and distances in 1...32768.
      let length = unsafe Int(lengthSlots[match.length])
      let farther = match.distance &- 1
      let index = farther < 256 ? farther : 256 &+ farther &>> 7
      let slot = unsafe Int(distanceSlots[index])
      unsafe histogram[257 &+ length] &+= 1
      unsafe histogram[Deflate.literalLengthCount &+ slot] &+= 1
      // In bounds: callers test `hasRoom` before every match.
      unsafe next.pointee = Sequence.pack(
        run: offset &- runStart, length: match.length, slot: slot, distance: match.distance)
      unsafe next += 1
      runStart = offset &+ match.length
    }

    /// Ends the chunk with the literals left over.
    @inline(__always)
    mutating func close(at offset: Int) {
      // In bounds: the request's limit leaves one entry for this.
      unsafe next.pointee = Sequence.pack(
        run: offset &- runStart, length: 0, slot: 0, distance: 0)
      unsafe next += 1
    }
  }

  // MARK: Parsers

  /// Enters `range` of the window into the tables without parsing it.
  static func enter(_ range: Range<Int>, of window: RawSpan, into tables: MatchTables) {
    precondition(range.lowerBound >= 0 && range.upperBound <= window.byteCount)
    unsafe window.withUnsafeBytes { bytes in
      guard let data = bytes.baseAddress else { return }
      if tables.pairCount > 0 {
        var cursor = unsafe PairCursor(
          data, end: range.upperBound, offset: range.lowerBound, tables: tables)
        cursor.insert(range.lowerBound, to: range.upperBound)
        tables.position = range.upperBound &- cursor.shift
      } else if tables.chainEntryCount > 0 {
        var cursor = unsafe ChainCursor(
          data, end: range.upperBound, offset: range.lowerBound, tables: tables)
        cursor.insert(range.lowerBound, to: range.upperBound)
        tables.position = range.upperBound &- cursor.shift
      }
    }
  }

  /// Parses one chunk of `window` and adds its symbols to `histogram`.
  static func parse(
    _ window: RawSpan, _ request: ParseRequest, tables: MatchTables, workspace: Workspace,
    histogram: inout [UInt32]
  ) -> ParsedChunk {
    precondition(request.start >= 0 && request.stop <= request.end)
    precondition(request.end <= window.byteCount && histogram.count == histogramCount)
    return unsafe window.withUnsafeBytes { bytes in
      unsafe histogram.withUnsafeMutableBufferPointer { counts in
        guard let data = bytes.baseAddress, let counts = counts.baseAddress else {
          return ParsedChunk(end: request.start, sequenceEnd: request.firstSequence)
        }
        let writer = unsafe SequenceWriter(data, counts, workspace, request)
        let result: ParsedChunk
        switch request.effort.parser {
        case .literals: result = parseLiterals(request, writer, workspace)
        case .runs: result = unsafe parseRuns(data, request, writer, workspace)
        case .pairs: result = unsafe parsePairs(data, request, writer, tables, workspace)
        case .greedy: result = unsafe parseGreedy(data, request, writer, tables, workspace)
        case .lazy: result = unsafe parseLazy(data, request, writer, tables, workspace)
        case .lazier: result = unsafe parseLazier(data, request, writer, tables, workspace)
        }
        return result
      }
    }
  }

  @inline(__always)
  private static func finish(
    _ offset: Int, _ writer: SequenceWriter, _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    writer.close(at: offset)
    return ParsedChunk(end: offset, sequenceEnd: unsafe writer.next - workspace.sequences)
  }

  @inline(never)
  private static func parseLiterals(
    _ request: ParseRequest, _ writer: SequenceWriter, _ workspace: Workspace
  ) -> ParsedChunk {
    for offset in request.start..<request.stop { writer.literal(offset) }
    return finish(request.stop, writer, workspace)
  }

  @inline(never)
  private static func parseRuns(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    var offset = request.start
    while offset < request.stop, writer.hasRoom {
      if offset > 0 {
        let limit = min(request.end &- offset, maximumMatchLength)
        let length = unsafe matchLength(data + offset, data + (offset &- 1), known: 0, limit: limit)
        if length >= request.minimumLength {
          writer.match(Match(length: length, distance: 1), at: offset)
          offset &+= length
          continue
        }
      }
      writer.literal(offset)
      offset &+= 1
    }
    return finish(offset, writer, workspace)
  }

  @inline(never)
  private static func parsePairs(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    var cursor = unsafe PairCursor(data, end: request.end, offset: request.start, tables: tables)
    var offset = request.start
    let (stop, nice) = (request.stop, request.effort.niceLength)
    let minimum = max(request.minimumLength, 4)
    while offset < stop, writer.hasRoom {
      let match = cursor.longestMatch(offset, nice: nice)
      if match.length >= minimum {
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
  private static func parseGreedy(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ tables: MatchTables, _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    var cursor = unsafe ChainCursor(data, end: request.end, offset: request.start, tables: tables)
    var offset = request.start
    let (stop, nice, depth) = (request.stop, request.effort.niceLength, request.effort.depth)
    let minimum = request.minimumLength
    while offset < stop, writer.hasRoom {
      let match = cursor.longestMatch(
        offset, above: minimum &- 1, nice: nice, depth: depth)
      if match.length >= minimum, match.length > 3 || match.distance <= 4096 {
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
    let (stop, nice, depth) = (request.stop, request.effort.niceLength, request.effort.depth)
    let minimum = request.minimumLength
    while offset < stop, writer.hasRoom {
      var match = cursor.longestMatch(
        offset, above: minimum &- 1, nice: nice, depth: depth)
      guard match.length >= minimum, match.length > 3 || match.distance <= 8192 else {
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

  // MARK: Emission

  /// Writes sequences with the given codes, then the end-of-block code.
  ///
  /// `byteCount` is what the bits pending and to come will fill, rounded up; the caller has
  /// computed it from the histogram and knows that `output` has as much room.
  static func emit(
    _ sequenceRange: Range<Int>, of window: RawSpan, from start: Int, codes: Span<UInt32>,
    workspace: Workspace, bits: inout BitBuffer, byteCount: Int, into output: inout OutputRawSpan
  ) {
    precondition(codes.count == histogramCount && sequenceRange.lowerBound >= 0)
    precondition(sequenceRange.upperBound <= workspace.sequenceCapacity)
    precondition(byteCount <= output.freeCapacity)
    fillLengthCodes(codes, workspace)
    // The loop stores whole words, so up to 7 bytes past the last one it fills.
    if output.freeCapacity >= byteCount + 8 {
      unsafe output.withUnsafeMutableBytes { buffer, count in
        guard let base = buffer.baseAddress else { return }
        let end = unsafe emitWords(
          sequenceRange, window, start, codes, workspace, &bits, base + count)
        count = unsafe end - base
      }
    } else {
      // The end of the caller's buffer is near: once per stream at most.
      let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: byteCount + 8, alignment: 8)
      defer { unsafe scratch.deallocate() }
      guard let base = scratch.baseAddress else { return }
      let end = unsafe emitWords(sequenceRange, window, start, codes, workspace, &bits, base)
      let written = unsafe UnsafeRawBufferPointer(start: base, count: end - base)
      unsafe append(RawSpan(_unsafeBytes: written), to: &output)
    }
  }

  /// Appends bytes; the room must have been checked.
  static func append(_ bytes: RawSpan, to output: inout OutputRawSpan) {
    precondition(bytes.byteCount <= output.freeCapacity)
    unsafe output.withUnsafeMutableBytes { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
        // In bounds by the precondition.
        unsafe (to + count).copyMemory(from: from, byteCount: source.count)
        count += source.count
      }
    }
  }

  /// Packs the code of each length with its extra bits.
  private static func fillLengthCodes(_ codes: Span<UInt32>, _ workspace: Workspace) {
    for length in 3...maximumMatchLength {
      // In bounds: 259 entries, lengths up to 258.
      let slot = unsafe Int(workspace.lengthSlots[length])
      let code = codes[257 + slot]
      let count = code & 0xFF
      let extra = UInt32(length - Int(Tables.lengthBase[slot]))
      let total = count + UInt32(Tables.lengthExtraBits[slot])
      unsafe workspace.lengthCodes[length] = (code >> 8 | extra << count) << 8 | total
    }
  }

  @inline(never)
  private static func emitWords(
    _ range: Range<Int>, _ window: RawSpan, _ start: Int, _ codes: Span<UInt32>,
    _ workspace: Workspace, _ bits: inout BitBuffer, _ output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    unsafe window.withUnsafeBytes { bytes in
      unsafe codes.withUnsafeBufferPointer { codes in
        guard let data = bytes.baseAddress, let codes = codes.baseAddress else {
          return unsafe output
        }
        var writer = unsafe WordWriter(bits, output)
        let distanceCodes = unsafe codes + literalLengthCount
        let lengthCodes = unsafe workspace.lengthCodes
        var literal = unsafe data + start
        var next = unsafe workspace.sequences + range.lowerBound
        let last = unsafe workspace.sequences + range.upperBound
        // In bounds: the sequences are those a parser wrote for this window from `start` on, so
        // runs and lengths add up to the block; bytes are below 288, slots below 32.
        while unsafe next < last {
          let sequence = unsafe next.pointee
          unsafe next += 1
          let runEnd = unsafe literal + Sequence.run(sequence)
          // At most 7 bits pend after a flush; four literals have up to 56.
          while UInt(bitPattern: literal) &+ 4 <= UInt(bitPattern: runEnd) {
            unsafe writer.put(codes[Int(literal.load(as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 1, as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 2, as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 3, as: UInt8.self))])
            writer.flush()
            unsafe literal += 4
          }
          while UInt(bitPattern: literal) < UInt(bitPattern: runEnd) {
            unsafe writer.put(codes[Int(literal.load(as: UInt8.self))])
            unsafe literal += 1
          }
          writer.flush()
          let length = Sequence.length(sequence)
          if length == 0 { continue }
          // 19 + 15 + 13 bits: one flush is enough.
          unsafe writer.put(lengthCodes[length])
          let slot = Sequence.slot(sequence)
          unsafe writer.put(distanceCodes[slot])
          let extraBits = max(slot &>> 1, 1) &- 1
          let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: extraBits) &- 1
          writer.put(
            UInt64(truncatingIfNeeded: Sequence.distance(sequence) &- 1) & mask, extraBits)
          writer.flush()
          unsafe literal += length
        }
        unsafe writer.put(codes[256])
        writer.flush()
        bits = writer.bits
        return unsafe writer.output
      }
    }
  }

  /// Bits on their way out, lowest first, stored as whole words.
  @safe struct WordWriter {
    var accumulator: UInt64
    var count: UInt64
    var output: UnsafeMutableRawPointer

    @inline(__always)
    init(_ bits: BitBuffer, _ output: UnsafeMutableRawPointer) {
      accumulator = bits.accumulator
      count = UInt64(bits.count)
      unsafe self.output = output
    }

    var bits: BitBuffer { BitBuffer(accumulator: accumulator, count: Int(count)) }

    /// Adds a code: bits 8 and up, their number below.
    @inline(__always)
    mutating func put(_ code: UInt32) {
      accumulator |= UInt64(code &>> 8) &<< count
      count &+= UInt64(code & 0xFF)
    }

    @inline(__always)
    mutating func put(_ value: UInt64, _ bitCount: Int) {
      accumulator |= value &<< count
      count &+= UInt64(truncatingIfNeeded: bitCount)
    }

    /// Stores the whole bytes; fewer than 8 bits stay. The count must be below 64.
    @inline(__always)
    mutating func flush() {
      // In bounds: the room is the exact size of the block and 8 bytes.
      unsafe output.storeBytes(of: accumulator.littleEndian, as: UInt64.self)
      unsafe output += Int(truncatingIfNeeded: count &>> 3)
      accumulator &>>= count & 0x38
      count &= 7
    }
  }
}
