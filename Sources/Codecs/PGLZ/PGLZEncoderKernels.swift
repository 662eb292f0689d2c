// SPDX-License-Identifier: Apache-2.0

extension PGLZ {
  /// One more than how far back a match may reach: PostgreSQL's own encoder stops short, too.
  private static var window: Int { 4_095 }
  /// Positions whose predecessors in their list are remembered: a power of two over the window.
  private static var historyCount: Int { 4_096 }

  /// Appends the items of `source`; appends nothing and returns `false` when they take `limit`
  /// bytes or more, or have no match within `firstMatchLimit` bytes.
  ///
  /// - Precondition: the output has room for ``encodedByteCountBound(for:)``.
  static func encodeItems(
    _ source: RawSpan, into output: inout OutputRawSpan, _ strategy: Strategy, limit: Int,
    firstMatchLimit: Int
  ) throws(CodecError) -> Bool {
    let heads = HashSlots<UInt32>(for: source.byteCount, limit: 13)
    let history = HashSlots<UInt32>(for: historyCount - 1, limit: 12)
    return try unsafe source.withBytePointer { (input, count) throws(CodecError) in
      try unsafe output.appendBytes { target, _, written in
        var encoder = unsafe ItemEncoder(
          input: input, count: count, target: target, heads: heads.slots,
          shift: UInt32(32 - heads.bitCount), history: history.slots,
          goodMatch: min(max(strategy.goodMatch, minimumLength), maximumLength),
          goodMatchDrop: min(max(strategy.goodMatchDrop, 0), 100))
        guard encoder.run(limit: limit, firstMatchLimit: firstMatchLimit) else { return false }
        written = encoder.o
        return true
      }
    }
  }

  /// Invariants: `0 ≤ i ≤ count`; `heads` and `history` hold positions one up, 0 for none.
  @safe
  private struct ItemEncoder {
    let input: UnsafePointer<UInt8>
    let count: Int
    let target: UnsafeMutablePointer<UInt8>
    let heads: UnsafeMutablePointer<UInt32>
    let shift: UInt32
    let history: UnsafeMutablePointer<UInt32>
    let goodMatch: Int
    let goodMatchDrop: Int
    var i = 0
    var o = 0

    init(
      input: UnsafePointer<UInt8>, count: Int, target: UnsafeMutablePointer<UInt8>,
      heads: UnsafeMutablePointer<UInt32>, shift: UInt32, history: UnsafeMutablePointer<UInt32>,
      goodMatch: Int, goodMatchDrop: Int
    ) {
      unsafe self.input = unsafe input
      self.count = count
      unsafe self.target = unsafe target
      unsafe self.heads = unsafe heads
      self.shift = shift
      unsafe self.history = unsafe history
      self.goodMatch = goodMatch
      self.goodMatchDrop = goodMatchDrop
    }

    /// In bounds: an item takes no more bytes than it stands for, and eight items one more.
    @inline(never)
    mutating func run(limit: Int, firstMatchLimit: Int) -> Bool {
      var hasMatch = false
      while i < count {
        let control = o
        var bits = 0
        o &+= 1
        for k in 0..<PGLZ.itemLimit where i < count {
          guard o < limit, hasMatch || o < firstMatchLimit else { return false }
          let (distance, length) = longestMatch()
          if length >= PGLZ.minimumLength {
            bits |= 1 &<< k
            hasMatch = true
            emit(distance, length)
            for _ in 0..<length { remember() }
          } else {
            unsafe target[o] = unsafe input[i]
            o &+= 1
            remember()
          }
        }
        unsafe target[control] = UInt8(truncatingIfNeeded: bits)
      }
      return o < limit
    }

    @inline(__always)
    private mutating func emit(_ distance: Int, _ length: Int) {
      let isLong = length >= PGLZ.longLength
      let code = isLong ? 15 : length &- PGLZ.minimumLength
      unsafe target[o] = UInt8(truncatingIfNeeded: distance &>> 4 & 0xF0 | code)
      unsafe target[o &+ 1] = UInt8(truncatingIfNeeded: distance)
      o &+= 2
      if isLong {
        unsafe target[o] = UInt8(truncatingIfNeeded: length &- PGLZ.longLength)
        o &+= 1
      }
    }

    /// List of the three bytes at `i`.
    @inline(__always)
    private func head() -> Int {
      // In bounds: the callers have three bytes left.
      let word =
        unsafe UInt32(input[i]) | UInt32(input[i &+ 1]) &<< 8 | UInt32(input[i &+ 2]) &<< 16
      return Int(truncatingIfNeeded: ((word &<< 8) &* 0x9E37_79B1) &>> shift)
    }

    /// Puts `i` at the front of its list and goes on.
    @inline(__always)
    private mutating func remember() {
      if count &- i >= 3 {
        let head = head()
        unsafe history[i & (PGLZ.historyCount &- 1)] = heads[head]
        unsafe heads[head] = UInt32(truncatingIfNeeded: i &+ 1)
      }
      i &+= 1
    }

    /// The best match at `i`; a length of 0 when there is none.
    @inline(__always)
    private func longestMatch() -> (distance: Int, length: Int) {
      guard count &- i >= 3 else { return (0, 0) }
      var candidate = unsafe Int(truncatingIfNeeded: heads[head()]) &- 1
      let end = min(count, i &+ PGLZ.maximumLength)
      var best = (distance: 0, length: 0)
      var good = goodMatch
      while candidate >= 0, i &- candidate < PGLZ.window {
        // A longer match has the byte after the best one, too.
        let last = i &+ best.length
        if last < end, unsafe input[candidate &+ best.length] == input[last] {
          let length = unsafe MatchSearch.equalCount(input, i, candidate, end)
          if length > best.length { best = (i &- candidate, length) }
        }
        guard best.length < good else { break }
        if best.length > 0 { good &-= good &* goodMatchDrop / 100 }
        let next = unsafe Int(truncatingIfNeeded: history[candidate & (PGLZ.historyCount &- 1)])
        // Lists go backwards; a slot that was taken by a later position ends one.
        guard next &- 1 < candidate else { break }
        candidate = next &- 1
      }
      return best
    }
  }
}
