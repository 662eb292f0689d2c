// SPDX-License-Identifier: Apache-2.0

extension JPEG.HuffmanTable {
  /// The code of each symbol as `code << 6 | length`; 0 for symbols that have none.
  /// Source: T.81 C.2.
  var codes: [UInt32] {
    var result = [UInt32](repeating: 0, count: 256)
    var (code, index): (UInt32, Int) = (0, 0)
    for length in 1...16 {
      for _ in 0..<counts[length - 1] where index < symbols.count {
        result[Int(symbols[index])] = code << 6 | UInt32(length)
        code += 1
        index += 1
      }
      code <<= 1
    }
    return result
  }
}

extension JPEG {
  /// The codes of one component's sequential scan, laid out for ``SequentialEncoder``.
  ///
  /// Every entry is `bits << 6 | length`.
  struct BlockCodes: Sendable {
    /// From 0 on the codes of the AC symbols, from ``dc`` on those of the DC categories. From
    /// ``small`` on whole AC coefficients, code and value bits: `v` from -32 to 31, but not 0,
    /// after `run` < 16 zeros is at 64 · run + v + 32.
    let entries: [UInt32]

    static var dc: Int { 256 }
    static var small: Int { 512 }
    static var count: Int { 512 + 16 * 64 }

    init(dc: HuffmanTable, ac: HuffmanTable) {
      let (dc, ac) = (dc.codes, ac.codes)
      var entries = [UInt32](repeating: 0, count: Self.count)
      for symbol in 0..<256 {
        entries[symbol] = ac[symbol]
        entries[Self.dc + symbol] = dc[symbol]
      }
      for run in 0..<16 {
        for v in -32..<32 where v != 0 {
          let size = Int.bitWidth - abs(v).leadingZeroBitCount
          let code = ac[run << 4 | size]
          let bits = UInt32(truncatingIfNeeded: v < 0 ? v - 1 : v) & (1 << UInt32(size) - 1)
          entries[Self.small + 64 * run + v + 32] =
            ((code >> 6) << UInt32(size) | bits) << 6 | ((code & 63) + UInt32(size))
        }
      }
      self.entries = entries
    }
  }
}
