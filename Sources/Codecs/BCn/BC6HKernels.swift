// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// BC6H: one or two pairs of half floats a channel. Reserved modes are black.
  @inline(__always)
  static func halfFloats(_ block: BlockBits, isSigned: Bool, into texels: inout Texels) {
    var bits = block
    var mode = bits.take(2)
    if mode > 1 {
      mode |= bits.take(3) &<< 2
      // Modes of five bits end in 10, with two subsets, or in 11.
      let number = mode &>> 2
      mode = mode & 3 == 2 ? number &+ 2 : number < 4 ? number &+ 10 : 14
    }
    guard mode < 14 else {
      texels = Texels(repeating: 0)
      return
    }
    var fields = InlineArray<13, Int>(repeating: 0)
    for i in Int(BCnTables.bc6hStarts[mode])..<Int(BCnTables.bc6hStarts[mode &+ 1]) {
      let piece = Int(BCnTables.bc6hPieces[i])
      let count = (piece &>> 8 & 15) &+ 1
      var value = bits.take(count)
      if piece &>> 12 != 0 {
        value = reversed(value, count)
      }
      fields[piece & 15] |= value &<< (piece &>> 4 & 15)
    }
    let hasTwo = mode < 10
    endpoints(&fields, mode, hasTwo: hasTwo, isSigned: isSigned)
    let partition = fields[12]
    let subsets = hasTwo ? BCnTables.twoSubsets[partition] : 0
    let anchor = hasTwo ? Int(BCnTables.twoSubsetAnchors[partition]) : 0
    let indexBits = hasTwo ? 3 : 4
    for t in 0..<16 {
      let index = bits.take(t == 0 || t == anchor ? indexBits &- 1 : indexBits)
      let weight = Int(BCnTables.weights[(1 &<< indexBits) &- 4 &+ index])
      let first = Int(truncatingIfNeeded: subsets &>> UInt32(2 &* t) & 3) &* 6
      for c in 0..<3 {
        let (a, b) = (fields[first &+ c], fields[first &+ 3 &+ c])
        let value = (a &* (64 &- weight) &+ b &* weight &+ 32) &>> 6
        let half = halfBits(value, isSigned: isSigned)
        texels.store(half, at: 6 &* t &+ 2 &* c)
      }
    }
  }

  /// Adds the differences to the first endpoint and widens all to 16 bits.
  @inline(__always)
  private static func endpoints(
    _ fields: inout InlineArray<13, Int>, _ mode: Int, hasTwo: Bool, isSigned: Bool
  ) {
    let widths = BCnTables.bc6hWidths[mode]
    let width = Int(widths[0])
    // Two modes hold all endpoints whole.
    let hasDifferences = mode != 9 && mode != 10
    for c in 0..<3 {
      let base = fields[c]
      for e in 0..<(hasTwo ? 4 : 2) {
        var value = fields[3 &* e &+ c]
        if e > 0, hasDifferences {
          value = (base &+ signExtended(value, Int(widths[c &+ 1]))) & ((1 &<< width) &- 1)
        }
        if isSigned { value = signExtended(value, width) }
        fields[3 &* e &+ c] = widened(value, width, isSigned: isSigned)
      }
    }
  }

  @inline(__always)
  private static func signExtended(_ value: Int, _ width: Int) -> Int {
    let shift = 64 &- width
    return (value &<< shift) &>> shift
  }

  /// A value of `width` bits as one of 16.
  @inline(__always)
  private static func widened(_ value: Int, _ width: Int, isSigned: Bool) -> Int {
    if !isSigned {
      if width >= 15 || value == 0 { return value }
      return value == (1 &<< width) &- 1 ? 0xFFFF : (value &<< 16 &+ 0x8000) &>> width
    }
    if width >= 16 || value == 0 { return value }
    let magnitude = value < 0 ? 0 &- value : value
    let wide =
      magnitude >= (1 &<< (width &- 1)) &- 1
      ? 0x7FFF : (magnitude &<< 15 &+ 0x4000) &>> (width &- 1)
    return value < 0 ? 0 &- wide : wide
  }

  /// The bits of the half float that an interpolated value stands for.
  @inline(__always)
  private static func halfBits(_ value: Int, isSigned: Bool) -> UInt16 {
    if !isSigned { return UInt16(truncatingIfNeeded: (value &* 31) &>> 6) }
    let magnitude = ((value < 0 ? 0 &- value : value) &* 31) &>> 5
    return UInt16(truncatingIfNeeded: value < 0 ? magnitude | 0x8000 : magnitude)
  }

  private static func reversed(_ value: Int, _ count: Int) -> Int {
    var (value, result) = (value, 0)
    for _ in 0..<count {
      result = result &<< 1 | value & 1
      value &>>= 1
    }
    return result
  }
}

extension BCn.Texels {
  /// Stores a half float in machine byte order.
  @inline(__always)
  fileprivate mutating func store(_ half: UInt16, at index: Int) {
    #if _endian(little)
      self[index] = UInt8(truncatingIfNeeded: half)
      self[index &+ 1] = UInt8(truncatingIfNeeded: half &>> 8)
    #else
      self[index] = UInt8(truncatingIfNeeded: half &>> 8)
      self[index &+ 1] = UInt8(truncatingIfNeeded: half)
    #endif
  }
}
