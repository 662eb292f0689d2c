// SPDX-License-Identifier: Apache-2.0

#if hasFeature(BuiltinModule)
  import Builtin
#endif

// Raw memory for `…Kernels.swift` files: where a kernel gets its pointers from, and the unaligned
// loads and stores it uses. Nothing here checks bounds; every kernel states why it stays inside.

extension RawSpan {
  /// Calls `body` with the bytes' address, which is never nil, and their count.
  @unsafe @inline(__always)
  func withBytePointer<R>(
    _ body: (UnsafePointer<UInt8>, Int) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try unsafe withUnsafeBytes { (buffer) throws(CodecError) in
      try unsafe body(buffer.bytePointer, buffer.count)
    }
  }
}

extension OutputRawSpan {
  /// Calls `body` with the address of the free part, its size, and a count of the bytes written,
  /// which `body` sets; what is written before an error stays written.
  @unsafe @inline(__always)
  @_lifetime(self: copy self)
  mutating func appendBytes<R>(
    _ body: (UnsafeMutablePointer<UInt8>, Int, inout Int) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try unsafe withUnsafeMutableBytes { (buffer, count) throws(CodecError) in
      var written = 0
      defer { count += written }
      let base = unsafe UnsafeMutablePointer(mutating: UnsafeRawBufferPointer(buffer).bytePointer)
      return try unsafe body(base + count, buffer.count - count, &written)
    }
  }
}

extension MutableRawSpan {
  /// Calls `body` with the bytes' address, which is never nil, and their count.
  @unsafe @inline(__always)
  @_lifetime(self: copy self)
  mutating func withBytePointer<R>(
    _ body: (UnsafeMutablePointer<UInt8>, Int) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try unsafe withUnsafeMutableBytes { (buffer) throws(CodecError) in
      let base = unsafe UnsafeMutablePointer(mutating: UnsafeRawBufferPointer(buffer).bytePointer)
      return try unsafe body(base, buffer.count)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The address of the first byte; for an empty buffer an address that must not be read.
  @inline(__always)
  var bytePointer: UnsafePointer<UInt8> {
    if let base = baseAddress {
      return unsafe base.assumingMemoryBound(to: UInt8.self)
    }
    return unsafe UnsafePointer<UInt8>(bitPattern: 64).unsafelyUnwrapped
  }
}

extension UnsafePointer<UInt8> {
  /// The value stored at byte `offset`, which need not be aligned.
  @inline(__always)
  func load<T: BitwiseCopyable>(_ type: T.Type, _ offset: Int) -> T {
    unsafe UnsafeRawPointer(self).loadUnaligned(fromByteOffset: offset, as: type)
  }
}

extension UnsafeMutablePointer<UInt8> {
  /// The value stored at byte `offset`, which need not be aligned.
  @inline(__always)
  func load<T: BitwiseCopyable>(_ type: T.Type, _ offset: Int) -> T {
    unsafe UnsafeRawPointer(self).loadUnaligned(fromByteOffset: offset, as: type)
  }

  /// Stores `value` at byte `offset`, which need not be aligned.
  @inline(__always)
  func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
    unsafe UnsafeMutableRawPointer(self).storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  /// Copies 16 bytes from `source` to byte `offset`.
  @inline(__always)
  func copy16(from source: UnsafePointer<UInt8>, _ offset: Int) {
    unsafe store(source.load(SIMD2<UInt64>.self, 0), offset)
  }
}

/// Words of eight bytes handled at once.
enum Word {
  static var low: UInt64 { 0x0101_0101_0101_0101 }
  static var high: UInt64 { 0x8080_8080_8080_8080 }

  /// Number of the highest one of a word that is not 0.
  @inline(__always)
  static func highestOne(_ word: UInt64) -> Int {
    #if hasFeature(BuiltinModule)
      63 ^ Int(truncatingIfNeeded: UInt64(Builtin.int_ctlz_Int64(word._value, true._value)))
    #else
      63 ^ word.leadingZeroBitCount
    #endif
  }

  /// Index in memory order of the first zero byte of a little-endian word; 8 when there is none.
  @inline(__always)
  static func firstZeroByte(_ word: UInt64) -> Int {
    // The lowest set bit is exact: borrows only travel upwards from a zero byte.
    ((word &- low) & ~word & high).trailingZeroBitCount >> 3
  }

  /// Index in memory order of the first byte of a little-endian word that is not zero; 8 when none.
  @inline(__always)
  static func firstNonzeroByte(_ word: UInt64) -> Int { word.trailingZeroBitCount >> 3 }
}

// The same 16 bytes as lanes of another width. All bit patterns are valid for integers.
extension SIMD16<UInt8> {
  @inline(__always) var lanes16: SIMD8<UInt16> {
    unsafe unsafeBitCast(self, to: SIMD8<UInt16>.self)
  }
  @inline(__always) var lanes32: SIMD4<UInt32> {
    unsafe unsafeBitCast(self, to: SIMD4<UInt32>.self)
  }
  @inline(__always) var lanes64: SIMD2<UInt64> {
    unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
  }
}
extension SIMD8<UInt16> {
  @inline(__always) var lanes8: SIMD16<UInt8> { unsafe unsafeBitCast(self, to: SIMD16<UInt8>.self) }
}
extension SIMD4<UInt32> {
  @inline(__always) var lanes8: SIMD16<UInt8> { unsafe unsafeBitCast(self, to: SIMD16<UInt8>.self) }
}
extension SIMD2<UInt64> {
  @inline(__always) var lanes8: SIMD16<UInt8> { unsafe unsafeBitCast(self, to: SIMD16<UInt8>.self) }
}
