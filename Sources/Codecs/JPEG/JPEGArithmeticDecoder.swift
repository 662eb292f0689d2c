// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Arithmetic decoding of the blocks of one row of MCUs. Source: T.81 F.2.4, G.2.
  struct ArithmeticDecoder: ~Copyable, ~Escapable {
    var reader: ArithmeticReader
    private var statistics: MutableSpan<UInt8>
    private let bytes: RawSpan
    private let states: Span<UInt32>
    private let zigzag: Span<UInt8>
    private let conditioning: ArithmeticConditioning
    var differences: InlineArray<4, Int>

    @_lifetime(copy statistics, copy bytes, copy states, copy zigzag)
    init(
      _ reader: ArithmeticReader, _ statistics: consuming MutableSpan<UInt8>, _ bytes: RawSpan,
      _ states: Span<UInt32>, _ zigzag: Span<UInt8>, _ conditioning: ArithmeticConditioning,
      _ differences: InlineArray<4, Int>
    ) {
      self.reader = reader
      self.statistics = statistics
      self.bytes = bytes
      self.states = states
      self.zigzag = zigzag
      self.conditioning = conditioning
      self.differences = differences
    }

    @inline(always)
    @_lifetime(self: copy self)
    private mutating func decision(_ bin: Int) -> Bool {
      reader.decision(bin, &statistics, states, bytes)
    }

    /// The difference of a DC coefficient. Source: T.81 F.1.4.4.1, figures F.19, F.21 … F.24.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func difference(component: Int, table: Int) -> Int32 {
      let base = table &* 64
      var bin = base &+ differences[component]
      guard decision(bin) else {
        differences[component] = 0
        return 0
      }
      let isNegative = decision(bin &+ 1)
      bin &+= isNegative ? 3 : 2
      var magnitude: Int32 = 0
      if decision(bin) {
        magnitude = 1
        bin = base &+ 20
        while decision(bin) {
          magnitude &<<= 1
          if magnitude == 0x8000 {
            reader.isLost = true
            return 0
          }
          bin &+= 1
        }
      }
      // How large this difference is chooses the statistics of the next.
      let lower = (Int32(1) &<< Int32(conditioning.dcLower[table])) &>> 1
      let upper = (Int32(1) &<< Int32(conditioning.dcUpper[table])) &>> 1
      let category = magnitude < lower ? 0 : magnitude > upper ? 12 : 4
      differences[component] = category == 0 ? 0 : category &+ (isNegative ? 4 : 0)
      let value = self.magnitude(magnitude, bin &+ 14)
      return isNegative ? 0 &- value : value
    }

    /// The bits below the highest one. Source: T.81 figure F.24.
    @inline(always)
    @_lifetime(self: copy self)
    private mutating func magnitude(_ highest: Int32, _ bin: Int) -> Int32 {
      var (value, bit) = (highest, highest &>> 1)
      while bit != 0 {
        if decision(bin) { value |= bit }
        bit &>>= 1
      }
      return value &+ 1
    }

    /// The AC coefficients of a sequential block, or of a first scan's, times `1 << low`.
    ///
    /// - Returns: a zigzag position behind which all coefficients are zero.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func coefficients(
      _ table: Int, into block: inout MutableSpan<Int16>, at first: Int,
      band: ClosedRange<Int>, low: Int
    ) -> Int {
      let bins = ArithmeticContext.acBins &+ 256 &* table
      let threshold = Int(conditioning.acThreshold[table])
      var k = band.lowerBound
      let end = band.upperBound
      while k <= end {
        var bin = bins &+ 3 &* (k &- 1)
        if decision(bin) { break }
        while !decision(bin &+ 1) {
          bin &+= 3
          k &+= 1
          if k > end {
            reader.isLost = true
            return end
          }
        }
        let isNegative = decision(ArithmeticContext.fixedBin)
        bin &+= 2
        var size: Int32 = 0
        if decision(bin) {
          size = 1
          if decision(bin) {
            size = 2
            bin = bins &+ (k <= threshold ? 189 : 217)
            while decision(bin) {
              size &<<= 1
              if size == 0x8000 {
                reader.isLost = true
                return end
              }
              bin &+= 1
            }
          }
        }
        let value = magnitude(size, bin &+ 14)
        block[first &+ Int(zigzag[k] & 63)] =
          Int16(truncatingIfNeeded: (isNegative ? 0 &- value : value) &<< Int32(low))
        k &+= 1
      }
      return k &- 1
    }

    /// A bit of a DC coefficient.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func bit() -> Bool { decision(ArithmeticContext.fixedBin) }

    /// A block of a refinement scan. Source: T.81 G.2.3.2, figure G.11.
    @_lifetime(self: copy self)
    mutating func refine(
      _ table: Int, _ block: inout MutableSpan<Int16>, at first: Int, band: ClosedRange<Int>,
      low: Int
    ) {
      let bins = ArithmeticContext.acBins &+ 256 &* table
      let step: Int16 = 1 &<< Int16(low)
      let end = band.upperBound
      // The last coefficient that is not zero yet: no end of block is coded before it.
      var lastKnown = end
      while lastKnown > 0, block[first &+ Int(zigzag[lastKnown] & 63)] == 0 { lastKnown &-= 1 }
      var k = band.lowerBound
      while k <= end {
        var bin = bins &+ 3 &* (k &- 1)
        if k > lastKnown, decision(bin) { return }
        while true {
          let position = first &+ Int(zigzag[k] & 63)
          let value = block[position]
          if value != 0 {
            if decision(bin &+ 2) { block[position] = value &+ (value < 0 ? 0 &- step : step) }
            break
          }
          if decision(bin &+ 1) {
            block[position] = decision(ArithmeticContext.fixedBin) ? 0 &- step : step
            break
          }
          bin &+= 3
          k &+= 1
          if k > end {
            reader.isLost = true
            return
          }
        }
        k &+= 1
      }
    }
  }
}
