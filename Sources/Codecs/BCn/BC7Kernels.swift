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
  @inline(__always)
  static func partitioned(_ block: BlockBits, into texels: inout Texels) {
    var bits = block
    let number = bits.unary(limit: 8)
    guard number < 8 else {
      texels = Texels(repeating: 0)
      return
    }
    let mode = Mode(number)
    let partition = bits.take(mode.partitionBits)
    let rotation = bits.take(mode.rotationBits)
    let selector = bits.take(mode.selectorBits)
    // Red, green, blue, alpha of each endpoint.
    var ends = InlineArray<24, Int>(repeating: 255)
    let endCount = 2 &* mode.subsets
    for c in 0..<4 {
      let width = c < 3 ? mode.colorBits : mode.alphaBits
      guard width > 0 else { continue }
      for e in 0..<endCount { ends[4 &* e &+ c] = bits.take(width) }
    }
    finishEndpoints(&ends, mode, endCount, &bits)
    let subsets: UInt32
    var anchors: (Int, Int) = (0, 0)
    switch mode.subsets {
    case 2:
      subsets = BCnTables.twoSubsets[partition]
      anchors.0 = Int(BCnTables.twoSubsetAnchors[partition])
    case 3:
      subsets = BCnTables.threeSubsets[partition]
      let both = Int(BCnTables.threeSubsetAnchors[partition])
      anchors = (both & 15, both &>> 4)
    default: subsets = 0
    }
    var first = InlineArray<16, Int>(repeating: 0)
    for t in 0..<16 {
      let isAnchor = t == 0 || t == anchors.0 || t == anchors.1
      let index = bits.take(isAnchor ? mode.indexBits &- 1 : mode.indexBits)
      first[t] = Int(BCnTables.weights[(1 &<< mode.indexBits) &- 4 &+ index])
    }
    var second = first
    if mode.secondIndexBits > 0 {
      for t in 0..<16 {
        let index = bits.take(t == 0 ? mode.secondIndexBits &- 1 : mode.secondIndexBits)
        second[t] = Int(BCnTables.weights[(1 &<< mode.secondIndexBits) &- 4 &+ index])
      }
    }
    for t in 0..<16 {
      let start = Int(truncatingIfNeeded: subsets &>> UInt32(2 &* t) & 3) &* 8
      let (colorWeight, alphaWeight) =
        selector == 0 ? (first[t], second[t]) : (second[t], first[t])
      for c in 0..<4 {
        let weight = c < 3 ? colorWeight : alphaWeight
        let (a, b) = (ends[start &+ c], ends[start &+ 4 &+ c])
        texels[4 &* t &+ c] = UInt8(
          truncatingIfNeeded: (a &* (64 &- weight) &+ b &* weight &+ 32) &>> 6)
      }
      if rotation > 0 {
        let alpha = texels[4 &* t &+ 3]
        texels[4 &* t &+ 3] = texels[4 &* t &+ rotation &- 1]
        texels[4 &* t &+ rotation &- 1] = alpha
      }
    }
  }

  /// Appends the lowest bits, and widens all to eight bits by their own highest ones.
  @inline(__always)
  private static func finishEndpoints(
    _ ends: inout InlineArray<24, Int>, _ mode: Mode, _ endCount: Int, _ bits: inout BlockBits
  ) {
    var shared = 0
    for e in 0..<endCount {
      let hasBit = mode.hasOwnBits || mode.hasSharedBits
      if mode.hasOwnBits || (mode.hasSharedBits && e & 1 == 0) { shared = bits.take(1) }
      for c in 0..<4 {
        var width = c < 3 ? mode.colorBits : mode.alphaBits
        guard width > 0 else { continue }
        var value = ends[4 &* e &+ c]
        if hasBit {
          value = value &<< 1 | shared
          width &+= 1
        }
        value &<<= 8 &- width
        ends[4 &* e &+ c] = value | value &>> width
      }
    }
  }
}
