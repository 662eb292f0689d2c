// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// What one block of a DEFLATE stream consists of: an auditor's view, without the data.
  ///
  /// Source: RFC 1951 §3.2.
  public struct Block: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case stored, fixed, dynamic }

    public var kind: Kind
    /// BFINAL.
    public var isFinal: Bool
    /// From its first bit to behind its last, counted from the start of the stream. A stored block
    /// includes the bits that fill up the byte before its length.
    public var bits: Range<Int>
    /// Bits of ``bits`` before the first symbol or stored byte.
    public var headerBitCount: Int
    /// Lengths of the code length code by symbol, 19 of them; empty unless the block is dynamic.
    public var codeLengthLengths: [UInt8] = []
    /// HCLEN: how many of them are stored.
    public var storedCodeLengthCount = 0
    /// Code lengths by literal/length symbol; empty when the block is stored.
    public var literalLengths: [UInt8] = []
    /// Code lengths by distance symbol; empty when the block is stored.
    public var distanceLengths: [UInt8] = []
    public var literalCount = 0
    public var matchCount = 0
    /// Bytes that the matches give.
    public var matchedByteCount = 0
    public var longestMatch = 0
    public var farthestDistance = 0
    /// What the block decodes to, counted from the start of the output.
    public var output: Range<Int>
  }

  /// Goes through a DEFLATE stream block by block, without decoding it into memory.
  ///
  /// Written to be read, and apart from the decoder on purpose: the fuzz target holds one against
  /// the other. It accepts and refuses the same streams.
  public struct BlockReader: ~Escapable {
    let source: RawSpan
    private var offset = 0
    private var ahead = BitsAhead()
    /// Bytes that matches can reach: the dictionary's and the output's.
    private var reachableByteCount: Int
    private let historyByteCount: Int
    private var isAtEnd = false

    /// - Parameter historyByteCount: bytes of a preset dictionary that matches may reach.
    @_lifetime(copy source)
    public init(_ source: RawSpan, historyByteCount: Int = 0) {
      self.source = source
      self.historyByteCount = historyByteCount
      reachableByteCount = historyByteCount
    }

    /// Bits read so far.
    public var bitOffset: Int { offset &* 8 &- ahead.count }
    /// Bytes that the blocks so far decode to.
    public var outputByteCount: Int { reachableByteCount &- historyByteCount }

    /// The next block, or `nil` after the final one.
    ///
    /// - Throws: `truncated`, `corrupt`, with the bit at which the fault was seen.
    @_lifetime(self: copy self)
    public mutating func next() throws(CodecError) -> Block? {
      guard !isAtEnd else { return nil }
      let start = bitOffset
      let isFinal = try take(1, "block") == 1
      let kind: Block.Kind
      switch try take(2, "block") {
      case 0: kind = .stored
      case 1: kind = .fixed
      case 2: kind = .dynamic
      default: throw corrupt("block", "block type is 3")
      }
      let place = outputByteCount
      var block = Block(
        kind: kind, isFinal: isFinal, bits: start..<start, headerBitCount: 0,
        output: place..<place)
      switch kind {
      case .stored: try readStored(&block)
      case .fixed:
        block.literalLengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
        block.distanceLengths = Array(repeating: 5, count: 32)
        try readSymbols(&block)
      case .dynamic:
        try readCodes(&block)
        try readSymbols(&block)
      }
      isAtEnd = isFinal
      block.bits = start..<bitOffset
      block.output = place..<outputByteCount
      return block
    }

    // MARK: Parts of a block

    @_lifetime(self: copy self)
    private mutating func readStored(_ block: inout Block) throws(CodecError) {
      ahead.drop(ahead.count & 7)
      let length = try take(16, "stored block")
      guard try take(16, "stored block") == length ^ 0xFFFF else {
        throw corrupt("stored block", "the length and its complement disagree")
      }
      ahead.giveBack(&offset)
      block.headerBitCount = bitOffset &- block.bits.lowerBound
      guard source.byteCount &- offset >= length else {
        throw CodecError(
          .truncated(needed: length &- (source.byteCount &- offset)), codec: Deflate.name,
          part: "stored block", at: source.byteCount)
      }
      offset &+= length
      reachableByteCount &+= length
    }

    @_lifetime(self: copy self)
    private mutating func readCodes(_ block: inout Block) throws(CodecError) {
      let literalCount = try take(5, "block header") &+ 257
      let distanceCount = try take(5, "block header") &+ 1
      guard literalCount <= 286, distanceCount <= 30 else {
        throw corrupt("block header", "more than 286 length or 30 distance symbols")
      }
      block.storedCodeLengthCount = try take(4, "block header") &+ 4
      block.codeLengthLengths = Array(repeating: 0, count: 19)
      for i in 0..<block.storedCodeLengthCount {
        let symbol = Int(Tables.codeLengthOrder[i])
        block.codeLengthLengths[symbol] = UInt8(try take(3, "block header"))
      }
      let code = try SymbolCode(block.codeLengthLengths, mayBeSingle: false, self)
      var lengths: [UInt8] = []
      while lengths.count < literalCount &+ distanceCount {
        let symbol = try self.symbol(code, "code lengths")
        var (length, count) = (UInt8(truncatingIfNeeded: symbol), 1)
        switch symbol {
        case 16:
          guard let last = lengths.last else {
            throw corrupt("code lengths", "repeats a length before the first")
          }
          (length, count) = (last, try take(2, "code lengths") &+ 3)
        case 17: (length, count) = (0, try take(3, "code lengths") &+ 3)
        case 18: (length, count) = (0, try take(7, "code lengths") &+ 11)
        default: break
        }
        guard lengths.count &+ count <= literalCount &+ distanceCount else {
          throw corrupt("code lengths", "repeats a length beyond the last")
        }
        lengths += repeatElement(length, count: count)
      }
      guard lengths[256] != 0 else {
        throw corrupt("code lengths", "the end of the block has no code")
      }
      block.literalLengths = Array(lengths[..<literalCount])
      block.distanceLengths = Array(lengths[literalCount...])
    }

    @_lifetime(self: copy self)
    private mutating func readSymbols(_ block: inout Block) throws(CodecError) {
      let literals = try SymbolCode(block.literalLengths, mayBeSingle: true, self)
      let distances = try SymbolCode(block.distanceLengths, mayBeSingle: true, self)
      block.headerBitCount = bitOffset &- block.bits.lowerBound
      while true {
        let symbol = try self.symbol(literals, "block")
        if symbol < 256 {
          block.literalCount &+= 1
          reachableByteCount &+= 1
          continue
        }
        if symbol == 256 { return }
        guard symbol <= 285 else {
          throw corrupt("block", "a code that stands for no literal or length")
        }
        let lengthExtra = Int(Tables.lengthExtraBits[symbol &- 257])
        let length = Int(Tables.lengthBase[symbol &- 257]) &+ (try take(lengthExtra, "block"))
        let index = try self.symbol(distances, "block")
        guard index < 30 else { throw corrupt("block", "a code that stands for no distance") }
        let distanceExtra = Int(Tables.distanceExtraBits[index])
        let distance = Int(Tables.distanceBase[index]) &+ (try take(distanceExtra, "block"))
        guard distance <= reachableByteCount else {
          throw corrupt("block", "a distance reaches beyond the start of the data")
        }
        block.matchCount &+= 1
        block.matchedByteCount &+= length
        block.longestMatch = max(block.longestMatch, length)
        block.farthestDistance = max(block.farthestDistance, distance)
        reachableByteCount &+= length
      }
    }

    // MARK: Bits

    @_lifetime(self: copy self)
    private mutating func take(
      _ count: Int, _ part: CodecError.Name
    ) throws(CodecError) -> Int {
      guard ahead.fill(count, source, &offset) else { throw truncated(part) }
      return ahead.take(count)
    }

    @_lifetime(self: copy self)
    private mutating func symbol(
      _ code: SymbolCode, _ part: CodecError.Name
    ) throws(CodecError) -> Int {
      // Fewer bits may do at the end of the input.
      let isEnough = ahead.fill(15, source, &offset)
      let entry = code.entry(ahead.bits)
      let length = Int(entry & 15)
      guard length > 0 else {
        if !isEnough, ahead.count < 15, code.mayGoOn(ahead.bits, count: ahead.count) {
          throw truncated(part)
        }
        throw corrupt(part, "a code that stands for no symbol")
      }
      guard length <= ahead.count else { throw truncated(part) }
      ahead.drop(length)
      return Int(entry >> 4)
    }

    private func truncated(_ part: CodecError.Name) -> CodecError {
      CodecError(
        .truncated(needed: 1), codec: Deflate.name, part: part, at: source.byteCount)
    }

    fileprivate func corrupt(
      _ part: CodecError.Name, _ message: CodecError.Name
    ) -> CodecError {
      CodecError(
        .corrupt, codec: Deflate.name, part: part, message, at: bitOffset >> 3,
        bit: UInt8(bitOffset & 7))
    }
  }
}

