// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The two widths of samples that are transformed: `UInt8`, and `UInt16` for 12 bits.
  ///
  /// Offsets and counts are in samples.
  protocol InputSample: Sample {
    associatedtype Forward: ForwardLoops
    /// What divisors are made of; every table has the same number of them.
    associatedtype Divisor: Sendable
    static func divisors(_ table: QuantizationTable) -> [Divisor]

    /// Transforms and quantises `count` neighbouring blocks of a component.
    static func transform(
      _ samples: Span<Self>, at offset: Int, stride: Int, count: Int, _ divisors: Span<Divisor>,
      into coefficients: inout Coefficients, at block: Int)
  }
}

extension UInt8: JPEG.InputSample {
  typealias Forward = JPEG.ForwardColor

  static func divisors(_ table: JPEG.QuantizationTable) -> [SIMD8<UInt16>] {
    JPEG.Divisors(table).values
  }

  @inline(always)
  static func transform(
    _ samples: Span<UInt8>, at offset: Int, stride: Int, count: Int,
    _ divisors: Span<SIMD8<UInt16>>, into coefficients: inout JPEG.Coefficients, at block: Int
  ) {
    let zigzag = JPEG.CoefficientMap.zigzag
    JPEG.CoefficientKernels.transform(
      samples, at: offset, stride: stride, count: count, divisors, zigzag: zigzag.span,
      into: &coefficients.values, &coefficients.maps, at: block)
  }
}
