// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// Decodes a row of blocks into up to four rows of texels, of which the first is `y`.
  static func decodeRow(
    _ blocks: RawSpan, _ format: Format, width: Int, rowCount: Int,
    into target: inout MutableRawSpan, at y: Int
  ) {
    switch format {
    case .bc1:
      forBlocks(blocks, 8, 4, width, rowCount, &target, y) { block, texels in
        let word = block.loadUnaligned(UInt64.self, at: 0)
        colors(UInt64(littleEndian: word), hasTransparency: true, into: &texels)
      }
    case .bc2:
      forBlocks(blocks, 16, 4, width, rowCount, &target, y) { block, texels in
        let word = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 8))
        colors(word, hasTransparency: false, into: &texels)
        let alpha = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 0))
        for t in 0..<16 {
          texels[4 &* t &+ 3] = UInt8(truncatingIfNeeded: alpha &>> UInt64(4 &* t) & 15) &* 17
        }
      }
    case .bc3:
      forBlocks(blocks, 16, 4, width, rowCount, &target, y) { block, texels in
        let word = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 8))
        colors(word, hasTransparency: false, into: &texels)
        let alpha = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 0))
        values(alpha, step: 4, at: 3, into: &texels)
      }
    case .bc4:
      forBlocks(blocks, 8, 1, width, rowCount, &target, y) { block, texels in
        let word = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 0))
        values(word, step: 1, at: 0, into: &texels)
      }
    case .bc5:
      forBlocks(blocks, 16, 2, width, rowCount, &target, y) { block, texels in
        let first = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 0))
        let second = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 8))
        values(first, step: 2, at: 0, into: &texels)
        values(second, step: 2, at: 1, into: &texels)
      }
    case .bc6h:
      forBlocks(blocks, 16, 6, width, rowCount, &target, y) { block, texels in
        halfFloats(BlockBits(block), isSigned: false, into: &texels)
      }
    case .bc6hSigned:
      forBlocks(blocks, 16, 6, width, rowCount, &target, y) { block, texels in
        halfFloats(BlockBits(block), isSigned: true, into: &texels)
      }
    case .bc7:
      forBlocks(blocks, 16, 4, width, rowCount, &target, y) { block, texels in
        partitioned(BlockBits(block), into: &texels)
      }
    }
  }

  /// The bytes of the 16 texels of a block, six each at most.
  typealias Texels = InlineArray<96, UInt8>

  /// Calls `body` for each block and copies the texels that lie in the image.
  ///
  /// In bounds: the callers pass whole rows of an image of `width`, and the copies are cut to it.
  @inline(__always)
  private static func forBlocks(
    _ blocks: RawSpan, _ blockByteCount: Int, _ texelByteCount: Int, _ width: Int, _ rowCount: Int,
    _ target: inout MutableRawSpan, _ y: Int, _ body: (RawSpan, inout Texels) -> Void
  ) {
    let rowByteCount = width &* texelByteCount
    precondition((y &+ rowCount) &* rowByteCount <= target.byteCount)
    var texels = Texels(repeating: 0)
    unsafe target.withUnsafeMutableBytes { buffer in
      let base = unsafe UnsafeMutablePointer(
        mutating: UnsafeRawBufferPointer(buffer).bytePointer)
      var x = 0
      var start = 0
      while x < width {
        body(blocks.extracting(start..<start &+ blockByteCount), &texels)
        let count = min(4, width &- x) &* texelByteCount
        for row in 0..<rowCount {
          let to = unsafe base + ((y &+ row) &* rowByteCount &+ x &* texelByteCount)
          let first = row &* 4 &* texelByteCount
          for k in 0..<count { unsafe to[k] = texels[first &+ k] }
        }
        x &+= 4
        start &+= blockByteCount
      }
    }
  }

  /// Two colours and the two between them, or one between them and transparent black.
  @inline(__always)
  private static func colors(_ block: UInt64, hasTransparency: Bool, into texels: inout Texels) {
    let (a, b) = (Int(block & 0xFFFF), Int(block &>> 16 & 0xFFFF))
    let (r0, g0, b0) = (a &>> 11, a &>> 5 & 63, a & 31)
    let (r1, g1, b1) = (b &>> 11, b &>> 5 & 63, b & 31)
    var palette = SIMD4<UInt32>(
      packed(wide5(r0), wide6(g0), wide5(b0)), packed(wide5(r1), wide6(g1), wide5(b1)), 0, 0)
    if a > b || !hasTransparency {
      palette[2] = packed(third5(r0, r1), third6(g0, g1), third5(b0, b1))
      palette[3] = packed(third5(r1, r0), third6(g1, g0), third5(b1, b0))
    } else {
      palette[2] = packed(
        ((r0 &+ r1) &* 1053 &+ 125) &>> 8, ((g0 &+ g1) &* 4145 &+ 1019) &>> 11,
        ((b0 &+ b1) &* 1053 &+ 125) &>> 8)
    }
    for t in 0..<16 {
      let color = palette[Int(truncatingIfNeeded: block &>> UInt64(32 &+ 2 &* t) & 3)]
      texels[4 &* t] = UInt8(truncatingIfNeeded: color)
      texels[4 &* t &+ 1] = UInt8(truncatingIfNeeded: color &>> 8)
      texels[4 &* t &+ 2] = UInt8(truncatingIfNeeded: color &>> 16)
      texels[4 &* t &+ 3] = UInt8(truncatingIfNeeded: color &>> 24)
    }
  }

  // Five and six bits as eight, and thirds between them, rounded from the narrow values.
  @inline(__always)
  private static func wide5(_ x: Int) -> Int { (x &* 527 &+ 23) &>> 6 }
  @inline(__always)
  private static func wide6(_ x: Int) -> Int { (x &* 259 &+ 33) &>> 6 }
  @inline(__always)
  private static func third5(_ x: Int, _ y: Int) -> Int { ((2 &* x &+ y) &* 351 &+ 61) &>> 7 }
  @inline(__always)
  private static func third6(_ x: Int, _ y: Int) -> Int {
    ((2 &* x &+ y) &* 2763 &+ 1039) &>> 11
  }

  /// An opaque colour.
  @inline(__always)
  private static func packed(_ red: Int, _ green: Int, _ blue: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: red | green &<< 8 | blue &<< 16 | 0xFF &<< 24)
  }

  /// One channel: two values and six between them, or four between them, 0 and 255.
  @inline(__always)
  private static func values(
    _ block: UInt64, step: Int, at offset: Int, into texels: inout Texels
  ) {
    let (a, b) = (Int(block & 0xFF), Int(block &>> 8 & 0xFF))
    var palette = SIMD8<UInt8>(repeating: 0)
    palette[0] = UInt8(truncatingIfNeeded: a)
    palette[1] = UInt8(truncatingIfNeeded: b)
    if a > b {
      for k in 1...6 {
        palette[k &+ 1] = UInt8(truncatingIfNeeded: ((7 &- k) &* a &+ k &* b) / 7)
      }
    } else {
      for k in 1...4 {
        palette[k &+ 1] = UInt8(truncatingIfNeeded: ((5 &- k) &* a &+ k &* b) / 5)
      }
      palette[7] = 255
    }
    for t in 0..<16 {
      let index = Int(truncatingIfNeeded: block &>> UInt64(16 &+ 3 &* t) & 7)
      texels[step &* t &+ offset] = palette[index]
    }
  }
}

/// The 128 bits of a block, the lowest first.
struct BlockBits {
  private var low: UInt64
  private var high: UInt64

  @inline(__always)
  init(_ block: RawSpan) {
    low = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 0))
    high = UInt64(littleEndian: block.loadUnaligned(UInt64.self, at: 8))
  }

  /// The next `count` bits, 0 to 32.
  @inline(__always)
  mutating func take(_ count: Int) -> Int {
    let n = UInt64(truncatingIfNeeded: count)
    let bits = Int(truncatingIfNeeded: low & (1 &<< n &- 1))
    // Shifted twice, so that a shift by 64 for no bits gives 0.
    low = low &>> n | (high &<< (63 &- n)) &<< 1
    high &>>= n
    return bits
  }

  /// The zero bits before the next one bit, which is taken, too; at most `limit` are looked at.
  @inline(__always)
  mutating func unary(limit: Int) -> Int {
    let zeros = min(low.trailingZeroBitCount, limit)
    _ = take(min(zeros &+ 1, limit))
    return zeros
  }
}
