// SPDX-License-Identifier: Apache-2.0

/// An immutable run of bytes with shared ownership: an array, a mapped file, or foreign memory.
///
/// Copying is O(1). Readers keep a `Bytes`, so they stay valid, `Sendable` and free of I/O errors.
public struct Bytes: Sendable {
  let owner: Owner
  let start: Int
  public let count: Int

  @safe final class Owner: @unchecked Sendable {
    let memory: UnsafeRawBufferPointer
    let release: @Sendable (UnsafeRawBufferPointer) -> Void
    init(
      _ memory: UnsafeRawBufferPointer,
      release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
      unsafe self.memory = unsafe memory
      unsafe self.release = unsafe release
    }
    deinit { unsafe release(memory) }
  }

  /// Takes over `array`, without copying it.
  public init(_ array: [UInt8]) {
    // The box keeps the array, and so its storage, alive and unchanged for as long as the owner.
    let box = ArrayBox(array)
    let memory = unsafe box.array.withUnsafeBytes { unsafe $0 }
    unsafe self.init(adopting: memory) { _ in _ = box }
  }

  private final class ArrayBox: Sendable {
    let array: [UInt8]
    init(_ array: [UInt8]) { self.array = array }
  }

  /// Takes over memory that `release` frees. The memory must not change until then.
  @unsafe
  public init(
    adopting memory: UnsafeRawBufferPointer,
    release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
  ) {
    self.owner = unsafe Owner(memory, release: release)
    self.start = 0
    self.count = memory.count
  }

  init(owner: Owner, start: Int, count: Int) {
    self.owner = owner
    self.start = start
    self.count = count
  }

  public var isEmpty: Bool { count == 0 }

  /// The bytes, borrowed for as long as `self` lives.
  public var span: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // In bounds: every initialiser keeps `start + count` within the owner's memory.
      let span = unsafe RawSpan(
        _unsafeBytes: UnsafeRawBufferPointer(rebasing: owner.memory[start..<(start + count)]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The bytes in `range`, sharing this value's memory; `nil` when out of bounds.
  public func slice(_ range: Range<Int>) -> Bytes? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return Bytes(owner: owner, start: start + range.lowerBound, count: range.count)
  }

  /// The bytes as a new array.
  public var array: [UInt8] { [UInt8](copying: span) }
}

extension Bytes: Equatable {
  public static func == (a: Bytes, b: Bytes) -> Bool {
    guard a.count == b.count else { return false }
    let (x, y) = (a.span, b.span)
    return x.isEqual(to: y)
  }
}

extension RawSpan {
  /// Whether both spans hold the same bytes.
  public func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    // Eight bytes at once.
    let words = byteCount & ~7
    var i = 0
    while i < words {
      if loadUnaligned(UInt64.self, at: i) != other.loadUnaligned(UInt64.self, at: i) {
        return false
      }
      i &+= 8
    }
    while i < byteCount {
      if self[byteAt: i] != other[byteAt: i] { return false }
      i &+= 1
    }
    return true
  }
}
