// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Decodes binary decisions. Source: T.81 annex D.
  struct ArithmeticReader: Sendable {
    /// C: the code register. The interval lies ``available`` bits higher in it.
    private var code: UInt64 = 0
    /// A: the size of the present interval.
    private var interval: UInt64 = 0x1_0000
    /// Bits of ``code`` that have not been looked at.
    private var available: UInt64 = 0
    /// The next byte that is to be loaded.
    private(set) var position: Int
    /// Set by a code that makes no sense: what follows up to the next restart is left zero.
    var isLost = false

    /// Begins at `position`. The bytes there end with zeros, which stand for all that is missing.
    init(_ bytes: RawSpan, at position: Int) {
      self.position = position
      code = UInt64(load16(bytes))
    }

    /// INITDEC's first two bytes.
    private mutating func load16(_ bytes: RawSpan) -> UInt16 {
      guard position >= 0, position <= bytes.byteCount - 2 else { return 0 }
      position += 2
      return UInt16(bigEndian: bytes.loadUnaligned(UInt16.self, at: position - 2))
    }

    /// Moves with the bytes.
    mutating func moveBack(by count: Int) { position -= count }

    /// DECODE: the next decision, with the statistics of `bin`.
    @inline(always)
    mutating func decision(
      _ bin: Int, _ statistics: inout MutableSpan<UInt8>, _ states: Span<UInt32>, _ bytes: RawSpan
    ) -> Bool {
      if interval < 0x8000 {
        let shift = UInt64(truncatingIfNeeded: interval.leadingZeroBitCount &- 48)
        interval &<<= shift
        if available < shift { refill(bytes) }
        available &-= shift
      }
      let statistic = statistics[bin]
      let state = states[Int(statistic & 0x7F)]
      let size = UInt64(state &>> 16)
      interval &-= size
      let limit = interval &<< available
      if code < limit {
        // The more probable symbol, unless its interval has become the smaller one.
        if interval >= 0x8000 { return statistic >= 0x80 }
        let isExchanged = interval < size
        statistics[bin] =
          (statistic & 0x80)
          ^ UInt8(truncatingIfNeeded: isExchanged ? state & 0xFF : (state &>> 8) & 0xFF)
        return (statistic >= 0x80) != isExchanged
      }
      code &-= limit
      let isExchanged = interval < size
      interval = size
      statistics[bin] =
        (statistic & 0x80)
        ^ UInt8(truncatingIfNeeded: isExchanged ? (state &>> 8) & 0xFF : state & 0xFF)
      return (statistic >= 0x80) == isExchanged
    }

    /// Makes four bytes more available.
    @inline(__always)
    private mutating func refill(_ bytes: RawSpan) {
      var word: UInt32 = 0
      if position <= bytes.byteCount &- 4 {
        word = UInt32(bigEndian: bytes.loadUnaligned(UInt32.self, at: position))
        position &+= 4
      }
      code = code &<< 32 | UInt64(word)
      available &+= 32
    }
  }

  /// The statistics of one arithmetic-coded scan, and what else decides between bins.
  struct ArithmeticContext: Sendable {
    /// Sixteen DC tables of 64 bins, sixteen AC tables of 256, and one bin that never changes.
    var statistics: [UInt8]
    /// For each component of the scan the bin that its last difference leads to.
    var differences: InlineArray<4, Int> = [0, 0, 0, 0]
    /// The last DC coefficient of each component of the scan.
    var predictors: [Int32] = [0, 0, 0, 0]
    let conditioning: ArithmeticConditioning
    /// `nil` at the start of a restart interval.
    var reader: ArithmeticReader?

    static var acBins: Int { 16 * 64 }
    static var fixedBin: Int { 16 * (64 + 256) }
    /// Bytes that no block's code is longer than.
    static var blockByteCount: Int { 4_096 }

    init(_ conditioning: ArithmeticConditioning) {
      self.conditioning = conditioning
      statistics = [UInt8](repeating: 0, count: Self.fixedBin + 1)
      statistics[Self.fixedBin] = 113
    }

    /// Forgets everything, at a restart marker.
    mutating func restart() {
      self = ArithmeticContext(conditioning)
    }
  }
}
