// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Huffman tables in the form that the decoding loops index: all of a scan's in one array.
  ///
  /// A table takes `1 << bits` entries, then what ``canonical(_:_:_:)`` searches. Entries:
  ///
  ///     bits 0…5    bits to consume: codes and the value bits behind them
  ///     bit  6      AC: an end of block follows
  ///     bit  7      special: bits 0…5 are the code's length (0: longer than the index) and
  ///                 bits 8…15 its symbol; its value bits, if any, lie outside the index
  ///     bits 8…11   AC: zeros before the first coefficient
  ///     bits 12…15  AC: distance from the first coefficient to the second; 0 when there is none
  ///     bits 16…23  AC: the first coefficient
  ///     bits 24…31  AC: the second, or the first again
  ///     bits 16…31  DC: the difference
  ///
  /// A lone end of block has two zero coefficients: storing a zero where none was written yet
  /// does no harm and saves a branch. So does a run of 16 zeros in a sequential scan.
  struct HuffmanLookup: Sendable {
    /// What the symbols of a table mean.
    enum Kind: Sendable { case dc, sequentialAC, progressiveAC, refinementAC, lossless }

    private(set) var entries: [UInt32] = []

    /// Index bits of tables that are made for few data and of those made for many.
    static var narrowBits: Int { 8 }
    static var wideBits: Int { 11 }
    static var isSpecial: UInt32 { 0x80 }
    static var endsBlock: UInt32 { 0x40 }

    /// Appends a table.
    ///
    /// - Returns: the index of its first entry.
    /// - Throws: `corrupt` when the code lengths do not make a code.
    mutating func append(
      _ table: HuffmanTable, kind: Kind, isWide: Bool, at offset: Int
    ) throws(CodecError) -> Int {
      let bits = isWide ? Self.wideBits : Self.narrowBits
      let base = entries.count
      let size = 1 << bits
      entries.append(contentsOf: repeatElement(Self.isSpecial, count: size + 34 + 256))
      try appendCodes(table, kind: kind, bits: bits, base: base, at: offset)
      if isWide && (kind == .sequentialAC || kind == .progressiveAC) {
        mergePairs(base: base, bits: bits)
      }
      return base
    }

    /// Assigns the codes, in order of length, and fills in the entries that begin with each.
    private mutating func appendCodes(
      _ table: HuffmanTable, kind: Kind, bits: Int, base: Int, at offset: Int
    ) throws(CodecError) {
      var entries = self.entries.mutableSpan
      let limits = base + 1 << bits
      var (code, index) = (0, 0)
      for length in 1...16 {
        // The symbol of a code of this length is at code + entries[limits + 17 + length].
        entries[limits + 17 + length] = UInt32(truncatingIfNeeded: index - code)
        for _ in 0..<table.counts[length - 1] {
          // A code of ones alone is against T.81, but occurs in lossless files.
          guard index < table.symbols.count, code < 1 << length - (kind == .lossless ? 0 : 1)
          else {
            throw CodecError(
              .corrupt, codec: JPEG.name, part: "DHT", "more codes than their lengths allow",
              at: offset)
          }
          let symbol = table.symbols[index]
          if kind == .dc && symbol > 15 || kind == .lossless && symbol > 16 {
            throw CodecError(
              .corrupt, codec: JPEG.name, part: "DHT", "a DC table has an AC symbol", at: offset)
          }
          entries[limits + 34 + index] = UInt32(symbol)
          if length <= bits {
            Self.fill(
              &entries, from: base + code << (bits - length), count: 1 << (bits - length),
              symbol: symbol, length: length, kind: kind)
          }
          code += 1
          index += 1
        }
        // Sixteen bits that are smaller than this begin with a code of at most this length.
        entries[limits + length] = UInt32(truncatingIfNeeded: code << (16 - length))
        code <<= 1
      }
    }

    /// Fills the `count` entries that begin with one code.
    @inline(__always)
    private static func fill(
      _ entries: inout MutableSpan<UInt32>, from first: Int, count: Int, symbol: UInt8,
      length: Int, kind: Kind
    ) {
      let isDC = kind == .dc || kind == .lossless
      let size = isDC ? Int(symbol) : Int(symbol & 15)
      let run = UInt32(symbol >> 4)
      let special = isSpecial | UInt32(length) | UInt32(symbol) << 8
      if size == 0 {
        var entry = UInt32(length)
        switch kind {
        case .dc, .lossless: break
        case .sequentialAC: entry |= run == 15 ? run << 8 : endsBlock
        case .progressiveAC: entry = symbol == 0 ? entry | endsBlock : special
        case .refinementAC: entry = special
        }
        for i in first..<(first + count) { entries[i] = entry }
        return
      }
      // The value must fit in the entry: 8 bits of an AC coefficient, all of a DC difference.
      guard 1 << size <= count, isDC || size <= 7, kind != .refinementAC else {
        for i in first..<(first + count) { entries[i] = special }
        return
      }
      let each = count >> size
      var next = first
      for raw in 0..<(1 << size) {
        let value = JPEG.extended(Int32(truncatingIfNeeded: raw), size: Int32(size))
        let bits = UInt32(truncatingIfNeeded: value)
        let entry =
          isDC
          ? UInt32(length + size) | bits << 16
          : UInt32(length + size) | run << 8 | (bits & 255) << 16 | bits << 24
        for i in next..<(next + each) { entries[i] = entry }
        next += each
      }
    }

    /// Puts a second coefficient, or an end of block, into entries whose index has room for it.
    private mutating func mergePairs(base: Int, bits: Int) {
      let size = 1 << bits
      let single = [UInt32](entries[base..<(base + size)])
      let source = single.span
      var entries = self.entries.mutableSpan
      let closed = Self.isSpecial | Self.endsBlock
      for index in 0..<size {
        let first = source[index]
        if first & closed != 0 { continue }
        var length = first & 63
        var entry = first
        let second = source[(index &<< Int(length)) & (size &- 1)]
        if second & Self.isSpecial != 0 || length &+ (second & 63) > UInt32(bits) { continue }
        if second & Self.endsBlock != 0 {
          entries[base &+ index] = (entry &+ (second & 63)) | Self.endsBlock
          continue
        }
        // A run of 15 zeros leaves no room for the distance.
        if second & 0xF00 == 0xF00 { continue }
        length &+= second & 63
        entry =
          (first & 0x00FF_0F00) | length | ((second & 0xF00) &+ 0x100) &<< 4
          | (second & 0x00FF_0000) &<< 8
        let third = source[(index &<< Int(length)) & (size &- 1)]
        if third & closed == Self.endsBlock, length &+ (third & 63) <= UInt32(bits) {
          entry = (entry &+ (third & 63)) | Self.endsBlock
        }
        entries[base &+ index] = entry
      }
    }

    /// Finds the code that `bits`, the next sixteen, begin with, by its length alone.
    ///
    /// - Returns: the code's length and symbol. Bits that are no code count as 17 long and as
    ///   symbol 0, as in libjpeg.
    @inline(never)
    static func canonical(
      _ entries: Span<UInt32>, limits: Int, bits: UInt32
    ) -> (length: UInt32, symbol: UInt32) {
      for length in 1...16 where bits < entries[limits &+ length] {
        let index = (bits &>> UInt32(16 &- length)) &+ entries[limits &+ 17 &+ length]
        return (UInt32(length), entries[limits &+ 34 &+ Int(index & 255)])
      }
      return (17, 0)
    }
  }
}
