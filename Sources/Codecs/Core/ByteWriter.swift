// SPDX-License-Identifier: Apache-2.0

/// A growing output buffer with byte-order-explicit appends and back-patching.
///
/// Bytes that will not be patched any more can be drained while the file is still being written,
/// so that a long stack of images does not stay in memory.
public struct ByteWriter: Sendable {
  /// The bytes not drained yet.
  public private(set) var bytes: [UInt8] = []
  /// Bytes drained so far.
  public private(set) var drainedCount = 0
  /// Position before which no byte will change any more.
  public private(set) var finalCount = 0

  public init() {}

  /// Position of the next byte from the start of the file.
  public var count: Int { drainedCount + bytes.count }

  /// Makes room for `byteCount` more bytes, for output whose size can be guessed.
  public mutating func reserve(_ byteCount: Int) {
    bytes.reserveCapacity(bytes.count + byteCount)
  }

  public mutating func u8(_ value: UInt8) { bytes.append(value) }
  public mutating func u16le(_ value: UInt16) { append(value.littleEndian) }
  public mutating func u16be(_ value: UInt16) { append(value.bigEndian) }
  public mutating func u32le(_ value: UInt32) { append(value.littleEndian) }
  public mutating func u32be(_ value: UInt32) { append(value.bigEndian) }
  public mutating func u64le(_ value: UInt64) { append(value.littleEndian) }
  public mutating func u64be(_ value: UInt64) { append(value.bigEndian) }
  public mutating func i32le(_ value: Int32) { append(value.littleEndian) }

  public mutating func append(_ array: [UInt8]) { bytes.append(contentsOf: array) }
  public mutating func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }
  public mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  public mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
  public mutating func zeros(_ count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: count))
  }

  /// Overwrites the four bytes at `position`, which must not be final.
  public mutating func patch(u32be value: UInt32, at position: Int) {
    patch(value.bigEndian, position)
  }
  /// Overwrites the four bytes at `position`, which must not be final.
  public mutating func patch(u32le value: UInt32, at position: Int) {
    patch(value.littleEndian, position)
  }
  /// Overwrites the eight bytes at `position`, which must not be final.
  public mutating func patch(u64le value: UInt64, at position: Int) {
    patch(value.littleEndian, position)
  }

  /// Promises that nothing before the current end will be patched.
  public mutating func markFinal() { finalCount = count }

  /// Takes the final bytes out; they are the next ones of the file.
  public mutating func drainFinal() -> [UInt8] {
    let length = finalCount - drainedCount
    guard length > 0 else { return [] }
    let result: [UInt8]
    if length == bytes.count {
      result = bytes
      bytes = []
    } else {
      result = Array(bytes[..<length])
      bytes.removeFirst(length)
    }
    drainedCount += length
    return result
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    for i in 0..<MemoryLayout<T>.size {
      #if _endian(little)
        let shift = i * 8
      #else
        let shift = (MemoryLayout<T>.size - 1 - i) * 8
      #endif
      bytes.append(UInt8(truncatingIfNeeded: value >> T(truncatingIfNeeded: shift)))
    }
  }

  private mutating func patch<T: FixedWidthInteger>(_ value: T, _ position: Int) {
    precondition(position >= finalCount, "these bytes are final")
    for i in 0..<MemoryLayout<T>.size {
      #if _endian(little)
        let shift = i * 8
      #else
        let shift = (MemoryLayout<T>.size - 1 - i) * 8
      #endif
      bytes[position - drainedCount + i] =
        UInt8(truncatingIfNeeded: value >> T(truncatingIfNeeded: shift))
    }
  }
}
