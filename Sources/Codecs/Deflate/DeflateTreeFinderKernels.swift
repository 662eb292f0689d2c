// SPDX-License-Identifier: Apache-2.0

// The match finder of the optimal parser: for each position the nearest match of every length.
//
// Positions with the same hash of four bytes form a binary tree, ordered by the bytes that follow
// and with newer positions above older ones. To enter a position is to split its tree in two, along
// a path that passes the longest matches there are.

extension Deflate {
  /// What the optimal parser keeps of one block: all matches, found once, and the best way so far.
  @safe final class MatchCache {
    /// The matches of all positions, shorter ones first; see ``CachedMatch``.
    let matches: UnsafeMutablePointer<UInt32>
    /// For each position the index after its last match.
    let ends: UnsafeMutablePointer<UInt32>
    /// For each position the price from there to the end of the range, in 1/64 bit.
    let costs: UnsafeMutablePointer<UInt32>
    /// For each position the first item of the cheapest way: a ``CachedMatch``, or 0 for a literal.
    let choices: UnsafeMutablePointer<UInt32>
    /// Length → price.
    let lengthPrices: UnsafeMutablePointer<UInt32>
    /// Offset of the first position.
    private(set) var start = 0
    private(set) var count = 0
    /// Offsets before this lie in a match so long that no other is looked for.
    fileprivate var skipEnd = 0

    static let positionCapacity = PendingBlock.greatestByteCount + 16384
    static let matchCapacity = 1 << 20
    /// Matches of one position: one of each length.
    fileprivate static let positionMatchCount = 256
    /// Every match has three bytes at least.
    static let sequenceCapacity = positionCapacity / 3 + 2

    init() {
      unsafe matches = .allocate(capacity: Self.matchCapacity)
      unsafe ends = .allocate(capacity: Self.positionCapacity)
      unsafe costs = .allocate(capacity: Self.positionCapacity + 1)
      unsafe choices = .allocate(capacity: Self.positionCapacity)
      unsafe lengthPrices = .allocate(capacity: maximumMatchLength + 1)
      unsafe lengthPrices.initialize(repeating: 0, count: maximumMatchLength + 1)
    }

    deinit {
      unsafe matches.deallocate()
      unsafe ends.deallocate()
      unsafe costs.deallocate()
      unsafe choices.deallocate()
      unsafe lengthPrices.deallocate()
    }

    var end: Int { start + count }
    fileprivate var matchCount: Int { count == 0 ? 0 : unsafe Int(ends[count - 1]) }
    /// Whether another chunk may not fit.
    var isFull: Bool {
      count + PendingBlock.leastByteCount > Self.positionCapacity
        || matchCount + PendingBlock.leastByteCount * 8 > Self.matchCapacity
    }

    /// Begins anew at `offset`.
    func begin(at offset: Int) {
      start = offset
      count = 0
      skipEnd = 0
    }

    /// Forgets the positions before `offset`.
    func drop(before offset: Int) {
      precondition(offset >= start && offset <= end)
      let dropped = offset - start
      guard dropped > 0 else { return }
      // In bounds: all are below `count`, the matches below `matchCount`.
      let first = unsafe Int(ends[dropped - 1])
      unsafe matches.update(from: matches + first, count: matchCount - first)
      for i in dropped..<count { unsafe ends[i - dropped] = ends[i] - UInt32(first) }
      start = offset
      count -= dropped
    }

    fileprivate func append(_ end: Int) {
      unsafe ends[count] = UInt32(truncatingIfNeeded: end)
      count += 1
    }
  }

  /// A match in 32 bits: length 0–8, distance symbol 9–13, distance − 1 14–28.
  enum CachedMatch {
    @inline(__always)
    static func pack(length: Int, distance: Int) -> UInt32 {
      UInt32(
        truncatingIfNeeded: length | distanceSlot(distance) &<< 9 | (distance &- 1) &<< 14)
    }
    @inline(__always) static func length(_ m: UInt32) -> Int { Int(m & 0x1FF) }
    @inline(__always) static func slot(_ m: UInt32) -> Int { Int(m &>> 9 & 31) }
    @inline(__always) static func distance(_ m: UInt32) -> Int { Int(m &>> 14) &+ 1 }
  }

