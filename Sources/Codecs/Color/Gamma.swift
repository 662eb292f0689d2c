// SPDX-License-Identifier: Apache-2.0

extension NDArray {
  /// The image with its colours, not its alpha, raised to the power `exponent`.
  ///
  /// Samples are fractions of the largest value. As imageio computes it, `x` becomes
  /// `round(x^exponent * largest + 0.4999)`; unlike imageio, 16 bits stay 16 bits.
  /// `self` is `[height, width]` or `[height, width, channels]` of uint8 or uint16; other types are
  /// returned as they are.
  public func applyingGamma(_ exponent: Double) throws(CodecError) -> NDArray {
    guard dtype == .uint8 || dtype == .uint16, exponent > 0, exponent.isFinite else { return self }
    let channels = rank == 3 ? shape[2] : 1
    let alpha = channels == 2 || channels == 4 ? channels - 1 : channels
    var result = self
    if dtype == .uint8 {
      let table = gammaTable(exponent, largest: 255).map { UInt8($0) }
      try result.withMutableElements(as: UInt8.self) { (samples) throws(CodecError) in
        for i in 0..<samples.count where i % channels != alpha {
          samples[i] = table[Int(samples[i])]
        }
      }
    } else {
      let table = gammaTable(exponent, largest: 65535)
      try result.withMutableElements(as: UInt16.self) { (samples) throws(CodecError) in
        for i in 0..<samples.count where i % channels != alpha {
          samples[i] = table[Int(samples[i])]
        }
      }
    }
    return result
  }
}

private func gammaTable(_ exponent: Double, largest: Int) -> [UInt16] {
  let scale = Double(largest)
  return (0...largest).map {
    let value = power(Double($0) / scale, exponent) * scale + 0.4999
    return UInt16(min(value.rounded(.toNearestOrEven), scale))
  }
}

/// `x` to the power of `y`, for `x` in `0...1` and positive `y`; good to about 14 digits.
///
/// The C library's function is not there for code without imports.
func power(_ x: Double, _ y: Double) -> Double {
  guard x > 0 else { return 0 }
  // log2: the significand is taken to 0.7...1.4, where the series of the area tangent converges.
  var exponent = Double(x.exponent)
  var significand = x.significand
  if significand > 1.4142135623730951 {
    significand /= 2
    exponent += 1
  }
  let t = (significand - 1) / (significand + 1)
  let square = t * t
  var sum = 0.0
  for k in stride(from: 31.0, through: 1, by: -2) { sum = sum * square + 1 / k }
  let logarithm = (exponent + 2 * t * sum * 1.4426950408889634) * y
  // 2 to that power: the whole part is an exponent, the rest a series.
  let whole = logarithm.rounded()
  guard whole > -1000 else { return 0 }
  let rest = (logarithm - whole) * 0.6931471805599453
  var result = 1.0
  for k in stride(from: 20.0, through: 1, by: -1) { result = 1 + rest * result / k }
  return Double(sign: .plus, exponent: Int(whole), significand: result)
}
