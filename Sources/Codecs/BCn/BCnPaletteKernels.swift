// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// The palettes of four colours of four blocks: two and the two between them, or one between them
  /// and transparent black; without `hasTransparency` always the former, and alpha is 0.
  ///
  /// - Parameter colors: two colours of 5, 6 and 5 bits each, the first in the low half.
  @inline(__always)
  static func palettes(
    _ colors: SIMD4<UInt32>, hasTransparency: Bool
  ) -> (SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>) {
    // The first and the second colours of all blocks in turn, and the other of each.
    let exchanged = colors &<< 16 | colors &>> 16
    #if _endian(little)
      let (these, others) = (colors.lanes8.lanes16, exchanged.lanes8.lanes16)
    #else
      let (these, others) = (exchanged.lanes8.lanes16, colors.lanes8.lanes16)
    #endif
    let (five, six) = (SIMD8<UInt16>(repeating: 31), SIMD8<UInt16>(repeating: 63))
    let (red, red2) = (these &>> 11, others &>> 11)
    let (green, green2) = (these &>> 5 & six, others &>> 5 & six)
    let (blue, blue2) = (these & five, others & five)
    // Which of both it is is as good as random: no branch.
    let (a, b) = (colors & SIMD4(repeating: 0xFFFF), colors &>> 16)
    let hasThirds = SIMD4<UInt32>(repeating: 0).replacing(with: .max, where: a .> b)
    @inline(__always)
    func middle(_ thirds: SIMD8<UInt16>, _ half: SIMD8<UInt16>) -> SIMD8<UInt16> {
      hasTransparency ? half ^ (thirds ^ half) & hasThirds.lanes8.lanes16 : thirds
    }
    // As eight bits: (527 x + 23) / 64 and (259 x + 33) / 64; thirds of the narrow values:
    // (351 x + 61) / 128 and (2763 x + 1039) / 2048; halves: (1053 x + 125) / 256 and
    // (4145 x + 1019) / 2048. Products of more than 16 bits are the high halves of others.
    let reds = bytes(
      (red &* 527 &+ 23) &>> 6,
      middle(
        ((red &+ red &+ red2) &* 351 &+ 61) &>> 7, ((red &+ red2) &* 1053 &+ 125) &>> 8))
    let blues = bytes(
      (blue &* 527 &+ 23) &>> 6,
      middle(
        ((blue &+ blue &+ blue2) &* 351 &+ 61) &>> 7, ((blue &+ blue2) &* 1053 &+ 125) &>> 8))
    let greenThirds = Lanes.multiplyHigh(
      (green &+ green &+ green2) &<< 8, SIMD8(repeating: 11_053))
    let greenHalves = Lanes.multiplyHigh(
      (green &+ green2) &<< 2 &+ 1, SIMD8(repeating: 33_158))
    let greens = bytes(
      (green &* 259 &+ 33) &>> 6, middle((greenThirds &+ 16) &>> 5, greenHalves))
    let alphas = SIMD16<UInt8>(repeating: hasTransparency ? 255 : 0)
    let ends = texels(Lanes.zipLow(reds, greens), Lanes.zipLow(blues, alphas))
    var between = texels(Lanes.zipHigh(reds, greens), Lanes.zipHigh(blues, alphas))
    if hasTransparency {
      // The second one is black then.
      let (all, some) = unsafe (
        SIMD4<Int32>(repeating: -1), unsafeBitCast(hasThirds, to: SIMD4<Int32>.self)
      )
      between.0 &= unsafe unsafeBitCast(Lanes.zipLow(all, some), to: SIMD2<Int64>.self)
      between.1 &= unsafe unsafeBitCast(Lanes.zipHigh(all, some), to: SIMD2<Int64>.self)
    }
    return unsafe (
      unsafeBitCast(Lanes.zipLow(ends.0, between.0), to: SIMD16<UInt8>.self),
      unsafeBitCast(Lanes.zipHigh(ends.0, between.0), to: SIMD16<UInt8>.self),
      unsafeBitCast(Lanes.zipLow(ends.1, between.1), to: SIMD16<UInt8>.self),
      unsafeBitCast(Lanes.zipHigh(ends.1, between.1), to: SIMD16<UInt8>.self)
    )
  }

  /// The first four and the last four of eight texels, two texels in each lane.
  @inline(__always)
  private static func texels(
    _ redGreen: SIMD16<UInt8>, _ blueAlpha: SIMD16<UInt8>
  ) -> (SIMD2<Int64>, SIMD2<Int64>) {
    let (a, b) = unsafe (
      unsafeBitCast(redGreen, to: SIMD8<Int16>.self),
      unsafeBitCast(blueAlpha, to: SIMD8<Int16>.self)
    )
    return unsafe (
      unsafeBitCast(Lanes.zipLow(a, b), to: SIMD2<Int64>.self),
      unsafeBitCast(Lanes.zipHigh(a, b), to: SIMD2<Int64>.self)
    )
  }

  /// Numbers below 256 as bytes.
  @inline(__always)
  private static func bytes(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> SIMD16<UInt8> {
    unsafe Lanes.clampToUInt8(
      unsafeBitCast(a, to: SIMD8<Int16>.self), unsafeBitCast(b, to: SIMD8<Int16>.self))
  }

  /// Two values and six between them, or four between them, 0 and 255.
  @inline(__always)
  static func values(_ block: UInt64) -> SIMD8<Int16> {
    let (a, b) = (
      Int32(truncatingIfNeeded: block & 0xFF), Int32(truncatingIfNeeded: block &>> 8 & 0xFF)
    )
    let pair = SIMD2(Int16(truncatingIfNeeded: a), Int16(truncatingIfNeeded: b))
    let two = SIMD4(lowHalf: pair, highHalf: pair)
    let pairs = SIMD8(lowHalf: two, highHalf: two)
    let six = Lanes.clampToInt16(
      Lanes.multiplyAddPairs(pairs, SIMD8(7, 0, 0, 7, 6, 1, 5, 2)),
      Lanes.multiplyAddPairs(pairs, SIMD8(4, 3, 3, 4, 2, 5, 1, 6)))
    let four = Lanes.clampToInt16(
      Lanes.multiplyAddPairs(pairs, SIMD8(5, 0, 0, 5, 4, 1, 3, 2)),
      Lanes.multiplyAddPairs(pairs, SIMD8(2, 3, 1, 4, 0, 0, 0, 0)))
    // 65536 / 7 and 65536 / 5, rounded up.
    let sevenths = Lanes.multiplyHigh(six, SIMD8(repeating: 9363))
    let fifths =
      Lanes.multiplyHigh(four, SIMD8(repeating: 13108)) | SIMD8(0, 0, 0, 0, 0, 0, 0, 255)
    // Which of both it is is as good as random: no branch.
    let mask = unsafe unsafeBitCast(
      SIMD4<Int32>(repeating: (b &- a) &>> 31), to: SIMD8<Int16>.self)
    return sevenths & mask | fifths & ~mask
  }

  /// The 16 texels of a block of one channel: two values, and six between them, or four between
  /// them, 0 and 255.
  ///
  /// Made of the indices without a palette: what is between the values `a` and `b` is
  /// `(7 a + w (b - a)) / 7` with `w` one less than the index, and fifths likewise.
  @inline(__always)
  static func texelValues(_ block: UInt64) -> SIMD16<UInt8> {
    let pair = SIMD8(
      UInt16(truncatingIfNeeded: block & 0xFF), UInt16(truncatingIfNeeded: block &>> 8 & 0xFF),
      0, 0, 0, 0, 0, 0)
    // Which of both it is is as good as random: no branch.
    let kind = pair[0] > pair[1] ? 0 : 1
    let (parts, inverse) = (BCnTables.valueParts[kind], BCnTables.valueInverses[kind])
    let black = BCnTables.valueBlacks[kind]
    let start = SIMD8(repeating: pair[0])
    let difference = SIMD8(repeating: pair[1]) &- start
    let all = start &* parts
    @inline(__always)
    func eight(_ lanes: SIMD8<UInt16>) -> SIMD8<Int16> {
      let indices = unsafe unsafeBitCast(lanes, to: SIMD8<Int16>.self)
      let one = SIMD8<Int16>(repeating: 1)
      let isOne = unsafe unsafeBitCast(((indices ^ one) &- one) &>> 15, to: SIMD8<UInt16>.self)
      let less = unsafe unsafeBitCast(
        Lanes.maximum(indices &- one, SIMD8(repeating: 0)), to: SIMD8<UInt16>.self)
      let weights = less | parts & isOne
      let values = unsafe unsafeBitCast(
        Lanes.multiplyHigh(all &+ weights &* difference, inverse), to: SIMD8<Int16>.self)
      let isLimit = (black &- indices) &>> 15
      let isWhite = (black &+ one &- indices) &>> 15
      return values & ~isLimit | isWhite & SIMD8(repeating: 255)
    }
    return Lanes.clampToUInt8(
      eight(indicesOfThree(block &>> 16)), eight(indicesOfThree(block &>> 40)))
  }

  /// The lowest eight indices of 3 bits.
  @inline(__always)
  static func indicesOfThree(_ bits: UInt64) -> SIMD8<UInt16> {
    // Four at a time moved to the lowest bits of the high halves of products: LLVM would take a
    // product by itself for shifts by different numbers, one lane after the other.
    let row = SIMD8(
      lowHalf: SIMD4(repeating: UInt16(truncatingIfNeeded: bits &<< 1)),
      highHalf: SIMD4(repeating: UInt16(truncatingIfNeeded: bits &>> 11)))
    return Lanes.multiplyHigh(row, SIMD8(0x8000, 0x1000, 0x200, 0x40, 0x8000, 0x1000, 0x200, 0x40))
      & SIMD8(repeating: 7)
  }

  /// The lowest eight indices of 4 bits.
  @inline(__always)
  static func indicesOfFour(_ bits: UInt64) -> SIMD8<UInt16> {
    let pairs = SIMD2<UInt64>(bits & 0x0F0F_0F0F, bits &>> 4 & 0x0F0F_0F0F).lanes8
    let none = SIMD16<UInt8>(repeating: 0)
    let nibbles = Lanes.zipLow(pairs, SIMD2<UInt64>(pairs.lanes64[1], 0).lanes8)
    return Lanes.zipLow(nibbles, none).lanes16
  }
}
