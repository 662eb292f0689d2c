// SPDX-License-Identifier: Apache-2.0

// What a block begins with, up to its tables; the input may end at any bit.

extension DeflateDecoder {
  /// How far the header of a dynamic block has been read.
  struct HeaderState: Sendable {
    var literalCount = 0
    var distanceCount = 0
    var codeLengthCount = 0
    /// The lengths of the code length code, three bits each, by symbol.
    var codeLengths: UInt64 = 0
    /// Next code length to read.
    var index = 0
    /// Lengths that are not zero so far; ``DecodeTable`` has their list.
    var usedCount = 0
    /// How many of them are of literals and lengths.
    var usedLiteralCount = 0
    var previous: UInt32 = 0
    var hasEndOfBlock = false
  }

  mutating func readBlockHeader(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    if isFinalBlock {
      phase = .done
      return .proceed
    }
    guard ahead.fill(3, input, &offset) else { return .needsInput }
    let type = ahead.bits >> 1 & 3
    guard type != 3 else { throw corrupt("block", "block type is 3", offset) }
    isFinalBlock = ahead.bits & 1 != 0
    ahead.drop(3)
    if type != 0, storage.isEmpty { storage = DecodeTable.storage() }
    switch type {
    case 0:
      ahead.drop(ahead.count & 7)
      phase = .storedLengths
    case 1:
      if !holdsFixedCode { DecodeTable.loadFixed(into: &storage) }
      holdsFixedCode = true
      table = .plain
      literalBits = 9
      phase = .symbols
    default:
      holdsFixedCode = false
      phase = .codeCounts
    }
    return .proceed
  }

  mutating func readStoredLengths(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    guard ahead.fill(32, input, &offset) else { return .needsInput }
    guard ahead.bits & 0xFFFF == ~(ahead.bits >> 16) & 0xFFFF else {
      throw corrupt("stored block", "the length and its complement disagree", offset)
    }
    pending = ahead.take(16)
    ahead.drop(16)
    ahead.giveBack(&offset)
    phase = .stored
    return .proceed
  }

  // MARK: The codes of a dynamic block

  mutating func readCodeCounts(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    guard ahead.fill(14, input, &offset) else { return .needsInput }
    header = HeaderState()
    header.literalCount = Int(truncatingIfNeeded: ahead.bits & 31) &+ 257
    header.distanceCount = Int(truncatingIfNeeded: ahead.bits >> 5 & 31) &+ 1
    guard header.literalCount <= 286, header.distanceCount <= 30 else {
      throw corrupt("block header", "more than 286 length or 30 distance symbols", offset)
    }
    header.codeLengthCount = Int(truncatingIfNeeded: ahead.bits >> 10 & 15) &+ 4
    ahead.drop(14)
    phase = .codeLengthCode
    return .proceed
  }

  mutating func readCodeLengthCode(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    while header.index < header.codeLengthCount {
      guard ahead.fill(3, input, &offset) else { return .needsInput }
      let symbol = UInt64(Deflate.Tables.codeLengthOrder[header.index])
      header.codeLengths |= (ahead.bits & 7) &<< (symbol &* 3)
      ahead.drop(3)
      header.index &+= 1
    }
    let result = DecodeTable.buildCodeLengths(header.codeLengths, in: &storage)
    try check(
      result, offset, "the code length code has too many codes",
      "the code length code is incomplete")
    header.index = 0
    phase = .codeLengths
    return .proceed
  }

  mutating func readCodeLengths(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    switch readCodeLengthSymbols(input, &offset) {
    case nil: break
    case .needsInput: return .needsInput
    case .noFirst: throw corrupt("code lengths", "repeats a length before the first", offset)
    case .tooMany: throw corrupt("code lengths", "repeats a length beyond the last", offset)
    }
    phase = .tables
    return .proceed
  }

  private enum CodeLengthStop { case needsInput, noFirst, tooMany }

  private mutating func readCodeLengthSymbols(
    _ input: RawSpan, _ offset: inout Int
  ) -> CodeLengthStop? {
    // Copies, which the compiler keeps in registers.
    var (header, ahead, place) = (header, ahead, offset)
    let count = header.literalCount &+ header.distanceCount
    var stop: CodeLengthStop?
    var words = storage.mutableSpan
    while header.index < count {
      if ahead.count < 14 { _ = ahead.fill(48, input, &place) }
      let entry = words[DecodeTable.distanceStart &+ Int(truncatingIfNeeded: ahead.bits & 127)]
      let codeBits = Int(truncatingIfNeeded: entry & 0xFF)
      guard codeBits <= ahead.count else {
        stop = .needsInput
        break
      }
      let before = ahead
      ahead.drop(codeBits)
      let symbol = entry &>> 16
      if symbol < 16 {
        header.append(symbol, to: &words)
        continue
      }
      let (extraBits, base) = symbol == 16 ? (2, 3) : symbol == 17 ? (3, 3) : (7, 11)
      let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: extraBits) &- 1
      let repeats = base &+ Int(truncatingIfNeeded: ahead.bits & mask)
      if extraBits > ahead.count {
        stop = .needsInput
      } else if symbol == 16, header.index == 0 {
        stop = .noFirst
      } else if header.index &+ repeats > count {
        stop = .tooMany
      }
      if stop != nil {
        ahead = before
        break
      }
      ahead.drop(extraBits)
      if symbol == 16 {
        for _ in 0..<repeats { header.append(header.previous, to: &words) }
      } else {
        header.index &+= repeats
        header.previous = 0
      }
    }
    offset = place
    self.header = header
    self.ahead = ahead
    return stop
  }

  mutating func buildTables(_ offset: Int) throws(CodecError) -> Step {
    guard header.hasEndOfBlock else {
      throw corrupt("code lengths", "the end of the block has no code", offset)
    }
    // Not within the calls of `check`: their copy of `self` would make these copy the storage.
    let literals = DecodeTable.buildLiterals(count: header.usedLiteralCount, in: &storage)
    literalBits = try check(
      literals, offset, "the literal/length code has too many codes",
      "the literal/length code is incomplete")
    let distances = DecodeTable.buildDistances(
      header.usedLiteralCount..<header.usedCount, firstSymbol: header.literalCount, in: &storage)
    try check(
      distances, offset, "the distance code has too many codes",
      "the distance code is incomplete")
    table = .undecided
    phase = .symbols
    return .proceed
  }

  @discardableResult
  private func check(
    _ result: DecodeTable.Result, _ offset: Int, _ overSubscribed: CodecError.Name,
    _ incomplete: CodecError.Name
  ) throws(CodecError) -> Int {
    switch result {
    case .bits(let bits): return bits
    case .overSubscribed: throw corrupt("code lengths", overSubscribed, offset)
    case .incomplete: throw corrupt("code lengths", incomplete, offset)
    }
  }
}

extension DeflateDecoder.HeaderState {
  /// Notes the length of the next symbol: counts it, and lists the symbol when it is not zero.
  @inline(__always)
  mutating func append(_ length: UInt32, to words: inout MutableSpan<UInt32>) {
    let isLiteral = index < literalCount
    let count = DecodeTable.countStart &+ (isLiteral ? 0 : 16) &+ Int(length)
    words[count] &+= 1
    words[DecodeTable.listStart &+ usedCount] =
      UInt32(truncatingIfNeeded: index) | length &<< 16
    let isUsed = length != 0 ? 1 : 0
    usedCount &+= isUsed
    usedLiteralCount &+= isLiteral ? isUsed : 0
    if index == 256 { hasEndOfBlock = length != 0 }
    index &+= 1
    previous = length
  }
}
