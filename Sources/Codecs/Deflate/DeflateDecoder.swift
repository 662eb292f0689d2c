// SPDX-License-Identifier: Apache-2.0

/// The state of a raw DEFLATE stream being decoded. It can stop after any bit of input and any
/// byte of output; the history it copies from is what the output buffer holds before the position.
///
/// Bits are only taken from the input when the next item needs them, so that the bytes after the
/// stream's last bit are never lost: a stop for want of input leaves less than one item in `bits`,
/// any other stop less than a byte.
///
/// Source: RFC 1951.
struct DeflateDecoder: Sendable {
  enum Phase: Sendable {
    case blockHeader, storedLengths, stored, codeCounts, codeLengthCode, codeLengths
    case symbols, distance, copy, done
  }
  enum Step { case proceed, needsInput, needsOutput }

  var phase = Phase.blockHeader
  var bits: UInt64 = 0
  var bitCount = 0
  /// Bytes this stream has produced, the preset dictionary included: no match reaches further.
  var produced: Int
  var isFinalBlock = false
  /// Bytes of input before the current piece.
  private var consumed = 0
  /// Left to copy of a stored block or a match.
  var pending = 0
  private var distance = 0

  /// The tables of the current block; see ``DecodeTable``.
  var storage = DecodeTable.storage()
  var literalBits = 0
  var distanceBits = 0
  var holdsFixedCode = false
  var lengths = InlineArray<320, UInt8>(repeating: 0)
  var literalCount = 0
  var distanceCount = 0
  var codeLengthCount = 0
  var index = 0

  /// - Parameter historyCount: bytes before the first output position that matches may reach.
  init(historyCount: Int = 0) { produced = historyCount }

