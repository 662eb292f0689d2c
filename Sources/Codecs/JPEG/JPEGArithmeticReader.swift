// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Decodes binary decisions. Source: T.81 annex D.
  struct ArithmeticReader: Sendable {
    /// C in the top sixteen bits: where in the present interval the code points to. Below them are
    /// ``available`` bits that were read ahead, and zeros.
    private var code: UInt64 = 0
    /// A in the top sixteen bits: the size of the present interval. Zero stands for 10000 (hex),
    /// which it begins with: all differences come out right without the bit that is missing.
    private var interval: UInt64 = 0
    /// At most 47.
    private var available = 0
    /// The next byte that is to be loaded.
    private(set) var position: Int
    /// Set by a code that makes no sense: what follows up to the next restart is left zero.
    var isLost = false

    /// Begins at `position`. The bytes there end with zeros, which stand for all that is missing.
    init(_ bytes: RawSpan, at position: Int) {
      self.position = position
      code = UInt64(load16(bytes)) << 48
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
    ///
    /// No branch depends on the decision or on where the interval is divided: nothing foretells
    /// them, and the caller branches soon enough.
    ///
    /// - Parameters:
    ///   - bins: entries of ``arithmeticEntries`` themselves, so that Qe is one load away.
    ///   - entries: ``arithmeticEntries``.
    @inline(always)
    mutating func decision(
      _ bin: Int, _ bins: inout MutableSpan<UInt64>, _ entries: Span<UInt64>, _ bytes: RawSpan
    ) -> Bool {
      let entry = bins[bin]
      let size = entry & 0x7FFF &<< 48
      let upper = interval &- size
      // The lower part is the more probable symbol's, unless it has become the smaller one.
      let isLower = code < upper
      let isLessProbable = isLower == (upper < size)
      interval = isLower ? upper : size
      code = isLower ? code : code &- upper
      // The less probable symbol's part always has to be enlarged.
      let next = (interval &>> 63 == 0 ? 8 : 0) &+ (isLessProbable ? 8 : 0)
      bins[bin] = entries[Int(UInt8(truncatingIfNeeded: entry &>> UInt64(next)))]
      enlarge(bytes)
      return (entry &>> 63 != 0) != isLessProbable
    }

    /// A decision whose symbols are equally probable, always.
    @inline(always)
    mutating func fixedDecision(_ bytes: RawSpan) -> Bool {
      let size: UInt64 = 0x5A1D &<< 48
      let upper = interval &- size
      let (rest, isLower) = code.subtractingReportingOverflow(upper)
      let isLessProbable = isLower == (upper < size)
      // Masks, as the compiler would make branches of conditions here.
      let mask: UInt64 = isLower ? .max : 0
      interval = size ^ ((upper ^ size) & mask)
      code = rest &+ (upper & mask)
      enlarge(bytes)
      return isLessProbable
    }

    /// RENORM_D.
    @inline(always)
    private mutating func enlarge(_ bytes: RawSpan) {
      let shift = interval.leadingZeroBitCount
      if available < shift { refill(bytes) }
      available &-= shift
      code &<<= UInt64(truncatingIfNeeded: shift)
      interval &<<= UInt64(truncatingIfNeeded: shift)
    }

    /// Makes four bytes more available, when there are less than sixteen bits.
    @inline(always)
    private mutating func refill(_ bytes: RawSpan) {
      var word: UInt32 = 0
      if position <= bytes.byteCount &- 4 {
        word = UInt32(bigEndian: bytes.loadUnaligned(UInt32.self, at: position))
        position &+= 4
      }
      code |= UInt64(word) &<< UInt64(truncatingIfNeeded: 16 &- available)
      available &+= 32
    }
  }
}
