// SPDX-License-Identifier: Apache-2.0

/// LZW as TIFF and GIF use it.
///
/// Source: TIFF 6.0 specification, section 13; GIF89a specification, appendix F; the old-style
/// TIFF variant as libtiff reads it.
public enum LZW: MeasurableCodec {
  public static var name: CodecError.Name { "lzw" }

  /// How codes are packed and when they grow.
  public enum Variant: Sendable, Hashable {
    /// TIFF compression 5: most significant bit first, widths grow one code early.
    case tiff
    /// TIFF files from before 6.0: least significant bit first, widths grow late.
    case oldTIFF
    /// GIF image data with its sub-blocks joined: least significant bit first, widths grow late,
    /// literals of `minimumCodeSize` bits (1 to 8).
    case gif(minimumCodeSize: Int)
  }

  public struct EncodeOptions: Sendable, Hashable {
    public var variant: Variant
    public init(variant: Variant = .tiff) { self.variant = variant }
  }

  public struct DecodeOptions: Sendable, Hashable {
    /// `nil` is TIFF of either style, told apart by the first two bytes.
    public var variant: Variant?
    public init(variant: Variant? = nil) { self.variant = variant }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // A full table's codes take 11.27 bits on average, and each stands for at least one byte.
    let (product, overflow) = byteCount.multipliedReportingOverflow(by: 141)
    return overflow ? Int.max : product / 100 + 8
  }

  /// Appends the codes of `source`, from a CLEAR to an end-of-information code.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when a GIF minimum code size is not 1 to 8 or a
  ///   byte does not fit it.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    let layout = try Layout(options.variant)
    if layout.clearCode < 256, let offset = offset(of: layout.clearCode, in: source) {
      throw CodecError(
        .invalidArgument, codec: name, "a byte is wider than the minimum code size", at: offset)
    }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      if layout.isMSBFirst {
        try encodeCodes(source, into: &output, layout, MSBFirst.self)
      } else {
        try encodeCodes(source, into: &output, layout, LSBFirst.self)
      }
    }
  }

  /// Appends the strings of the codes until the end-of-information code, the end of `source`
  /// or the end of the output; neither a missing end code nor a full output is an error.
  ///
  /// - Throws: `corrupt` when a code is not in the table yet.
  /// - Returns: bytes of `source` that hold the codes used.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init()
  ) throws(CodecError) -> Int {
    let layout = try Layout(options.variant ?? tiffVariant(of: source))
    if layout.isMSBFirst {
      return try decode(source, into: &output, layout, MSBFirst.self)
    }
    return try decode(source, into: &output, layout, LSBFirst.self)
  }

  /// The style of TIFF stream that begins with the bytes of `source`.
  static func tiffVariant(of source: RawSpan) -> Variant {
    // A CLEAR of nine bits is 0x80 0x0… or, least significant bit first, 0x00 0x01.
    let isOld = source.byteCount >= 2 && source[byteAt: 0] == 0 && source[byteAt: 1] & 1 == 1
    return isOld ? .oldTIFF : .tiff
  }

  private static func offset(of limit: Int, in source: RawSpan) -> Int? {
    for i in 0..<source.byteCount where Int(source[byteAt: i]) >= limit { return i }
    return nil
  }

  /// The numbers that tell the variants apart.
  struct Layout {
    let isMSBFirst: Bool
    /// One less than the codes that a width has room for, when widths grow early.
    let early: Int
    /// Also the number of literals.
    let clearCode: Int
    /// Width of the codes after a CLEAR.
    let firstWidth: Int
    /// A GIF table stays as it is when it is full; a TIFF table has some more room, as libtiff's.
    let freezes: Bool

    var endCode: Int { clearCode + 1 }
    var firstFree: Int { clearCode + 2 }

    init(_ variant: Variant) throws(CodecError) {
      switch variant {
      case .tiff:
        (isMSBFirst, early, clearCode, firstWidth, freezes) = (true, 1, 256, 9, false)
      case .oldTIFF:
        (isMSBFirst, early, clearCode, firstWidth, freezes) = (false, 0, 256, 9, false)
      case .gif(let size):
        guard 1...8 ~= size else {
          throw CodecError(
            .invalidArgument, codec: name, "the minimum code size is not 1 to 8")
        }
        (isMSBFirst, early, clearCode, firstWidth, freezes) = (false, 0, 1 << size, size + 1, true)
      }
    }

    /// The table size at which codes of `width` bits get wider, or the table is full.
    @inline(__always)
    func limit(_ width: Int) -> Int {
      width < 12 ? (1 << width) &- early : (freezes ? 4097 : tableCapacity)
    }
  }

  /// Entries after which a TIFF stream without a CLEAR is taken for corrupt.
  static var tableCapacity: Int { 5120 }
}