  /// Decodes until the stream ends, `input` is used up or `output` is full.
  ///
  /// - Parameter offset: how much of `input` has been used: 0 at the call.
  mutating func decode(
    _ input: RawSpan, _ offset: inout Int, into output: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> StreamStatus {
    consumed &-= offset
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
        case .symbols: try decodeSymbols(input, &offset, &output, &position)
        case .distance: try decodeDistance(input, &offset)
        case .copy: copyMatch(&output, &position)
        case .done: .proceed
        }
      switch step {
      case .proceed: continue
      case .needsInput: return .needsInput
      case .needsOutput:
        giveBack(&offset)
        return .needsOutput
      }
    }
    giveBack(&offset)
    return .done
  }

  // MARK: Bits

  /// Loads input until there are `count` bits, at most 48; `false` when the input ends before.
  @inline(__always)
  mutating func fill(_ count: Int, _ input: RawSpan, _ offset: inout Int) -> Bool {
    if bitCount >= count { return true }
    if input.byteCount &- offset >= 8 {
      let word = UInt64(littleEndian: input.loadUnaligned(UInt64.self, at: offset))
      let bytes = (63 &- bitCount) &>> 3
      bits |= word &<< UInt64(truncatingIfNeeded: bitCount)
      bitCount &+= bytes &* 8
      bits &= 1 &<< UInt64(truncatingIfNeeded: bitCount) &- 1
      offset &+= bytes
      return true
    }
    while bitCount < count {
      guard offset < input.byteCount else { return false }
      bits |= UInt64(input[byteAt: offset]) &<< UInt64(truncatingIfNeeded: bitCount)
      bitCount &+= 8
      offset &+= 1
    }
    return true
  }

  /// Loads at least 48 bits, or all there is.
  @inline(__always)
  mutating func fillUp(_ input: RawSpan, _ offset: inout Int) {
    _ = fill(48, input, &offset)
  }

  @inline(__always)
  mutating func drop(_ count: Int) {
    bits &>>= UInt64(truncatingIfNeeded: count)
    bitCount &-= count
  }

  /// The next `count` bits, which are there.
  @inline(__always)
  mutating func take(_ count: Int) -> Int {
    let value = Int(truncatingIfNeeded: bits & (1 &<< UInt64(truncatingIfNeeded: count) &- 1))
    drop(count)
    return value
  }

  /// Returns whole bytes to the input, except those of an earlier piece: they belong to the item
  /// that comes next.
  mutating func giveBack(_ offset: inout Int) {
    let count = min(bitCount &>> 3, offset)
    offset &-= count
    bitCount &-= count &* 8
    bits &= 1 &<< UInt64(truncatingIfNeeded: bitCount) &- 1
  }

  /// An error at the first bit not yet used.
  func corrupt(
    _ part: CodecError.Name, _ message: CodecError.Name, _ offset: Int
  ) -> CodecError {
    let bit = (consumed &+ offset) &* 8 &- bitCount
    return CodecError(
      .corrupt, codec: Deflate.name, part: part, message, at: bit >> 3, bit: UInt8(bit & 7))
  }

  /// Where the next unread bit lies, from the start of the stream.
  func bitPosition(_ offset: Int) -> Int { (consumed &+ offset) &* 8 &- bitCount }

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

  private mutating func decodeSymbols(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> Step {
    while true {
      // Bits that an earlier piece left cannot be given back: that symbol is decoded below.
      if bitCount &>> 3 <= offset {
        giveBack(&offset)
        if decodeFast(input, &offset, &output, &position) == .endOfBlock {
          phase = .blockHeader
          return .proceed
        }
      }
      // One symbol with all checks: at the edges of the buffers, and when something is wrong.
      fillUp(input, &offset)
      let (entry, skipped) = lookup(0, literalBits)
      let size = skipped &+ Int(truncatingIfNeeded: entry & 0xFF)
      guard size <= bitCount else { return .needsInput }
      if entry & DecodeEntry.literal != 0 {
        guard position < output.byteCount else { return .needsOutput }
        drop(size)
        output.storeBytes(
          of: UInt8(truncatingIfNeeded: entry &>> 16), toByteOffset: position, as: UInt8.self)
        position &+= 1
        produced &+= 1
      } else if entry & DecodeEntry.exceptional == 0 {
        drop(skipped)
        pending = value(entry)
        phase = .distance
        return .proceed
      } else if entry & DecodeEntry.endOfBlock != 0 {
        drop(size)
        phase = .blockHeader
        return .proceed
      } else {
        throw corrupt("block", "a code that stands for no literal or length", offset)
      }
    }
  }

  private mutating func decodeDistance(
    _ input: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Step {
    fillUp(input, &offset)
    let (entry, skipped) = lookup(DecodeTable.literalCapacity, distanceBits)
    guard skipped &+ Int(truncatingIfNeeded: entry & 0xFF) <= bitCount else { return .needsInput }
    guard entry & DecodeEntry.exceptional == 0 else {
      throw corrupt("block", "a code that stands for no distance", offset)
    }
    let (oldBits, oldCount) = (bits, bitCount)
    drop(skipped)
    distance = value(entry)
    guard distance <= produced else {
      (bits, bitCount) = (oldBits, oldCount)
      throw corrupt("block", "a distance reaches beyond the start of the data", offset)
    }
    phase = .copy
    return .proceed
  }

  private mutating func copyMatch(
    _ output: inout MutableRawSpan, _ position: inout Int
  ) -> Step {
    precondition(distance <= position, "the buffer does not hold the history it should")
    let count = min(pending, output.byteCount &- position)
    for i in position..<(position &+ count) {
      let byte = output.bytes[byteAt: i &- distance]
      output.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
    }
    position &+= count
    produced &+= count
    pending &-= count
    guard pending == 0 else { return .needsOutput }
    phase = .symbols
    return .proceed
  }

  /// The entry for the next bits in the table at `start`, and the bits to drop before it.
  @inline(__always)
  private func lookup(_ start: Int, _ indexBits: Int) -> (entry: UInt32, skipped: Int) {
    let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: indexBits) &- 1
    let entry = storage[start &+ Int(truncatingIfNeeded: bits & mask)]
    guard entry & DecodeEntry.subtable != 0, entry & DecodeEntry.literal == 0,
      entry & DecodeEntry.exceptional != 0
    else { return (entry, 0) }
    let subMask = UInt64(1) &<< UInt64(entry &>> 8 & 15) &- 1
    let rest = bits &>> UInt64(truncatingIfNeeded: indexBits)
    let index = Int(entry &>> 16) &+ Int(truncatingIfNeeded: rest & subMask)
    return (storage[start &+ index], indexBits)
  }

  /// The length or distance of a match entry, its bits dropped.
  @inline(__always)
  private mutating func value(_ entry: UInt32) -> Int {
    let codeBits = Int(truncatingIfNeeded: entry &>> 8 & 15)
    let extraBits = Int(truncatingIfNeeded: entry & 0xFF) &- codeBits
    drop(codeBits)
    return Int(entry &>> 16) &+ take(extraBits)
  }
}
