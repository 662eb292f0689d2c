// SPDX-License-Identifier: Apache-2.0

/// Lossy preparation of floats for compression: bits that do not matter become zero.
///
/// There is no way back. Infinities, NaN and netCDF's fill value stay as they are; under
/// ``Mode/scale`` the fill value is scaled like any other.
///
/// Source: netCDF-C, `nc_def_var_quantize` and `nc4var.c`; Zender, "Bit Grooming", 2016; Kouznetsov,
/// "A note on precision-preserving compression of scientific data", 2021.
public enum Quantize {
  public static var name: CodecError.Name { "quantize" }

  /// What decides which bits matter.
  public enum Mode: Sendable, Hashable {
    /// Keeps the bits that a number of significant decimal digits needs: cleared in the elements of
    /// even index, set in those of odd index.
    case bitGroom(digits: Int)
    /// Keeps a number of bits of the mantissa, rounded to nearest.
    case bitRound(bits: Int)
    /// Keeps the bits that a number of significant decimal digits needs in each value, rounded.
    case granularBitRound(digits: Int)
    /// Rounds to multiples of a power of two that keep a number of decimal places.
    case scale(digits: Int)
  }

  /// What the elements are.
  public enum Element: Int, Sendable, Hashable {
    case float32 = 4
    case float64 = 8

    /// Explicit bits of the mantissa.
    var mantissaBitCount: Int { self == .float32 ? 23 : 52 }
  }

  static var fillValue: Double { 9.9692099683868690e+36 }

  /// Appends the quantized elements of `source`.
  ///
  /// - Throws: `invalidArgument` when the bytes are not whole elements or the mode keeps no bits or
  ///   all bits; `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, mode: Mode, element: Element
  ) throws(CodecError) {
    _ = try wholeElements(source, byteCount: element.rawValue, codec: name)
    try output.require(source.byteCount, codec: name)
    switch mode {
    case .bitGroom(let digits):
      guard 1...20 ~= digits else { throw badDigits() }
      let dropped = try droppedBits(keeping: ceiling(Double(digits) * log2Of10) + 1, element)
      groom(source, into: &output, element, droppedBits: dropped)
    case .bitRound(let bits):
      round(source, into: &output, element, droppedBits: try droppedBits(keeping: bits, element))
    case .granularBitRound(let digits):
      guard 1...20 ~= digits else { throw badDigits() }
      roundGranular(source, into: &output, element, digits: digits)
    case .scale(let digits):
      guard 0...20 ~= digits else { throw badDigits() }
      var tens = 1.0
      for _ in 0..<digits { tens *= 10 }
      var factor = 1.0
      while factor < tens { factor *= 2 }
      scale(source, into: &output, element, factor: factor)
    }
  }

  private static func badDigits() -> CodecError {
    CodecError(.invalidArgument, codec: name, part: "mode", "the number of digits is out of range")
  }

  private static func droppedBits(keeping count: Int, _ element: Element) throws(CodecError) -> Int
  {
    guard 1..<element.mantissaBitCount ~= count else {
      throw CodecError(
        .invalidArgument, codec: name, part: "mode", "keeps none or all bits of the mantissa")
    }
    return element.mantissaBitCount - count
  }
}

extension Quantize {
  static var log2Of10: Double { 3.321_928_094_887_362_3 }
  static var log10Of2: Double { 0.301_029_995_663_981_2 }
  static var log10OfE: Double { 0.434_294_481_903_251_8 }

  /// Bits of the mantissa of `value`, finite and not 0, that `digits` significant digits need.
  ///
  /// Source: netCDF-C, `nc4var.c`, "Granular BitRound".
  static func keptBits(of value: Double, digits: Int) -> Int {
    // value = mantissa · 2^exponent with a mantissa from 0.5 to 1.
    let exponent = Int(value.exponent) + 1
    let log = log10(value.significand) - log10Of2
    let decimals = floor(Double(exponent) * log10Of2 + log) + 1
    let power = floor(log2Of10 * Double(decimals - digits))
    return abs(floor(Double(exponent) - log2Of10 * log) - power) - 1
  }

  /// The decimal logarithm of a number from 1 to 2, by the series of the inverse hyperbolic tangent.
  private static func log10(_ x: Double) -> Double {
    let isLarge = x > 1.414_213_562_373_095
    let y = isLarge ? x / 2 : x
    let s = (y - 1) / (y + 1)
    let square = s * s
    // |s| ≤ 0.172: the terms left out are below 2^-57. In halves, that do not wait for each other.
    let fourth = square * square
    let (low, high) = (
      1 + fourth
        * (1.0 / 5 + fourth * (1.0 / 9 + fourth * (1.0 / 13 + fourth * (1.0 / 17 + fourth / 21)))),
      1.0 / 3 + fourth * (1.0 / 7 + fourth * (1.0 / 11 + fourth * (1.0 / 15 + fourth / 19)))
    )
    let sum = low + square * high
    return (isLarge ? log10Of2 : 0) + 2 * s * sum * log10OfE
  }

  /// The largest integer up to `x`, which is small.
  @inline(__always)
  static func floor(_ x: Double) -> Int {
    let truncated = Int(x)
    return Double(truncated) > x ? truncated - 1 : truncated
  }

  private static func ceiling(_ x: Double) -> Int { -floor(-x) }
}
