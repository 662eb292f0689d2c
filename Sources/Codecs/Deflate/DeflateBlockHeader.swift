// SPDX-License-Identifier: Apache-2.0

// What a block begins with, up to its tables; the input may end at any bit.

extension DeflateDecoder {
  // MARK: Blocks

  mutating func readBlockHeader(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    if isFinalBlock {
      phase = .done
      return .proceed
    }
    guard fill(3, input, &offset) else { return .needsInput }
    let type = bits >> 1 & 3
    guard type != 3 else { throw corrupt("block", "block type is 3", offset) }
    isFinalBlock = bits & 1 != 0
    drop(3)
    switch type {
    case 0:
      drop(bitCount & 7)
      phase = .storedLengths
    case 1:
      if !holdsFixedCode { DecodeTable.loadFixed(into: &storage) }
      holdsFixedCode = true
      (literalBits, distanceBits) = (9, 5)
      phase = .symbols
    default:
      phase = .codeCounts
    }
    return .proceed
  }

  mutating func readStoredLengths(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    guard fill(32, input, &offset) else { return .needsInput }
    guard bits & 0xFFFF == ~(bits >> 16) & 0xFFFF else {
      throw corrupt("stored block", "the length and its complement disagree", offset)
    }
    pending = take(16)
    drop(16)
    giveBack(&offset)
    phase = .stored
    return .proceed
  }

  // MARK: The codes of a dynamic block

  mutating func readCodeCounts(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    guard fill(14, input, &offset) else { return .needsInput }
    literalCount = Int(truncatingIfNeeded: bits & 31) &+ 257
    distanceCount = Int(truncatingIfNeeded: bits >> 5 & 31) &+ 1
    guard literalCount <= 286, distanceCount <= 30 else {
      throw corrupt("block header", "more than 286 length or 30 distance symbols", offset)
    }
    codeLengthCount = Int(truncatingIfNeeded: bits >> 10 & 15) &+ 4
    drop(14)
    for i in 0..<19 { lengths[i] = 0 }
    index = 0
    phase = .codeLengthCode
    return .proceed
  }

  mutating func readCodeLengthCode(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    while index < codeLengthCount {
      guard fill(3, input, &offset) else { return .needsInput }
      lengths[Int(Deflate.Tables.codeLengthOrder[index])] = UInt8(truncatingIfNeeded: take(3))
      index &+= 1
    }
    holdsFixedCode = false
    let lengths = lengths
    let result = DecodeTable.build(
      .codeLengths, lengths: lengths.span.extracting(0..<19), into: &storage)
    switch result {
    case .success(let bits): distanceBits = bits
    case .failure(.overSubscribed):
      throw corrupt("block header", "the code length code has too many codes", offset)
    case .failure(.incomplete):
      throw corrupt("block header", "the code length code is incomplete", offset)
    }
    index = 0
    phase = .codeLengths
    return .proceed
  }

  mutating func readCodeLengths(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    let count = literalCount &+ distanceCount
    let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: distanceBits) &- 1
    while index < count {
      fillUp(input, &offset)
      let entry = storage[DecodeTable.literalCapacity &+ Int(truncatingIfNeeded: bits & mask)]
      let codeBits = Int(truncatingIfNeeded: entry & 0xFF)
      let symbol = entry &>> 16
      guard symbol >= 16 else {
        guard codeBits <= bitCount else { return .needsInput }
        drop(codeBits)
        lengths[index] = UInt8(truncatingIfNeeded: symbol)
        index &+= 1
        continue
      }
      let (extraBits, base) = symbol == 16 ? (2, 3) : symbol == 17 ? (3, 3) : (7, 11)
      guard codeBits &+ extraBits <= bitCount else { return .needsInput }
      guard symbol > 16 || index > 0 else {
        throw corrupt("code lengths", "repeats a length before the first", offset)
      }
      let value = symbol == 16 ? lengths[index &- 1] : 0
      let extra = bits &>> UInt64(truncatingIfNeeded: codeBits)
      let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: extraBits) &- 1
      let repeats = base &+ Int(truncatingIfNeeded: extra & mask)
      guard index &+ repeats <= count else {
        throw corrupt("code lengths", "repeats a length beyond the last", offset)
      }
      drop(codeBits &+ extraBits)
      for i in index..<(index &+ repeats) { lengths[i] = value }
      index &+= repeats
    }
    try buildTables(offset)
    phase = .symbols
    return .proceed
  }

  private mutating func buildTables(_ offset: Int) throws(CodecError) {
    guard lengths[256] != 0 else {
      throw corrupt("code lengths", "the end of the block has no code", offset)
    }
    let lengths = lengths
    let all = lengths.span
    switch DecodeTable.build(
      .literals, lengths: all.extracting(0..<literalCount), into: &storage)
    {
    case .success(let bits): literalBits = bits
    case .failure(.overSubscribed):
      throw corrupt("code lengths", "the literal/length code has too many codes", offset)
    case .failure(.incomplete):
      throw corrupt("code lengths", "the literal/length code is incomplete", offset)
    }
    switch DecodeTable.build(
      .distances,
      lengths: all.extracting(literalCount..<(literalCount &+ distanceCount)), into: &storage)
    {
    case .success(let bits): distanceBits = bits
    case .failure(.overSubscribed):
      throw corrupt("code lengths", "the distance code has too many codes", offset)
    case .failure(.incomplete):
      throw corrupt("code lengths", "the distance code is incomplete", offset)
    }
  }
}
