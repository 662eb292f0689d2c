// SPDX-License-Identifier: Apache-2.0

/// Options of ``Float24`` and ``BFloat16``.
public struct NarrowFloatOptions: Sendable, Hashable {
  /// Where a float goes that lies between two narrow ones.
  public enum Rounding: Sendable, Hashable, CaseIterable {
    /// To the nearer one, halfway to the one whose last bit is 0.
    case toNearest
    case up
    case down
    case towardZero
  }

  /// Byte order of the narrow floats; the wide ones are in that of the machine.
  public var isBigEndian: Bool
  /// For encoding.
  public var rounding: Rounding

  public init(isBigEndian: Bool = false, rounding: Rounding = .toNearest) {
    self.isBigEndian = isBigEndian
    self.rounding = rounding
  }
}

/// What ``Float24`` and ``BFloat16`` have in common: float32 in fewer bytes. NaN keeps its sign only.
public protocol NarrowFloat: MeasurableCodec
where EncodeOptions == NarrowFloatOptions, DecodeOptions == NarrowFloatOptions {
  /// Bytes of a narrow float.
  static var byteCount: Int { get }
  /// The bits of the narrow float that the float32 with these bits is rounded to.
  static func bits(of wide: UInt32, _ rounding: NarrowFloatOptions.Rounding) -> UInt32
  /// The bits of the float32 that equals the narrow float with these bits.
  static func wideBits(of narrow: UInt32) -> UInt32
}

extension NarrowFloat {
  public static func encodedByteCountBound(for wideByteCount: Int) -> Int {
    wideByteCount / 4 * byteCount
  }

  /// Appends each float32 of `source` as a narrow one.
  ///
  /// - Throws: `invalidArgument` when there are not whole floats, `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NarrowFloatOptions = .init()
  ) throws(CodecError) {
    let count = try wholeElements(source, byteCount: 4, codec: name)
    try output.require(count * byteCount, codec: name)
    encodeNarrowFloats(source, into: &output, byteCount, options)
  }

  /// Appends each narrow float of `source` as a float32.
  ///
  /// - Throws: `invalidArgument` when there are not whole floats, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NarrowFloatOptions = .init()
  ) throws(CodecError) -> Int {
    let count = try wholeElements(source, byteCount: byteCount, codec: name)
    try output.require(count * 4, codec: name)
    decodeNarrowFloats(source, into: &output, byteCount, options)
    return source.byteCount
  }

  public static func decodedByteCount(
    of source: RawSpan, options: NarrowFloatOptions, limits: Limits
  ) throws(CodecError) -> Int {
    let wideByteCount = try wholeElements(source, byteCount: byteCount, codec: name) * 4
    try limits.check(wideByteCount, .outputBytes, codec: name)
    return wideByteCount
  }
}

/// Floats of 24 bits: a sign, seven bits of exponent, 16 of mantissa. What is too large becomes
/// infinite whatever the rounding.
///
/// Source: Adobe Photoshop TIFF Technical Note 3, "Floating point image data", 24-bit format.
public enum Float24: NarrowFloat {
  public static var name: CodecError.Name { "float24" }
  public static var byteCount: Int { 3 }

  /// The 24 bits of the float32 with these bits.
  @inline(__always)
  public static func bits(of wide: UInt32, _ rounding: NarrowFloatOptions.Rounding) -> UInt32 {
    let sign = (wide &>> 31) &<< 23
    let magnitude = wide & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7F_8000 }
    // 64 is the difference of the biases: 127 and 63.
    let exponent = Int32(truncatingIfNeeded: magnitude &>> 23) &- 64
    if exponent >= 127 { return sign | 0x7F_0000 }
    if exponent > 0 {
      let shifted = magnitude &- 64 &<< 23
      return sign | rounded(shifted, 7, isNegative: sign != 0, rounding)
    }
    // Subnormal. Below a quarter of the least value all shifts round alike.
    let implied: UInt32 = magnitude &>> 23 == 0 ? 0 : 1 &<< 23
    let mantissa = magnitude & 0x7F_FFFF | implied
    let shift = UInt32(truncatingIfNeeded: min(8 &- exponent, 26))
    return sign | rounded(mantissa, shift, isNegative: sign != 0, rounding)
  }

  /// The bits of the float32 with these 24 bits.
  @inline(__always)
  public static func wideBits(of narrow: UInt32) -> UInt32 {
    let sign = narrow &<< 8 & 0x8000_0000
    let magnitude = narrow & 0x7F_FFFF
    let exponent = magnitude &>> 16
    if exponent == 127 {
      return sign | (magnitude == 0x7F_0000 ? 0x7F80_0000 : 0x7FC0_0000)
    }
    if exponent > 0 { return sign | magnitude &<< 7 &+ 64 &<< 23 }
    if magnitude == 0 { return sign }
    // The highest bit of a subnormal becomes the implied one.
    let shift = UInt32(truncatingIfNeeded: magnitude.leadingZeroBitCount) &- 8
    return sign | (65 &+ 7 &- shift) &<< 23 &+ (magnitude &<< shift) &- 1 &<< 23
  }
}

/// Floats of 16 bits that are the upper halves of float32.
public enum BFloat16: NarrowFloat {
  public static var name: CodecError.Name { "bfloat16" }
  public static var byteCount: Int { 2 }

  /// The float32 whose upper half these 16 bits are.
  @inline(__always)
  public static func wideBits(of narrow: UInt32) -> UInt32 { narrow &<< 16 }

  /// The 16 bits of the float32 with these bits.
  @inline(__always)
  public static func bits(of wide: UInt32, _ rounding: NarrowFloatOptions.Rounding) -> UInt32 {
    let sign = (wide &>> 31) &<< 15
    let magnitude = wide & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7FC0 }
    return sign | rounded(magnitude, 16, isNegative: sign != 0, rounding)
  }
}

/// How many elements `source` holds.
func wholeElements(
  _ source: RawSpan, byteCount: Int, codec: CodecError.Name
) throws(CodecError) -> Int {
  guard source.byteCount % byteCount == 0 else {
    throw CodecError(.invalidArgument, codec: codec, "the bytes are not whole elements")
  }
  return source.byteCount / byteCount
}

/// `magnitude` without its last `shift` bits, 1 to 31; a carry goes on into the exponent.
@inline(__always)
private func rounded(
  _ magnitude: UInt32, _ shift: UInt32, isNegative: Bool, _ rounding: NarrowFloatOptions.Rounding
) -> UInt32 {
  let kept = magnitude &>> shift
  let dropped = magnitude & (1 &<< shift &- 1)
  let half = UInt32(1) &<< (shift &- 1)
  let isAway =
    switch rounding {
    case .toNearest: dropped &+ (kept & 1) > half
    case .up: dropped != 0 && !isNegative
    case .down: dropped != 0 && isNegative
    case .towardZero: false
    }
  return kept &+ (isAway ? 1 : 0)
}
