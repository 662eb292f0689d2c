// SPDX-License-Identifier: Apache-2.0

// The inner loop of inflate: whole symbols, no bounds checks, as long as input and output leave
// the margins below. Everything else, every error included, is left to `DeflateDecoder`, which
// decodes the same symbol again with all checks and says what is wrong and where.

extension DeflateDecoder {
  /// Why the loop came back.
  enum FastExit { case margin, endOfBlock, unusual }

  /// Input bytes that must lie ahead: one pass loads at most 3 times 8 bytes, and moves by at most
  /// 24 between the test and the last load.
  static var inputMargin: Int { 40 }
  /// Free output bytes that must lie ahead: 3 literals or pairs (6), a match (258), and what a
  /// copy in words of 16 writes beyond it (at most 31).
  static var outputMargin: Int { 340 }

  /// Where the loop stands.
  @safe struct Cursor {
    var input: UnsafeRawPointer
    var output: UnsafeMutableRawPointer
    var bits: UInt64
    /// Low 6 bits: how many of `bits` count. The others are leftovers of the table's words.
    var bitCount: UInt64
  }

  /// What the loop only reads.
  @safe struct Bounds {
    let inputEnd: UnsafeRawPointer
    let outputStart: UnsafeMutableRawPointer
    let outputEnd: UnsafeMutableRawPointer
    let literals: UnsafePointer<UInt32>
    let distances: UnsafePointer<UInt32>
    let literalMask: UInt64
    let distanceMask: UInt64
  }

