// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Memory between two pages that nobody may touch: reading or writing one byte outside it ends the
/// process.
///
/// A buffer begins right behind the first of these pages or ends right before the second, so that
/// both its ends come to be guarded in turn.
@safe
public final class GuardedMemory {
  public enum Place: CaseIterable, Sendable { case start, end }

  private let mapping: UnsafeMutableRawPointer
  private let pageByteCount: Int
  private let byteCount: Int

  /// Room for `capacity` bytes, filled with `0xA5`.
  public init(capacity: Int) {
    pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))
    byteCount = max(1, (capacity + pageByteCount - 1) / pageByteCount) * pageByteCount
    let total = byteCount + 2 * pageByteCount
    let memory = unsafe mmap(
      nil, total, PROT_NONE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
      preconditionFailure("no memory for a test")
    }
    unsafe mapping = memory
    let status = unsafe mprotect(memory + pageByteCount, byteCount, PROT_READ | PROT_WRITE)
    precondition(status == 0, "the pages of a test cannot be opened")
    unsafe inside.initializeMemory(as: UInt8.self, repeating: 0xA5)
  }

  deinit { unsafe munmap(mapping, byteCount + 2 * pageByteCount) }

  private var inside: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: mapping + pageByteCount, count: byteCount)
  }

  /// The first or the last `count` bytes.
  @unsafe
  public func buffer(_ count: Int, at place: Place) -> UnsafeMutableRawBufferPointer {
    let range = place == .start ? 0..<count : byteCount - count..<byteCount
    return unsafe UnsafeMutableRawBufferPointer(rebasing: inside[range])
  }

  /// Whether the bytes outside the buffer of `count` bytes at `place` are as they were.
  public func isUntouched(outside count: Int, at place: Place) -> Bool {
    let range = place == .start ? count..<byteCount : 0..<byteCount - count
    return unsafe inside[range].allSatisfy { $0 == 0xA5 }
  }
}
