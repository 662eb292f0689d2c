// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Arithmetic coding of blocks, the mirror image of ``ArithmeticDecoder``.
  /// Source: T.81 F.1.4, G.1.3.
  struct ArithmeticEncoder: ~Copyable, ~Escapable {
    var writer: ArithmeticWriter
    private var statistics: MutableSpan<UInt8>
    private var bytes: MutableSpan<UInt8>
    private let states: Span<UInt32>
    private let zigzag: Span<UInt8>
    private let conditioning: ArithmeticConditioning
    var differences: InlineArray<4, Int>

    /// Sixteen DC tables of 64 bins, sixteen AC tables of 256, and one bin that never changes.
    static var startStatistics: [UInt8] { [UInt8](repeating: 0, count: fixedBin) + [113] }
    private static var acBins: Int { 16 * ArithmeticBins.dcCount }
    private static var fixedBin: Int { 16 * ArithmeticBins.count }

    @_lifetime(copy statistics, copy bytes, copy states, copy zigzag)
    init(
      _ writer: ArithmeticWriter, _ statistics: consuming MutableSpan<UInt8>,
      _ bytes: consuming MutableSpan<UInt8>, _ states: Span<UInt32>, _ zigzag: Span<UInt8>,
      _ conditioning: ArithmeticConditioning, _ differences: InlineArray<4, Int>
    ) {
      self.writer = writer
      self.statistics = statistics
      self.bytes = bytes
      self.states = states
      self.zigzag = zigzag
      self.conditioning = conditioning
      self.differences = differences
    }

    @inline(always)
    @_lifetime(self: copy self)
    private mutating func add(_ decision: Bool, _ bin: Int) {
      writer.add(decision, bin, &statistics, states, &bytes)
    }

    /// The difference of a DC coefficient. Source: T.81 F.1.4.1, F.1.4.4.1.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func add(difference: Int32, component: Int, table: Int) {
      let base = table &* ArithmeticBins.dcCount
      let bin = base &+ differences[component]
      add(difference != 0, bin)
      guard difference != 0 else {
        differences[component] = 0
        return
      }
      let isNegative = difference < 0
      add(isNegative, bin &+ 1)
      let rest = difference.magnitude &- 1
      let size = 32 &- rest.leadingZeroBitCount
      add(size > 0, bin &+ (isNegative ? 3 : 2))
      if size > 0 { add(rest, size, from: 1, base &+ ArithmeticBins.dcSizes) }
      // How large this difference is chooses the statistics of the next.
      let highest: UInt32 = (1 &<< UInt32(truncatingIfNeeded: size)) &>> 1
      let lower = (UInt32(1) &<< UInt32(conditioning.dcLower[table])) &>> 1
      let upper = (UInt32(1) &<< UInt32(conditioning.dcUpper[table])) &>> 1
      let category = highest < lower ? 0 : highest > upper ? 12 : 4
      differences[component] = category == 0 ? 0 : category &+ (isNegative ? 4 : 0)
    }

    /// How many bits a number has, when it is known that there are `from`, one by one from `first`
    /// on; then the bits below the highest one. Source: T.81 F.1.4.3.
    @inline(always)
    @_lifetime(self: copy self)
    private mutating func add(_ number: UInt32, _ size: Int, from: Int, _ first: Int) {
      var bin = first
      var known = from
      while known < size {
        add(true, bin)
        bin &+= 1
        known &+= 1
      }
      add(false, bin)
      var bit = size &- 2
      while bit >= 0 {
        add(
          number &>> UInt32(truncatingIfNeeded: bit) & 1 != 0, bin &+ ArithmeticBins.sizeToBits)
        bit &-= 1
      }
    }

    /// The AC coefficients of a sequential block, or of a first scan's without their `low` lowest
    /// bits. Source: T.81 F.1.4.2, G.1.3.2.
    ///
    /// - Parameter map: those that are not zero.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func add(
      _ values: Span<Int16>, at first: Int, map: UInt64, band: ClosedRange<Int>, low: Int,
      table: Int
    ) {
      let bins = Self.acBins &+ ArithmeticBins.acCount &* table
      let threshold = Int(conditioning.acThreshold[table])
      var (map, k) = (map, band.lowerBound)
      while map != 0 {
        add(false, bins &+ 3 &* (k &- 1))
        k = skip(from: k, to: map.trailingZeroBitCount, bins)
        map &= map &- 1
        let bin = bins &+ 3 &* (k &- 1)
        add(true, bin &+ 1)
        let value = Int32(values[first &+ Int(zigzag[k])])
        add(value < 0, Self.fixedBin)
        let rest = value.magnitude &>> UInt32(truncatingIfNeeded: low) &- 1
        let size = 32 &- rest.leadingZeroBitCount
        add(size > 0, bin &+ 2)
        if size > 0 {
          add(size > 1, bin &+ 2)
          if size > 1 {
            add(rest, size, from: 2, bins &+ ArithmeticBins.acSizes(k, threshold: threshold))
          }
        }
        k &+= 1
      }
      if k <= band.upperBound { add(true, bins &+ 3 &* (k &- 1)) }
    }

    /// Coefficients that are zero, up to the one at `end`.
    @inline(always)
    @_lifetime(self: copy self)
    private mutating func skip(from start: Int, to end: Int, _ bins: Int) -> Int {
      var k = start
      while k < end {
        add(false, bins &+ 3 &* (k &- 1) &+ 1)
        k &+= 1
      }
      return k
    }

    /// A bit of a DC coefficient.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func add(bit: Bool) { add(bit, Self.fixedBin) }

    /// A block of a refinement scan. Source: T.81 G.1.3.3.
    ///
    /// - Parameters:
    ///   - map: the coefficients that are not zero at this scan's precision.
    ///   - earlier: those that were not zero before.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func refine(
      _ values: Span<Int16>, at first: Int, map: UInt64, earlier: UInt64, band: ClosedRange<Int>,
      low: Int, table: Int
    ) {
      let bins = Self.acBins &+ ArithmeticBins.acCount &* table
      // No end of block is coded before the last coefficient that is known.
      let lastKnown = 63 &- earlier.leadingZeroBitCount
      var (map, k) = (map, band.lowerBound)
      while map != 0 {
        if k > lastKnown { add(false, bins &+ 3 &* (k &- 1)) }
        k = skip(from: k, to: map.trailingZeroBitCount, bins)
        map &= map &- 1
        let bin = bins &+ 3 &* (k &- 1)
        let value = values[first &+ Int(zigzag[k])]
        if earlier &>> UInt64(truncatingIfNeeded: k) & 1 != 0 {
          add(value.magnitude &>> UInt16(truncatingIfNeeded: low) & 1 != 0, bin &+ 2)
        } else {
          add(true, bin &+ 1)
          add(value < 0, Self.fixedBin)
        }
        k &+= 1
      }
      if k <= band.upperBound { add(true, bins &+ 3 &* (k &- 1)) }
    }
  }
}
