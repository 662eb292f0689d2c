// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Encodes one buffer after the other with the same options.
  ///
  /// It keeps its tables between calls, which counts when the buffers are small. What it writes
  /// depends on the options and the buffer only. Use one per thread.
  public final class Encoder {
    public let options: EncodeOptions
    let wrapper: Wrapper
    let gzipHeader: Gzip.Header
    let effort: Effort
    let tables: MatchTables
    let workspace: Workspace
    /// For the optimal parser only.
    let cache: MatchCache?
    var block = PendingBlock()
    var prices = PriceModel()
    var coder = BlockCoder()
    var bits = BitBuffer()

    /// - Parameters:
    ///   - wrapper: what surrounds the data.
    ///   - gzipHeader: what a gzip header says; for ``Wrapper/gzip`` only.
    /// - Throws: `invalidArgument` for a level outside 0…12, a gzip dictionary, or a gzip header
    ///   that cannot be stored.
    public init(
      _ wrapper: Wrapper = .raw, options: EncodeOptions = EncodeOptions(),
      gzipHeader: Gzip.Header = Gzip.Header()
    ) throws(CodecError) {
      guard let effort = Effort(options) else {
        throw CodecError(
          .invalidArgument, codec: wrapper.name, part: "level", "is not in 0...12")
      }
      if wrapper == .gzip { try gzipHeader.check(options) }
      self.wrapper = wrapper
      self.gzipHeader = gzipHeader
      self.options = options
      self.effort = effort
      tables = MatchTables(
        chains: effort.usesChains, pairs: effort.parser == .pairs, trees: effort.usesTrees)
      workspace = Workspace(sequenceCapacity: effort.sequenceCapacity)
      cache = effort.usesTrees ? MatchCache() : nil
    }

    /// Appends `source` as one complete stream to `output`.
    ///
    /// - Throws: `outputFull` when `output` has too little room.
    public func encode(
      _ source: RawSpan, into output: inout OutputRawSpan
    ) throws(CodecError) {
      do throws(CodecError) {
        try append(prefix, to: &output)
        try encodeBody(source, into: &output)
        try append(suffix(of: source), to: &output)
      } catch {
        throw wrapper == .raw ? error : error.rethrown(by: wrapper.name, part: error.part)
      }
    }

    /// `source` as one complete stream.
    public func encode(_ source: RawSpan) throws(CodecError) -> [UInt8] {
      let bound = Deflate.encodedByteCountBound(for: source.byteCount) + prefix.count + 8
      return try [UInt8](capacity: bound) { (output) throws(CodecError) in
        try encode(source, into: &output)
      }
    }

    /// The bytes before the DEFLATE data.
    var prefix: [UInt8] { Self.prefix(wrapper, options, gzipHeader) }

    /// The bytes before the DEFLATE data, of an encoder that has been made with the same arguments.
    static func prefix(
      _ wrapper: Wrapper, _ options: EncodeOptions, _ gzipHeader: Gzip.Header
    ) -> [UInt8] {
      switch wrapper {
      case .raw: []
      case .zlib: Zlib.Header(for: options).bytes(dictionary: options.dictionary)
      case .gzip: gzipHeader.bytes(level: options.level)
      }
    }

    /// The bytes after the DEFLATE data.
    private func suffix(of source: RawSpan) -> [UInt8] {
      switch wrapper {
      case .raw: []
      case .zlib: Zlib.trailer(checksum: Adler32.checksum(source))
      case .gzip:
        Gzip.trailer(checksum: CRC32.checksum(source), byteCount: source.byteCount)
      }
    }

    private func append(_ bytes: [UInt8], to output: inout OutputRawSpan) throws(CodecError) {
      guard bytes.count <= output.freeCapacity else {
        throw CodecError(.outputFull(needed: nil), codec: Deflate.name)
      }
      for byte in bytes { output.append(byte) }
    }

    private func encodeBody(
      _ source: RawSpan, into output: inout OutputRawSpan
    ) throws(CodecError) {
      bits = BitBuffer()
      tables.beginStream()
      guard let dictionary = options.dictionary, !dictionary.isEmpty, !effort.isStored else {
        return try encodeSegment(
          source, from: 0, unentered: 0, isFinal: true, into: &output)
      }
      // Matches reach back into the dictionary, so both must lie in one piece.
      let tail = dictionary.span.extracting(last: min(dictionary.count, Deflate.windowSize - 1))
      let tailCount = tail.byteCount
      let window = try [UInt8](capacity: tailCount + source.byteCount) {
        (window) throws(CodecError) in
        Deflate.append(tail, to: &window)
        Deflate.append(source, to: &window)
      }
      try encodeSegment(
        Bytes(window).span, from: tailCount, unentered: tailCount, isFinal: true, into: &output)
    }

    /// Appends the blocks of `window[start...]`; matches may reach back to what comes before.
    ///
    /// The `unentered` bytes before `start` are not in the tables yet; the tables' position is that
    /// of the first of them. Leaves less than a byte in ``bits``, nothing when `isFinal`.
    func encodeSegment(
      _ window: RawSpan, from start: Int, unentered: Int, isFinal: Bool,
      into output: inout OutputRawSpan
    ) throws(CodecError) {
      if effort.isStored {
        return try coder.writeStored(
          window.extracting(start...), isFinal: isFinal, bits: &bits, into: &output)
      }
      Deflate.enter((start - unentered)..<start, of: window, into: tables)
      if let cache {
        return try encodeOptimally(window, from: start, isFinal: isFinal, cache, into: &output)
      }
      let end = window.byteCount
      block.begin(at: start)
      prices.begin(with: window.extracting(start..<min(start + 4096, end)))
      var offset = start
      while offset < end {
        let isFirst = offset == start
        let chunkByteCount = isFirst ? PendingBlock.firstChunkByteCount : effort.chunkByteCount
        let request = ParseRequest(
          start: offset, stop: min(offset + chunkByteCount, end), end: end,
          firstSequence: block.sequenceCount, sequenceLimit: PendingBlock.chunkSequenceCount,
          minimumLength: max(prices.shortestMatch, effort.minimumLength),
          depth: effort.depth(coverage: prices.coverage), effort: effort)
        let chunk = Deflate.parse(
          window, request, prices: prices.prices, tables: tables, workspace: workspace,
          histogram: &block.fresh)
        offset = chunk.end
        if block.shouldEnd(before: chunk) {
          try write(window, isFinal: false, into: &output)
          let kept = block.startNext(with: chunk)
          workspace.keepSequences(kept)
        } else {
          block.append(chunk)
        }
        prices.learn(block.counts, byteCount: block.end - block.start)
        if block.isFull, offset < end {
          try write(window, isFinal: false, into: &output)
          block.begin(at: offset)
        }
      }
      if offset > block.start || isFinal { try write(window, isFinal: isFinal, into: &output) }
      if isFinal { bits.align(to: &output) }
    }

    func write(
      _ window: RawSpan, isFinal: Bool, into output: inout OutputRawSpan
    ) throws(CodecError) {
      try coder.write(
        block.start..<block.end, of: window, sequences: 0..<block.sequenceCount,
        histogram: &block.counts, workspace: workspace, isFinal: isFinal,
        fixedOnly: options.strategy == .fixed, bits: &bits, into: &output)
    }
  }

  /// An upper bound on the encoded size of any `byteCount` bytes, at any level and strategy.
  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // Every block is stored at worst, which adds 5 bytes, and only the last may be a short one.
    byteCount + 5 * (byteCount / PendingBlock.leastByteCount + 2)
  }
}
