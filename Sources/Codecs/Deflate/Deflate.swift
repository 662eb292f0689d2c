// SPDX-License-Identifier: Apache-2.0

/// The DEFLATE format, raw: without the header and checksum of ``Zlib`` or ``Gzip``.
///
/// Decoding accepts exactly what zlib accepts.
/// Source: RFC 1951.
public enum Deflate: ByteCodec {
  public static var name: CodecError.Name { "deflate" }

  /// What surrounds the DEFLATE data.
  public enum Wrapper: Sendable, Hashable {
    /// Nothing.
    case raw
    /// Two bytes before, Adler-32 after it. Source: RFC 1950.
    case zlib
    /// One or more members with file name, time, CRC-32 and size. Source: RFC 1952.
    case gzip

    var name: CodecError.Name {
      switch self {
      case .raw: Deflate.name
      case .zlib: Zlib.name
      case .gzip: Gzip.name
      }
    }
  }

  /// Which properties of the data the encoder relies on; zlib's strategies.
  public enum Strategy: Sendable, Hashable, CaseIterable {
    /// Anything.
    case `default`
    /// Small values with little repetition, such as the output of a predictor: fewer short matches.
    case filtered
    /// Only matches with distance 1.
    case runLength
    /// No matches.
    case huffmanOnly
    /// No dynamic codes.
    case fixed
  }

  public struct EncodeOptions: Sendable {
    /// 0 (stored), 1 (fastest) … 9 (zlib's best) … 12 (smallest, many times slower).
    public var level: Int
    public var strategy: Strategy
    /// Bytes that the decoder knows beforehand; only the last 32 KiB matter.
    public var dictionary: Bytes?

    public init(level: Int = 6, strategy: Strategy = .default, dictionary: Bytes? = nil) {
      self.level = level
      self.strategy = strategy
      self.dictionary = dictionary
    }
  }

  public struct DecodeOptions: Sendable {
    /// The preset dictionary the encoder used. ``Wrapper/gzip`` has none.
    public var dictionary: Bytes?
    /// Whether a wrong Adler-32, CRC-32 or size is an error.
    public var verifiesChecksum: Bool
    /// Most output bytes per input byte before it counts as a bomb; `nil`: no bound. DEFLATE itself
    /// cannot pass 1032.
    public var maxRatio: Int?

    public init(
      dictionary: Bytes? = nil, verifiesChecksum: Bool = true, maxRatio: Int? = nil
    ) {
      self.dictionary = dictionary
      self.verifiesChecksum = verifiesChecksum
      self.maxRatio = maxRatio
    }
  }

  /// Appends the decoded data to `output`.
  ///
  /// - Returns: bytes of `source` used, exactly: what follows the stream is not touched.
  /// - Throws: `truncated`, `corrupt`, `outputFull`, `limitExceeded(.outputBytes)` by `maxRatio`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int {
    try Inflater.decode(source, .raw, into: &output, options: options)
  }

  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, limits: Limits = .default, options: DecodeOptions = DecodeOptions()
  ) throws(CodecError) -> [UInt8] {
    try Inflater.decode(source, .raw, limits: limits, options: options)
  }
}
