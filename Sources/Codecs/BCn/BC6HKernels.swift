// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// BC6H: one or two pairs of half floats a channel. Reserved modes are black.
  ///
  /// In bounds: writes the 16 texels, and 64 bytes of the scratch memory.
  @inline(__always)
  @unsafe
  static func halfFloats(
    _ block: BlockBits, isSigned: Bool, _ to: UnsafeMutablePointer<UInt8>, _ stride: Int,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    var bits = block
    var mode = bits.take(2)
    if mode > 1 {
      mode |= bits.take(3) &<< 2
      // Modes of five bits end in 10, with two subsets, or in 11.
      let number = mode &>> 2
      mode = mode & 3 == 2 ? number &+ 2 : number < 4 ? number &+ 10 : 14
    }
    guard mode < 14 else {
      for row in 0..<4 { unsafe (to + row &* stride).update(repeating: 0, count: 24) }
      return
    }
    let fields = unsafe scratch + Scratch.fields
    unsafe fields.update(repeating: 0, count: 52)
    for i in Int(BCnTables.bc6hStarts[mode])..<Int(BCnTables.bc6hStarts[mode &+ 1]) {
      let piece = Int(BCnTables.bc6hPieces[i])
      let count = (piece &>> 8 & 15) &+ 1
      var value = bits.take(count)
      if piece &>> 12 != 0 {
        value = reversed(value, count)
      }
      let field = 4 &* (piece & 15)
      unsafe fields.store(
        fields.load(Int32.self, field)
          | Int32(truncatingIfNeeded: value &<< (piece &>> 4 & 15)), field)
    }
    let hasTwo = mode < 10
    unsafe endpoints(fields, mode, hasTwo: hasTwo, isSigned: isSigned, scratch)
    if hasTwo {
      let partition = unsafe Int(fields.load(Int32.self, 48))
      let anchor = Int(BCnTables.twoSubsetAnchors[partition])
      let indices = bits.indices(3, anchors: (anchor, 0))
      unsafe interpolate(
        indices, 3, BCnTables.twoSubsets[partition], isSigned: isSigned, to, stride, scratch)
    } else {
      let indices = bits.indices(4, anchors: (0, 0))
      unsafe interpolate(indices, 4, 0, isSigned: isSigned, to, stride, scratch)
    }
  }

  @inline(__always)
  @unsafe
  private static func interpolate(
    _ indices: UInt64, _ width: Int, _ subsets: UInt32, isSigned: Bool,
    _ to: UnsafeMutablePointer<UInt8>, _ stride: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    for t in 0..<16 {
      let at = Int(truncatingIfNeeded: subsets &>> UInt32(truncatingIfNeeded: 2 &* t) & 3) &* 32
      let weights = unsafe unsafeBitCast(
        SIMD4(repeating: weightPair(indices, t, width)), to: SIMD8<Int16>.self)
      let high = unsafe Lanes.multiplyAddPairs(scratch.load(SIMD8<Int16>.self, at), weights)
      let low = unsafe Lanes.multiplyAddPairs(scratch.load(SIMD8<Int16>.self, at &+ 16), weights)
      let values = (high &+ high &+ low &+ 32) &>> 6
      let halves: SIMD4<Int32>
      if isSigned {
        // 31/32 of the magnitude, and the sign in the highest of sixteen bits.
        let sign = values &>> 31
        let magnitude = (values ^ sign) &- sign
        let scaled = (magnitude &<< 5 &- magnitude) &>> 5
        halves = ((scaled | sign &<< 15) &<< 16) &>> 16
      } else {
        halves = (values &<< 5 &- values) &>> 6
      }
      let texel = Lanes.clampToInt16(halves, halves)
      let place = unsafe to + (t >> 2 &* stride &+ (t & 3) &* 6)
      if t & 3 < 3 {
        unsafe place.store(texel.lowHalf, 0)
      } else {
        unsafe place.store(texel.lowHalf.lowHalf, 0)
        unsafe place.store(texel[2], 4)
      }
    }
  }

  /// Adds the differences to the first endpoint, widens all to 16 bits, and stores pairs of them:
  /// for each subset those of the halves, then those of the lowest bits.
  @inline(__always)
  @unsafe
  private static func endpoints(
    _ fields: UnsafeMutablePointer<UInt8>, _ mode: Int, hasTwo: Bool, isSigned: Bool,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let widths = BCnTables.bc6hWidths[mode]
    let width = Int(widths[0])
    // Two modes hold all endpoints whole.
    let hasDifferences = mode != 9 && mode != 10
    for c in 0..<3 {
      let base = unsafe Int(fields.load(Int32.self, 4 &* c))
      for e in 0..<(hasTwo ? 4 : 2) {
        var value = unsafe Int(fields.load(Int32.self, 12 &* e &+ 4 &* c))
        if e > 0, hasDifferences {
          value = (base &+ signExtended(value, Int(widths[c &+ 1]))) & ((1 &<< width) &- 1)
        }
        if isSigned { value = signExtended(value, width) }
        value = widened(value, width, isSigned: isSigned)
        // Seventeen bits with the sign: too many to be multiplied at once.
        let place = e >> 1 &* 32 &+ 4 &* c &+ (e & 1) &* 2
        unsafe scratch.store(Int16(truncatingIfNeeded: value &>> 1), place)
        unsafe scratch.store(Int16(truncatingIfNeeded: value & 1), place &+ 16)
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

  private static func reversed(_ value: Int, _ count: Int) -> Int {
    var (value, result) = (value, 0)
    for _ in 0..<count {
      result = result &<< 1 | value & 1
      value &>>= 1
    }
    return result
  }
}
