// SPDX-License-Identifier: Apache-2.0

/// The zlib format: DEFLATE data between a two-byte header and an Adler-32.
///
/// Source: RFC 1950.
public enum Zlib: ByteCodec {
  public static var name: CodecError.Name { "zlib" }
  public typealias EncodeOptions = Deflate.EncodeOptions
  public typealias DecodeOptions = Deflate.DecodeOptions

  /// The first two bytes of a stream, and the four after them if there is a preset dictionary.
  public struct Header: Sendable, Hashable {
    /// Base-2 logarithm of the window: 8…15.
    public var windowBits: Int
    /// How hard the encoder tried: 0…3. Decoders need not know.
    public var levelHint: Int
    /// Whether the Adler-32 of a preset dictionary follows.
    public var hasDictionary: Bool

    public init(windowBits: Int = 15, levelHint: Int = 2, hasDictionary: Bool = false) {
      self.windowBits = windowBits
      self.levelHint = levelHint
      self.hasDictionary = hasDictionary
    }

    /// - Throws: `corrupt` for what zlib refuses: FCHECK, a method other than 8, a window above 32 KiB.
    public init(cmf: UInt8, flg: UInt8) throws(CodecError) {
      guard (Int(cmf) << 8 | Int(flg)) % 31 == 0 else {
        throw CodecError(.corrupt, codec: Zlib.name, part: "header", "FCHECK is wrong", at: 0)
      }
      guard cmf & 15 == 8 else {
        throw CodecError(
          .corrupt, codec: Zlib.name, part: "header", "the compression method is not 8", at: 0)
      }
      guard cmf >> 4 <= 7 else {
        throw CodecError(
          .corrupt, codec: Zlib.name, part: "header", "the window is above 32 KiB", at: 0)
      }
      windowBits = Int(cmf >> 4) + 8
      levelHint = Int(flg >> 6)
      hasDictionary = flg & 0x20 != 0
    }

    /// CMF and FLG.
    public var bytes: (cmf: UInt8, flg: UInt8) {
      let cmf = (windowBits - 8) << 4 | 8
      let flg = levelHint << 6 | (hasDictionary ? 0x20 : 0)
      let check = (31 - (cmf << 8 | flg) % 31) % 31
      return (UInt8(cmf), UInt8(flg | check))
    }
  }

  /// Appends the decoded data to `output`.
  ///
  /// - Returns: bytes of `source` used, the checksum included.
  /// - Throws: `truncated`, `corrupt`, `checksumMismatch`, `outputFull`, `limitExceeded(.outputBytes)`
  ///   by `maxRatio`; `invalidArgument` when it needs a dictionary that the options do not hold.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int {
    try Inflater.decode(source, .zlib, into: &output, options: options)
  }

  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, limits: Limits = .default, options: DecodeOptions = DecodeOptions()
  ) throws(CodecError) -> [UInt8] {
    try Inflater.decode(source, .zlib, limits: limits, options: options)
  }
}
