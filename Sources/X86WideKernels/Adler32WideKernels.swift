// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  import Builtin

  /// The sums of Adler-32 in 32-byte vectors.
  ///
  /// Source: RFC 1950 §8.2.
  public enum Adler32Wide {
    /// ``add(_:_:_:)`` takes whole groups of this many bytes.
    public static var groupByteCount: Int { 64 }

    private typealias Vector = SIMD32<UInt8>
    private typealias Sums = SIMD8<UInt32>

    /// Adds `bytes` to both sums, without reducing them.
    ///
    /// A byte counts in the second sum as often as there are bytes from it to the end: 64 times for
    /// each group of 64 after its own, and 64 … 1 times by its place in the group.
    ///
    /// - Parameter bytes: whole groups, few enough that the second sum stays below 2^32; traps when
    ///   they are not whole.
    public static func add(_ bytes: RawSpan, _ a: inout UInt32, _ b: inout UInt32) {
      precondition(bytes.byteCount % groupByteCount == 0)
      let count = bytes.byteCount
      let ones = SIMD16<Int16>(repeating: 1)
      var (sum, sumsBefore) = (Sums(), Sums())
      var (places0, places1) = (Sums(), Sums())
      unsafe bytes.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        var i = 0
        // In bounds: i + 64 ≤ count.
        while i < count {
          let first = unsafe base.loadUnaligned(fromByteOffset: i, as: Vector.self)
          let second = unsafe base.loadUnaligned(fromByteOffset: i &+ 32, as: Vector.self)
          sumsBefore &+= sum
          sum &+= sumsOfEight(first) &+ sumsOfEight(second)
          places0 &+= weighted(first, firstWeights, ones)
          places1 &+= weighted(second, secondWeights, ones)
          i &+= 64
        }
      }
      b &+= a &* UInt32(truncatingIfNeeded: count)
      a &+= sum.wrappedSum()
      b &+= 64 &* sumsBefore.wrappedSum() &+ (places0 &+ places1).wrappedSum()
    }

    // How often a byte counts by its place in a group. Two neighbours come to 127 × 255 < 2^15.
    private static var firstWeights: SIMD32<Int8> {
      SIMD32(
        64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49,
        48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33)
    }
    private static var secondWeights: SIMD32<Int8> {
      SIMD32(
        32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
        16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
    }

    // The casts below are between vectors of the same size and layout.

    /// The sum of each eight bytes, in the even lanes.
    @inline(__always)
    private static func sumsOfEight(_ bytes: Vector) -> Sums {
      let bytes = unsafe unsafeBitCast(bytes, to: Builtin.Vec32xInt8.self)
      let zero = unsafe unsafeBitCast(Vector(), to: Builtin.Vec32xInt8.self)
      return unsafe unsafeBitCast(Builtin.int_x86_avx2_psad_bw(bytes, zero), to: Sums.self)
    }

    /// The sum of each four bytes times their weights.
    @inline(__always)
    private static func weighted(
      _ bytes: Vector, _ weights: SIMD32<Int8>, _ ones: SIMD16<Int16>
    ) -> Sums {
      let bytes = unsafe unsafeBitCast(bytes, to: Builtin.Vec32xInt8.self)
      let weights = unsafe unsafeBitCast(weights, to: Builtin.Vec32xInt8.self)
      let ones = unsafe unsafeBitCast(ones, to: Builtin.Vec16xInt16.self)
      let pairs = Builtin.int_x86_avx2_pmadd_ub_sw(bytes, weights)
      return unsafe unsafeBitCast(Builtin.int_x86_avx2_pmadd_wd(pairs, ones), to: Sums.self)
    }
  }
#endif