  /// Decodes symbols of the current block while the margins last.
  ///
  /// On return everything before the symbol that stopped it is done, and nothing of that symbol.
  mutating func decodeFast(
    _ input: RawSpan, _ offset: inout Int, _ output: inout MutableRawSpan, _ position: inout Int
  ) -> FastExit {
    guard input.byteCount &- offset >= Self.inputMargin,
      output.byteCount &- position >= Self.outputMargin
    else { return .margin }
    let history = min(produced, position)
    var (start, exit) = (position, FastExit.margin)
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe storage.withUnsafeBufferPointer { storage in
          let source = unsafe input.baseAddress.unsafelyUnwrapped
          let target = unsafe output.baseAddress.unsafelyUnwrapped
          let words = unsafe storage.baseAddress.unsafelyUnwrapped
          var cursor = unsafe Cursor(
            input: source + offset, output: target + position, bits: bits,
            bitCount: UInt64(truncatingIfNeeded: bitCount))
          // In bounds: both spans are longer than their margins, see the guard.
          let bounds = unsafe Bounds(
            inputEnd: source + (input.count &- Self.inputMargin),
            outputStart: target + (position &- history),
            outputEnd: target + (output.count &- Self.outputMargin),
            literals: words, distances: words + DecodeTable.literalCapacity,
            literalMask: 1 &<< UInt64(truncatingIfNeeded: literalBits) &- 1,
            distanceMask: 1 &<< UInt64(truncatingIfNeeded: distanceBits) &- 1)
          exit = Self.decodePlain(&cursor, bounds)
          // Bytes loaded whole but not used go back; fewer than 8 bits stay.
          let count = Int(truncatingIfNeeded: cursor.bitCount & 63)
          offset = unsafe cursor.input - source - count &>> 3
          bitCount = count & 7
          bits = cursor.bits & (1 &<< UInt64(truncatingIfNeeded: bitCount) &- 1)
          position = unsafe cursor.output - target
        }
      }
    }
    produced &+= position &- start
    start = position
    return exit
  }

  @inline(never)
  private static func decodePlain(_ cursor: inout Cursor, _ bounds: Bounds) -> FastExit {
    decode(&cursor, bounds)
  }

  @inline(__always)
  private static func decode(_ cursor: inout Cursor, _ bounds: Bounds) -> FastExit {
    var input = unsafe cursor.input
    var output = unsafe cursor.output
    var bits = cursor.bits
    var bitCount = cursor.bitCount
    let inputEnd = unsafe bounds.inputEnd
    let outputEnd = unsafe bounds.outputEnd
    let literals = unsafe bounds.literals
    let distances = unsafe bounds.distances
    let literalMask = bounds.literalMask
    let distanceMask = bounds.distanceMask
    var exit = FastExit.margin

    // Invariant at the top: everything before `output` is final, `bits` starts with a symbol.
    while UInt(bitPattern: input) <= UInt(bitPattern: inputEnd),
      UInt(bitPattern: output) <= UInt(bitPattern: outputEnd)
    {
      unsafe refill(&input, &bits, &bitCount)
      // At least 56 bits: three literals (33), or a length (20) and a distance (28).
      var entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
      if entry & DecodeEntry.literal != 0 {
        bits &>>= UInt64(entry)
        bitCount &-= UInt64(entry)
        unsafe output.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 16), as: UInt8.self)
        unsafe output += 1
        entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
        if entry & DecodeEntry.literal != 0 {
          bits &>>= UInt64(entry)
          bitCount &-= UInt64(entry)
          unsafe output.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 16), as: UInt8.self)
          unsafe output += 1
          entry = unsafe literals[Int(truncatingIfNeeded: bits & literalMask)]
          if entry & DecodeEntry.literal != 0 {
            bits &>>= UInt64(entry)
            bitCount &-= UInt64(entry)
            unsafe output.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 16), as: UInt8.self)
            unsafe output += 1
            continue
          }
        }
        unsafe refill(&input, &bits, &bitCount)
      }
      // The state before this symbol, to come back to.
      let (oldBits, oldCount) = (bits, bitCount)
      if entry & DecodeEntry.exceptional != 0 {
        if entry & DecodeEntry.subtable != 0 {
          bits &>>= UInt64(entry)
          bitCount &-= UInt64(entry)
          let index = entry &>> 16 &+ UInt32(truncatingIfNeeded: bits) & subtableMask(entry)
          entry = unsafe literals[Int(truncatingIfNeeded: index)]
          if entry & DecodeEntry.literal != 0 {
            bits &>>= UInt64(entry)
            bitCount &-= UInt64(entry)
            unsafe output.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 16), as: UInt8.self)
            unsafe output += 1
            continue
          }
        }
        if entry & DecodeEntry.exceptional != 0 {
          if entry & DecodeEntry.endOfBlock != 0 {
            bits &>>= UInt64(entry)
            bitCount &-= UInt64(entry)
            exit = .endOfBlock
          } else {
            (bits, bitCount) = (oldBits, oldCount)
            exit = .unusual
          }
          break
        }
      }
      let length = Int(truncatingIfNeeded: entry &>> 16 &+ extraBits(bits, entry))
      bits &>>= UInt64(entry)
      bitCount &-= UInt64(entry)

      entry = unsafe distances[Int(truncatingIfNeeded: bits & distanceMask)]
      if entry & DecodeEntry.exceptional != 0 {
        if entry & DecodeEntry.subtable != 0 {
          bits &>>= UInt64(entry)
          bitCount &-= UInt64(entry)
          let index = entry &>> 16 &+ UInt32(truncatingIfNeeded: bits) & subtableMask(entry)
          entry = unsafe distances[Int(truncatingIfNeeded: index)]
        }
        if entry & DecodeEntry.exceptional != 0 {
          (bits, bitCount) = (oldBits, oldCount)
          exit = .unusual
          break
        }
      }
      let distance = Int(truncatingIfNeeded: entry &>> 16 &+ extraBits(bits, entry))
      bits &>>= UInt64(entry)
      bitCount &-= UInt64(entry)
      guard unsafe distance <= output - bounds.outputStart else {
        (bits, bitCount) = (oldBits, oldCount)
        exit = .unusual
        break
      }
      unsafe copyMatch(output, distance, length)
      unsafe output += length
    }
    unsafe cursor.input = input
    unsafe cursor.output = output
    cursor.bits = bits
    cursor.bitCount = bitCount
    return exit
  }

  /// Loads 8 bytes so that at least 56 bits are there.
  @inline(__always)
  private static func refill(
    _ input: inout UnsafeRawPointer, _ bits: inout UInt64, _ bitCount: inout UInt64
  ) {
    // In bounds: the caller's loop condition leaves `inputMargin` bytes.
    bits |= unsafe UInt64(littleEndian: input.loadUnaligned(as: UInt64.self)) &<< bitCount
    unsafe input += Int(truncatingIfNeeded: 7 &- (bitCount &>> 3 & 7))
    bitCount |= 56
  }

  /// The extra bits of a length or distance; `bits` still starts with its code.
  @inline(__always)
  private static func extraBits(_ bits: UInt64, _ entry: UInt32) -> UInt32 {
    let mask = UInt64(1) &<< UInt64(entry & 0xFF) &- 1
    return UInt32(truncatingIfNeeded: (bits & mask) &>> UInt64(entry &>> 8 & 15))
  }

  @inline(__always)
  private static func subtableMask(_ entry: UInt32) -> UInt32 {
    1 &<< (entry &>> 8 & 15) &- 1
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
    if distance >= 16 {
      unsafe target.storeBytes(of: source.loadUnaligned(as: Vector.self), as: Vector.self)
      unsafe (target + 16).storeBytes(
        of: (source + 16).loadUnaligned(as: Vector.self), as: Vector.self)
      unsafe target += 32
      unsafe source += 32
      while UInt(bitPattern: target) < end {
        unsafe target.storeBytes(of: source.loadUnaligned(as: Vector.self), as: Vector.self)
        unsafe target += 16
        unsafe source += 16
      }
    } else if distance >= 8 {
      repeat {
        unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        unsafe target += 8
        unsafe source += 8
      } while UInt(bitPattern: target) < end
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
