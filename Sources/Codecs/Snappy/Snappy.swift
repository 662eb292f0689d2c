// SPDX-License-Identifier: Apache-2.0

/// Snappy's raw format: a size, literals and copies; no framing, no checksum.
///
/// Source: google/snappy, "Snappy compressed format description".
public enum Snappy: MeasurableCodec {
  public static var name: CodecError.Name { "snappy" }

  /// Bytes that are searched for matches on their own.
  static var fragmentByteCount: Int { 65_536 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // A literal takes a byte more for 60 bytes, and a copy of four or more takes three.
    byteCount + byteCount / 6 + 32
  }

  /// Appends the size of `source` and its literals and copies.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when `source` has 4 GiB or more.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) {
    guard source.byteCount <= UInt32.max else {
      throw CodecError(.invalidArgument, codec: name, "the size does not fit 32 bits")
    }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      var size = source.byteCount
      while size >= 0x80 {
        output.append(UInt8(truncatingIfNeeded: size | 0x80))
        size >>= 7
      }
      output.append(UInt8(truncatingIfNeeded: size))
      try encodeFragments(source, into: &output)
    }
  }

  /// Appends the bytes of one stream, which is all of `source`.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) -> Int {
    let (size, start) = try storedSize(source)
    return try SequenceDecoder.run(
      source, from: start, into: &output, byteCount: size, codec: name
    ) { decoder throws(CodecError) in try decode(&decoder) }
  }

  /// The size that the stream states.
  public static func decodedByteCount(
    of source: RawSpan, options: NoOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    let size = try storedSize(source).size
    try limits.check(size, .outputBytes, codec: name, at: 0)
    return size
  }

  /// The size, seven bits in a byte, lowest first, and the bytes it takes.
  private static func storedSize(
    _ source: RawSpan
  ) throws(CodecError) -> (size: Int, byteCount: Int) {
    var reader = ByteReader(source, codec: name)
    var size = 0
    var shift = 0
    var byte: UInt8
    repeat {
      byte = try reader.u8("size")
      size |= Int(byte & 0x7F) << shift
      shift += 7
    } while byte & 0x80 != 0 && shift < 35
    guard byte & 0x80 == 0, size <= UInt32.max else {
      throw CodecError(.corrupt, codec: name, part: "size", "does not fit 32 bits", at: 0)
    }
    // The densest element is a copy of 64 bytes in three.
    try StoredSize.check(size, expansion: 22, encodedByteCount: reader.remaining, codec: name)
    return (size, reader.offset)
  }
}
