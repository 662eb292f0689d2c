// SPDX-License-Identifier: Apache-2.0

import CLibdeflate
import CZlib

/// libdeflate and zlib, each used the way its users are told to when speed matters: one object for
/// all calls; but zlib's inflate as its one-shot call `uncompress` uses it, made and ended for each
/// stream, for ours is one-shot as well.
enum Peers {
  static var zlib: String { "zlib \(String(cString: zlibVersion()))" }
  static var libdeflate: String { "libdeflate \(LIBDEFLATE_VERSION_STRING)" }

  /// What is around DEFLATE data.
  enum Wrapper {
    case none, zlib
    /// What zlib calls them.
    var windowBits: CInt { self == .none ? -15 : 15 }
  }

  /// `source` as raw DEFLATE by zlib.
  static func zlibCompress(_ source: [UInt8], level: CInt = 6) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
      CInt(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    let memory = Memory(source)
    let output = Memory(Int(deflateBound(&stream, UInt(source.count))))
    stream.next_in = memory.words
    stream.avail_in = UInt32(source.count)
    stream.next_out = output.words
    stream.avail_out = UInt32(output.bytes.count)
    let status = deflate(&stream, Z_FINISH)
    precondition(status == Z_STREAM_END)
    output.count = Int(stream.total_out)
    return output.output
  }

  /// `source`, raw DEFLATE, decoded by zlib.
  static func zlibDecompress(_ source: [UInt8], capacity: Int) -> [UInt8]? {
    let output = Memory(capacity)
    zlibInflater(Memory(source), output)()
    return output.count < 0 ? nil : output.output
  }

  static func zlibInflater(
    _ source: Memory, _ output: Memory, in wrapper: Wrapper = .none
  ) -> () -> Void {
    return {
      var stream = z_stream()
      inflateInit2_(&stream, wrapper.windowBits, zlibVersion(), CInt(MemoryLayout<z_stream>.size))
      stream.next_in = source.words
      stream.avail_in = UInt32(source.count)
      stream.next_out = output.words
      stream.avail_out = UInt32(output.bytes.count)
      let status = inflate(&stream, Z_FINISH)
      output.count = status == Z_STREAM_END ? Int(stream.total_out) : -1
      inflateEnd(&stream)
    }
  }

  static func libdeflateInflater(
    _ source: Memory, _ output: Memory, in wrapper: Wrapper
  ) -> () -> Void {
    let decompressor = libdeflate_alloc_decompressor()
    let decompress =
      switch wrapper {
      case .none: libdeflate_deflate_decompress
      case .zlib: libdeflate_zlib_decompress
      }
    return {
      var count = 0
      let status = decompress(
        decompressor, source.base, source.count, output.base, output.bytes.count, &count)
      output.count = status == LIBDEFLATE_SUCCESS ? count : -1
    }
  }
}
