// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Encodes one buffer after the other with the same options.
  ///
  /// It keeps its tables between calls, which counts when the buffers are small. What it writes
  /// depends on the options and the buffer only. Use one per thread.
  public final class Encoder {
    public let options: EncodeOptions
    let effort: Effort
    let tables: MatchTables
    let workspace: Workspace
    var block = PendingBlock()
    var coder = BlockCoder()
    var bits = BitBuffer()

    /// - Throws: `invalidArgument` for a level outside 0…12.
    public init(options: EncodeOptions = EncodeOptions()) throws(CodecError) {
      guard let effort = Effort(options) else {
        throw CodecError(
          .invalidArgument, codec: Deflate.name, part: "level", "is not in 0...12")
      }
      self.options = options
      self.effort = effort
      tables = MatchTables(chains: effort.usesChains, pairs: effort.parser == .pairs)
      workspace = Workspace(sequenceCapacity: effort.isStored ? 1 : PendingBlock.sequenceCapacity)
    }

    /// Appends `source` as one complete stream to `output`.
    ///
    /// - Throws: `outputFull` when `output` has too little room.
    public func encode(
      _ source: RawSpan, into output: inout OutputRawSpan
    ) throws(CodecError) {
      bits = BitBuffer()
      guard let dictionary = options.dictionary, !dictionary.isEmpty, !effort.isStored else {
        tables.beginStream()
        return try encodeSegment(source, from: 0, isFinal: true, into: &output)
      }
      // Matches reach back into the dictionary, so both must lie in one piece.
      let tail = dictionary.span.extracting(last: min(dictionary.count, Deflate.windowSize - 1))
      let window = try [UInt8](capacity: tail.byteCount + source.byteCount) {
        (window) throws(CodecError) in
        Deflate.append(tail, to: &window)
        Deflate.append(source, to: &window)
      }
      let span = unsafe window.span.bytes
      tables.beginStream()
      Deflate.enter(0..<tail.byteCount, of: span, into: tables)
      try encodeSegment(span, from: tail.byteCount, isFinal: true, into: &output)
    }

    /// Appends the blocks of `window[start...]`; what comes before `start` has been entered.
    ///
    /// Leaves less than a byte in ``bits``, nothing when `isFinal`.
    func encodeSegment(
      _ window: RawSpan, from start: Int, isFinal: Bool, into output: inout OutputRawSpan
    ) throws(CodecError) {
      if effort.isStored {
        try coder.writeStored(
          window.extracting(start...), isFinal: isFinal, bits: &bits, into: &output)
        return
      }
      let end = window.byteCount
      block.begin(at: start)
      var offset = start
      while offset < end {
        let request = ParseRequest(
          start: offset, stop: min(offset + effort.chunkByteCount, end), end: end,
          firstSequence: block.sequenceCount, sequenceLimit: PendingBlock.chunkSequenceCount,
          minimumLength: minimumLength(window, offset), effort: effort)
        let chunk = Deflate.parse(
          window, request, tables: tables, workspace: workspace, histogram: &block.fresh)
        offset = chunk.end
        if block.shouldEnd(before: chunk) {
          try write(window, isFinal: false, into: &output)
          let kept = block.startNext(with: chunk)
          workspace.keepSequences(kept)
        } else {
          block.append(chunk)
        }
        if block.isFull, offset < end {
          try write(window, isFinal: false, into: &output)
          block.begin(at: offset)
        }
      }
      if offset > block.start || isFinal { try write(window, isFinal: isFinal, into: &output) }
      if isFinal { bits.align(to: &output) }
    }

    private func write(
      _ window: RawSpan, isFinal: Bool, into output: inout OutputRawSpan
    ) throws(CodecError) {
      try coder.write(
        block.start..<block.end, of: window, sequences: 0..<block.sequenceCount,
        histogram: &block.counts, workspace: workspace, isFinal: isFinal,
        fixedOnly: options.strategy == .fixed, bits: &bits, into: &output)
    }

    /// The shortest match worth its bits, by how many different literals there are.
    private func minimumLength(_ window: RawSpan, _ offset: Int) -> Int {
      effort.minimumLength
    }
  }

  /// Appends `source` as one complete DEFLATE stream to `output`.
  ///
  /// - Throws: `outputFull` when `output` has too little room; `invalidArgument` for a level
  ///   outside 0…12.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError) {
    let encoder = try Encoder(options: options)
    try encoder.encode(source, into: &output)
  }

  /// An upper bound on the encoded size of any `byteCount` bytes, at any level and strategy.
  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // Every block is stored at worst: 5 bytes for at least `chunk` bytes of input, and the last
    // block may be shorter.
    byteCount + 5 * (byteCount / PendingBlock.leastByteCount + 2)
  }
}
