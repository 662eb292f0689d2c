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
  /// Entries of lossless scans: differences whose bits lie within the index are in bits 16…23 and,
  /// when bit 6 says that there are two, in bits 24…31. Of others (bit 8) the value bits stay in the
  /// stream: bits 0…5 count them and the code, bits 9…13 are their number, and bits 16…20 the
  /// code's length.
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
    /// Entries of one table with what ``canonical(_:limits:bits:)`` searches.
    @inline(always)
    static func count(isWide: Bool) -> Int { (isWide ? 1 << 11 : 1 << 8) + 34 + 256 }
    static var isSpecial: UInt32 { 0x80 }
    static var endsBlock: UInt32 { 0x40 }
    /// Of lossless scans.
    static var isPair: UInt32 { 0x40 }
    static var hasValueOutside: UInt32 { 0x100 }

    init() {}

    /// The standard's example tables, which are made already. Table `n` begins at entry
    /// `n * count(isWide: true)`: luminance and chrominance of DC coefficients, then of AC ones.
    static func ofStandardTables() -> HuffmanLookup {
      var lookup = HuffmanLookup()
      lookup.entries = standard
      return lookup
    }

    /// Appends a table.
    ///
    /// - Returns: the index of its first entry.
    /// - Throws: `corrupt` when the code lengths do not make a code.
    mutating func append(
      _ table: HuffmanTable, kind: Kind, isWide: Bool, at offset: Int
    ) throws(CodecError) -> Int {
      let bits = isWide ? Self.wideBits : Self.narrowBits
      let base = entries.count
      entries.append(
        contentsOf: repeatElement(Self.isSpecial, count: Self.count(isWide: isWide)))
      try appendCodes(table, kind: kind, bits: bits, base: base, at: offset)
      if isWide && (kind == .sequentialAC || kind == .progressiveAC) {
        mergePairs(base: base, bits: bits)
      }
      if isWide && kind == .lossless { mergeDifferences(base: base, bits: bits) }
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
      if kind == .lossless {
        fillLossless(&entries, from: first, count: count, size: Int(symbol), length: length)
        return
      }
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

    /// The same for a lossless scan.
    private static func fillLossless(
      _ entries: inout MutableSpan<UInt32>, from first: Int, count: Int, size: Int, length: Int
    ) {
      let codeLength = UInt32(length)
      let whole = UInt32(length + size)
      guard size <= 7, 1 << size <= count else {
        // 32768, of size 16, has no bits of its own.
        let entry =
          size == 16
          ? isSpecial | codeLength | 16 << 8
          : hasValueOutside | whole | UInt32(size) << 9 | codeLength << 16
        for i in first..<(first + count) { entries[i] = entry }
        return
      }
      let each = count >> size
      for raw in 0..<(1 << size) {
        let value = JPEG.extended(Int32(truncatingIfNeeded: raw), size: Int32(size))
        let entry = whole | (UInt32(truncatingIfNeeded: value) & 255) << 16
        let start = first + raw * each
        for i in start..<(start + each) { entries[i] = size == 0 ? codeLength : entry }
      }
    }

    /// Puts a second difference into entries whose index has room for it.
    private mutating func mergeDifferences(base: Int, bits: Int) {
      let size = 1 << bits
      let single = [UInt32](entries[base..<(base + size)])
      let source = single.span
      var entries = self.entries.mutableSpan
      for index in 0..<size {
        let first = source[index]
        if first & (Self.isSpecial | Self.hasValueOutside) != 0 { continue }
        let second = source[(index &<< Int(first & 63)) & (size &- 1)]
        let length = (first & 63) &+ (second & 63)
        if second & (Self.isSpecial | Self.hasValueOutside) != 0 || length > UInt32(bits) {
          continue
        }
        entries[base &+ index] =
          length | Self.isPair | first & 0xFF_0000 | (second & 0xFF_0000) &<< 8
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
