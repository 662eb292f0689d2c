// SPDX-License-Identifier: Apache-2.0

/// The state of a raw DEFLATE stream being decoded. It can stop after any bit of input and any
/// byte of output; the history it copies from is what the output buffer holds before the position.
///
/// Bits are only taken from the input when the next item needs them, so that the bytes after the
/// stream's last bit are never lost: a stop for want of input leaves less than one item in `ahead`,
/// any other stop less than a byte more than the pieces before held of it.
///
/// Source: RFC 1951.
struct DeflateDecoder: Sendable {
  enum Phase: Sendable {
    case blockHeader, storedLengths, stored, codeCounts, codeLengthCode, codeLengths, tables
    case symbols, copy, done
  }
  enum Step { case proceed, needsInput, needsOutput }

  var phase = Phase.blockHeader
  var ahead = BitsAhead()
  /// Bytes this stream has produced, the preset dictionary included: no match reaches further.
  var produced: Int
  var isFinalBlock = false
  /// Bytes of input before the current piece.
  private var consumed = 0
  /// Left to copy of a stored block or a match.
  var pending = 0
  var distance = 0

  /// The tables of the current block, see ``DecodeTable``; empty before the first that has any.
  var storage: [UInt32] = []
  var literalBits = 0
  /// Whether literals are paired; only the fast loop looks up pairs.
  enum LiteralTable: Sendable { case undecided, plain, paired }
  var table = LiteralTable.plain
  var holdsFixedCode = false
  var header = HeaderState()

  /// - Parameter historyCount: bytes before the first output position that matches may reach.
  init(historyCount: Int = 0) { produced = historyCount }

