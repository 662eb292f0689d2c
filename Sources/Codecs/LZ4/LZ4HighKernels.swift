// SPDX-License-Identifier: Apache-2.0

extension LZ4.BlockEncoder {
  struct Match {
    var start = 0
    var length = 0
    var offset = 0
    @inline(__always) var end: Int { start &+ length }
  }

  /// Last position of each hash, plus ``bias``, so that zero is out of every reach.
  @inline(__always)
  var heads: UnsafeMutablePointer<UInt32> { unsafe tables.assumingMemoryBound(to: UInt32.self) }
  /// By position modulo 65,536: the position before it with the same hash, modulo the same; itself
  /// when there is none in reach. Not the distance: the way from one to the next is what a search
  /// takes its time for, and so it is a load and nothing else.
  @inline(__always)
  var chain: UnsafeMutablePointer<UInt16> {
    unsafe (tables + Self.headCount * 4).assumingMemoryBound(to: UInt16.self)
  }
  static var bias: Int { 65_536 }

  @inline(__always)
  @unsafe
  private static func hash(_ p: UnsafePointer<UInt8>) -> Int {
    let word = unsafe UInt32(littleEndian: p.load(UInt32.self, 0))
    return Int(truncatingIfNeeded: (word &* 0x9E37_79B1) &>> 17)
  }

  /// Puts the positions before `end` into the tables; four bytes can be loaded at each.
  @inline(__always)
  @unsafe
  func insert(_ input: UnsafePointer<UInt8>, upTo end: Int) {
    let heads = unsafe self.heads
    let chain = unsafe self.chain
    var i = inserted
    while i < end {
      let h = unsafe Self.hash(input + i)
      let distance = unsafe i &+ Self.bias &- Int(heads[h])
      unsafe chain[i & 0xFFFF] = UInt16(
        truncatingIfNeeded: distance > LZ4.windowByteCount ? i : i &- distance)
      unsafe heads[h] = UInt32(truncatingIfNeeded: i &+ Self.bias)
      i &+= 1
    }
    inserted = max(inserted, end)
  }

  /// The longest match around `i` that is longer than `longest`: it covers `i` and starts at
  /// `low` or later. Length 0 when there is none.
  @inline(__always)
  @unsafe
  func longestMatch(
    _ input: UnsafePointer<UInt8>, _ i: Int, low: Int, longerThan longest: Int, end: Int,
    attempts: Int
  ) -> Match {
    unsafe insert(input, upTo: i)
    let chain = unsafe self.chain
    var best = Match(start: i, length: longest, offset: 0)
    let farthest = min(i, LZ4.windowByteCount)
    let first = unsafe input.load(UInt32.self, i)
    let back = i &- low
    // A candidate can only win when it also agrees where the best one so far ends; `probe` is
    // the first of the four bytes there.
    var probe = max(longest &- back &- 3, 0)
    var tail = unsafe input.load(UInt32.self, i &+ probe)
    var left = attempts
    var run = 0
    // Which position of a match leads to the next candidate: see `rarest`.
    var link = 0
    let head = unsafe Int(heads[Self.hash(input + i)]) &- Self.bias
    // How far back the candidate is, and where in the chain its link is.
    var distance = i &- head
    var cursor = head & 0xFFFF
    while distance <= farthest {
      let candidate = i &- distance
      left &-= 1
      if unsafe input.load(UInt32.self, candidate &+ probe) == tail,
        unsafe input.load(UInt32.self, candidate) == first
      {
        let forward = unsafe 4 &+ MatchSearch.equalCount(input, i &+ 4, candidate &+ 4, end)
        if forward &+ back > best.length {
          let behind = back == 0 ? 0 : unsafe equalBehind(input, i, candidate, back)
          let length = forward &+ behind
          if length > best.length {
            best = Match(start: i &- behind, length: length, offset: distance)
            if i &+ forward >= end { break }
            probe = max(length &- back &- 3, 0)
            tail = unsafe input.load(UInt32.self, i &+ probe)
            // A search this long pays for a look at all the links. In a run, those of what
            // follows it lead past all the runs that end otherwise, such as indentation.
            if attempts > 64, back == 0 {
              link = unsafe rarest(candidate, min(length &- 3, distance, 256))
              cursor = (candidate &+ link) & 0xFFFF
            }
          }
        }
        // Long comparisons count as several attempts: the search stays linear.
        left &-= forward &>> 6
      }
      if left <= 0 { break }
      var next = unsafe Int(chain[cursor])
      var nextDistance = (i &+ link &- next) & 0xFFFF
      if nextDistance &- distance == 1, link == 0, first == first &>> 8 | first &<< 24 {
        // In a run of one byte every position is a candidate. Go to the one whose run is as long
        // as the run here, for only there something longer can follow; else past the run.
        if run == 0 { run = unsafe LZ4.runLength(input, i, end) }
        let there = unsafe LZ4.runLength(input, candidate, i)
        var behind = 0
        while distance &+ behind < farthest,
          unsafe input[candidate &- behind &- 1] == input[i]
        {
          behind &+= 1
        }
        left &-= (there &+ behind) &>> 6
        if there < run, there &+ behind >= run {
          distance &+= run &- there
          cursor = (i &- distance) & 0xFFFF
          continue
        }
        distance &+= behind
        cursor = (i &- distance) & 0xFFFF
        if behind > 0, there < run, there &+ behind > best.length &- back { continue }
        next = unsafe Int(chain[cursor])
        nextDistance = (i &- next) & 0xFFFF
      }
      // No farther, modulo 65,536: out of reach, or the end of the chain.
      if nextDistance <= distance { break }
      distance = nextDistance
      cursor = next
    }
    if best.offset == 0 { best.length = 0 }
    return best
  }

