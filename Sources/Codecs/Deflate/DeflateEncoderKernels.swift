// SPDX-License-Identifier: Apache-2.0

// What parsers write and emitters read, and the loop that turns it into bits.

extension Deflate {
  /// Symbols of the literal/length alphabet in a histogram; distance symbols follow.
  static let literalLengthCount = 288
  /// Entries of a histogram: both alphabets.
  static let histogramCount = 320

  /// Memory that parsers and emitters share.
  @safe final class Workspace {
    /// What the parsers found: a run of literals, then a match; see ``Sequence``.
    let sequences: UnsafeMutablePointer<UInt64>
    let sequenceCapacity: Int
    /// Length → symbol − 257, for 0...258.
    let lengthSlots: UnsafeMutablePointer<UInt8>
    /// (Distance − 1) → symbol below 256, (distance − 1) / 128 → symbol from 256 on.
    let distanceSlots: UnsafeMutablePointer<UInt8>
    /// Length → code word with its extra bits, as ``Code`` packs them.
    let lengthCodes: UnsafeMutablePointer<UInt32>
    /// Prices of the chunk at hand; see ``PriceModel``.
    let prices: UnsafeMutablePointer<UInt16>

    init(sequenceCapacity: Int) {
      self.sequenceCapacity = sequenceCapacity
      unsafe sequences = .allocate(capacity: sequenceCapacity)
      unsafe lengthSlots = .allocate(capacity: 259)
      unsafe distanceSlots = .allocate(capacity: 512)
      unsafe lengthCodes = .allocate(capacity: 259)
      unsafe prices = .allocate(capacity: histogramCount)
      unsafe lengthSlots.initialize(repeating: 0, count: 259)
      unsafe distanceSlots.initialize(repeating: 0, count: 512)
      unsafe lengthCodes.initialize(repeating: 0, count: 259)
      unsafe prices.initialize(repeating: 0, count: histogramCount)
      fillSlots()
    }

    deinit {
      unsafe sequences.deallocate()
      unsafe lengthSlots.deallocate()
      unsafe distanceSlots.deallocate()
      unsafe lengthCodes.deallocate()
      unsafe prices.deallocate()
    }

    private func fillSlots() {
      for length in 3...maximumMatchLength {
        // In bounds: 259 entries.
        unsafe lengthSlots[length] = UInt8(lengthSlot(length))
      }
      for distance in 0..<256 {
        // In bounds: 512 entries.
        unsafe distanceSlots[distance] = UInt8(distanceSlot(distance + 1))
        unsafe distanceSlots[256 + distance] = UInt8(distanceSlot(distance * 128 + 1))
      }
    }

    /// Moves the sequences of `range` to the front.
    func keepSequences(_ range: Range<Int>) {
      precondition(range.lowerBound >= 0 && range.upperBound <= sequenceCapacity)
      unsafe sequences.update(from: sequences + range.lowerBound, count: range.count)
    }
  }

