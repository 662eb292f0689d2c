// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Where the statistics of the decisions about one table's coefficients are.
  ///
  /// Source: T.81 F.1.4.4.1.2, tables F.4 and F.5, F.1.4.4.2, table F.6.
  enum ArithmeticBins {
    /// Of a DC table: five times four, one of five chosen by the difference before, then those of
    /// sizes and bits.
    static var dcCount: Int { 64 }
    /// Of an AC table: three for each coefficient, then those of sizes and bits.
    static var acCount: Int { 256 }
    static var count: Int { dcCount + acCount }
    /// The first bin of sizes.
    static var dcSizes: Int { 20 }

    /// The first bin of sizes from 2 on of the coefficient `k`.
    @inline(always)
    static func acSizes(_ k: Int, threshold: Int) -> Int { k <= threshold ? 189 : 217 }
    /// From a size's bin to that of the bits below the highest one.
    static var sizeToBits: Int { 14 }
  }

  /// What is remembered between the blocks of an arithmetic-coded scan that is decoded.
  struct ArithmeticContext: Sendable {
    /// For each table number the bins of the DC table and of the AC table, as entries of
    /// ``arithmeticEntries``.
    var bins: [UInt64]
    /// For each component of the scan the bin that its last difference leads to.
    var differences: InlineArray<4, Int> = [0, 0, 0, 0]
    /// The last DC coefficient of each component of the scan.
    var predictors: InlineArray<4, Int32> = [0, 0, 0, 0]
    let conditioning: ArithmeticConditioning
    /// `nil` at the start of a restart interval.
    var reader: ArithmeticReader?

    /// Bytes that no block's code is longer than.
    static var blockByteCount: Int { 4_096 }

    /// - Parameter tableCount: the highest number of a table, and one.
    init(_ conditioning: ArithmeticConditioning, tableCount: Int) {
      self.conditioning = conditioning
      bins = [UInt64](
        repeating: JPEG.arithmeticEntries[0], count: tableCount * ArithmeticBins.count)
    }

    /// Forgets everything, at a restart marker.
    mutating func restart() {
      let start = JPEG.arithmeticEntries[0]
      for i in bins.indices { bins[i] = start }
      (differences, predictors, reader) = ([0, 0, 0, 0], [0, 0, 0, 0], nil)
    }
  }
}
