// SPDX-License-Identifier: Apache-2.0

/// A transform of array elements that keeps their number and size: delta, shuffles, bit order.
public protocol ArrayFilter: MeasurableCodec where EncodeOptions == DecodeOptions {}

extension ArrayFilter {
  public static func encodedByteCountBound(for byteCount: Int) -> Int { byteCount }

  public static func decodedByteCount(
    of source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> Int {
    try limits.check(source.byteCount, .outputBytes, codec: name)
    return source.byteCount
  }

  /// An array of the same shape and type whose bytes are the encoded ones of `array`.
  public static func encode(
    _ array: NDArray, options: EncodeOptions
  ) throws(CodecError) -> NDArray {
    let source = array.bytes
    return try NDArray(shape: array.shape, dtype: array.dtype, limits: .unbounded, codec: name) {
      (output) throws(CodecError) in
      try encode(source, into: &output, options: options)
    }
  }

  /// An array of the same shape and type whose bytes are the decoded ones of `array`.
  public static func decode(
    _ array: NDArray, options: DecodeOptions
  ) throws(CodecError) -> NDArray {
    let source = array.bytes
    return try NDArray(shape: array.shape, dtype: array.dtype, limits: .unbounded, codec: name) {
      (output) throws(CodecError) in
      try decode(source, into: &output, options: options)
    }
  }
}
