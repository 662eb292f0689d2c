// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The two widths that samples are decoded in: `UInt8`, and `UInt16` for all above 8 bits.
  protocol Sample: FixedWidthInteger, UnsignedInteger, BitwiseCopyable, Sendable {
    /// Transforms a block into 8 × 8 samples; leaves its coefficients zero when told to.
    static func transform(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int,
      into plane: inout MutableSpan<Self>, at offset: Int, stride: Int, clears: Bool)
    /// Transforms a block into as many samples as ``JPEG/ScaledIDCT`` knows.
    static func transformScaled(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<Self>,
      at offset: Int, stride: Int, unit: Int, clears: Bool)
    /// Transforms a block into 4 × 4, 2 × 2 or one sample.
    static func transformReduced(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<Self>,
      at offset: Int, stride: Int, unit: Int, clears: Bool)
    /// Emits a row by vector code; `false` when there is none for the case.
    static func emitFast(
      _ bands: inout Bands<Self>, _ conversion: Conversion, largest: Self, row y: Int, band: Int,
      into output: inout MutableRawSpan, at offset: Int
    ) -> Bool
    /// Samples of a DCT frame are limited to these bits.
    static var bitCount: Int { get }
    /// What is left of a transformed value that does not fit, before it is limited.
    static func wrapped(_ value: Int64) -> Int64
    /// Bits that the inverse DCT keeps between its passes.
    static var passBits: Int64 { get }
  }
}

extension JPEG.Sample {
  /// A transformed value, which is around zero, as a sample.
  @inline(__always)
  static func limited(_ value: Int64) -> Self {
    let centre: Int64 = 1 << (Int64(bitCount) - 1)
    return Self(
      truncatingIfNeeded: Swift.min(Swift.max(wrapped(value) &+ centre, 0), 2 &* centre &- 1))
  }

  /// Transforms a block into `unit` × `unit` samples.
  @inline(always)
  static func transform(
    _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
    quantization: Span<Int16>, at table: Int, into plane: inout MutableSpan<Self>,
    at offset: Int, stride: Int, unit: Int, clears: Bool
  ) {
    if unit == JPEG.blockSize {
      transform(
        &coefficients, at: first, last: last, quantization: quantization, at: table,
        into: &plane, at: offset, stride: stride, clears: clears)
    } else if JPEG.ScaledIDCT.has(unit) {
      transformScaled(
        &coefficients, at: first, last: last, quantization: quantization, at: table,
        into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
    } else {
      transformReduced(
        &coefficients, at: first, last: last, quantization: quantization, at: table,
        into: &plane, at: offset, stride: stride, unit: unit, clears: clears)
    }
  }
}
