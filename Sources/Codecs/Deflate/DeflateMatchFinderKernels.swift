// SPDX-License-Identifier: Apache-2.0

// How earlier occurrences are found. Two finders share one scheme: positions are kept as Int16,
// relative to a base that moves on by 32 KiB at a time, so that all tables together fit the
// second-level cache. `slide` then takes 32,768 off every entry; what falls out of the window
// sticks at −32,768, which no position reaches.
//
// A finder serves one stream after the other uncleared: `lowest` bars entries of earlier ones.

extension Deflate {
  /// A match: `distance` is 0 when there is none.
  struct Match {
    var length: Int
    var distance: Int
  }

  /// The number of equal bytes at `a` and `b`, of which the first `known` are not compared again.
  ///
  /// Both have `limit` readable bytes.
  @inline(__always)
  static func matchLength(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, known: Int, limit: Int
  ) -> Int {
    var length = known
    // In bounds: `length + 8 ≤ limit`.
    while length &+ 8 <= limit {
      let difference =
        unsafe a.loadUnaligned(fromByteOffset: length, as: UInt64.self)
        ^ b.loadUnaligned(fromByteOffset: length, as: UInt64.self)
      if difference != 0 { return length &+ difference.littleEndian.trailingZeroBitCount &>> 3 }
      length &+= 8
    }
    while length < limit,
      unsafe a.load(fromByteOffset: length, as: UInt8.self)
        == b.load(fromByteOffset: length, as: UInt8.self)
    { length &+= 1 }
    return length
  }

  /// A parser's view of the chains, kept in registers for the length of one chunk.
  ///
  /// Offsets count from the start of the window, positions are what the tables hold;
  /// `offset = position + shift`. A candidate above `cutoff` is a position of this stream inside
  /// the window, so that its offset is in `0..<offset`: every read through it is in bounds when
  /// the same read at `offset` is.
  @safe struct ChainCursor {
    let data: UnsafeRawPointer
    let end: Int
    let heads3: UnsafeMutablePointer<Int16>
    let heads4: UnsafeMutablePointer<Int16>
    let links: UnsafeMutablePointer<Int16>
    let tables: MatchTables
    var shift: Int
    var lowest: Int
    /// Hash values of the bytes at the next offset to be inserted, and their chains' heads: loaded
    /// a step ahead, for the loads take longest and would have to wait for mispredicted branches.
    var hash3 = 0
    var hash4 = 0
    var head3: Int16 = 0
    var head4: Int16 = 0

    /// Bytes that must follow an offset for it to be inserted: its successor is hashed as well.
    static var lookahead: Int { 5 }

    @inline(__always)
    init(_ data: UnsafeRawPointer, end: Int, offset: Int, tables: MatchTables) {
      unsafe self.data = data
      self.end = end
      unsafe heads3 = tables.chains
      unsafe heads4 = tables.chains + MatchTables.heads3Count
      unsafe links = tables.chains + (MatchTables.heads3Count + MatchTables.heads4Count)
      self.tables = tables
      shift = offset &- tables.position
      lowest = tables.lowest
      if offset &+ 4 <= end { hash(at: offset) }
    }

    @inline(__always)
    func word(_ offset: Int) -> UInt32 {
      unsafe data.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
    }

    @inline(__always)
    mutating func hash(at offset: Int) {
      let word = word(offset)
      hash3 = Int(truncatingIfNeeded: ((word &<< 8) &* 0x9E37_79B1) &>> 17)
      hash4 = Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> 16)
      loadHeads()
    }

    @inline(__always)
    mutating func loadHeads() {
      // In bounds: the hashes have 15 and 16 bits.
      head3 = unsafe heads3[hash3]
      head4 = unsafe heads4[hash4]
    }

    /// The position of `offset`, after moving the base on when it has to.
    @inline(__always)
    mutating func position(of offset: Int) -> Int {
      if offset &- shift >= windowSize {
        lowest = tables.slide()
        shift &+= windowSize
        loadHeads()
      }
      return offset &- shift
    }

    /// Enters `offset` without looking for a match. Needs `lookahead` bytes.
    @inline(__always)
    mutating func insert(_ offset: Int) {
      let position = position(of: offset)
      // In bounds: the hashes have 15 and 16 bits, the links as many entries as the mask allows.
      unsafe heads3[hash3] = Int16(truncatingIfNeeded: position)
      unsafe links[position & (windowSize - 1)] = head4
      unsafe heads4[hash4] = Int16(truncatingIfNeeded: position)
      hash(at: offset &+ 1)
    }

    /// Enters the offsets of `range`, as far as they have `lookahead` bytes.
    @inline(__always)
    mutating func insert(_ start: Int, to stop: Int) {
      var offset = start
      let last = min(stop, end &- Self.lookahead &+ 1)
      while offset < last {
        insert(offset)
        offset &+= 1
      }
    }

