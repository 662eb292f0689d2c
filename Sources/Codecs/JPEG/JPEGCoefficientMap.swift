// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Which coefficients of a block are not zero, one bit each.
  ///
  /// ``FDCT`` gives the bits row by row. Coding wants them in zigzag order: then the position of a
  /// bit is the coefficient's place in the scan, and the distance to the bit before is the run of
  /// zeros between.
  enum CoefficientMap {
    /// For row `v` with the bits `b`, entry `256v + b` has the same bits in zigzag order.
    static let zigzag: [UInt64] = {
      var positions = [Int](repeating: 0, count: 64)
      for (k, position) in JPEG.zigzag[..<64].enumerated() { positions[Int(position)] = k }
      var table = [UInt64](repeating: 0, count: 8 * 256)
      for v in 0..<8 {
        for bits in 1..<256 {
          let u = bits.trailingZeroBitCount
          table[256 * v + bits] =
            table[256 * v + (bits & (bits - 1))] | 1 << UInt64(positions[8 * v + u])
        }
      }
      return table
    }()
  }
}
