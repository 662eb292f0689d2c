// SPDX-License-Identifier: Apache-2.0

import CTiff

/// libtiff's codecs on memory: a file of one row of bytes in one strip.
enum TIFFStrip {
  static var version: String {
    // "LIBTIFF, Version 4.5.0" and a copyright.
    let words = String(cString: TIFFGetVersion()).split { $0 == " " || $0 == "\n" }
    return words.count > 2 ? String(words[2]) : ""
  }

  /// Writes a file of `source` and copies its strip to `output`.
  static func encode(_ source: Memory, _ output: Memory, _ compression: CInt) {
    let file = File(room: output.bytes.count + 4096)
    guard let tiff = file.open("w") else { return output.count = -1 }
    describe(tiff, source.count, compression)
    let written = Int(TIFFWriteEncodedStrip(tiff, 0, source.base, tmsize_t(source.count)))
    let count = Int(TIFFRawStripSize64(tiff, 0))
    TIFFClose(tiff)
    // The strip follows the header of eight bytes.
    guard written == source.count, count <= output.bytes.count else { return output.count = -1 }
    output.base.copyMemory(from: file.memory.base + 8, byteCount: count)
    output.count = count
  }

  /// Decodes the strip `source` to fill `output`: of a file that is made once and kept open.
  static func decode(_ source: Memory, _ output: Memory, _ compression: CInt) {
    if opened?.source !== source {
      if let opened { TIFFClose(opened.tiff) }
      opened = nil
      let file = File(room: source.count + 4096)
      guard let writer = file.open("w") else { return output.count = -1 }
      describe(writer, output.bytes.count, compression)
      TIFFWriteRawStrip(writer, 0, source.base, tmsize_t(source.count))
      TIFFClose(writer)
      guard let reader = file.open("r") else { return output.count = -1 }
      opened = (source, file, reader)
    }
    guard let tiff = opened?.tiff else { return }
    output.count = Int(
      TIFFReadEncodedStrip(tiff, 0, output.base, tmsize_t(output.bytes.count)))
  }

  /// The file that was decoded last. The benchmarks run in one thread.
  nonisolated(unsafe) private static var opened: (source: Memory, file: File, tiff: OpaquePointer)?

  private static func describe(_ tiff: OpaquePointer, _ count: Int, _ compression: CInt) {
    let fields: [(CInt, CInt)] = [
      (TIFFTAG_IMAGEWIDTH, CInt(count)), (TIFFTAG_IMAGELENGTH, 1), (TIFFTAG_BITSPERSAMPLE, 8),
      (TIFFTAG_SAMPLESPERPIXEL, 1), (TIFFTAG_ROWSPERSTRIP, 1), (TIFFTAG_COMPRESSION, compression),
      (TIFFTAG_PHOTOMETRIC, 1),
    ]
    for (tag, value) in fields {
      _ = withVaList([value]) { TIFFVSetField(tiff, UInt32(tag), $0) }
    }
  }

  /// A file in memory, as libtiff's client functions see it.
  private final class File {
    let memory: Memory
    var position = 0

    init(room: Int) { memory = Memory(room) }

    func open(_ mode: String) -> OpaquePointer? {
      position = 0
      return TIFFClientOpen(
        "memory", mode, Unmanaged.passUnretained(self).toOpaque(),
        { file, buffer, count in
          let file = File.at(file)
          let part = min(Int(count), file.memory.count - file.position)
          buffer?.copyMemory(from: file.memory.base + file.position, byteCount: part)
          file.position += part
          return tmsize_t(part)
        },
        { file, buffer, count in
          let file = File.at(file)
          let part = Int(count)
          guard let buffer, part <= file.memory.bytes.count - file.position else { return -1 }
          (file.memory.base + file.position).copyMemory(from: buffer, byteCount: part)
          file.position += part
          file.memory.count = max(file.memory.count, file.position)
          return count
        },
        { file, offset, whence in
          let file = File.at(file)
          // From the start, from here, from the end.
          let origin = [0, file.position, file.memory.count][Int(whence)]
          file.position = origin + Int(Int64(bitPattern: offset))
          return UInt64(file.position)
        },
        { _ in 0 },
        { UInt64(File.at($0).memory.count) },
        { file, base, size in
          let file = File.at(file)
          base?.pointee = file.memory.base
          size?.pointee = UInt64(file.memory.count)
          return 1
        },
        { _, _, _ in })
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> File {
      Unmanaged<File>.fromOpaque(pointer!).takeUnretainedValue()
    }
  }
}
