// SPDX-License-Identifier: Apache-2.0

/// PostgreSQL's compression of long values.
///
/// Source: PostgreSQL, `src/common/pg_lzcompress.c`, comment "The decompression algorithm and
/// internal data format".
public enum PGLZ: ByteCodec {
  public static var name: CodecError.Name { "pglz" }

  /// When the encoder takes the trouble, and how hard it looks.
  public struct Strategy: Sendable, Hashable {
    /// Fewer bytes are not compressed.
    public var minimumByteCount: Int
    /// More bytes are not compressed.
    public var maximumByteCount: Int
    /// Percentage that must be saved, 0 to 99.
    public var minimumSaving: Int
    /// Give up when there is no match within this many bytes of output.
    public var firstMatchLimit: Int
    /// A match of this length ends the search, 3 to 273.
    public var goodMatch: Int
    /// By how many percent a candidate that is no good match lowers that length, 0 to 100.
    public var goodMatchDrop: Int

    public init(
      minimumByteCount: Int, maximumByteCount: Int, minimumSaving: Int, firstMatchLimit: Int,
      goodMatch: Int, goodMatchDrop: Int
    ) {
      self.minimumByteCount = minimumByteCount
      self.maximumByteCount = maximumByteCount
      self.minimumSaving = minimumSaving
      self.firstMatchLimit = firstMatchLimit
      self.goodMatch = goodMatch
      self.goodMatchDrop = goodMatchDrop
    }

    /// PostgreSQL's own.
    public static var standard: Strategy {
      Strategy(
        minimumByteCount: 32, maximumByteCount: .max, minimumSaving: 25, firstMatchLimit: 1024,
        goodMatch: 128, goodMatchDrop: 10)
    }
    /// Compresses what gets smaller at all.
    public static var always: Strategy {
      Strategy(
        minimumByteCount: 0, maximumByteCount: .max, minimumSaving: 0, firstMatchLimit: .max,
        goodMatch: 128, goodMatchDrop: 6)
    }
  }

  public struct EncodeOptions: Sendable, Hashable {
    /// Store the decoded size in four bytes before the data, and the bytes as they are where the
    /// strategy says so. Without a size everything is compressed, though it grow by an eighth.
    public var storesSize: Bool
    public var strategy: Strategy
    public init(storesSize: Bool = false, strategy: Strategy = .standard) {
      self.storesSize = storesSize
      self.strategy = strategy
    }
  }

  public struct DecodeOptions: Sendable, Hashable {
    /// The decoded size stands in four bytes before the data.
    public var storesSize: Bool
    public init(storesSize: Bool = false) { self.storesSize = storesSize }
  }

  /// Most literals and matches under one control byte.
  static var itemLimit: Int { 8 }
  static var minimumLength: Int { 3 }
  /// A length from here on takes a byte more.
  static var longLength: Int { 18 }
  static var maximumLength: Int { 273 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    byteCount + (byteCount + 7) / 8
  }

  public static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int {
    encodedByteCountBound(for: byteCount) + (options.storesSize ? StoredSize.byteCount : 0)
  }

  /// Appends the literals and matches of `source`.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when the size is stored and does not fit 32 bits.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      guard options.storesSize else {
        _ = try encodeItems(
          source, into: &output, options.strategy, limit: .max, firstMatchLimit: .max)
        return
      }
      try StoredSize.append(of: source, to: &output, codec: name)
      let strategy = options.strategy
      let kept = 100 - min(max(strategy.minimumSaving, 0), 99)
      let limit = source.byteCount / 100 * kept + source.byteCount % 100 * kept / 100
      if source.byteCount >= strategy.minimumByteCount,
        source.byteCount <= strategy.maximumByteCount,
        try encodeItems(
          source, into: &output, strategy, limit: limit, firstMatchLimit: strategy.firstMatchLimit)
      {
        return
      }
      output.append(source)
    }
  }

  /// Appends the bytes of one stream, which is all of `source`.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init()
  ) throws(CodecError) -> Int {
    guard options.storesSize else {
      return try SequenceDecoder.run(source, into: &output, codec: name) {
        decoder throws(CodecError) in try decode(&decoder)
      }
    }
    // The densest item stands for 273 bytes in three.
    let size = try StoredSize.read(source, expansion: 91, codec: name)
    let start = StoredSize.byteCount
    if source.byteCount - start == size {
      try output.require(size, codec: name)
      output.append(source.extracting(start..<source.byteCount))
      return source.byteCount
    }
    return try SequenceDecoder.run(
      source, from: start, into: &output, byteCount: size, codec: name
    ) { decoder throws(CodecError) in try decode(&decoder) }
  }
}