  /// The first `count` positions of a match are linked to where their four bytes were seen
  /// before. Whatever matches longer has all of them, so it is on all those ways back: the index
  /// of the one that goes farthest, or that ends the search because it leads nowhere.
  @inline(__always)
  @unsafe
  private func rarest(_ candidate: Int, _ count: Int) -> Int {
    let chain = unsafe self.chain
    var best = 0
    var farthest: UInt16 = 0
    for k in 0..<max(count, 0) {
      let position = UInt16(truncatingIfNeeded: candidate &+ k)
      let distance = unsafe position &- chain[Int(position)]
      if distance == 0 { return k }
      if distance > farthest {
        farthest = distance
        best = k
      }
    }
    return best
  }

  /// Bytes that are equal before `a` and before `b`, which is smaller, at most `limit`.
  @inline(__always)
  @unsafe
  private func equalBehind(
    _ input: UnsafePointer<UInt8>, _ a: Int, _ b: Int, _ limit: Int
  ) -> Int {
    var n = 0
    while b &- n >= 8, n < limit {
      let difference =
        unsafe input.load(UInt64.self, a &- n &- 8) ^ input.load(UInt64.self, b &- n &- 8)
      if difference != 0 {
        return min(n &+ UInt64(littleEndian: difference).leadingZeroBitCount >> 3, limit)
      }
      n &+= 8
    }
    while n < limit, b > n, unsafe input[a &- n &- 1] == input[b &- n &- 1] { n &+= 1 }
    return min(n, limit)
  }

  /// Parses with up to three overlapping matches in view: a match is only written once the longer
  /// ones that begin in it have had their say.
  @inline(never)
  @unsafe
  func encodeHigh(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, attempts: Int
  ) -> Int {
    var o = 0
    var anchor = start
    var i = start
    let searchEnd = end &- LZ4.lastMatchDistance
    let matchEnd = end &- LZ4.lastLiterals
    func emit(_ match: Match) {
      guard match.length >= 4 else { return }
      unsafe LZ4.emit(
        target, &o, input, anchor, match.start &- anchor, match.offset, match.length)
      anchor = match.end
    }
    /// A longer match than `match` that begins in it; length 0 when there is none.
    func overlap(_ match: Match, _ back: Int) -> Match {
      let at = match.end &- back
      guard at <= searchEnd else { return Match() }
      return unsafe longestMatch(
        input, at, low: match.start, longerThan: match.length, end: matchEnd, attempts: attempts)
    }
    /// The match to put after `first`, which moves on to better ones on the way, but comes back
    /// to `original` when the second reaches into that.
    func second(after first: inout Match, original: Match) -> Match {
      while true {
        let second = overlap(first, 2)
        if second.length == 0 { return second }
        if original.start < first.start, second.start < original.end { first = original }
        // Up to two literals cost less than the sequence that would cover them.
        if second.start &- first.start >= 3 { return second }
        first = second
      }
    }
    while i <= searchEnd {
      var first = unsafe longestMatch(
        input, i, low: i, longerThan: 3, end: matchEnd, attempts: attempts)
      guard first.length > 0 else {
        i &+= 1
        continue
      }
      var next = second(after: &first, original: first)
      while next.length > 0 {
        trim(&next, after: first, searchEnd)
        let third = overlap(next, 3)
        if third.length > 0, third.start < first.end {
          // No room is left for the second between the first and the third.
          next = third
          continue
        }
        first.length = min(first.length, next.start &- first.start)
        emit(first)
        first = next
        next = third
        if third.length > 0, third.start < first.start &+ 3 {
          let original = first
          first = third
          next = second(after: &first, original: original)
        }
      }
      emit(first)
      i = anchor
    }
    unsafe LZ4.emitLast(target, &o, input, anchor, end &- anchor)
    return o
  }

  /// Shortens `match` where it overlaps `first`: up to 18 bytes of a match cost the same, so the
  /// first keeps those, but the other needs four.
  @inline(__always)
  private func trim(_ match: inout Match, after first: Match, _ searchEnd: Int) {
    let border = min(
      first.end, max(match.start, first.start &+ 18), match.end &- 4, searchEnd)
    guard border > match.start else { return }
    match.length = match.end &- border
    match.start = border
  }
}

extension LZ4 {
  /// Bytes from `i` on that equal the one at `i`, before `end`.
  @unsafe
  static func runLength(_ input: UnsafePointer<UInt8>, _ i: Int, _ end: Int) -> Int {
    let splat = unsafe UInt64(input[i]) &* Word.low
    var n = i &+ 1
    while end &- n >= 8 {
      let difference = unsafe input.load(UInt64.self, n) ^ splat
      if difference != 0 {
        return n &- i &+ Word.firstNonzeroByte(UInt64(littleEndian: difference))
      }
      n &+= 8
    }
    while n < end, unsafe input[n] == input[i] { n &+= 1 }
    return n &- i
  }
}
