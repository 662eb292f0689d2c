// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What a scan is to say, before its symbols have codes.
  ///
  /// A token is `extra << 11 | index`: 256 indices for the symbols of each of four tables, DC 0, DC
  /// 1, AC 0, AC 1, then, from ``raw`` on, indices for that many bits without a symbol.
  struct TokenStream: Sendable {
    static var indexBits: UInt32 { 11 }
    static var indexCount: Int { 1 << 11 }
    static var raw: UInt32 { 1024 }
    /// Tokens of a chunk. Chunks keep a long scan from being copied as it grows.
    static var chunkSize: Int { 1 << 16 }

    private(set) var chunks: [[UInt32]] = []
    /// Tokens in all chunks.
    private(set) var chunkedCount = 0
    /// Chunks to be used again.
    private var free: [[UInt32]] = []
    /// The last tokens, up to ``position``.
    var tokens: [UInt32]
    var position = 0
    /// How often each index occurs.
    var histogram = [UInt32](repeating: 0, count: indexCount)
    /// Counts of tokens after which a restart marker is due.
    private(set) var restarts: [Int] = []

    init(chunkSize: Int = TokenStream.chunkSize) {
      tokens = [UInt32](repeating: 0, count: chunkSize)
    }

    /// Makes room for `count` tokens more.
    ///
    /// - Parameter open: the first token that may still change; it stays in ``tokens``.
    mutating func reserve(_ count: Int, open: inout Int) {
      guard position + count > tokens.count else { return }
      let kept = min(open, position)
      var next = free.popLast() ?? []
      let needed = max(Self.chunkSize, position - kept + count)
      if next.count < needed { next = [UInt32](repeating: 0, count: needed) }
      for i in kept..<position { next[i - kept] = tokens[i] }
      lengths.append(kept)
      chunkedCount += kept
      chunks.append(tokens)
      tokens = next
      position -= kept
      open = open == .max ? .max : 0
    }
    /// Tokens in each chunk.
    private(set) var lengths: [Int] = []

    mutating func markRestart() { restarts.append(chunkedCount + position) }

    /// Forgets all tokens and keeps their memory.
    mutating func removeAll() {
      free += chunks
      (chunks, lengths, chunkedCount, position, restarts) = ([], [], 0, 0, [])
      for i in histogram.indices { histogram[i] = 0 }
    }

    /// The best codes for the symbols of table 0 or 1 of a class.
    func optimalTable(_ tableClass: HuffmanTable.Class, _ index: Int) -> HuffmanTable {
      let first = Self.firstIndex(tableClass, index)
      return HuffmanTable(frequencies: histogram.span.extracting(first..<(first + 256)))
    }

    /// Index of symbol 0 of a table.
    static func firstIndex(_ tableClass: HuffmanTable.Class, _ index: Int) -> Int {
      512 * Int(tableClass.rawValue) + 256 * index
    }
  }

  /// What each token's index is written as: `bits << 6 | length`, room for the extra bits included.
  struct TokenCodes: Sendable {
    var entries = [UInt64](repeating: 0, count: TokenStream.indexCount)

    init() {
      for length in 1...20 { entries[Int(TokenStream.raw) + length] = UInt64(length) }
    }

    /// Enters the codes of a table.
    ///
    /// - Parameter runs: symbols of size 0, but not F0, are ends of bands with as many extra bits
    ///   as their high half says, as in progressive scans.
    mutating func set(
      _ table: HuffmanTable, _ tableClass: HuffmanTable.Class, _ index: Int, runs: Bool
    ) {
      let first = TokenStream.firstIndex(tableClass, index)
      for (symbol, code) in table.codes.enumerated() {
        // A lossless difference of size 16 is 32768 and has no bits. Source: T.81 H.1.2.2.
        var extra = tableClass == .ac || symbol == 16 ? symbol & 15 : symbol
        if runs && extra == 0 && symbol < 0xF0 { extra = symbol >> 4 }
        // Symbols without a code never occur; DC symbols above 16 have none.
        entries[first + symbol] =
          code == 0 || extra > 16
          ? 0 : UInt64(code >> 6) << UInt64(extra + 6) | UInt64(Int(code & 63) + extra)
      }
    }
  }
}
