// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// The distance that matches stay below, and the size of the position ring.
  static let windowSize = 32768
  /// The longest match.
  static let maximumMatchLength = 258

  /// Memory of the match finders; which parts are used depends on the level.
  @safe final class MatchTables {
    /// Int16 entries: heads of the 3-byte chains, of the 4-byte chains, and the chain links.
    let chains: UnsafeMutablePointer<Int16>
    let chainEntryCount: Int
    /// Two positions for each hash value, the newer one in the low half.
    let pairs: UnsafeMutablePointer<UInt32>
    let pairCount: Int
    /// Heads of the 3-byte hashes and of the trees, then two children for each place in the window;
    /// see ``TreeCursor``.
    let trees: UnsafeMutablePointer<Int32>
    let treeEntryCount: Int
    /// Position of the window's next byte, relative to the moving base.
    var position = 0
    /// Positions before this one belong to an earlier stream.
    var lowest = 0

    static let heads3Count = 1 << 15
    static let heads4Count = 1 << 16
    static let pairHashBits = 15
    /// The last bytes of an input that no finder enters, at most; see the cursors' limits.
    var lookahead: Int { pairCount > 0 ? 8 : chainEntryCount + treeEntryCount > 0 ? 4 : 0 }

    init(chains needsChains: Bool, pairs needsPairs: Bool, trees needsTrees: Bool) {
      chainEntryCount = needsChains ? Self.heads3Count + Self.heads4Count + windowSize : 0
      pairCount = needsPairs ? 1 << Self.pairHashBits : 0
      treeEntryCount = needsTrees ? Self.heads3Count + Self.heads4Count + 2 * windowSize : 0
      unsafe trees = .allocate(capacity: treeEntryCount)
      unsafe trees.initialize(repeating: .min, count: treeEntryCount)
      unsafe chains = .allocate(capacity: chainEntryCount)
      unsafe chains.initialize(repeating: .min, count: chainEntryCount)
      unsafe pairs = .allocate(capacity: pairCount)
      unsafe pairs.initialize(repeating: 0x8000_8000, count: pairCount)
    }

    deinit {
      unsafe chains.deallocate()
      unsafe pairs.deallocate()
      unsafe trees.deallocate()
    }

    /// Begins a stream that shares no bytes with what the tables know.
    func beginStream() { lowest = position }

    /// Moves the base on by one window.
    ///
    /// - Returns: the new ``lowest``. Cursors are not passed, so that they stay in registers.
    @inline(never)
    func slide() -> Int {
      // In bounds: the loops run over the capacities given at allocation.
      for i in 0..<chainEntryCount { unsafe chains[i] = max(chains[i], 0) ^ .min }
      for i in 0..<pairCount {
        let pair = unsafe pairs[i]
        let old = max(Int16(truncatingIfNeeded: pair >> 16), 0) ^ .min
        let new = max(Int16(truncatingIfNeeded: pair), 0) ^ .min
        unsafe pairs[i] = UInt32(UInt16(bitPattern: old)) << 16 | UInt32(UInt16(bitPattern: new))
      }
      position -= windowSize
      lowest = max(lowest - windowSize, -windowSize)
      return lowest
    }
  }
}
