// SPDX-License-Identifier: Apache-2.0

// Compiled together with Codecs, in Embedded mode, into a WebAssembly module that imports nothing:
// whatever this module does, it cannot make a system call. `run` checks that.

/// Decodes a zlib stream into memory of the module's.
///
/// - Returns: the number of bytes, or -1 and less for an error.
@_cdecl("iio_zlib_decode")
public func zlibDecode(
  _ source: UnsafePointer<UInt8>, _ sourceCount: Int, _ target: UnsafeMutablePointer<UInt8>,
  _ capacity: Int
) -> Int {
  let input = unsafe UnsafeRawBufferPointer(start: source, count: sourceCount)
  let buffer = unsafe UnsafeMutableRawBufferPointer(start: target, count: capacity)
  var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
  do throws(CodecError) {
    _ = try Zlib.decode(
      unsafe RawSpan(_unsafeBytes: input), into: &output, options: Deflate.DecodeOptions())
    return unsafe output.finalize(for: buffer)
  } catch {
    _ = unsafe output.finalize(for: buffer)
    return -1
  }
}

// What the Swift runtime needs of a C library. Memory is handed out and never taken back; it begins
// behind the stack and the constants, which the linker puts below the first megabyte.
nonisolated(unsafe) private var heapNext: UInt = 0

@_cdecl("iio_allocate")
public func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
  if unsafe heapNext == 0 { unsafe heapNext = 1 << 20 }
  let start = unsafe (heapNext + 63) & ~63
  unsafe heapNext = start + UInt(count)
  return UnsafeMutableRawPointer(bitPattern: start)
}

@_cdecl("posix_memalign")
public func memalign(
  _ pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ count: Int
) -> CInt {
  unsafe pointer.pointee = unsafe allocate(count)
  return 0
}

@_cdecl("free")
public func release(_ pointer: UnsafeMutableRawPointer?) {}
