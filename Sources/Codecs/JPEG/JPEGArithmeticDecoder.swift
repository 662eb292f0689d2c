// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Arithmetic decoding of the blocks of one row of MCUs. Source: T.81 F.2.4, G.2.
  ///
  /// Each function copies the reader into a variable that nothing gets a pointer to, so that it
  /// stays in registers, and works in bins and coefficients whose number is known, so that no index
  /// needs to be compared with it.
  struct ArithmeticDecoder: ~Escapable {
    let bytes: RawSpan
    let entries: Span<UInt64>
    let zigzag: Span<UInt8>
    let conditioning: ArithmeticConditioning

    @_lifetime(copy bytes, copy entries, copy zigzag)
    init(
      bytes: RawSpan, entries: Span<UInt64>, zigzag: Span<UInt8>,
      conditioning: ArithmeticConditioning
    ) {
      self.bytes = bytes
      self.entries = entries
      self.zigzag = zigzag
      self.conditioning = conditioning
    }

    /// The difference of a DC coefficient. Source: T.81 F.1.4.4.1, figures F.19, F.21 … F.24.
    ///
    /// - Parameter last: the bin that the component's last difference leads to.
    @inline(never)
    func difference(
      _ state: inout ArithmeticReader, _ allBins: inout MutableSpan<UInt64>, table: Int,
      bin last: inout Int
    ) -> Int32 {
      let base = table * ArithmeticBins.count
      var bins = allBins._mutatingExtracting(base..<(base + ArithmeticBins.dcCount))
      let (entries, bytes) = (entries.extracting(0..<256), bytes)
      var reader = state
      var bin = last
      guard reader.decision(bin & 63, &bins, entries, bytes) else {
        last = 0
        state = reader
        return 0
      }
      let isNegative = reader.decision((bin &+ 1) & 63, &bins, entries, bytes)
      bin &+= isNegative ? 3 : 2
      var highest: Int32 = 0
      if reader.decision(bin & 63, &bins, entries, bytes) {
        highest = 1
        bin = ArithmeticBins.dcSizes
        while reader.decision(bin & 63, &bins, entries, bytes) {
          highest &<<= 1
          if highest == 0x8000 {
            reader.isLost = true
            state = reader
            return 0
          }
          bin &+= 1
        }
      }
      // How large this difference is chooses the statistics of the next.
      let lower = (Int32(1) &<< Int32(conditioning.dcLower[table])) &>> 1
      let upper = (Int32(1) &<< Int32(conditioning.dcUpper[table])) &>> 1
      let category = highest < lower ? 0 : highest > upper ? 12 : 4
      last = category == 0 ? 0 : category &+ (isNegative ? 4 : 0)
      var (magnitude, bit) = (highest, highest &>> 1)
      bin &+= ArithmeticBins.sizeToBits
      while bit != 0 {
        magnitude |= reader.decision(bin & 63, &bins, entries, bytes) ? bit : 0
        bit &>>= 1
      }
      state = reader
      return isNegative ? ~magnitude : magnitude &+ 1
    }

    /// The AC coefficients of a sequential block, or of a first scan's, times `1 << low`.
    ///
    /// - Returns: a zigzag position behind which all coefficients are zero.
    @inline(never)
    func coefficients(
      _ state: inout ArithmeticReader, _ allBins: inout MutableSpan<UInt64>, table: Int,
      into blocks: inout MutableSpan<Int16>, at first: Int, band: ClosedRange<Int>, low: Int
    ) -> Int {
      let base = table * ArithmeticBins.count + ArithmeticBins.dcCount
      var bins = allBins._mutatingExtracting(base..<(base + ArithmeticBins.acCount))
      var block = blocks._mutatingExtracting(first..<(first + 64))
      let (entries, zigzag, bytes) = (
        entries.extracting(0..<256), zigzag.extracting(0..<64), bytes
      )
      let threshold = Int(conditioning.acThreshold[table])
      var reader = state
      var k = band.lowerBound
      let end = band.upperBound
      while k <= end {
        var bin = 3 &* (k &- 1)
        if reader.decision(bin & 255, &bins, entries, bytes) { break }
        while !reader.decision((bin &+ 1) & 255, &bins, entries, bytes) {
          bin &+= 3
          k &+= 1
          if k > end {
            reader.isLost = true
            state = reader
            return end
          }
        }
        let isNegative = reader.fixedDecision(bytes)
        bin &+= 2
        var magnitude: Int32 = 0
        if reader.decision(bin & 255, &bins, entries, bytes) {
          magnitude = 1
          if reader.decision(bin & 255, &bins, entries, bytes) {
            magnitude = 2
            bin = ArithmeticBins.acSizes(k, threshold: threshold)
            while reader.decision(bin & 255, &bins, entries, bytes) {
              magnitude &<<= 1
              if magnitude == 0x8000 {
                reader.isLost = true
                state = reader
                return end
              }
              bin &+= 1
            }
          }
          var bit = magnitude &>> 1
          bin &+= ArithmeticBins.sizeToBits
          while bit != 0 {
            magnitude |= reader.decision(bin & 255, &bins, entries, bytes) ? bit : 0
            bit &>>= 1
          }
        }
        block[Int(zigzag[k & 63] & 63)] = Int16(
          truncatingIfNeeded: (isNegative ? ~magnitude : magnitude &+ 1) &<< Int32(low))
        k &+= 1
      }
      state = reader
      return k &- 1
    }

    /// A block of a refinement scan. Source: T.81 G.2.3.2, figure G.11.
    @inline(never)
    func refine(
      _ state: inout ArithmeticReader, _ allBins: inout MutableSpan<UInt64>, table: Int,
      _ blocks: inout MutableSpan<Int16>, at first: Int, band: ClosedRange<Int>, low: Int
    ) {
      let base = table * ArithmeticBins.count + ArithmeticBins.dcCount
      var bins = allBins._mutatingExtracting(base..<(base + ArithmeticBins.acCount))
      var block = blocks._mutatingExtracting(first..<(first + 64))
      let (entries, zigzag, bytes) = (
        entries.extracting(0..<256), zigzag.extracting(0..<64), bytes
      )
      let step: Int16 = 1 &<< Int16(low)
      let end = band.upperBound
      // The last coefficient that is not zero yet: no end of block is coded before it.
      var lastKnown = end
      while lastKnown > 0, block[Int(zigzag[lastKnown & 63] & 63)] == 0 { lastKnown &-= 1 }
      var reader = state
      var k = band.lowerBound
      while k <= end {
        var bin = 3 &* (k &- 1)
        if k > lastKnown, reader.decision(bin & 255, &bins, entries, bytes) { break }
        while true {
          let position = Int(zigzag[k & 63] & 63)
          let value = block[position]
          if value != 0 {
            let isLarger = reader.decision((bin &+ 2) & 255, &bins, entries, bytes)
            block[position] = value &+ (isLarger ? value < 0 ? 0 &- step : step : 0)
            break
          }
          if reader.decision((bin &+ 1) & 255, &bins, entries, bytes) {
            block[position] = reader.fixedDecision(bytes) ? 0 &- step : step
            break
          }
          bin &+= 3
          k &+= 1
          if k > end {
            reader.isLost = true
            state = reader
            return
          }
        }
        k &+= 1
      }
      state = reader
    }
  }
}
