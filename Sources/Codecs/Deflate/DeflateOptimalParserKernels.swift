// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Finds the cheapest way through `range` at these prices, writes it as sequences from index 0 on
  /// and adds its symbols to `histogram`.
  ///
  /// `cache` holds the matches of `range`; none is taken beyond its end.
  /// - Returns: the number of sequences.
  static func parseOptimally(
    _ window: RawSpan, _ range: Range<Int>, cache: MatchCache, prices: [UInt16],
    minimumLength: Int, workspace: Workspace, histogram: inout [UInt32]
  ) -> Int {
    precondition(range.lowerBound >= cache.start && range.upperBound <= cache.end)
    precondition(cache.start >= 0 && cache.end <= window.byteCount)
    precondition(histogram.count == histogramCount && prices.count == histogramCount)
    precondition(workspace.sequenceCapacity >= range.count / 3 + 2 && minimumLength >= 3)
    for length in 3...maximumMatchLength {
      // In bounds: 259 entries.
      let slot = unsafe Int(workspace.lengthSlots[length])
      unsafe cache.lengthPrices[length] = UInt32(prices[257 + slot])
    }
    return unsafe window.withUnsafeBytes { bytes in
      unsafe prices.withUnsafeBufferPointer { prices in
        guard let data = bytes.baseAddress, let prices = prices.baseAddress else { return 0 }
        unsafe choose(data, range, cache, prices, minimumLength)
        return unsafe histogram.withUnsafeMutableBufferPointer { counts in
          guard let counts = counts.baseAddress else { return 0 }
          return unsafe follow(data, range, cache, counts, workspace)
        }
      }
    }
  }

  /// From the end to the start: the cheapest way from each position on, and its first step.
  @inline(never)
  private static func choose(
    _ data: UnsafeRawPointer, _ range: Range<Int>, _ cache: MatchCache,
    _ prices: UnsafePointer<UInt16>, _ minimumLength: Int
  ) {
    let first = range.lowerBound &- cache.start
    let last = range.upperBound &- cache.start
    let bytes = unsafe data + cache.start
    let (costs, choices) = unsafe (cache.costs, cache.choices)
    let (matches, ends) = unsafe (cache.matches, cache.ends)
    let lengthPrices = unsafe cache.lengthPrices
    let distancePrices = unsafe prices + literalLengthCount
    // In bounds: i is below the cache's count, there is a cost more than positions; lengths are cut
    // at the end of the range; a byte is below 288, a distance's symbol below 30.
    unsafe costs[last] = 0
    var i = last
    while i > first {
      i &-= 1
      let byte = unsafe Int(bytes.load(fromByteOffset: i, as: UInt8.self))
      var best = unsafe costs[i &+ 1] &+ UInt32(prices[byte])
      var choice: UInt32 = 0
      var next = i > 0 ? unsafe Int(ends[i &- 1]) : 0
      let end = unsafe Int(ends[i])
      var length = minimumLength
      while next < end {
        let match = unsafe matches[next]
        let longest = min(CachedMatch.length(match), last &- i)
        let distance = unsafe UInt32(distancePrices[CachedMatch.slot(match)])
        while length <= longest {
          let cost = unsafe costs[i &+ length] &+ lengthPrices[length] &+ distance
          if cost < best {
            best = cost
            choice = match & ~0x1FF | UInt32(truncatingIfNeeded: length)
          }
          length &+= 1
        }
        next &+= 1
      }
      unsafe costs[i] = best
      unsafe choices[i] = choice
    }
  }

  /// From the start to the end along the choices.
  @inline(never)
  private static func follow(
    _ data: UnsafeRawPointer, _ range: Range<Int>, _ cache: MatchCache,
    _ counts: UnsafeMutablePointer<UInt32>, _ workspace: Workspace
  ) -> Int {
    var writer = unsafe SequenceWriter(
      data, counts, workspace, start: range.lowerBound, firstSequence: 0,
      sequenceLimit: workspace.sequenceCapacity - 1)
    let choices = unsafe cache.choices
    var offset = range.lowerBound
    // In bounds: a choice never leads beyond the range; a match has three bytes at least, and the
    // workspace room for a third as many sequences.
    while offset < range.upperBound {
      let choice = unsafe choices[offset &- cache.start]
      if choice == 0 {
        writer.literal(offset)
        offset &+= 1
      } else {
        let length = CachedMatch.length(choice)
        writer.match(
          Match(length: length, distance: CachedMatch.distance(choice)), at: offset)
        offset &+= length
      }
    }
    writer.close(at: offset)
    return unsafe writer.next - workspace.sequences
  }
}
