// SPDX-License-Identifier: Apache-2.0

// The inner loop of inflate: whole symbols, no bounds checks, as long as input and output leave
// the margins below. Everything else, every error included, is left to `DeflateDecoder`, which
// decodes the same symbol again with all checks and says what is wrong and where. The file is long
// because the loop, its copies and their proofs are one argument, best read in one place.

extension DeflateDecoder {
  /// Why the loop came back.
  enum FastExit {
    case margin, outputFull, endOfBlock, invalidSymbol, invalidDistance, distanceTooFar
  }

  /// Input bytes that must lie ahead: one turn moves twice by at most 7, then loads 8.
  static var inputMargin: Int { 22 }
  /// Free output bytes that must lie ahead when each match is tested: three literals.
  static var outputMargin: Int { 6 }
  /// What a copy may write beyond its match, and what it reads beyond the bytes it needs.
  private static var copyMargin: Int { 32 }
  /// Free output bytes that must lie ahead when matches are not tested: three pairs of literals, a
  /// match, and the margin of its copy.
  private static var wideMargin: Int { 6 + 258 + copyMargin }

  private static var distanceMask: UInt64 { 1 &<< UInt64(DecodeTable.distanceBits) &- 1 }

  /// Output after which a block counts as long, and output still to come that makes pairs pay.
  private static var trialByteCount: Int { 1_024 }
  private static var pairingByteCount: Int { 8_192 }

  /// Where the loop stands.
  @safe struct Cursor {
    var input: UnsafeRawPointer
    var output: UnsafeMutableRawPointer
    var bits: UInt64
    /// Low 6 bits: how many of `bits` count. The others are leftovers of the table's words.
    var bitCount: UInt64
    /// The table's word for what comes next, or for what is wrong.
    var entry: UInt32 = 0
    /// The output position of the last distance that was found in a subtable.
    var subtableUse: UnsafeRawPointer?
    /// The match that does not fit the output.
    var length = 0
    var distance = 0
  }

  /// What the loop only reads.
  @safe struct Bounds {
    let inputEnd: UnsafeRawPointer
    let outputStart: UnsafeMutableRawPointer
    /// Where a turn must begin at the latest.
    let outputEnd: UnsafeMutableRawPointer
    /// Where a match may end that is copied in words.
    let copyEnd: UnsafeMutableRawPointer
    /// Where the output ends.
    let limit: UnsafeMutableRawPointer
    let literals: UnsafePointer<UInt32>
    let distances: UnsafePointer<UInt32>
    let literalMask: UInt64
  }

  /// Decodes symbols of the current block while the margins last.
  ///
  /// On return everything before the symbol that stopped it is done, and nothing of that symbol.
  mutating func decodeFast(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan, _ position: inout Int
  ) -> FastExit {
    let end = output.byteCount
    var exit = FastExit.margin
    if table == .undecided, end &- position >= Self.pairingByteCount {
      // Pairing the literals takes as long as decoding some KiB: not for short blocks.
      let trialEnd = position &+ Self.trialByteCount
      exit = run(.plain, input, &offset, &output, &position, trialEnd, Self.wideMargin)
      guard exit == .margin else { return exit }
      let isPaired = DecodeTable.pair(
        count: header.usedLiteralCount, literalBits, in: &storage)
      table = isPaired ? .paired : .plain
    }
    let loop = table == .paired ? Loop.paired : .plain
    exit = run(loop, input, &offset, &output, &position, end, Self.wideMargin)
    guard exit == .margin else { return exit }
    return run(.tested, input, &offset, &output, &position, end, Self.outputMargin)
  }

  /// The three forms of the loop.
  private enum Loop { case plain, paired, tested }