    /// Enters `offset` and looks for a match longer than `best`.
    @_transparent
    mutating func longestMatch(_ offset: Int, above best: Int, nice: Int, depth: Int) -> Match {
      let limit = min(end &- offset, maximumMatchLength)
      guard limit >= Self.lookahead else { return Match(length: best, distance: 0) }
      let position = position(of: offset)
      var best = best
      var found = 0
      let cutoff = max(position &- windowSize, lowest &- 1)
      // In bounds: as in `insert`.
      let candidate3 = Int(head3)
      var candidate = Int(head4)
      unsafe heads3[hash3] = Int16(truncatingIfNeeded: position)
      unsafe heads4[hash4] = Int16(truncatingIfNeeded: position)
      unsafe links[position & (windowSize - 1)] = Int16(truncatingIfNeeded: candidate)
      hash(at: offset &+ 1)

      let here = unsafe data + offset
      let nice = min(nice, limit)
      let first = word(offset)
      var depth = depth
      if best < 4 {
        if best < 3 {
          guard candidate3 > cutoff else { return Match(length: best, distance: 0) }
          if (word(candidate3 &+ shift) ^ first) &<< 8 == 0 {
            best = 3
            found = position &- candidate3
          }
        }
        while true {
          guard candidate > cutoff else { return Match(length: best, distance: found) }
          if word(candidate &+ shift) == first { break }
          depth &-= 1
          if depth == 0 { return Match(length: best, distance: found) }
          candidate = unsafe Int(links[candidate & (windowSize - 1)])
        }
        best = unsafe matchLength(here, data + (candidate &+ shift), known: 4, limit: limit)
        found = position &- candidate
        if best >= nice { return Match(length: best, distance: found) }
        depth &-= 1
        if depth == 0 { return Match(length: best, distance: found) }
        candidate = unsafe Int(links[candidate & (windowSize - 1)])
      } else if best >= nice {
        return Match(length: best, distance: 0)
      }
      // Invariant: best < nice ≤ limit, so the word that ends at `best` can be read.
      var last = word(offset &+ best &- 3)
      while true {
        guard candidate > cutoff else { break }
        let there = candidate &+ shift
        if word(there &+ best &- 3) == last, word(there) == first {
          let length = unsafe matchLength(here, data + there, known: 4, limit: limit)
          if length > best {
            best = length
            found = position &- candidate
            if best >= nice { break }
            last = word(offset &+ best &- 3)
          }
        }
        depth &-= 1
        if depth == 0 { break }
        candidate = unsafe Int(links[candidate & (windowSize - 1)])
      }
      return Match(length: best, distance: found)
    }
  }

  /// A parser's view of the pairs: at most two candidates for each place, for the fastest level.
  ///
  /// Unlike ``ChainCursor`` it does not move the base on by itself: offsets must stay below
  /// ``boundary`` until ``slide()``. That, and testing the candidates' bytes before their age, keeps
  /// the path of a literal free of branches that cannot be predicted.
  @safe struct PairCursor {
    let data: UnsafeRawPointer
    let pairs: UnsafeMutablePointer<UInt32>
    let tables: MatchTables
    /// Bits of a word that are not hashed: 64 − 8 × the bytes that are. For 32, the usual number and
    /// a constant where it counts, half a word does.
    let unhashed: UInt64
    /// Offsets from here on have too few bytes behind them to be entered.
    let enterEnd: Int
    private(set) var shift: Int
    private var lowest: Int
    /// The pair for the bytes at the next offset, and where it is: loaded a step ahead, for the load
    /// takes longest.
    private var hash = 0
    private var entry: UInt32 = 0

    /// - Parameter end: of the input.
    @inline(__always)
    init(
      _ data: UnsafeRawPointer, end: Int, offset: Int, hashedByteCount: Int, tables: MatchTables
    ) {
      unsafe self.data = data
      unsafe pairs = tables.pairs
      self.tables = tables
      unhashed = UInt64(64 &- 8 &* hashedByteCount)
      enterEnd = end &- 8
      shift = offset &- tables.position
      lowest = tables.lowest
      if boundary <= offset { slide() }
      load(offset)
    }

    /// The first offset that the tables can hold only after a slide.
    @inline(__always) var boundary: Int { shift &+ windowSize }

    @inline(__always)
    func word(_ offset: Int) -> UInt32 {
      unsafe data.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
    }

    /// Looks up the pair for `offset`, if it has 8 bytes.
    @inline(__always)
    mutating func load(_ offset: Int) {
      if offset <= enterEnd { loadUnchecked(offset) }
    }

    @inline(__always)
    private mutating func loadUnchecked(_ offset: Int) {
      if unhashed == 32 {
        let mixed = word(offset) &* 0x9E37_79B1
        hash = Int(truncatingIfNeeded: mixed &>> UInt32(32 &- MatchTables.pairHashBits))
      } else {
        let word = unsafe data.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
        let mixed = (word &<< unhashed) &* 0x9E37_79B9_7F4A_7C15
        hash = Int(truncatingIfNeeded: mixed &>> UInt64(64 &- MatchTables.pairHashBits))
      }
      // In bounds: the hash has as many bits as the table.
      entry = unsafe pairs[hash]
    }

    @inline(__always)
    mutating func slide() {
      lowest = tables.slide()
      shift &+= windowSize
    }

    /// Enters `offset`, which is below `enterEnd` and `boundary`; returns what was there.
    @inline(__always)
    mutating func exchange(_ offset: Int) -> UInt32 {
      let pair = entry
      // In bounds: the hash has as many bits as the table.
      unsafe pairs[hash] = pair &<< 16 | UInt32(truncatingIfNeeded: (offset &- shift) & 0xFFFF)
      loadUnchecked(offset &+ 1)
      return pair
    }

    /// Enters `start..<stop` as far as `enterEnd` and `boundary` allow, and looks up `stop`.
    @inline(__always)
    mutating func insert(_ start: Int, to stop: Int) {
      var offset = start
      let last = min(stop, enterEnd, boundary)
      while offset < last {
        _ = exchange(offset)
        offset &+= 1
      }
    }

    /// Enters places of a match of 4 bytes or more, and looks up its end, which is below `enterEnd`
    /// and `boundary`.
    ///
    /// The first and the last ones are enough to find the match again, and without a loop there is
    /// no end of it to mispredict: text takes a fifth less time than with all of them.
    @inline(__always)
    mutating func insertMatch(at start: Int, to end: Int) {
      _ = exchange(start &+ 1)
      _ = exchange(start &+ 2)
      _ = exchange(start &+ 3)
      guard end &- start > 4 else { return }
      _ = exchange(start &+ 4)
      guard end &- start > 5 else { return }
      if end &- start > 6 {
        loadUnchecked(end &- 2)
        _ = exchange(end &- 2)
      }
      _ = exchange(end &- 1)
    }

    /// The same places of a match that may reach `enterEnd` or `boundary`. Inlined, so that the
    /// cursor stays in registers.
    @inline(__always)
    mutating func insertLastMatch(at start: Int, to end: Int) {
      for place in start &+ 1..<end where place < start &+ 5 || place >= end &- 2 {
        if place >= enterEnd { return }
        if place >= boundary { slide() }
        load(place)
        _ = exchange(place)
      }
      load(end)
    }

    /// Whether one of the candidates begins like `offset`; most places of noisy data end here.
    ///
    /// One branch for both, and none for their age, which cannot be predicted. In bounds:
    /// candidates, even those of earlier streams, are below `offset`; negative offsets are replaced
    /// by 0.
    @inline(__always)
    func mayMatch(_ offset: Int, _ pair: UInt32) -> Bool {
      let first = word(offset)
      let newer = Int(Int16(truncatingIfNeeded: pair)) &+ shift
      let older = Int(Int16(truncatingIfNeeded: pair &>> 16)) &+ shift
      let a = word(max(newer, 0)) ^ first
      let b = word(max(older, 0)) ^ first
      // The top bit of (x − 1) & ~x is set when x is 0, and for no x below 2³¹ otherwise; above, ~x
      // has it clear.
      return ((a &- 1) & ~a | (b &- 1) & ~b) &>> 31 != 0
    }

    /// The better of the candidates in `pair`; shorter than 4 bytes when there is none.
    ///
    /// Up to 8 bytes the candidates are measured and compared without a branch: which one is better
    /// cannot be predicted. In bounds: candidates, even those of earlier streams, are below
    /// `offset`, negative offsets are replaced by 0, and `offset` has 8 bytes. A candidate above
    /// `cutoff` is a position of this stream inside the window.
    @inline(__always)
    func longestMatch(_ offset: Int, _ pair: UInt32, nice: Int) -> Match {
      let position = offset &- shift
      let cutoff = max(position &- windowSize, lowest &- 1)
      let here = unsafe data + offset
      let bytes = unsafe here.loadUnaligned(as: UInt64.self).littleEndian
      let newer = Int(Int16(truncatingIfNeeded: pair))
      let older = Int(Int16(truncatingIfNeeded: pair &>> 16))
      let newerLength = commonLength(bytes, newer, cutoff)
      let olderLength = commonLength(bytes, older, cutoff)
      var best = Match(
        length: max(newerLength, olderLength),
        distance: position &- (newerLength >= olderLength ? newer : older))
      if best.length == 8 {
        let limit = min(enterEnd &+ 8 &- offset, maximumMatchLength)
        best.length = unsafe matchLength(here, here - best.distance, known: 8, limit: limit)
        if newerLength == olderLength, best.length < min(nice, limit) {
          let length = unsafe matchLength(here, data + (older &+ shift), known: 8, limit: limit)
          if length > best.length { best = Match(length: length, distance: position &- older) }
        }
      }
      return best
    }

    @inline(__always)
    private func commonLength(_ bytes: UInt64, _ candidate: Int, _ cutoff: Int) -> Int {
      let there = max(candidate &+ shift, 0)
      let other = unsafe data.loadUnaligned(fromByteOffset: there, as: UInt64.self).littleEndian
      let length = (bytes ^ other).trailingZeroBitCount &>> 3
      // All ones when the candidate is above the cutoff.
      return length & (cutoff &- candidate) &>> 63
    }
  }
}