  /// The symbol − 257 of a match length.
  ///
  /// Source: RFC 1951 §3.2.5.
  static func lengthSlot(_ length: Int) -> Int {
    if length == 258 { return 28 }
    let value = length - 3
    if value < 8 { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return (exponent - 1) * 4 + (value >> (exponent - 2)) & 3
  }

  /// The symbol of a match distance.
  ///
  /// Source: RFC 1951 §3.2.5.
  static func distanceSlot(_ distance: Int) -> Int {
    let value = distance - 1
    if value < 4 { return value }
    let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
    return exponent * 2 + (value >> (exponent - 1)) & 1
  }

  /// A run of literals and the match after it, in 64 bits: run 0–23, length 24–32, distance
  /// symbol 33–37, distance 38–53. Length 0 says that no match follows.
  enum Sequence {
    @inline(__always)
    static func pack(run: Int, length: Int, slot: Int, distance: Int) -> UInt64 {
      UInt64(truncatingIfNeeded: run | length &<< 24 | slot &<< 33 | distance &<< 38)
    }
    @inline(__always) static func run(_ s: UInt64) -> Int { Int(truncatingIfNeeded: s & 0xFF_FFFF) }
    @inline(__always) static func length(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 24 & 0x1FF)
    }
    @inline(__always) static func slot(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 33 & 31)
    }
    @inline(__always) static func distance(_ s: UInt64) -> Int {
      Int(truncatingIfNeeded: s &>> 38)
    }
  }

  /// Writes sequences with the given codes, then the end-of-block code.
  ///
  /// `byteCount` is what the bits pending and to come will fill, rounded up; the caller has
  /// computed it from the histogram and knows that `output` has as much room.
  static func emit(
    _ sequenceRange: Range<Int>, of window: RawSpan, from start: Int, codes: Span<UInt32>,
    workspace: Workspace, bits: inout BitBuffer, byteCount: Int, into output: inout OutputRawSpan
  ) {
    precondition(codes.count == histogramCount && sequenceRange.lowerBound >= 0)
    precondition(sequenceRange.upperBound <= workspace.sequenceCapacity)
    precondition(byteCount <= output.freeCapacity)
    fillLengthCodes(codes, workspace)
    // The loop stores whole words, so up to 7 bytes past the last one it fills.
    if output.freeCapacity >= byteCount + 8 {
      unsafe output.withUnsafeMutableBytes { buffer, count in
        guard let base = buffer.baseAddress else { return }
        let end = unsafe emitWords(
          sequenceRange, window, start, codes, workspace, &bits, base + count)
        count = unsafe end - base
      }
    } else {
      // The end of the caller's buffer is near: once per stream at most.
      let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: byteCount + 8, alignment: 8)
      defer { unsafe scratch.deallocate() }
      guard let base = scratch.baseAddress else { return }
      let end = unsafe emitWords(sequenceRange, window, start, codes, workspace, &bits, base)
      let written = unsafe UnsafeRawBufferPointer(start: base, count: end - base)
      unsafe append(RawSpan(_unsafeBytes: written), to: &output)
    }
  }

  /// Appends bytes; the room must have been checked.
  static func append(_ bytes: RawSpan, to output: inout OutputRawSpan) {
    precondition(bytes.byteCount <= output.freeCapacity)
    unsafe output.withUnsafeMutableBytes { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
        // In bounds by the precondition.
        unsafe (to + count).copyMemory(from: from, byteCount: source.count)
        count += source.count
      }
    }
  }

  /// Packs the code of each length with its extra bits.
  private static func fillLengthCodes(_ codes: Span<UInt32>, _ workspace: Workspace) {
    for length in 3...maximumMatchLength {
      // In bounds: 259 entries, lengths up to 258.
      let slot = unsafe Int(workspace.lengthSlots[length])
      let code = codes[257 + slot]
      let count = code & 0xFF
      let extra = UInt32(length - Int(Tables.lengthBase[slot]))
      let total = count + UInt32(Tables.lengthExtraBits[slot])
      unsafe workspace.lengthCodes[length] = (code >> 8 | extra << count) << 8 | total
    }
  }

  @inline(never)
  private static func emitWords(
    _ range: Range<Int>, _ window: RawSpan, _ start: Int, _ codes: Span<UInt32>,
    _ workspace: Workspace, _ bits: inout BitBuffer, _ output: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    unsafe window.withUnsafeBytes { bytes in
      unsafe codes.withUnsafeBufferPointer { codes in
        guard let data = bytes.baseAddress, let codes = codes.baseAddress else {
          return unsafe output
        }
        var writer = unsafe WordWriter(bits, output)
        let distanceCodes = unsafe codes + literalLengthCount
        let lengthCodes = unsafe workspace.lengthCodes
        var literal = unsafe data + start
        var next = unsafe workspace.sequences + range.lowerBound
        let last = unsafe workspace.sequences + range.upperBound
        // In bounds: the sequences are those a parser wrote for this window from `start` on, so
        // runs and lengths add up to the block; bytes are below 288, slots below 32.
        while unsafe next < last {
          let sequence = unsafe next.pointee
          unsafe next += 1
          let runEnd = unsafe literal + Sequence.run(sequence)
          // At most 7 bits pend after a flush; four literals have up to 56.
          while UInt(bitPattern: literal) &+ 4 <= UInt(bitPattern: runEnd) {
            unsafe writer.put(codes[Int(literal.load(as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 1, as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 2, as: UInt8.self))])
            unsafe writer.put(codes[Int(literal.load(fromByteOffset: 3, as: UInt8.self))])
            writer.flush()
            unsafe literal += 4
          }
          while UInt(bitPattern: literal) < UInt(bitPattern: runEnd) {
            unsafe writer.put(codes[Int(literal.load(as: UInt8.self))])
            unsafe literal += 1
          }
          writer.flush()
          let length = Sequence.length(sequence)
          if length == 0 { continue }
          // 19 + 15 + 13 bits: one flush is enough.
          unsafe writer.put(lengthCodes[length])
          let slot = Sequence.slot(sequence)
          unsafe writer.put(distanceCodes[slot])
          let extraBits = max(slot &>> 1, 1) &- 1
          let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: extraBits) &- 1
          writer.put(
            UInt64(truncatingIfNeeded: Sequence.distance(sequence) &- 1) & mask, extraBits)
          writer.flush()
          unsafe literal += length
        }
        unsafe writer.put(codes[256])
        writer.flush()
        bits = writer.bits
        return unsafe writer.output
      }
    }
  }

  /// Bits on their way out, lowest first, stored as whole words.
  @safe struct WordWriter {
    var accumulator: UInt64
    var count: UInt64
    var output: UnsafeMutableRawPointer

    @inline(__always)
    init(_ bits: BitBuffer, _ output: UnsafeMutableRawPointer) {
      accumulator = bits.accumulator
      count = UInt64(bits.count)
      unsafe self.output = output
    }

    var bits: BitBuffer { BitBuffer(accumulator: accumulator, count: Int(count)) }

    /// Adds a code: bits 8 and up, their number below.
    @inline(__always)
    mutating func put(_ code: UInt32) {
      accumulator |= UInt64(code &>> 8) &<< count
      count &+= UInt64(code & 0xFF)
    }

    @inline(__always)
    mutating func put(_ value: UInt64, _ bitCount: Int) {
      accumulator |= value &<< count
      count &+= UInt64(truncatingIfNeeded: bitCount)
    }

    /// Stores the whole bytes; fewer than 8 bits stay. The count must be below 64.
    @inline(__always)
    mutating func flush() {
      // In bounds: the room is the exact size of the block and 8 bytes.
      unsafe output.storeBytes(of: accumulator.littleEndian, as: UInt64.self)
      unsafe output += Int(truncatingIfNeeded: count &>> 3)
      accumulator &>>= count & 0x38
      count &= 7
    }
  }
}
