// SPDX-License-Identifier: Apache-2.0

/// A byte-aligned format of literals and matches, as ``GreedyEncoder`` writes it.
protocol MatchFormat {
  /// What a position fits into.
  associatedtype Slot: FixedWidthInteger & BitwiseCopyable
  /// Shortest match worth writing: 3 or 4.
  static var minimumLength: Int { get }
  static var maximumLength: Int { get }
  static var maximumDistance: Int { get }
  /// The last match starts this many bytes before the end or earlier; at least 12.
  static var lastMatchDistance: Int { get }
  /// The last bytes, which are always literals.
  static var lastLiterals: Int { get }
  /// Positions tried in vain before the steps grow, as a power of two.
  static var stepBits: Int { get }
  /// For speed: steps grow the faster the longer they are, and a match does not begin earlier where
  /// the bytes before agree, too.
  static var isHasty: Bool { get }
  /// Of the positions in a match one is remembered: the last but one, or else the third, which is
  /// faster, as it is known before the length.
  static var remembersEnds: Bool { get }
  /// Index, below `1 << bitCount`, of the lowest five bytes of `word` or fewer of them.
  static func hash(_ word: UInt64, _ bitCount: Int) -> Int
  /// Writes literals, which ``lastMatchDistance`` bytes follow, and the match after them.
  static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int, _ literals: UnsafePointer<UInt8>,
    _ literalCount: Int, _ distance: Int, _ length: Int)
}

extension MatchFormat {
  static var minimumLength: Int { 4 }
  static var maximumLength: Int { Int.max >> 1 }
  static var lastMatchDistance: Int { 12 }
  static var lastLiterals: Int { 0 }
  static var stepBits: Int { 6 }
  static var isHasty: Bool { false }
  static var remembersEnds: Bool { false }
}

/// Finds matches by one candidate per position.
enum GreedyEncoder<Format: MatchFormat> {
  typealias Slot = Format.Slot

  /// Greedy, one candidate per position, steps that grow while nothing is found.
  ///
  /// - Parameters:
  ///   - start: where to begin; matches may reach back before it.
  ///   - slots: `1 << bitCount` positions before `end` by their hash; 0 where there is none.
  ///   - acceleration: from 1; how soon and how much the steps grow.
  /// - Returns: bytes written, and where the literals begin that end the data, not written yet.
  ///
  /// Invariants: `anchor ≤ i`; a slot holds a position before `i`, or 0, which is checked like
  /// any other. In bounds: candidates are only looked for where twelve bytes can be loaded.
  @inline(__always)
  @unsafe
  static func encode(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ slots: UnsafeMutablePointer<Slot>,
    bitCount: Int = 0, acceleration: Int = 1
  ) -> (written: Int, rest: Int) {
    var o = 0
    var anchor = start
    let searchEnd = end &- Format.lastMatchDistance
    let matchEnd = end &- Format.lastLiterals
    guard end &- start > Format.lastMatchDistance else { return (o, anchor) }
    unsafe slots[Format.hash(word(input, start), bitCount)] = Slot(truncatingIfNeeded: start)
    var i = start &+ 1
    var hash = unsafe Format.hash(word(input, i), bitCount)
    search: while true {
      var candidate: Int
      var next = i
      var step = 1
      var misses = acceleration &<< Format.stepBits
      repeat {
        i = next
        next &+= step
        step = misses &>> Format.stepBits
        misses &+= Format.isHasty ? step : 1
        guard next <= searchEnd &+ 1 else { break search }
        candidate = unsafe Int(truncatingIfNeeded: slots[hash])
        let nextHash = unsafe Format.hash(word(input, next), bitCount)
        unsafe slots[hash] = Slot(truncatingIfNeeded: i)
        hash = nextHash
        // Far candidates are few: they mostly fail the comparison, too.
      } while unsafe !isMatch(input, candidate, word(input, i)) || !isNear(candidate, i)
      while !Format.isHasty, i > anchor, candidate > 0,
        unsafe input[i &- 1] == input[candidate &- 1]
      {
        i &-= 1
        candidate &-= 1
      }
      while true {
        if !Format.remembersEnds { unsafe remember(input, i &+ 2, slots, bitCount) }
        let (length, behind) = unsafe match(input, i, candidate, matchEnd, searchEnd)
        unsafe Format.emit(target, &o, input + anchor, i &- anchor, i &- candidate, length)
        i &+= length
        anchor = i
        guard i <= searchEnd else { break search }
        if Format.remembersEnds { unsafe remember(input, i &- 2, slots, bitCount) }
        // A match often follows a match.
        let here = Format.hash(behind, bitCount)
        candidate = unsafe Int(truncatingIfNeeded: slots[here])
        unsafe slots[here] = Slot(truncatingIfNeeded: i)
        guard unsafe isMatch(input, candidate, behind), isNear(candidate, i) else { break }
      }
      i &+= 1
      hash = unsafe Format.hash(word(input, i), bitCount)
    }
    return (o, anchor)
  }

  @inline(__always)
  @unsafe
  private static func remember(
    _ input: UnsafePointer<UInt8>, _ i: Int, _ slots: UnsafeMutablePointer<Slot>, _ bitCount: Int
  ) {
    unsafe slots[Format.hash(word(input, i), bitCount)] = Slot(truncatingIfNeeded: i)
  }