  /// Decodes up to `end` in `output`, less the margin.
  private mutating func run(
    _ loop: Loop, _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan,
    _ position: inout Int, _ end: Int, _ margin: Int
  ) -> FastExit {
    guard input.byteCount &- offset >= Self.inputMargin, end &- position >= margin else {
      return .margin
    }
    let history = min(produced, position)
    var exit = FastExit.margin
    produced &-= position
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe storage.withUnsafeBufferPointer { storage in
          let source = unsafe input.baseAddress.unsafelyUnwrapped
          let target = unsafe output.baseAddress.unsafelyUnwrapped
          let words = unsafe storage.baseAddress.unsafelyUnwrapped
          var cursor = unsafe Cursor(
            input: source + offset, output: target + position, bits: ahead.bits,
            bitCount: UInt64(truncatingIfNeeded: ahead.count))
          // In bounds: both spans are longer than their margins, see the guard.
          let bounds = unsafe Bounds(
            inputEnd: source + (input.count &- Self.inputMargin),
            outputStart: target + (position &- history),
            outputEnd: target + (end &- margin),
            copyEnd: target + (end &- min(end, Self.copyMargin)),
            limit: target + end,
            literals: words + (loop == .paired ? 0 : DecodeTable.literalStart),
            distances: words + DecodeTable.distanceStart,
            literalMask: 1 &<< UInt64(truncatingIfNeeded: literalBits) &- 1)
          switch loop {
          case .plain: exit = Self.decodePlain(&cursor, bounds)
          case .paired: exit = Self.decodePaired(&cursor, bounds)
          case .tested: exit = Self.decodeTested(&cursor, bounds)
          }
          // Back to the start of a code that is wrong.
          var count = Int(truncatingIfNeeded: cursor.bitCount & 63)
          if exit == .invalidSymbol || exit == .distanceTooFar {
            count &+= Int(truncatingIfNeeded: cursor.entry & 0xFF)
            if unsafe cursor.subtableUse == UnsafeRawPointer(cursor.output) {
              count &+= DecodeTable.distanceBits
            }
          }
          // Bytes loaded whole but not used go back; fewer than 8 bits stay.
          offset = unsafe cursor.input - source - count &>> 3
          ahead = BitsAhead(cursor.bits, count: count & 7)
          (pending, distance) = (cursor.length, cursor.distance)
          position = unsafe cursor.output - target
        }
      }
    }
    produced &+= position
    return exit
  }

  @inline(never)
  private static func decodePlain(_ cursor: inout Cursor, _ bounds: Bounds) -> FastExit {
    decode(&cursor, bounds, .plain)
  }

  @inline(never)
  private static func decodePaired(_ cursor: inout Cursor, _ bounds: Bounds) -> FastExit {
    decode(&cursor, bounds, .paired)
  }

  @inline(never)
  private static func decodeTested(_ cursor: inout Cursor, _ bounds: Bounds) -> FastExit {
    decode(&cursor, bounds, .tested)
  }

  /// `loop` is a constant at each call. Paired: two bytes are stored for every literal. Tested: each
  /// match is held against the end of the output.
  @inline(__always)
  private static func decode(
    _ cursor: inout Cursor, _ bounds: Bounds, _ loop: Loop
  ) -> FastExit {
    let paired = loop == .paired
    var input = unsafe cursor.input
    var output = unsafe cursor.output
    var bits = cursor.bits
    var bitCount = cursor.bitCount
    let literals = unsafe bounds.literals
    let distances = unsafe bounds.distances
    let literalMask = bounds.literalMask
    var exit = FastExit.margin

    unsafe refill(&input, &bits, &bitCount)
    var entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
    // Invariant at the top: everything before `output` is final, `entry` is that of the next
    // symbol, `bits` starts with it and holds at least 56.
    repeat {
      var old = bits
      bits &>>= UInt64(entry)
      bitCount &-= UInt64(entry)
      if entry & DecodeEntry.literal != 0 {
        let first = entry
        entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
        unsafe store(first, &output, paired)
        old = bits
        bits &>>= UInt64(entry)
        bitCount &-= UInt64(entry)
        if entry & DecodeEntry.literal != 0 {
          let second = entry
          // 34 bits are left: the look-up does not wait for the refill.
          entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
          unsafe refill(&input, &bits, &bitCount)
          unsafe store(second, &output, paired)
          continue
        }
      }
      if _slowPath(entry & DecodeEntry.exceptional != 0) {
        if entry & DecodeEntry.subtable != 0 {
          old = bits
          let index = subtableIndex(bits, entry)
          entry = unsafe literals[index]
          bits &>>= UInt64(entry)
          bitCount &-= UInt64(entry)
          if entry & DecodeEntry.literal != 0 {
            unsafe store(entry, &output, false)
            entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
            unsafe refill(&input, &bits, &bitCount)
            continue
          }
        }
        if entry & DecodeEntry.exceptional != 0 {
          exit = entry & DecodeEntry.endOfBlock != 0 ? .endOfBlock : .invalidSymbol
          break
        }
      }
      let length = Int(truncatingIfNeeded: entry &>> 16 &+ extraBits(old, bits, entry))

      // 14 bits are left at least, enough to look up the distance. Usually there are enough for
      // all of it and the next look-up too (one bit more is right than is counted).
      entry = unsafe distances[Int(truncatingIfNeeded: bits & distanceMask)]
      if _slowPath(entry & DecodeEntry.exceptional != 0) {
        if UInt8(truncatingIfNeeded: bitCount) < 38 { unsafe refill(&input, &bits, &bitCount) }
        if entry & DecodeEntry.subtable != 0 {
          bits &>>= UInt64(entry)
          bitCount &-= UInt64(entry)
          let index = subtableIndex(bits, entry)
          entry = unsafe distances[index]
          unsafe cursor.subtableUse = UnsafeRawPointer(output)
        }
        if entry & DecodeEntry.exceptional != 0 {
          exit = .invalidDistance
          break
        }
      } else if _slowPath(UInt8(truncatingIfNeeded: bitCount) < 31) {
        unsafe refill(&input, &bits, &bitCount)
      }
      old = bits
      bits &>>= UInt64(entry)
      bitCount &-= UInt64(entry)
      let distance = Int(truncatingIfNeeded: entry &>> 16 &+ extraBits(old, bits, entry))
      guard unsafe _fastPath(distance <= output - bounds.outputStart) else {
        exit = .distanceTooFar
        break
      }
      // Looked up before the copy, which takes its time, and before the refill.
      entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
      unsafe refill(&input, &bits, &bitCount)
      let end = unsafe output + length
      if loop == .tested, unsafe end > bounds.copyEnd {
        guard unsafe end <= bounds.limit else {
          cursor.length = length
          cursor.distance = distance
          exit = .outputFull
          break
        }
        unsafe copyBytes(output, distance, end)
      } else {
        unsafe copyMatch(output, distance, length)
      }
      unsafe output = end
    } while unsafe UInt(bitPattern: input) <= UInt(bitPattern: bounds.inputEnd)
      && UInt(bitPattern: output) <= UInt(bitPattern: bounds.outputEnd)
    unsafe cursor.input = input
    unsafe cursor.output = output
    cursor.bits = bits
    cursor.bitCount = bitCount
    cursor.entry = entry
    return exit
  }

  /// Stores the literal of an entry, or the two of a pair.
  @inline(__always)
  private static func store(
    _ entry: UInt32, _ output: inout UnsafeMutableRawPointer, _ paired: Bool
  ) {
    if paired {
      let pair = UInt16(truncatingIfNeeded: entry &>> 16).littleEndian
      unsafe output.storeBytes(of: pair, as: UInt16.self)
      unsafe output += Int(truncatingIfNeeded: entry &>> 8 & 3)
    } else {
      unsafe output.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 16), as: UInt8.self)
      unsafe output += 1
    }
  }

  /// Loads 8 bytes so that at least 56 bits count; all 64 are right.
  @inline(__always)
  private static func refill(
    _ input: inout UnsafeRawPointer, _ bits: inout UInt64, _ bitCount: inout UInt64
  ) {
    // In bounds: the caller's loop condition leaves `inputMargin` bytes.
    bits |= unsafe UInt64(littleEndian: input.loadUnaligned(as: UInt64.self)) &<< bitCount
    unsafe input += Int(truncatingIfNeeded: 7 &- (bitCount &>> 3 & 7))
    bitCount |= 56
  }

  /// The extra bits of a length or distance: `old` starts with its code, `bits` behind it.
  @inline(__always)
  private static func extraBits(_ old: UInt64, _ bits: UInt64, _ entry: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: (old ^ bits &<< UInt64(entry)) &>> UInt64(entry &>> 8))
  }

  @inline(__always)
  private static func subtableIndex(_ bits: UInt64, _ entry: UInt32) -> Int {
    let mask = UInt32(1) &<< (entry &>> 8 & 15) &- 1
    return Int(truncatingIfNeeded: entry &>> 16 &+ UInt32(truncatingIfNeeded: bits) & mask)
  }

  /// Copies bytes from `distance` bytes back up to `end`, and none behind it.
  @inline(never)
  private static func copyBytes(
    _ output: UnsafeMutableRawPointer, _ distance: Int, _ end: UnsafeMutableRawPointer
  ) {
    var target = unsafe output
    while UInt(bitPattern: target) < UInt(bitPattern: end) {
      unsafe target.storeBytes(
        of: (target - distance).load(as: UInt8.self), as: UInt8.self)
      unsafe target += 1
    }
  }

  /// Copies `length` bytes from `distance` bytes back, and some more: at most 31.
  @inline(__always)
  private static func copyMatch(
    _ output: UnsafeMutableRawPointer, _ distance: Int, _ length: Int
  ) {
    // In bounds: `distance` bytes lie before `output`, 258 + 32 after it. The loops compare
    // addresses, so that LLVM cannot count their turns and does not unroll them.
    let end = UInt(bitPattern: output) &+ UInt(bitPattern: length)
    var source = unsafe UnsafeRawPointer(output) - distance
    var target = unsafe output
    typealias Vector = SIMD16<UInt8>
    if distance >= 8 {
      unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe (target + 8).storeBytes(
        of: (source + 8).loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe (target + 16).storeBytes(
        of: (source + 16).loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe (target + 24).storeBytes(
        of: (source + 24).loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe target += 32
      unsafe source += 32
      while UInt(bitPattern: target) < end {
        unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        unsafe (target + 8).storeBytes(
          of: (source + 8).loadUnaligned(as: UInt64.self), as: UInt64.self)
        unsafe target += 16
        unsafe source += 16
      }
    } else if distance == 1 {
      let value = unsafe Vector(repeating: source.load(as: UInt8.self))
      repeat {
        unsafe target.storeBytes(of: value, as: Vector.self)
        unsafe target += 16
      } while UInt(bitPattern: target) < end
    } else {
      // The source overlaps the target: `distance` right bytes per store of 8.
      repeat {
        unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        unsafe target += distance
        unsafe source += distance
      } while UInt(bitPattern: target) < end
    }
  }
}

extension MutableRawSpan {
  /// Overwrites the bytes from `position` on with those of `source`; traps when they do not fit.
  @_lifetime(self: copy self)
  mutating func copy(_ source: RawSpan, at position: Int) {
    precondition(position >= 0 && source.byteCount <= byteCount &- position)
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        // In bounds: see the precondition.
        unsafe (to + position).copyMemory(from: from, byteCount: source.count)
      }
    }
  }

  /// Copies `count` bytes from `distance` bytes back, which may be bytes of the copy itself; traps
  /// when they do not fit.
  @_lifetime(self: copy self)
  mutating func repeatBytes(distance: Int, count: Int, at position: Int) {
    precondition(distance > 0 && distance <= position, "the history is not in the buffer")
    precondition(count >= 0 && count <= byteCount &- position)
    unsafe withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var i = position
      let end = position &+ count
      // In bounds: see the preconditions. Words never overlap what they copy when they are as far
      // away as they are long.
      if distance >= 8 {
        while i &+ 8 <= end {
          let word = unsafe base.loadUnaligned(fromByteOffset: i &- distance, as: UInt64.self)
          unsafe base.storeBytes(of: word, toByteOffset: i, as: UInt64.self)
          i &+= 8
        }
      }
      while i < end {
        let byte = unsafe base.load(fromByteOffset: i &- distance, as: UInt8.self)
        unsafe base.storeBytes(of: byte, toByteOffset: i, as: UInt8.self)
        i &+= 1
      }
    }
  }

  /// Moves the bytes in `range` to `position`; the places may overlap.
  @_lifetime(self: copy self)
  mutating func move(_ range: Range<Int>, to position: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    precondition(position >= 0 && range.count <= byteCount &- position)
    unsafe withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      // In bounds: see the preconditions; `copyMemory` allows overlap.
      unsafe (base + position).copyMemory(
        from: base + range.lowerBound, byteCount: range.count)
    }
  }
}

extension OutputRawSpan {
  /// The whole memory, written and not yet written, and how much is written.
  ///
  /// `body` must count only what it has written.
  @_lifetime(self: copy self)
  mutating func withAllBytes<R>(
    _ body: (inout MutableRawSpan, _ count: inout Int) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try unsafe withUnsafeMutableBytes { (buffer, count) throws(CodecError) -> R in
      var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
      return try body(&span, &count)
    }
  }
}

extension [UInt8] {
  /// Lends the elements as raw bytes.
  mutating func withMutableBytes<R>(
    _ body: (inout MutableRawSpan) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try unsafe withUnsafeMutableBufferPointer { (buffer) throws(CodecError) -> R in
      var span = unsafe MutableRawSpan(_unsafeElements: buffer)
      return try body(&span)
    }
  }
}
