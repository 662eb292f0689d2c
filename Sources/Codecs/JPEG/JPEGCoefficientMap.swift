// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Which coefficients of a block are not zero, one bit each.
  ///
  /// ``FDCT`` gives the bits column by column, because that needs no gathering across lanes. Coding
  /// wants them in zigzag order: then the position of a bit is the coefficient's place in the scan,
  /// and the distance to the bit before is the run of zeros between.
  enum CoefficientMap {
    /// For column `u` with the bits `b`, entry `256u + b` has the same bits in zigzag order.
    static let zigzag: [UInt64] = {
      var positions = [Int](repeating: 0, count: 64)
      for (k, position) in JPEG.zigzag[..<64].enumerated() { positions[Int(position)] = k }
      var table = [UInt64](repeating: 0, count: 8 * 256)
      for u in 0..<8 {
        for bits in 1..<256 {
          let v = bits.trailingZeroBitCount
          table[256 * u + bits] =
            table[256 * u + (bits & (bits - 1))] | 1 << UInt64(positions[8 * v + u])
        }
      }
      return table
    }()

    /// The map of `columns` in zigzag order.
    ///
    /// - Parameter table: ``zigzag``.
    @inline(always)
    static func zigzag(_ columns: UInt64, _ table: Span<UInt64>) -> UInt64 {
      var map: UInt64 = 0
      for u in 0..<8 {
        map |= table[256 &* u &+ Int(truncatingIfNeeded: columns &>> UInt64(8 &* u) & 255)]
      }
      return map
    }
  }
}
