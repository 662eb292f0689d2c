// SPDX-License-Identifier: Apache-2.0

/// LibLZF's format: literals and matches up to 8 KiB back; HDF5's filter 32000.
///
/// Source: LibLZF 3.6, comments of `lzf_d.c`.
public enum LZF: MeasurableCodec {
  public static var name: CodecError.Name { "lzf" }

  public struct Options: Sendable, Hashable {
    /// The decoded size stands in four bytes before the data, least significant first.
    public var storesSize: Bool
    public init(storesSize: Bool = false) { self.storesSize = storesSize }
  }

  /// Most bytes of one literal.
  static var literalLimit: Int { 32 }
  /// Bytes that a match has beyond what its code says.
  static var lengthBias: Int { 2 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // A literal of 32 bytes takes one more; the rest is for steps that write too much.
    byteCount + byteCount / literalLimit + 33
  }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    encodedByteCountBound(for: byteCount) + (options.storesSize ? StoredSize.byteCount : 0)
  }

  /// Appends the literals and matches of `source`, which may be more bytes than it has.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when the size is stored and does not fit 32 bits.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) {
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      if options.storesSize { try StoredSize.append(of: source, to: &output, codec: name) }
      try encodeSequences(source, into: &output)
    }
  }

  /// Appends the bytes of one stream, which is all of `source`.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) -> Int {
    let size = options.storesSize ? try storedSize(source) : nil
    return try SequenceDecoder.run(
      source, from: size == nil ? 0 : StoredSize.byteCount, into: &output, byteCount: size,
      codec: name
    ) { decoder throws(CodecError) in try decode(&decoder) }
  }

  /// The number of bytes that ``decode(_:into:options:)`` yields.
  public static func decodedByteCount(
    of source: RawSpan, options: Options = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    let size = options.storesSize ? try storedSize(source) : try sequencesSize(source)
    try limits.check(size, .outputBytes, codec: name, at: 0)
    return size
  }

  private static func storedSize(_ source: RawSpan) throws(CodecError) -> Int {
    // The densest match stands for 264 bytes in three.
    try StoredSize.read(source, expansion: 88, codec: name)
  }
}
