// SPDX-License-Identifier: Apache-2.0

#if canImport(X86Kernels) && arch(x86_64) && os(Linux)
  internal import X86Kernels
  internal import X86WideKernels
#endif

extension Adler32 {
  /// Whether this processor adds in vectors of 32 bytes.
  static var hasWideVectors: Bool {
    #if canImport(X86Kernels) && arch(x86_64) && os(Linux)
      CPU.hasWideVectors
    #else
      false
    #endif
  }

  /// The sums after `bytes`.
  static func advance(_ checksum: UInt32, _ bytes: RawSpan) -> UInt32 {
    advance(checksum, bytes, wide: hasWideVectors)
  }

  /// - Parameter wide: whether to add in vectors of 32 bytes; only where ``hasWideVectors``.
  @inline(never)
  static func advance(_ checksum: UInt32, _ bytes: RawSpan, wide: Bool) -> UInt32 {
    var (a, b) = (checksum & 0xFFFF, checksum >> 16)
    // Bytes between two reductions: whole groups, few enough that columns of bytes stay below 2^15
    // and the second sum, 5,552 bytes of 255 at most, below 2^32.
    let (blockByteCount, groupByteCount) = wide ? (5_504, 64) : (4_096, 32)
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      // In bounds: i < end ≤ count throughout, and whole groups lie below `groupEnd`.
      var i = 0
      while i < bytes.count {
        let end = min(i &+ blockByteCount, bytes.count)
        let groupEnd = i &+ (end &- i) & ~(groupByteCount &- 1)
        if i < groupEnd {
          unsafe add(base + i, groupEnd &- i, &a, &b, wide)
          i = groupEnd
        }
        while i < end {
          a &+= unsafe UInt32(base.load(fromByteOffset: i, as: UInt8.self))
          b &+= a
          i &+= 1
        }
        a %= modulus
        b %= modulus
      }
    }
    return b << 16 | a
  }

  /// Adds `count` bytes, whole groups.
  @inline(__always)
  private static func add(
    _ base: UnsafeRawPointer, _ count: Int, _ a: inout UInt32, _ b: inout UInt32, _ wide: Bool
  ) {
    #if canImport(X86Kernels) && arch(x86_64) && os(Linux)
      if wide {
        return Adler32Wide.add(unsafe RawSpan(_unsafeStart: base, byteCount: count), &a, &b)
      }
    #endif
    unsafe add(base, count, &a, &b)
  }

  /// Adds `count` bytes, a multiple of 32 up to 4,096.
  ///
  /// A byte counts in the second sum as often as there are bytes from it to the end: 32 times for
  /// each group of 32 after its own, and 32 … 1 times by its place in the group. The former is the
  /// sum of the first sums before each group; for the latter bytes of the same place are added up
  /// in a column and weighted at the end.
  @inline(__always)
  private static func add(
    _ base: UnsafeRawPointer, _ count: Int, _ a: inout UInt32, _ b: inout UInt32
  ) {
    var sum = SIMD4<UInt32>()
    var sumsBefore = SIMD4<UInt32>()
    var (column0, column1) = (SIMD8<UInt16>(), SIMD8<UInt16>())
    var (column2, column3) = (SIMD8<UInt16>(), SIMD8<UInt16>())
    let zero = SIMD16<UInt8>()
    var i = 0
    // In bounds: i + 32 ≤ count.
    while i < count {
      let first = unsafe base.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
      let second = unsafe base.loadUnaligned(fromByteOffset: i &+ 16, as: SIMD16<UInt8>.self)
      sumsBefore &+= sum
      sum &+= Lanes.sumsOfEight(first) &+ Lanes.sumsOfEight(second)
      column0 &+= Lanes.zipLow(first, zero).lanes16
      column1 &+= Lanes.zipHigh(first, zero).lanes16
      column2 &+= Lanes.zipLow(second, zero).lanes16
      column3 &+= Lanes.zipHigh(second, zero).lanes16
      i &+= 32
    }
    b &+= a &* UInt32(truncatingIfNeeded: count)
    a &+= sum.wrappedSum()
    let places =
      Lanes.multiplyAddPairs(signed(column0), [32, 31, 30, 29, 28, 27, 26, 25])
      &+ Lanes.multiplyAddPairs(signed(column1), [24, 23, 22, 21, 20, 19, 18, 17])
      &+ Lanes.multiplyAddPairs(signed(column2), [16, 15, 14, 13, 12, 11, 10, 9])
      &+ Lanes.multiplyAddPairs(signed(column3), [8, 7, 6, 5, 4, 3, 2, 1])
    b &+= 32 &* sumsBefore.wrappedSum() &+ UInt32(bitPattern: places.wrappedSum())
  }

  /// Columns stay below 2^15: 128 × 255.
  @inline(__always)
  private static func signed(_ lanes: SIMD8<UInt16>) -> SIMD8<Int16> {
    SIMD8<Int16>(truncatingIfNeeded: lanes)
  }
}
