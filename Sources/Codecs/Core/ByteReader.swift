// SPDX-License-Identifier: Apache-2.0

/// A bounds-checked cursor over bytes; every multi-byte read names its byte order.
///
/// Headers and directories are parsed with this. Pixel loops are not: they live in `…Kernels.swift`.
public struct ByteReader: ~Escapable {
  public let bytes: RawSpan
  /// Position of the next byte, from the start of the bytes given to `init`.
  public private(set) var offset: Int
  /// Added to offsets in errors: where these bytes begin in the file.
  public let base: Int
  /// Named in the errors this reader throws.
  public let codec: CodecError.Name

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, codec: CodecError.Name, base: Int = 0) {
    self.bytes = bytes
    self.offset = 0
    self.base = base
    self.codec = codec
  }

  /// Bytes left to read.
  public var remaining: Int { bytes.byteCount &- offset }
  public var isAtEnd: Bool { remaining == 0 }
  /// Position of the next byte in the file.
  public var fileOffset: Int { base &+ offset }

  @_lifetime(self: copy self)
  public mutating func u8(_ part: CodecError.Name = "") throws(CodecError) -> UInt8 {
    try load(UInt8.self, part)
  }
  @_lifetime(self: copy self)
  public mutating func i8(_ part: CodecError.Name = "") throws(CodecError) -> Int8 {
    try load(Int8.self, part)
  }
  @_lifetime(self: copy self)
  public mutating func u16le(_ part: CodecError.Name = "") throws(CodecError) -> UInt16 {
    UInt16(littleEndian: try load(UInt16.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func u16be(_ part: CodecError.Name = "") throws(CodecError) -> UInt16 {
    UInt16(bigEndian: try load(UInt16.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func i16le(_ part: CodecError.Name = "") throws(CodecError) -> Int16 {
    Int16(littleEndian: try load(Int16.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func i16be(_ part: CodecError.Name = "") throws(CodecError) -> Int16 {
    Int16(bigEndian: try load(Int16.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func u32le(_ part: CodecError.Name = "") throws(CodecError) -> UInt32 {
    UInt32(littleEndian: try load(UInt32.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func u32be(_ part: CodecError.Name = "") throws(CodecError) -> UInt32 {
    UInt32(bigEndian: try load(UInt32.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func i32le(_ part: CodecError.Name = "") throws(CodecError) -> Int32 {
    Int32(littleEndian: try load(Int32.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func i32be(_ part: CodecError.Name = "") throws(CodecError) -> Int32 {
    Int32(bigEndian: try load(Int32.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func u64le(_ part: CodecError.Name = "") throws(CodecError) -> UInt64 {
    UInt64(littleEndian: try load(UInt64.self, part))
  }
  @_lifetime(self: copy self)
  public mutating func u64be(_ part: CodecError.Name = "") throws(CodecError) -> UInt64 {
    UInt64(bigEndian: try load(UInt64.self, part))
  }

  /// The next integer in the byte order that the file's header gave.
  @_lifetime(self: copy self)
  public mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, bigEndian: Bool, _ part: CodecError.Name = ""
  ) throws(CodecError) -> T {
    let raw = try load(type, part)
    return bigEndian ? T(bigEndian: raw) : T(littleEndian: raw)
  }

  /// The next `count` bytes, not copied.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func take(_ count: Int, _ part: CodecError.Name = "") throws(CodecError)
    -> RawSpan
  {
    guard count >= 0, remaining >= count else { throw truncated(count, part) }
    let start = offset
    offset &+= count
    return bytes.extracting(start..<(start &+ count))
  }

  /// A reader over the next `count` bytes, whose errors carry offsets in the whole file.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func sub(_ count: Int, _ part: CodecError.Name = "") throws(CodecError)
    -> ByteReader
  {
    let start = fileOffset
    return ByteReader(try take(count, part), codec: codec, base: start)
  }

  /// The next `count` bytes, copied.
  @_lifetime(self: copy self)
  public mutating func array(_ count: Int, _ part: CodecError.Name = "") throws(CodecError)
    -> [UInt8]
  {
    [UInt8](copying: try take(count, part))
  }

  @_lifetime(self: copy self)
  public mutating func skip(_ count: Int, _ part: CodecError.Name = "") throws(CodecError) {
    guard count >= 0, remaining >= count else { throw truncated(count, part) }
    offset &+= count
  }

  @_lifetime(self: copy self)
  public mutating func seek(to newOffset: Int, _ part: CodecError.Name = "") throws(CodecError) {
    guard newOffset >= 0, newOffset <= bytes.byteCount else {
      throw CodecError(
        .corrupt, codec: codec, part: part, "offset lies outside the file", at: fileOffset)
    }
    offset = newOffset
  }

  /// Whether the next bytes are `signature`; does not move.
  public func isNext(_ signature: [UInt8]) -> Bool {
    guard remaining >= signature.count else { return false }
    for i in 0..<signature.count where bytes[byteAt: offset &+ i] != signature[i] { return false }
    return true
  }

  @_lifetime(self: copy self)
  mutating func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ part: CodecError.Name
  ) throws(CodecError) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw truncated(MemoryLayout<T>.size, part) }
    let value = bytes.loadUnaligned(T.self, at: offset)
    offset &+= MemoryLayout<T>.size
    return value
  }

  func truncated(_ needed: Int, _ part: CodecError.Name) -> CodecError {
    guard needed >= 0 else {
      return CodecError(.corrupt, codec: codec, part: part, "negative length", at: fileOffset)
    }
    return CodecError(
      .truncated(needed: needed &- remaining), codec: codec, part: part, at: fileOffset)
  }
}

extension RawSpan {
  /// The integer stored at `offset`, in machine byte order; traps outside the span.
  @inlinable @inline(__always)
  public func loadUnaligned<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: Int
  ) -> T {
    // Integers have no invalid bit patterns, and the bounds are checked by the call.
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
  }

  /// The byte at `offset`; traps outside the span.
  @inlinable @inline(__always)
  public subscript(byteAt offset: Int) -> UInt8 { loadUnaligned(UInt8.self, at: offset) }
}

extension [UInt8] {
  /// The array's bytes, borrowed: for calls that take a span.
  public var rawSpan: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // Bytes have no padding that `bytes` could expose.
      let bytes = unsafe span.bytes
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// The array's bytes, borrowed for writing.
  public var mutableRawSpan: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      // The storage is unique now, and the borrow keeps it so for as long as the span lives.
      let memory = unsafe withUnsafeMutableBytes { unsafe $0 }
      let span = unsafe MutableRawSpan(_unsafeBytes: memory)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Copies the bytes of `span`.
  public init(copying span: RawSpan) {
    self = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension MutableSpan where Element == UInt8 {
  /// The bytes, for storing words into them.
  public var rawBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      // Every bit pattern is a byte.
      unsafe mutableBytes
    }
  }
}
