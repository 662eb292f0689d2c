// SPDX-License-Identifier: Apache-2.0

extension Deflate.Encoder {
  /// ``encodeSegment`` for the levels above 9.
  ///
  /// Each chunk is parsed once to see whether it belongs to the block; when a block is complete, it
  /// is parsed anew as a whole, each time with the prices that the time before led to.
  func encodeOptimally(
    _ window: RawSpan, from start: Int, isFinal: Bool, _ cache: Deflate.MatchCache,
    into output: inout OutputRawSpan
  ) throws(CodecError) {
    let end = window.byteCount
    block.begin(at: start)
    cache.begin(at: start)
    prices.begin(with: window.extracting(start..<min(start + 4096, end)))
    var offset = start
    while offset < end {
      let byteCount =
        offset == start ? Deflate.PendingBlock.firstChunkByteCount : effort.chunkByteCount
      let chunkStart = offset
      offset = Deflate.findMatches(
        window, to: min(offset + byteCount, end), effort: effort, tables: tables,
        cache: cache)
      _ = Deflate.parseOptimally(
        window, chunkStart..<offset, cache: cache, prices: prices.prices,
        minimumLength: effort.minimumLength, workspace: workspace, histogram: &block.fresh)
      let chunk = Deflate.ParsedChunk(end: offset, sequenceEnd: 0)
      // A full cache can make a chunk short: too short for a block.
      let mayEnd = offset - chunkStart >= Deflate.PendingBlock.leastByteCount || offset == end
      if block.shouldEnd(before: chunk), mayEnd {
        try writeOptimally(window, isFinal: false, cache, into: &output)
        cache.drop(before: chunkStart)
        _ = block.startNext(with: chunk)
      } else {
        block.append(chunk)
      }
      prices.learn(block.counts, byteCount: block.end - block.start)
      if block.isFull || cache.isFull, offset < end {
        try writeOptimally(window, isFinal: false, cache, into: &output)
        block.begin(at: offset)
        cache.begin(at: offset)
      }
    }
    if offset > block.start || isFinal {
      try writeOptimally(window, isFinal: isFinal, cache, into: &output)
    }
    if isFinal { bits.align(to: &output) }
  }

  /// Writes the pending block, parsed as well as the level allows.
  private func writeOptimally(
    _ window: RawSpan, isFinal: Bool, _ cache: Deflate.MatchCache,
    into output: inout OutputRawSpan
  ) throws(CodecError) {
    let range = block.start..<block.end
    var model = prices
    var counts = block.counts
    var (best, bestPrices, lastPrices) = (Int.max, model.prices, model.prices)
    var sequenceCount = 0
    func parse(_ prices: [UInt16]) {
      for i in 0..<Deflate.histogramCount { counts[i] = 0 }
      sequenceCount = Deflate.parseOptimally(
        window, range, cache: cache, prices: prices, minimumLength: effort.minimumLength,
        workspace: workspace, histogram: &counts)
    }
    for _ in 0..<effort.passCount {
      model.learn(counts, byteCount: range.count)
      lastPrices = model.prices
      parse(lastPrices)
      let size = coder.bitCount(of: &counts)
      // Some passes make it worse before it gets better, but not by much.
      if size < best {
        (best, bestPrices) = (size, lastPrices)
      } else if size > best + best / 256 {
        break
      }
    }
    if lastPrices != bestPrices { parse(bestPrices) }
    try coder.write(
      range, of: window, sequences: 0..<sequenceCount, histogram: &counts, workspace: workspace,
      isFinal: isFinal, fixedOnly: options.strategy == .fixed, bits: &bits, into: &output)
  }
}