  /// Decodes until the stream ends, `input` is used up or `output` is full.
  ///
  /// - Parameter offset: how much of `input` has been used: 0 at the call.
  mutating func decode(
    _ input: RawSpan, _ offset: inout Int, into output: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> StreamStatus {
    defer { consumed &+= offset }
    while phase != .done {
      let step: Step =
        switch phase {
        case .blockHeader: try readBlockHeader(input, &offset)
        case .storedLengths: try readStoredLengths(input, &offset)
        case .stored: copyStored(input, &offset, &output, &position)
        case .codeCounts: try readCodeCounts(input, &offset)
        case .codeLengthCode: try readCodeLengthCode(input, &offset)
        case .codeLengths: try readCodeLengths(input, &offset)
        case .tables: try buildTables(offset)
        case .symbols: try decodeSymbols(input, &offset, &output, &position)
        case .copy: copyMatch(&output, &position)
        case .done: .proceed
        }
      switch step {
      case .proceed: continue
      case .needsInput: return .needsInput
      case .needsOutput:
        ahead.giveBack(&offset)
        return .needsOutput
      }
    }
    ahead.giveBack(&offset)
    return .done
  }

  /// Where the next unread bit lies, from the start of the stream.
  func bitPosition(_ offset: Int) -> Int { (consumed &+ offset) &* 8 &- ahead.count }

  /// An error at the first bit not yet used.
  func corrupt(
    _ part: CodecError.Name, _ message: CodecError.Name, _ offset: Int
  ) -> CodecError {
    let bit = bitPosition(offset)
    return CodecError(
      .corrupt, codec: Deflate.name, part: part, message, at: bit >> 3, bit: UInt8(bit & 7))
  }

  // MARK: Data

  private mutating func copyStored(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan,
    _ position: inout Int
  ) -> Step {
    let count = min(pending, input.byteCount &- offset, output.byteCount &- position)
    output.copy(input.extracting(offset..<(offset &+ count)), at: position)
    offset &+= count
    position &+= count
    produced &+= count
    pending &-= count
    guard pending > 0 else {
      phase = .blockHeader
      return .proceed
    }
    return position == output.byteCount ? .needsOutput : .needsInput
  }

  private mutating func copyMatch(
    _ output: inout MutableRawSpan, _ position: inout Int
  ) -> Step {
    let count = min(pending, output.byteCount &- position)
    output.repeatBytes(distance: distance, count: count, at: position)
    position &+= count
    produced &+= count
    pending &-= count
    guard pending == 0 else { return .needsOutput }
    phase = .symbols
    return .proceed
  }

  private mutating func decodeSymbols(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> Step {
    while true {
      // Bits that an earlier piece left cannot be given back: their symbol is decoded below.
      if ahead.count &>> 3 <= offset {
        ahead.giveBack(&offset)
        switch decodeFast(input, &offset, &output, &position) {
        case .margin: break
        case .outputFull:
          phase = .copy
          return .proceed
        case .endOfBlock:
          phase = .blockHeader
          return .proceed
        case .invalidSymbol: throw invalidSymbol(offset)
        case .invalidDistance: throw invalidDistance(offset)
        case .distanceTooFar: throw distanceTooFar(offset)
        }
      }
      if let step = try decodeAtEdge(input, &offset, &output, &position) { return step }
    }
  }

  /// Decodes symbols with all checks, until the fast loop has its margins again: at the ends of the
  /// buffers. `nil`: go on with the fast loop.
  private mutating func decodeAtEdge(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> Step? {
    repeat {
      // A length and its distance have at most 48 bits; a literal could wait for them in vain, but
      // what is there suffices for it then.
      _ = ahead.fill(48, input, &offset)
      let symbol = lookup(ahead.bits, DecodeTable.literalStart, literalBits)
      guard symbol.size <= ahead.count else { return .needsInput }
      if symbol.entry & DecodeEntry.literal != 0 {
        guard position < output.byteCount else { return .needsOutput }
        ahead.drop(symbol.size)
        let literal = UInt8(truncatingIfNeeded: symbol.entry &>> 16)
        output.storeBytes(of: literal, toByteOffset: position, as: UInt8.self)
        position &+= 1
        produced &+= 1
        continue
      }
      if symbol.entry & DecodeEntry.exceptional != 0 {
        guard symbol.entry & DecodeEntry.endOfBlock != 0 else { throw invalidSymbol(offset) }
        ahead.drop(symbol.size)
        phase = .blockHeader
        return .proceed
      }
      var rest = ahead
      rest.drop(symbol.size)
      let place = lookup(rest.bits, DecodeTable.distanceStart, DecodeTable.distanceBits)
      guard place.size <= rest.count else { return .needsInput }
      pending = symbol.value(ahead.bits)
      distance = place.value(rest.bits)
      ahead = rest
      guard place.entry & DecodeEntry.exceptional == 0 else { throw invalidDistance(offset) }
      guard distance <= produced else { throw distanceTooFar(offset) }
      ahead.drop(place.size)
      let step = copyMatch(&output, &position)
      if step == .needsOutput {
        phase = .copy
        return step
      }
    } while input.byteCount &- offset < Self.inputMargin
      || output.byteCount &- position < Self.outputMargin
    return nil
  }

  /// An entry and the bits its code took, the index of its subtable included.
  private struct Symbol {
    var entry: UInt32
    var skipped: Int
    var size: Int { skipped &+ Int(truncatingIfNeeded: entry & 0xFF) }

    /// The length or distance when `bits` starts with the code.
    func value(_ bits: UInt64) -> Int {
      let codeBits = Int(truncatingIfNeeded: entry &>> 8 & 15)
      let extraBits = Int(truncatingIfNeeded: entry & 0xFF) &- codeBits
      let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: extraBits) &- 1
      let extra = bits &>> UInt64(truncatingIfNeeded: skipped &+ codeBits) & mask
      return Int(entry &>> 16) &+ Int(truncatingIfNeeded: extra)
    }
  }

  /// What the table at `start` has for the next bits.
  @inline(__always)
  private func lookup(_ bits: UInt64, _ start: Int, _ indexBits: Int) -> Symbol {
    let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: indexBits) &- 1
    let entry = storage[start &+ Int(truncatingIfNeeded: bits & mask)]
    let kind = DecodeEntry.subtable | DecodeEntry.exceptional
    guard entry & (kind | DecodeEntry.literal) == kind else {
      return Symbol(entry: entry, skipped: 0)
    }
    let subMask = UInt64(1) &<< UInt64(entry &>> 8 & 15) &- 1
    let rest = bits &>> UInt64(truncatingIfNeeded: indexBits)
    let index = Int(entry &>> 16) &+ Int(truncatingIfNeeded: rest & subMask)
    return Symbol(entry: storage[start &+ index], skipped: indexBits)
  }

  private func invalidSymbol(_ offset: Int) -> CodecError {
    corrupt("block", "a code that stands for no literal or length", offset)
  }
  private func invalidDistance(_ offset: Int) -> CodecError {
    corrupt("block", "a code that stands for no distance", offset)
  }
  private func distanceTooFar(_ offset: Int) -> CodecError {
    corrupt("block", "a distance reaches beyond the start of the data", offset)
  }
}
