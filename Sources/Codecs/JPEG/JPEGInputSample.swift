// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The two widths of samples that are transformed: `UInt8`, and `UInt16` for 12 bits.
  ///
  /// Offsets and counts are in samples.
  protocol InputSample: Sample {
    /// What divisors are made of; every table has the same number of them.
    associatedtype Divisor: Sendable
    static func divisors(_ table: QuantizationTable) -> [Divisor]

    static func convertRGB(
      _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<Self>,
      at targets: ForwardColor.Targets)
    static func convertCMYK(
      _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<Self>,
      at targets: ForwardColor.Targets)
    static func copyChannel(
      _ source: RawSpan, at offset: Int, step: Int, count: Int,
      into buffer: inout MutableSpan<Self>, at target: Int)
    /// Means of pairs, rounded down and up in turn.
    static func halveWidth(
      _ buffer: inout MutableSpan<Self>, from source: Int, to target: Int, count: Int)
    /// Means of squares of four, with 1/4 and 2/4 added in turn.
    static func halveBoth(
      _ buffer: inout MutableSpan<Self>, from first: Int, and second: Int, to target: Int,
      count: Int)
    /// Transforms and quantises `count` neighbouring blocks of a component.
    static func transform(
      _ samples: Span<Self>, at offset: Int, stride: Int, count: Int, _ divisors: Span<Divisor>,
      into coefficients: inout Coefficients, at block: Int)
  }
}

extension UInt8: JPEG.InputSample {
  static func divisors(_ table: JPEG.QuantizationTable) -> [SIMD8<UInt16>] {
    JPEG.Divisors(table).values
  }

  @inline(always)
  static func convertRGB(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<UInt8>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    JPEG.ForwardColor.convertRGB(source, at: offset, count: count, into: &buffer, at: targets)
  }

  @inline(always)
  static func convertCMYK(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<UInt8>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    JPEG.ForwardColor.convertCMYK(source, at: offset, count: count, into: &buffer, at: targets)
  }

  @inline(always)
  static func copyChannel(
    _ source: RawSpan, at offset: Int, step: Int, count: Int,
    into buffer: inout MutableSpan<UInt8>, at target: Int
  ) {
    JPEG.ForwardColor.copyChannel(
      source, at: offset, step: step, count: count, into: &buffer, at: target)
  }

  @inline(always)
  static func halveWidth(
    _ buffer: inout MutableSpan<UInt8>, from source: Int, to target: Int, count: Int
  ) {
    JPEG.Downsample.halveWidth(&buffer, from: source, to: target, count: count)
  }

  @inline(always)
  static func halveBoth(
    _ buffer: inout MutableSpan<UInt8>, from first: Int, and second: Int, to target: Int,
    count: Int
  ) {
    JPEG.Downsample.halveBoth(&buffer, from: first, and: second, to: target, count: count)
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
