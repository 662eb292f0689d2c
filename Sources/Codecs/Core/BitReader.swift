// SPDX-License-Identifier: Apache-2.0

/// Reads bits from the most significant end of each byte on: TIFF, JPEG headers, SWF, fax.
///
/// For headers and for codecs that are not hot; entropy decoders have their own in their kernels.
public struct MSBBitReader: ~Escapable {
  let bytes: RawSpan
  let codec: CodecError.Name
  /// Position of the next bit from the start of the bytes.
  public private(set) var bitOffset = 0

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, codec: CodecError.Name) {
    self.bytes = bytes
    self.codec = codec
  }

  public var remaining: Int { bytes.byteCount &* 8 &- bitOffset }

  /// The next `count` bits, 0 to 32, first bit highest.
  @_lifetime(self: copy self)
  public mutating func bits(_ count: Int, _ part: CodecError.Name = "") throws(CodecError) -> UInt32
  {
    precondition(count >= 0 && count <= 32)
    guard remaining >= count else { throw truncated(count, part) }
    var value: UInt64 = 0
    var byte = bitOffset >> 3
    let end = (bitOffset &+ count &+ 7) >> 3
    while byte < end {
      value = value << 8 | UInt64(bytes[byteAt: byte])
      byte &+= 1
    }
    bitOffset &+= count
    let excess = end &* 8 &- bitOffset
    return UInt32(truncatingIfNeeded: (value >> UInt64(excess)) & ((1 << UInt64(count)) &- 1))
  }

  /// The next `count` bits as a two's complement number.
  @_lifetime(self: copy self)
  public mutating func signed(_ count: Int, _ part: CodecError.Name = "") throws(CodecError)
    -> Int32
  {
    guard count > 0 else { return 0 }
    let shift = UInt32(32 &- count)
    return Int32(bitPattern: try bits(count, part) << shift) >> Int32(shift)
  }

  /// Skips to the next byte boundary.
  @_lifetime(self: copy self)
  public mutating func align() { bitOffset = (bitOffset &+ 7) & ~7 }

  func truncated(_ count: Int, _ part: CodecError.Name) -> CodecError {
    CodecError(
      .truncated(needed: (count &- remaining &+ 7) >> 3), codec: codec, part: part,
      at: bitOffset >> 3, bit: UInt8(bitOffset & 7))
  }
}

/// Reads bits from the least significant end of each byte on: DEFLATE, GIF, WebP lossless.
public struct LSBBitReader: ~Escapable {
  let bytes: RawSpan
  let codec: CodecError.Name
  /// Position of the next bit from the start of the bytes.
  public private(set) var bitOffset = 0

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, codec: CodecError.Name) {
    self.bytes = bytes
    self.codec = codec
  }

  public var remaining: Int { bytes.byteCount &* 8 &- bitOffset }

  /// The next `count` bits, 0 to 32, first bit lowest.
  @_lifetime(self: copy self)
  public mutating func bits(_ count: Int, _ part: CodecError.Name = "") throws(CodecError) -> UInt32
  {
    precondition(count >= 0 && count <= 32)
    guard remaining >= count else {
      throw CodecError(
        .truncated(needed: (count &- remaining &+ 7) >> 3), codec: codec, part: part,
        at: bitOffset >> 3, bit: UInt8(bitOffset & 7))
    }
    var value: UInt64 = 0
    let first = bitOffset >> 3
    let end = (bitOffset &+ count &+ 7) >> 3
    var byte = end
    while byte > first {
      byte &-= 1
      value = value << 8 | UInt64(bytes[byteAt: byte])
    }
    let skip = UInt64(bitOffset & 7)
    bitOffset &+= count
    return UInt32(truncatingIfNeeded: (value >> skip) & ((1 << UInt64(count)) &- 1))
  }

  /// Skips to the next byte boundary.
  @_lifetime(self: copy self)
  public mutating func align() { bitOffset = (bitOffset &+ 7) & ~7 }
}
