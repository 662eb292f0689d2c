// SPDX-License-Identifier: Apache-2.0

/// The Rice coding of integers that FITS uses for compressed images.
///
/// Source: FITS Standard 4.0, §10.4.1; the choice of parameters is cfitsio's, byte for byte.
public enum RCOMP: MeasurableCodec {
  public static var name: CodecError.Name { "rcomp" }

  public struct Options: Sendable, Hashable {
    /// Size of an integer in machine byte order: 1, 2 or 4.
    public var elementByteCount: Int
    /// Integers that share a parameter, at least 1.
    public var blockLength: Int
    /// Decoding: how many integers there are; the data do not say.
    public var elementCount: Int

    public init(elementByteCount: Int, blockLength: Int = 32, elementCount: Int = 0) {
      self.elementByteCount = elementByteCount
      self.blockLength = blockLength
      self.elementCount = elementCount
    }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    encodedByteCountBound(for: byteCount, options: Options(elementByteCount: 1))
  }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    // A value takes less than three bits more than it has, a block five; eight bytes to spare.
    let count = byteCount / max(options.elementByteCount, 1)
    return byteCount + (count * 3 + count / max(options.blockLength, 1) * 5) / 8 + 16
  }

  /// Appends the coded integers of `source`.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when there are not whole integers of 1, 2 or 4 bytes.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) {
    try check(options)
    _ = try wholeElements(source, byteCount: options.elementByteCount, codec: name)
    guard source.byteCount > 0 else { return }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      switch options.elementByteCount {
      case 1: try encodeBlocks(UInt8.self, source, into: &output, options)
      case 2: try encodeBlocks(UInt16.self, source, into: &output, options)
      default: try encodeBlocks(UInt32.self, source, into: &output, options)
      }
    }
  }

  /// Appends the integers; what follows them is left.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`; `invalidArgument` for integers that do not have
  ///   1, 2 or 4 bytes.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options
  ) throws(CodecError) -> Int {
    let byteCount = try decodedByteCount(of: source, options: options, limits: .unbounded)
    try output.require(byteCount, codec: name)
    guard byteCount > 0 else { return 0 }
    switch options.elementByteCount {
    case 1: return try decodeBlocks(UInt8.self, source, into: &output, options)
    case 2: return try decodeBlocks(UInt16.self, source, into: &output, options)
    default: return try decodeBlocks(UInt32.self, source, into: &output, options)
    }
  }

  public static func decodedByteCount(
    of source: RawSpan, options: Options, limits: Limits
  ) throws(CodecError) -> Int {
    try check(options)
    let count = options.elementCount
    // The shortest block is a parameter of three bits or more.
    let blocks = count / options.blockLength
    guard count >= 0, blocks / 3 <= source.byteCount else {
      throw CodecError(
        .truncated(needed: blocks / 3 - source.byteCount), codec: name, "too few bytes", at: 0)
    }
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: options.elementByteCount)
    try limits.check(overflow ? .max : byteCount, .outputBytes, codec: name)
    return byteCount
  }

  private static func check(_ options: Options) throws(CodecError) {
    guard [1, 2, 4].contains(options.elementByteCount), options.blockLength > 0,
      options.elementCount >= 0
    else {
      throw CodecError(
        .invalidArgument, codec: name, part: "options", "not a size of integers or blocks")
    }
  }
}

/// An unsigned integer with what its size says about its code.
protocol RiceInteger: FixedWidthInteger & UnsignedInteger & BitwiseCopyable {
  /// Bits of a block's parameter.
  static var parameterBitCount: Int { get }
  /// The parameter from which on values are stored as they are.
  static var parameterLimit: Int { get }
}

extension UInt8: RiceInteger {
  static var parameterBitCount: Int { 3 }
  static var parameterLimit: Int { 6 }
}
extension UInt16: RiceInteger {
  static var parameterBitCount: Int { 4 }
  static var parameterLimit: Int { 14 }
}
extension UInt32: RiceInteger {
  static var parameterBitCount: Int { 5 }
  static var parameterLimit: Int { 25 }
}
