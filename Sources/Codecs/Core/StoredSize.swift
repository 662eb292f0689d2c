// SPDX-License-Identifier: Apache-2.0

/// The decoded size that imagecodecs puts before data that do not hold it: four bytes, least
/// significant first.
enum StoredSize {
  static var byteCount: Int { 4 }

  /// - Parameter expansion: most bytes that one byte of data can stand for; a size that needs more
  ///   is refused before anybody asks for the memory.
  static func read(
    _ source: RawSpan, expansion: Int, codec: CodecError.Name
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: codec)
    let size = Int(try reader.u32le("size"))
    try check(size, expansion: expansion, encodedByteCount: reader.remaining, codec: codec)
    return size
  }

  /// Throws `corrupt` when `encodedByteCount` bytes cannot hold `size` bytes.
  static func check(
    _ size: Int, expansion: Int, encodedByteCount: Int, codec: CodecError.Name
  ) throws(CodecError) {
    guard size / expansion <= encodedByteCount else {
      throw CodecError(
        .corrupt, codec: codec, part: "size", "more than the data can hold", at: 0)
    }
  }

  /// - Throws: `invalidArgument` when `source` has 4 GiB or more.
  @_lifetime(output: copy output)
  static func append(
    of source: RawSpan, to output: inout OutputRawSpan, codec: CodecError.Name
  ) throws(CodecError) {
    guard let size = UInt32(exactly: source.byteCount) else {
      throw CodecError(
        .invalidArgument, codec: codec, part: "size", "does not fit four bytes")
    }
    output.append(littleEndian: size)
  }
}
