// SPDX-License-Identifier: Apache-2.0

// imageio's `image_as_uint`, under names that say what is done. imageio applies it unasked when a
// format cannot hold a type; here nothing is scaled unless one of these is called.
extension NDArray {
  /// imageio's `image_as_uint(im, bitdepth=8)`: whatever the type, uint8.
  ///
  /// uint8 stays; uint16, uint32 and uint64 keep their high byte; floats within [0, 1] are scaled
  /// to [0, 255]; everything else is **stretched** so that its least value becomes 0 and its
  /// greatest 255. A constant array is cast and wraps.
  ///
  /// - Throws: `invalidArgument` for bool, complex and empty arrays and for infinite extremes.
  public func stretchedToUInt8() throws(CodecError) -> NDArray {
    try stretched(to: .uint8, bits: 8)
  }

  /// imageio's `image_as_uint(im, bitdepth=16)`: as ``stretchedToUInt8()``, to uint16.
  ///
  /// uint8 is stretched too, not multiplied by 257.
  public func stretchedToUInt16() throws(CodecError) -> NDArray {
    try stretched(to: .uint16, bits: 16)
  }

  private func stretched(to target: DType, bits: Int) throws(CodecError) -> NDArray {
    guard dtype != target else { return self }
    guard dtype != .bool, !dtype.isComplex, count > 0 else {
      throw CodecError(.invalidArgument, codec: "array", "cannot be stretched to an integer type")
    }
    let top = Double((1 << bits) - 1)
    if dtype == .uint16 && bits == 8 || dtype == .uint32 || dtype == .uint64 {
      return try highBits(to: target, bits: bits)
    }
    let values = try cast(to: .float64)
    let (low, high) = values.extremes()
    if dtype.isFloat, low >= 0, high <= 1 {
      return try values.mapped(to: target) { $0 * top + 0.499_999_999 }
    }
    guard low.isFinite, high.isFinite else {
      throw CodecError(.invalidArgument, codec: "array", "least or greatest value is not finite")
    }
    if low == high { return try cast(to: target, rounding: .towardZero, overflow: .wrap) }
    return try values.mapped(to: target) { ($0 - low) / (high - low) * top + 0.499_999_999 }
  }

  private func highBits(to target: DType, bits: Int) throws(CodecError) -> NDArray {
    let wide = try cast(to: .uint64)
    let shift = UInt64(dtype.byteCount * 8 - bits)
    let shifted = wide.array(as: UInt64.self).map { $0 >> shift }
    return try NDArray(shifted, shape: shape).cast(to: target)
  }

  /// Least and greatest value of a float64 array; NaN counts as neither.
  private func extremes() -> (low: Double, high: Double) {
    var (low, high) = (Double.infinity, -Double.infinity)
    let values = elements(as: Double.self)
    for i in values.indices where !values[i].isNaN {
      low = min(low, values[i])
      high = max(high, values[i])
    }
    return low <= high ? (low, high) : (.nan, .nan)
  }

  private func mapped(
    to target: DType, _ transform: (Double) -> Double
  ) throws(CodecError) -> NDArray {
    let values = array(as: Double.self).map(transform)
    return try NDArray(values, shape: shape).cast(to: target, rounding: .towardZero)
  }
}
