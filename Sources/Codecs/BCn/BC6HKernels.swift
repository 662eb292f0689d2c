// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// BC6H: one or two pairs of half floats a channel. Reserved modes are black.
  ///
  /// In bounds: reads 16 bytes, and writes the 16 texels and 64 bytes of the scratch memory.
  @inline(__always)
  @unsafe
  static func halfFloats(
    _ block: UnsafePointer<UInt8>, isSigned: Bool, _ to: UnsafeMutablePointer<UInt8>,
    _ stride: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    var mode = unsafe Int(block[0] & 3)
    if mode > 1 {
      // Modes of five bits end in 10, with two subsets, or in 11.
      let number = unsafe Int(block[0] &>> 2 & 7)
      mode = mode == 2 ? number &+ 2 : number < 4 ? number &+ 10 : 14
    }
    guard mode < 14 else {
      for row in 0..<4 { unsafe (to + row &* stride).update(repeating: 0, count: 24) }
      return
    }
    unsafe scratch.store(SIMD8<UInt16>(repeating: 0), 0)
    unsafe scratch.store(SIMD8<UInt16>(repeating: 0), 16)
    for i in Int(BCnTables.bc6hStarts[mode])..<Int(BCnTables.bc6hStarts[mode &+ 1]) {
      let piece = Int(BCnTables.bc6hPieces[i])
      // In bounds: no piece begins behind bit 81, and 14 bytes hold what comes after.
      let bits = unsafe UInt32(littleEndian: block.load(UInt32.self, piece &>> 13 & 15))
      let value =
        bits &>> UInt32(truncatingIfNeeded: piece &>> 10 & 7)
        & UInt32(truncatingIfNeeded: piece & 0x3FF)
      let field = piece &>> 20 & 0x1E
      unsafe scratch.store(
        scratch.load(UInt16.self, field)
          | UInt16(truncatingIfNeeded: value &<< UInt32(truncatingIfNeeded: piece &>> 17 & 15)),
        field)
    }
    let partition = unsafe Int(scratch.load(UInt16.self, 6))
    unsafe endpoints(mode, isSigned: isSigned, scratch)
    let indices = unsafe UInt64(littleEndian: block.load(UInt64.self, 8))
    if mode < 10 {
      let anchor = Int(BCnTables.twoSubsetAnchors[partition])
      unsafe interpolate(
        BlockBits.withZeros(indices &>> 18, 3, anchors: (anchor, 0)), 3,
        BCnTables.twoSubsets[partition], isSigned: isSigned, to, stride, scratch)
    } else {
      unsafe interpolate(
        BlockBits.withZeros(indices &>> 1, 4, anchors: (0, 0)), 4, 0, isSigned: isSigned, to,
        stride, scratch)
    }
  }

  /// Makes texels of the pairs of endpoints, 16 bytes of the scratch memory for each subset.
  @inline(__always)
  @unsafe
  private static func interpolate(
    _ indices: UInt64, _ width: Int, _ subsets: UInt32, isSigned: Bool,
    _ to: UnsafeMutablePointer<UInt8>, _ stride: Int, _ scratch: UnsafePointer<UInt8>
  ) {
    @inline(__always)
    func texel(_ t: Int, _ weights: UInt32) -> SIMD4<Int32> {
      let subset =
        width == 4 ? 0 : Int(truncatingIfNeeded: subsets &>> UInt32(truncatingIfNeeded: 2 &* t) & 3)
      let sum = unsafe Lanes.multiplyAddPairs(
        scratch.load(SIMD8<Int16>.self, 16 &* subset),
        unsafeBitCast(SIMD4(repeating: weights), to: SIMD8<Int16>.self))
      guard isSigned else {
        // 31/64 of it; 0x8000 was taken from both endpoints, whose shares make 64.
        let value = (sum &+ (0x8000 &* 64 &+ 32)) &>> 6
        return (value &<< 5 &- value) &>> 6
      }
      // 31/32 of the magnitude, and the sign of what is not 0 in the highest of sixteen bits.
      let value = (sum &+ 32) &>> 6
      let sign = value &>> 31
      let magnitude = (value ^ sign) &- sign
      let scaled = (magnitude &<< 5 &- magnitude) &>> 5
      let highest = sign & ((SIMD4(repeating: 0) &- scaled) &>> 31)
      return ((scaled | highest &<< 15) &<< 16) &>> 16
    }
    for half in 0..<2 {
      let bits = indices &>> UInt64(truncatingIfNeeded: 8 &* width &* half)
      let weights = weights(bits, width)
      for row in 0..<2 {
        let (pairs, t) = (row == 0 ? weights.0 : weights.1, 8 &* half &+ 4 &* row)
        let two = Lanes.clampToInt16(texel(t, pairs[0]), texel(t &+ 1, pairs[1]))
        let next = Lanes.clampToInt16(texel(t &+ 2, pairs[2]), texel(t &+ 3, pairs[3]))
        // Each texel of 6 bytes covers the two behind the one before.
        let place = unsafe to + (2 &* half &+ row) &* stride
        unsafe place.store(two.lowHalf, 0)
        unsafe place.store(two.highHalf, 6)
        unsafe place.store(next.lowHalf, 12)
        unsafe place.store(next.highHalf.lowHalf, 18)
        unsafe place.store(next[6], 22)
      }
    }
  }

  /// The shares of both endpoints, of 64, at eight texels, the first in the lane of 16 bits before.
  @inline(__always)
  private static func weights(_ bits: UInt64, _ width: Int) -> (SIMD4<UInt32>, SIMD4<UInt32>) {
    let indices = width == 3 ? indicesOfThree(bits) : indicesOfFour(bits)
    // 64/7 and 64/15 of the index.
    let second =
      width == 3
      ? (indices &* 585 &+ 32) &>> 6 : (indices &* 1092 &+ 128) &>> 8
    let (a, b) = unsafe (
      unsafeBitCast(64 &- second, to: SIMD8<Int16>.self),
      unsafeBitCast(second, to: SIMD8<Int16>.self)
    )
    return unsafe (
      unsafeBitCast(Lanes.zipLow(a, b), to: SIMD4<UInt32>.self),
      unsafeBitCast(Lanes.zipHigh(a, b), to: SIMD4<UInt32>.self)
    )
  }

  /// Adds the differences to the first endpoint, widens all to 16 bits, and puts those of a subset
  /// side by side, channel after channel; without `isSigned` less 0x8000, so that they have 16 bits
  /// with a sign.
  @inline(__always)
  @unsafe
  private static func endpoints(
    _ mode: Int, isSigned: Bool, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let width = UInt16(BCnTables.bc6hWidths[mode])
    let signs = BCnTables.bc6hSigns[mode]
    // Two modes hold all endpoints whole.
    let first = unsafe scratch.load(SIMD4<UInt16>.self, 0)
    let base = signs[0] == 0 ? SIMD4(repeating: 0) : first
    let none = SIMD4<UInt16>(repeating: 0)
    for pair in 0..<2 {
      let lower = pair == 0
      let (sign, start) = (
        SIMD8(lowHalf: lower ? none : signs, highHalf: signs),
        SIMD8(lowHalf: lower ? none : base, highHalf: base)
      )
      let field = unsafe scratch.load(SIMD8<UInt16>.self, 16 &* pair)
      let narrow = ((field ^ sign) &- sign &+ start) & SIMD8(repeating: 0xFFFF &>> (16 &- width))
      let wide = isSigned ? widenedSigned(narrow, width) : widened(narrow, width) ^ 0x8000
      let ends = unsafe unsafeBitCast(wide, to: SIMD8<Int16>.self)
      unsafe scratch.store(
        Lanes.zipLow(ends, SIMD8(lowHalf: ends.highHalf, highHalf: ends.highHalf)), 16 &* pair)
    }
  }

  /// Values of `width` bits as ones of 16.
  @inline(__always)
  private static func widened(_ value: SIMD8<UInt16>, _ width: UInt16) -> SIMD8<UInt16> {
    let unit = SIMD8<UInt16>(repeating: 1 &<< (16 &- width))
    let half = SIMD8<UInt16>(repeating: 0x4000 &>> (width &- 1))
    let top = isNonzero(value ^ SIMD8(repeating: 0xFFFF &>> (16 &- width)))
    return (value &* unit &+ half) & isNonzero(value) | ~top
  }

  /// Values of `width` bits, of which the highest is the sign, as ones of 16 with a sign.
  @inline(__always)
  private static func widenedSigned(_ value: SIMD8<UInt16>, _ width: UInt16) -> SIMD8<UInt16> {
    let top = 1 &<< (width &- 1)
    let number = (value ^ SIMD8(repeating: top)) &- SIMD8(repeating: top)
    let isNegative = sign(number)
    let magnitude = (number ^ isNegative) &- isNegative
    let unit = SIMD8<UInt16>(repeating: 1 &<< (16 &- width))
    let half = SIMD8<UInt16>(repeating: 0x4000 &>> (width &- 1))
    // The two largest, of 16 bits the largest alone.
    let largest = SIMD8<UInt16>(repeating: width == 16 ? 0x7FFF : top)
    let isBelow =
      isNonzero(magnitude ^ SIMD8(repeating: top &- 1)) & isNonzero(magnitude ^ largest)
    let inside = (magnitude &* unit &+ half) & isNonzero(magnitude)
    let wide = inside & isBelow | SIMD8(repeating: 0x7FFF) & ~isBelow
    return (wide ^ isNegative) &- isNegative
  }

  /// All ones in the lanes that are not 0.
  @inline(__always)
  private static func isNonzero(_ value: SIMD8<UInt16>) -> SIMD8<UInt16> {
    sign(value | (SIMD8(repeating: 0) &- value))
  }

  /// The highest bit in all bits of its lane.
  @inline(__always)
  private static func sign(_ value: SIMD8<UInt16>) -> SIMD8<UInt16> {
    unsafe unsafeBitCast(
      unsafeBitCast(value, to: SIMD8<Int16>.self) &>> 15, to: SIMD8<UInt16>.self)
  }
}