  /// Finds the matches of `cache.end..<stop` and appends them to `cache`.
  ///
  /// - Returns: where it stopped: at `stop`, or before it when the cache is full.
  static func findMatches(
    _ window: RawSpan, to stop: Int, effort: Effort, tables: MatchTables, cache: MatchCache
  ) -> Int {
    precondition(cache.start >= 0 && stop <= window.byteCount && tables.treeEntryCount > 0)
    let room = MatchCache.positionCapacity - cache.count
    let stop = min(stop, cache.end + room)
    unsafe window.withUnsafeBytes { bytes in
      guard let data = bytes.baseAddress else { return }
      unsafe findMatches(data, bytes.count, stop, effort, tables, cache)
    }
    return cache.end
  }

  @inline(never)
  private static func findMatches(
    _ data: UnsafeRawPointer, _ end: Int, _ stop: Int, _ effort: Effort, _ tables: MatchTables,
    _ cache: MatchCache
  ) {
    var offset = cache.end
    let cursor = unsafe TreeCursor(
      data, end: end, offset: offset, nice: effort.niceLength, depth: effort.depth,
      minimumLength: effort.minimumLength, tables: tables)
    var used = cache.matchCount
    // In bounds: a position adds at most `positionMatchCount` matches; `stop` minds the positions.
    while offset < stop, used <= MatchCache.matchCapacity - MatchCache.positionMatchCount {
      if offset < cache.skipEnd {
        _ = unsafe cursor.enter(offset, into: nil)
      } else {
        let first = used
        unsafe used += cursor.enter(offset, into: cache.matches + used)
        if used > first {
          let longest = unsafe CachedMatch.length(cache.matches[used - 1])
          if longest >= effort.niceLength { cache.skipEnd = offset + longest }
        }
      }
      cache.append(used)
      offset += 1
    }
    tables.position = offset &- cursor.shift
  }

  /// Enters `range` without looking for matches.
  static func enterTrees(
    _ data: UnsafeRawPointer, _ end: Int, _ range: Range<Int>, _ tables: MatchTables
  ) {
    let cursor = unsafe TreeCursor(
      data, end: end, offset: range.lowerBound, nice: 64, depth: 16, minimumLength: 3,
      tables: tables)
    for offset in range { _ = unsafe cursor.enter(offset, into: nil) }
    tables.position = range.upperBound &- cursor.shift
  }

  /// A view of the trees. Offsets count from the start of the window, positions are what the tables
  /// hold; `offset = position + shift`.
  ///
  /// A candidate at a distance within `reach` is a position of this stream inside the window, so its
  /// offset is in `0..<offset`: every read through it is in bounds when the same read at `offset` is.
  @safe private struct TreeCursor {
    let data: UnsafeRawPointer
    let end: Int
    let heads3: UnsafeMutablePointer<Int32>
    let heads4: UnsafeMutablePointer<Int32>
    let children: UnsafeMutablePointer<Int32>
    let shift: Int
    let lowest: Int
    let nice: Int
    let depth: Int
    let minimumLength: Int

    init(
      _ data: UnsafeRawPointer, end: Int, offset: Int, nice: Int, depth: Int, minimumLength: Int,
      tables: MatchTables
    ) {
      tables.rebaseTrees()
      unsafe self.data = data
      self.end = end
      unsafe heads3 = tables.trees
      unsafe heads4 = tables.trees + MatchTables.heads3Count
      unsafe children = tables.trees + (MatchTables.heads3Count + MatchTables.heads4Count)
      shift = offset &- tables.position
      lowest = tables.lowest
      self.nice = nice
      self.depth = depth
      self.minimumLength = minimumLength
    }