  /// Whether a match may reach so far; any may where slots hold no farther positions.
  @inline(__always)
  private static func isNear(_ candidate: Int, _ i: Int) -> Bool {
    Format.maximumDistance >= Slot.max || i &- candidate <= Format.maximumDistance
  }

  /// The length of the match at `i`, and five bytes behind it or more; any, when `searchEnd` is
  /// before them.
  @inline(__always)
  @unsafe
  private static func match(
    _ input: UnsafePointer<UInt8>, _ i: Int, _ candidate: Int, _ end: Int, _ searchEnd: Int
  ) -> (length: Int, behind: UInt64) {
    let least = Format.minimumLength
    if least == 4, i <= searchEnd &- 8 {
      // Most matches end in the first eight bytes behind those four. What follows is then taken
      // from the words compared: to load it takes longer, and the next search waits for it.
      // In bounds: at least 20 bytes are left, and the match is at most 15 long, so that five
      // literals can follow it.
      let first = unsafe word(input, i &+ 4)
      let second = unsafe word(input, i &+ 8)
      let difference = unsafe first ^ word(input, candidate &+ 4)
      if difference != 0 {
        let bitCount = UInt64(truncatingIfNeeded: difference.trailingZeroBitCount)
        let source = UInt32(truncatingIfNeeded: difference) == 0 ? second : first
        return (4 &+ Int(truncatingIfNeeded: bitCount &>> 3), source &>> (bitCount & 24))
      }
      // (Were `second` of no use here, LLVM would load it behind a branch above.)
      let rest = unsafe second ^ word(input, candidate &+ 8)
      if rest != 0 {
        let length = 8 &+ Word.firstNonzeroByte(rest)
        return unsafe (length, word(input, min(i &+ length, searchEnd)))
      }
    }
    let most =
      Format.maximumLength < Int.max >> 1 ? min(end, i &+ Format.maximumLength) : end
    let length = unsafe least &+ restCount(input, i, candidate, most)
    return unsafe (length, word(input, min(i &+ length, searchEnd)))
  }

  /// Bytes by which the match at `i` is longer than the shortest.
  ///
  /// Matches of three bytes are many, and mostly no longer than four: found by branches, which are
  /// foretold, so that the search behind the match need not wait for the bytes of it.
  @inline(__always)
  @unsafe
  private static func restCount(
    _ input: UnsafePointer<UInt8>, _ i: Int, _ candidate: Int, _ end: Int
  ) -> Int {
    let least = Format.minimumLength
    if least == 3 {
      if unsafe input[i &+ 3] != input[candidate &+ 3] { return 0 }
      if unsafe input[i &+ 4] != input[candidate &+ 4] { return 1 }
    }
    return unsafe MatchSearch.equalCount(input, i &+ least, candidate &+ least, end)
  }

  /// The eight bytes at `i`, the first one lowest.
  @inline(__always)
  @unsafe
  private static func word(_ input: UnsafePointer<UInt8>, _ i: Int) -> UInt64 {
    unsafe UInt64(littleEndian: input.load(UInt64.self, i))
  }

  /// Whether the shortest match is there, for what begins with `word`.
  @inline(__always)
  @unsafe
  private static func isMatch(
    _ input: UnsafePointer<UInt8>, _ candidate: Int, _ word: UInt64
  ) -> Bool {
    let there = unsafe UInt32(littleEndian: input.load(UInt32.self, candidate))
    let difference = UInt32(truncatingIfNeeded: word) ^ there
    return difference &<< UInt32(32 &- 8 &* Format.minimumLength) == 0
  }
}

/// Positions by hash, cleared; given back when the last reference goes.
@safe
final class HashSlots<Slot: FixedWidthInteger & BitwiseCopyable> {
  let slots: UnsafeMutablePointer<Slot>
  let bitCount: Int

  /// Room for an input of `byteCount` bytes, at most `1 << limit` positions.
  init(for byteCount: Int, limit: Int) {
    bitCount = min(max(Int.bitWidth - max(byteCount, 1).leadingZeroBitCount, 8), limit)
    unsafe slots = .allocate(capacity: 1 << bitCount)
    clear()
  }

  deinit { unsafe slots.deallocate() }

  func clear() { unsafe slots.initialize(repeating: 0, count: 1 << bitCount) }
}

enum MatchSearch {
  /// Bytes that are equal at `a` and `b`, where `a` stops at `end`.
  @inline(__always)
  @unsafe
  static func equalCount(
    _ input: UnsafePointer<UInt8>, _ a: Int, _ b: Int, _ end: Int
  ) -> Int {
    let (p, q) = unsafe (input + a, input + b)
    let last = end &- a &- 8
    var n = 0
    while n <= last {
      let difference = unsafe p.load(UInt64.self, n) ^ q.load(UInt64.self, n)
      if difference != 0 { return n &+ Word.firstNonzeroByte(UInt64(littleEndian: difference)) }
      n &+= 8
    }
    while n < last &+ 8, unsafe p[n] == q[n] { n &+= 1 }
    return n
  }
}
