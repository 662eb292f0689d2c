// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// What the blocks of a BC7 mode hold.
  private struct Mode {
    var subsets: Int
    var partitionBits: Int
    var colorBits: Int
    var alphaBits: Int
    /// A lowest bit for each endpoint, or one for both of a subset.
    var hasOwnBits = false
    var hasSharedBits = false
    var indexBits: Int
    /// A second set of indices, for alpha or, the other way round, for the colours.
    var secondIndexBits = 0
    var rotationBits = 0
    var selectorBits = 0

    @inline(__always)
    init(_ number: Int) {
      (subsets, partitionBits, colorBits, alphaBits, indexBits) = (1, 0, 7, 7, 4)
      switch number {
      case 0: (subsets, partitionBits, colorBits, alphaBits, indexBits) = (3, 4, 4, 0, 3)
      case 1: (subsets, partitionBits, colorBits, alphaBits, indexBits) = (2, 6, 6, 0, 3)
      case 2: (subsets, partitionBits, colorBits, alphaBits, indexBits) = (3, 6, 5, 0, 2)
      case 3: (subsets, partitionBits, colorBits, alphaBits, indexBits) = (2, 6, 7, 0, 2)
      case 4: (colorBits, alphaBits, indexBits) = (5, 6, 2)
      case 5: (colorBits, alphaBits, indexBits) = (7, 8, 2)
      case 6: break
      default: (subsets, partitionBits, colorBits, alphaBits, indexBits) = (2, 6, 5, 5, 2)
      }
      hasOwnBits = number == 0 || number == 3 || number >= 6
      hasSharedBits = number == 1
      if number == 4 || number == 5 {
        rotationBits = 2
        secondIndexBits = number == 4 ? 3 : 2
        selectorBits = number == 4 ? 1 : 0
      }
    }
  }

  /// BC7: one to three pairs of colours. A block of zeros is transparent black.
  ///
  /// In bounds: writes the 16 texels, and 48 bytes of the scratch memory.
  @inline(__always)
  @unsafe
  static func partitioned(
    _ block: BlockBits, _ to: UnsafeMutablePointer<UInt8>, _ stride: Int,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    // One specialisation for each mode: where its fields lie is known then.
    switch block.low.trailingZeroBitCount {
    case 0: unsafe partitioned(block, 0, to, stride, scratch)
    case 1: unsafe partitioned(block, 1, to, stride, scratch)
    case 2: unsafe partitioned(block, 2, to, stride, scratch)
    case 3: unsafe partitioned(block, 3, to, stride, scratch)
    case 4: unsafe partitioned(block, 4, to, stride, scratch)
    case 5: unsafe partitioned(block, 5, to, stride, scratch)
    case 6: unsafe partitioned(block, 6, to, stride, scratch)
    case 7: unsafe partitioned(block, 7, to, stride, scratch)
    default:
      for row in 0..<4 { unsafe to.store(SIMD2<UInt64>(repeating: 0), row &* stride) }
    }
  }

  @inline(__always)
  @unsafe
  private static func partitioned(
    _ block: BlockBits, _ number: Int, _ to: UnsafeMutablePointer<UInt8>, _ stride: Int,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let mode = Mode(number)
    var bits = block
    _ = bits.take(number &+ 1)
    let partition = bits.take(mode.partitionBits)
    let rotation = bits.take(mode.rotationBits)
    let selector = bits.take(mode.selectorBits)
    unsafe storeEndpoints(&bits, mode, rotation, scratch)
    var subsets: UInt32 = 0
    var anchors = (0, 0)
    if mode.subsets == 2 {
      subsets = BCnTables.twoSubsets[partition]
      anchors.0 = Int(BCnTables.twoSubsetAnchors[partition])
    } else if mode.subsets == 3 {
      subsets = BCnTables.threeSubsets[partition]
      let both = Int(BCnTables.threeSubsetAnchors[partition])
      anchors = (min(both & 15, both &>> 4), max(both & 15, both &>> 4))
    }
    let first = bits.indices(mode.indexBits, anchors: anchors)
    guard mode.secondIndexBits > 0 else {
      unsafe interpolate(
        first, first, mode.indexBits, mode.indexBits, 4, subsets, to, stride, scratch)
      return
    }
    let second = bits.indices(mode.secondIndexBits, anchors: (0, 0))
    // The channel that alpha is exchanged with is the one of the other indices.
    let channel = (rotation &+ 3) & 3
    if selector == 0 {
      unsafe interpolate(
        first, second, mode.indexBits, mode.secondIndexBits, channel, 0, to, stride, scratch)
    } else {
      unsafe interpolate(
        second, first, mode.secondIndexBits, mode.indexBits, channel, 0, to, stride, scratch)
    }
  }

  /// Stores the pairs of endpoints of each subset: eight numbers, red, green, blue and alpha, with
  /// alpha and another channel exchanged by the rotation.
  @inline(__always)
  @unsafe
  private static func storeEndpoints(
    _ bits: inout BlockBits, _ mode: Mode, _ rotation: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let endCount = 2 &* mode.subsets
    let red = bits.take(endCount &* mode.colorBits)
    let green = bits.take(endCount &* mode.colorBits)
    let blue = bits.take(endCount &* mode.colorBits)
    let alpha = bits.take(endCount &* mode.alphaBits)
    // The lowest bits of all, or of both of a subset.
    let lowest = bits.take(mode.hasOwnBits ? endCount : mode.hasSharedBits ? mode.subsets : 0)
    let lowestCount = mode.hasOwnBits || mode.hasSharedBits ? 1 : 0
    for subset in 0..<mode.subsets {
      func widened(_ fields: Int, _ e: Int, _ width: Int) -> Int16 {
        let field = fields &>> ((2 &* subset &+ e) &* width) & ((1 &<< width) &- 1)
        let bit = lowest &>> (mode.hasOwnBits ? 2 &* subset &+ e : subset) & lowestCount
        let value = (field &<< lowestCount | bit) &<< (8 &- width &- lowestCount)
        return Int16(truncatingIfNeeded: value | value &>> (width &+ lowestCount))
      }
      func pair(_ fields: Int, _ width: Int) -> SIMD2<Int16> {
        SIMD2(widened(fields, 0, width), widened(fields, 1, width))
      }
      let opaque = SIMD2<Int16>(repeating: 255)
      let at = 16 &* subset
      unsafe scratch.store(pair(red, mode.colorBits), at)
      unsafe scratch.store(pair(green, mode.colorBits), at &+ 4)
      unsafe scratch.store(pair(blue, mode.colorBits), at &+ 8)
      unsafe scratch.store(mode.alphaBits > 0 ? pair(alpha, mode.alphaBits) : opaque, at &+ 12)
    }
    if mode.rotationBits > 0, rotation > 0 {
      let other = unsafe scratch.load(UInt32.self, 4 &* rotation &- 4)
      unsafe scratch.store(scratch.load(UInt32.self, 12), 4 &* rotation &- 4)
      unsafe scratch.store(other, 12)
    }
  }

  /// Writes the texels; `channel` (4: none) goes by the second indices.
  @inline(__always)
  @unsafe
  private static func interpolate(
    _ first: UInt64, _ second: UInt64, _ firstWidth: Int, _ secondWidth: Int, _ channel: Int,
    _ subsets: UInt32, _ to: UnsafeMutablePointer<UInt8>, _ stride: Int,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let mask = SIMD4<UInt32>(repeating: 0).replacing(
      with: .max, where: SIMD4(0, 1, 2, 3) .== SIMD4(repeating: UInt32(truncatingIfNeeded: channel))
    )
    for row in 0..<4 {
      var texels = (SIMD4<Int32>(), SIMD4<Int32>(), SIMD4<Int32>(), SIMD4<Int32>())
      for column in 0..<4 {
        let t = 4 &* row &+ column
        let subset = Int(truncatingIfNeeded: subsets &>> UInt32(truncatingIfNeeded: 2 &* t) & 3)
        var weights = SIMD4(repeating: weightPair(first, t, firstWidth))
        if channel < 4 {
          weights =
            weights & ~mask | SIMD4(repeating: weightPair(second, t, secondWidth)) & mask
        }
        let ends = unsafe scratch.load(SIMD8<Int16>.self, 16 &* subset)
        let texel =
          (Lanes.multiplyAddPairs(ends, unsafe unsafeBitCast(weights, to: SIMD8<Int16>.self))
            &+ 32) &>> 6
        switch column {
        case 0: texels.0 = texel
        case 1: texels.1 = texel
        case 2: texels.2 = texel
        default: texels.3 = texel
        }
      }
      unsafe to.store(
        Lanes.clampToUInt8(
          Lanes.clampToInt16(texels.0, texels.1), Lanes.clampToInt16(texels.2, texels.3)),
        row &* stride)
    }
  }

  /// The shares of both endpoints, of 64, at texel `t`, the first in the lane of 16 bits before.
  @inline(__always)
  static func weightPair(_ indices: UInt64, _ t: Int, _ width: Int) -> UInt32 {
    let index =
      Int(truncatingIfNeeded: indices &>> UInt64(truncatingIfNeeded: t &* width))
      & ((1 &<< width) &- 1)
    let second = UInt32(BCnTables.weights[(1 &<< width) &- 4 &+ index])
    #if _endian(little)
      return 64 &+ second &* 0xFFFF
    #else
      return 64 &<< 16 &- second &* 0xFFFF
    #endif
  }
}