    /// Enters `offset`, and stores its matches at `matches`, which has room for one of each length.
    ///
    /// - Returns: how many there are.
    @inline(__always)
    func enter(_ offset: Int, into matches: UnsafeMutablePointer<UInt32>?) -> Int {
      let limit = min(end &- offset, maximumMatchLength)
      guard limit >= 5 else { return 0 }
      let nice = min(nice, limit)
      let position = offset &- shift
      let reach = UInt(bitPattern: min(position &- lowest, windowSize &- 1))
      let here = unsafe data + offset
      let first = unsafe here.loadUnaligned(as: UInt32.self).littleEndian
      let hash3 = Int(truncatingIfNeeded: ((first &<< 8) &* 0x9E37_79B1) &>> 17)
      let hash4 = Int(truncatingIfNeeded: (first &* 0x9E37_79B1) &>> 16)
      var best = minimumLength &- 1
      var count = 0
      // In bounds: the hashes have 15 and 16 bits, the trees two entries for each place.
      let distance3 = unsafe position &- Int(heads3[hash3])
      unsafe heads3[hash3] = Int32(truncatingIfNeeded: position)
      if let matches = unsafe matches, best < 3, UInt(bitPattern: distance3 &- 1) < reach,
        unsafe ((here - distance3).loadUnaligned(as: UInt32.self).littleEndian ^ first) &<< 8 == 0
      {
        best = 3
        unsafe matches[0] = CachedMatch.pack(length: 3, distance: distance3)
        count = 1
      }
      var node = unsafe Int(heads4[hash4])
      unsafe heads4[hash4] = Int32(truncatingIfNeeded: position)
      var smaller = (position & (windowSize &- 1)) &* 2
      var greater = smaller &+ 1
      var (smallerLength, greaterLength) = (0, 0)
      var depth = depth
      while true {
        let distance = position &- node
        guard UInt(bitPattern: distance &- 1) < reach, depth > 0 else {
          unsafe children[smaller] = .min
          unsafe children[greater] = .min
          return count
        }
        depth &-= 1
        let pair = (node & (windowSize &- 1)) &* 2
        let there = unsafe here - distance
        let known = min(smallerLength, greaterLength)
        var length = unsafe matchLength(here, there, known: known, limit: limit)
        if length > best, let matches = unsafe matches {
          // At the end of a piece the trees are ordered by the bytes that are there, and others
          // follow later: what their order promises has to be true, too.
          let start = unsafe matchLength(here, there, known: 0, limit: known)
          if start < known { length = start }
          if length > best {
            best = length
            unsafe matches[count] = CachedMatch.pack(length: length, distance: distance)
            count &+= 1
          }
        }
        if length >= nice {
          unsafe children[smaller] = children[pair]
          unsafe children[greater] = children[pair &+ 1]
          return count
        }
        // Invariant: length < nice ≤ limit, so both bytes can be read.
        let theirs = unsafe there.load(fromByteOffset: length, as: UInt8.self)
        let ours = unsafe here.load(fromByteOffset: length, as: UInt8.self)
        if theirs < ours {
          unsafe children[smaller] = Int32(truncatingIfNeeded: node)
          smaller = pair &+ 1
          node = unsafe Int(children[smaller])
          smallerLength = length
        } else {
          unsafe children[greater] = Int32(truncatingIfNeeded: node)
          greater = pair
          node = unsafe Int(children[greater])
          greaterLength = length
        }
      }
    }

  }
}

extension Deflate.MatchTables {
  /// Keeps positions far from where Int32 ends. To be called at least once per GiB.
  fileprivate func rebaseTrees() {
    guard position >= 1 << 30 else { return }
    let shift = position - Deflate.windowSize
    // In bounds: the capacity given at allocation.
    for i in 0..<treeEntryCount {
      let old = unsafe Int(trees[i])
      unsafe trees[i] = old >= shift ? Int32(old - shift) : .min
    }
    position -= shift
    lowest = max(lowest - shift, 0)
  }
}