/// A Huffman code as one table over the longest of its codes.
private struct SymbolCode {
  /// Symbol in the upper 12 bits, length in the lower 4; 0 where no code begins so.
  private var table: [UInt16]
  private var bitCount: Int

  /// - Parameter mayBeSingle: whether one code of one bit is enough; any other code must be complete.
  init(
    _ lengths: [UInt8], mayBeSingle: Bool, _ reader: borrowing Deflate.BlockReader
  ) throws(CodecError) {
    bitCount = Int(lengths.max() ?? 0)
    table = Array(repeating: 0, count: 1 << bitCount)
    var used = 0
    for length in lengths where length > 0 { used &+= 1 << (15 &- Int(length)) }
    guard used <= 1 << 15 else {
      throw reader.corrupt("code lengths", "a code has too many codes")
    }
    // As in zlib, a code without symbols is accepted as long as nothing uses it.
    guard used == 1 << 15 || used == 0 || mayBeSingle && bitCount == 1 else {
      throw reader.corrupt("code lengths", "a code is incomplete")
    }
    guard used > 0 else { return }
    var code = 0
    for length in 1...bitCount {
      for symbol in 0..<lengths.count where Int(lengths[symbol]) == length {
        var index = 0
        for bit in 0..<length { index |= (code >> bit & 1) << (length &- 1 &- bit) }
        let entry = UInt16(truncatingIfNeeded: symbol << 4 | length)
        while index < table.count {
          table[index] = entry
          index &+= 1 << length
        }
        code &+= 1
      }
      code <<= 1
    }
  }

  func entry(_ bits: UInt64) -> UInt16 {
    table[Int(truncatingIfNeeded: bits) & (table.count &- 1)]
  }

  /// Whether some code begins with the lowest `count` of `bits`.
  func mayGoOn(_ bits: UInt64, count: Int) -> Bool {
    guard count < bitCount else { return false }
    let first = Int(truncatingIfNeeded: bits) & (1 << count &- 1)
    return stride(from: first, to: table.count, by: 1 << count).contains { table[$0] != 0 }
  }
}
