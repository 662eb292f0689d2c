// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The two widths that samples are decoded in: `UInt8`, and `UInt16` for all above 8 bits.
  protocol Sample: FixedWidthInteger, UnsignedInteger, BitwiseCopyable, Sendable {
    /// Transforms a block into samples; leaves its coefficients zero when told to.
    static func transform(
      _ coefficients: inout MutableSpan<Int16>, at first: Int, last: Int,
      quantization: Span<Int16>, at table: Int,
      into plane: inout MutableSpan<Self>, at offset: Int, stride: Int, clears: Bool)
    /// Emits a row by vector code; `false` when there is none for the case.
    static func emitFast(
      _ bands: inout Bands<Self>, _ conversion: Conversion, row y: Int, band: Int,
      into output: inout MutableRawSpan, at offset: Int
    ) -> Bool
  }
}
