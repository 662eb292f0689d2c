// SPDX-License-Identifier: Apache-2.0

/// Where a decoder of literals and matches stands: the byte-aligned members of the LZ77 family
/// (Snappy, LZF, PGLZ, LZO) are their own reading of lengths and distances over these few steps.
///
/// Every step checks its bounds, so that the decoders themselves are checked code.
/// Invariant: `0 ≤ i ≤ inputCount`, `0 ≤ o ≤ capacity`, and `target[..<o]` is initialised.
@safe
struct SequenceDecoder {
  private let input: UnsafePointer<UInt8>
  private let inputCount: Int
  private let target: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private let codec: CodecError.Name
  /// Whether bytes beyond the capacity contradict the data's own size.
  private let isSizeKnown: Bool
  /// Where errors say the sequence begins.
  private(set) var start = 0
  /// Position of the next byte of the input.
  private(set) var i = 0
  /// Bytes appended so far.
  private(set) var o = 0

  private init(
    input: UnsafePointer<UInt8>, inputCount: Int, target: UnsafeMutablePointer<UInt8>,
    capacity: Int, codec: CodecError.Name, isSizeKnown: Bool
  ) {
    unsafe self.input = unsafe input
    self.inputCount = inputCount
    unsafe self.target = unsafe target
    self.capacity = capacity
    self.codec = codec
    self.isSizeKnown = isSizeKnown
  }

  /// Lets `body` append bytes to `output`; matches reach back over what it appends, no further.
  ///
  /// - Parameters:
  ///   - offset: where in `source` to begin; offsets in errors count from its start.
  ///   - byteCount: how many bytes there will be, when the data say so.
  /// - Throws: what `body` throws; `outputFull` when `byteCount` does not fit, `corrupt` when
  ///   there are more or fewer.
  /// - Returns: bytes of `source` used.
  @inline(__always)
  static func run(
    _ source: RawSpan, from offset: Int = 0, into output: inout OutputRawSpan,
    byteCount: Int? = nil, codec: CodecError.Name,
    _ body: (inout SequenceDecoder) throws(CodecError) -> Void
  ) throws(CodecError) -> Int {
    if let byteCount { try output.require(byteCount, codec: codec) }
    return try unsafe source.withBytePointer { (input, inputCount) throws(CodecError) in
      try unsafe output.appendBytes { (target, capacity, written) throws(CodecError) in
        var decoder = unsafe SequenceDecoder(
          input: input, inputCount: inputCount, target: target, capacity: byteCount ?? capacity,
          codec: codec, isSizeKnown: byteCount != nil)
        decoder.i = min(offset, inputCount)
        decoder.start = decoder.i
        defer { written = decoder.o }
        try body(&decoder)
        if let byteCount, decoder.o != byteCount {
          throw decoder.corrupt("fewer bytes than the stored size")
        }
        return decoder.i
      }
    }
  }

  @inline(__always) var isAtEnd: Bool { i == inputCount }
  /// Whether no more bytes are expected or fit.
  @inline(__always) var isFull: Bool { o == capacity }

  /// Begins a sequence: errors until the next one name its offset.
  @inline(__always)
  mutating func begin() { start = i }

  /// The next byte of the input.
  @inline(__always)
  mutating func byte() throws(CodecError) -> Int {
    guard i < inputCount else { throw truncated() }
    // In bounds: just checked.
    let byte = unsafe Int(input[i])
    i &+= 1
    return byte
  }

  /// The next `count` bytes, 1 to 4, of the input, least significant first.
  @inline(__always)
  mutating func integer(_ count: Int) throws(CodecError) -> Int {
    guard inputCount &- i >= count else { throw truncated() }
    // In bounds: just checked.
    var value = 0
    var k = 0
    while k < count {
      value |= unsafe Int(input[i &+ k]) &<< (8 &* k)
      k &+= 1
    }
    i &+= count
    return value
  }

  /// The next two bytes of the input, least significant first.
  @inline(__always)
  mutating func u16le() throws(CodecError) -> Int {
    guard inputCount &- i >= 2 else { throw truncated() }
    // In bounds: just checked.
    let value = unsafe Int(UInt16(littleEndian: input.load(UInt16.self, i)))
    i &+= 2
    return value
  }

  /// Copies `count` bytes of the input, at least 0, to the output.
  @inline(__always)
  mutating func literals(_ count: Int) throws(CodecError) {
    let inputLeft = inputCount &- i
    let outputLeft = capacity &- o
    let from = unsafe input + i
    let to = unsafe target + o
    // In bounds: a copy is as long as checked before it, rounded up to 16 or 32 bytes.
    if count <= 16, inputLeft >= 16, outputLeft >= 16 {
      unsafe to.copy16(from: from, 0)
    } else {
      guard count <= inputLeft else { throw truncated() }
      guard count <= outputLeft else { throw full() }
      if count <= 256, inputLeft >= 288, outputLeft >= 288 {
        unsafe MatchCopy.wide(from, to, count)
      } else {
        unsafe to.update(from: from, count: count)
      }
    }
    i &+= count
    o &+= count
  }

  /// Repeats `count` bytes, at least 1, from `distance` bytes back, which may be bytes of the copy.
  @inline(__always)
  mutating func match(distance: Int, count: Int) throws(CodecError) {
    guard distance > 0, distance <= o else { throw distance == 0 ? zeroDistance() : far() }
    let to = unsafe target + o
    let from = unsafe UnsafePointer(to) - distance
    let outputLeft = capacity &- o
    // In bounds: `distance ≤ o`; a copy writes up to 31 bytes too many where they are left.
    if outputLeft >= 16, count <= 16, distance >= 8 {
      unsafe to.store(from.load(UInt64.self, 0), 0)
      unsafe to.store(from.load(UInt64.self, 8), 8)
    } else {
      guard count <= outputLeft else { throw full() }
      if outputLeft &- count >= 32 {
        unsafe MatchCopy.copy(from, to, distance, count)
      } else {
        for k in 0..<count { unsafe to[k] = unsafe from[k] }
      }
    }
    o &+= count
  }

  /// An error at the sequence that began last.
  @inline(never)
  func corrupt(_ message: CodecError.Name) -> CodecError {
    CodecError(.corrupt, codec: codec, part: "sequence", message, at: start)
  }

  @inline(never)
  private func truncated() -> CodecError {
    CodecError(.truncated(needed: 1), codec: codec, part: "sequence", at: start)
  }

  @inline(never)
  private func full() -> CodecError {
    isSizeKnown
      ? corrupt("more bytes than the stored size")
      : CodecError(.outputFull(needed: nil), codec: codec, part: "sequence", at: start)
  }

  @inline(never)
  private func zeroDistance() -> CodecError { corrupt("a match has distance 0") }

  @inline(never)
  private func far() -> CodecError { corrupt("a match reaches before the data") }
}
