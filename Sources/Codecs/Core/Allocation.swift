// SPDX-License-Identifier: Apache-2.0

// The only file of this target that may import a platform's C library, for `calloc` and `free`:
// Swift's own allocation aborts when the system refuses, `calloc` says so.
#if hasFeature(Embedded)
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(WASILibc)
  internal import WASILibc
#endif

/// Zeroed memory that is given back when the last reference goes.
///
/// It starts as zeros, so that a damaged file can never expose what was in memory before.
@safe final class Allocation: @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer

  /// - Throws: `outOfMemory` when the system refuses.
  init(byteCount: Int, codec: CodecError.Name) throws(CodecError) {
    guard let base = unsafe Self.zeroed(byteCount) else {
      throw CodecError(.outOfMemory, codec: codec)
    }
    unsafe memory = UnsafeMutableRawBufferPointer(start: base, count: byteCount)
  }

  #if hasFeature(Embedded)
    private static func zeroed(_ byteCount: Int) -> UnsafeMutableRawPointer? {
      let base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 16)
      unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return unsafe base
    }
    deinit { unsafe memory.deallocate() }
  #else
    private static func zeroed(_ byteCount: Int) -> UnsafeMutableRawPointer? {
      unsafe calloc(max(byteCount, 1), 1)
    }
    deinit { unsafe free(memory.baseAddress) }
  #endif

  /// Lets `body` append bytes from the start on; returns how many it appended.
  func write(
    _ body: (inout OutputRawSpan) throws(CodecError) -> Void
  ) throws(CodecError) -> Int {
    var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
    do throws(CodecError) { try body(&output) } catch {
      _ = unsafe output.finalize(for: memory)
      throw error
    }
    return unsafe output.finalize(for: memory)
  }

  /// The bytes in `range`.
  func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: memory[range])
  }

  /// The bytes in `range`, for writing.
  func mutableSlice(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
  }
}
