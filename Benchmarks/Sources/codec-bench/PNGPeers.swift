// SPDX-License-Identifier: Apache-2.0

import CPng
import CSpng
import Codecs

// libpng through its full interface, row by row as png_read_image does, and libspng.

extension Peers {
  static var libpng: String { "libpng \(PNG_LIBPNG_VER_STRING)" }
  static var libspng: String { "libspng \(String(cString: spng_version_string()))" }

  /// Where a callback of libpng reads from or writes to.
  private final class Position {
    let memory: Memory
    var offset = 0
    init(_ memory: Memory) { self.memory = memory }
  }

  static func libpngDecoder(_ source: Memory, _ output: Memory) -> () -> Void {
    let position = Position(source)
    return {
      position.offset = 0
      var png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nil, nil, nil)
      var info = png_create_info_struct(png)
      png_set_read_fn(png, Unmanaged.passUnretained(position).toOpaque()) { png, target, count in
        let position = Unmanaged<Position>.fromOpaque(png_get_io_ptr(png)!).takeUnretainedValue()
        target!.update(from: position.memory.words + position.offset, count: count)
        position.offset += count
      }
      png_read_info(png, info)
      png_set_expand(png)
      if png_get_bit_depth(png, info) == 16 { png_set_swap(png) }
      png_read_update_info(png, info)
      let rowByteCount = png_get_rowbytes(png, info)
      let height = Int(png_get_image_height(png, info))
      var rows = (0..<height).map { Optional(output.words + $0 * rowByteCount) }
      png_read_image(png, &rows)
      png_read_end(png, nil)
      png_destroy_read_struct(&png, &info, nil)
      output.count = rowByteCount * height
    }
  }

  static func libpngEncoder(_ image: NDArray, level: Int, _ output: Memory) -> () -> Void {
    let position = Position(output)
    let channels = image.rank == 3 ? image.shape[2] : 1
    let pixels = Memory(image.byteCount)
    image.bytes.withUnsafeBytes { pixels.bytes.copyMemory(from: $0) }
    let types = [
      PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA,
    ]
    let (height, width) = (image.shape[0], image.shape[1])
    let rowByteCount = image.byteCount / height
    let depth = CInt(image.dtype.byteCount * 8)
    return {
      position.offset = 0
      var png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nil, nil, nil)
      var info = png_create_info_struct(png)
      png_set_write_fn(
        png, Unmanaged.passUnretained(position).toOpaque(),
        { png, bytes, count in
          let position = Unmanaged<Position>.fromOpaque(png_get_io_ptr(png)!).takeUnretainedValue()
          (position.memory.words + position.offset).update(from: bytes!, count: count)
          position.offset += count
        }, { _ in })
      png_set_IHDR(
        png, info, UInt32(width), UInt32(height), depth, CInt(types[channels - 1]),
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE)
      png_set_compression_level(png, CInt(level))
      png_write_info(png, info)
      if depth == 16 { png_set_swap(png) }
      var rows = (0..<height).map { Optional(pixels.words + $0 * rowByteCount) }
      png_write_image(png, &rows)
      png_write_end(png, nil)
      png_destroy_write_struct(&png, &info)
      output.count = position.offset
    }
  }

  static func libspngDecoder(_ source: Memory, _ output: Memory) -> () -> Void {
    {
      let context = spng_ctx_new(0)
      defer { spng_ctx_free(context) }
      spng_set_png_buffer(context, source.base, source.count)
      var header = spng_ihdr()
      spng_get_ihdr(context, &header)
      let isPalette = header.color_type == UInt8(SPNG_COLOR_TYPE_INDEXED.rawValue)
      let format = CInt(isPalette ? SPNG_FMT_RGB8.rawValue : SPNG_FMT_PNG.rawValue)
      var size = 0
      spng_decoded_image_size(context, format, &size)
      let status = spng_decode_image(context, output.base, size, format, 0)
      output.count = status == 0 ? size : -1
    }
  }
}
