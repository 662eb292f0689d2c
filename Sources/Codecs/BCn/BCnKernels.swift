// SPDX-License-Identifier: Apache-2.0

extension BCn {
  /// Appends the up to four rows of texels of a row of blocks.
  ///
  /// - Precondition: there are blocks for `width`, and room for the rows.
  static func decodeRow(
    _ blocks: RawSpan, _ format: Format, width: Int, rowCount: Int,
    into output: inout OutputRawSpan
  ) {
    do throws(CodecError) {
      try unsafe output.appendBytes { target, capacity, written in
        written = width &* rowCount &* format.texelByteCount
        precondition(written <= capacity)
        unsafe decodeRow(blocks, format, width, rowCount, target)
      }
    } catch { return }
  }

  /// Decodes a row of blocks into up to four rows of texels, of which the first is `y`.
  ///
  /// - Precondition: there are blocks for `width`, and the rows lie in `target`.
  static func decodeRow(
    _ blocks: RawSpan, _ format: Format, width: Int, rowCount: Int,
    into target: inout MutableRawSpan, at y: Int
  ) {
    let rowByteCount = width &* format.texelByteCount
    do throws(CodecError) {
      try unsafe target.withBytePointer { target, count in
        precondition(y >= 0 && (y &+ rowCount) &* rowByteCount <= count)
        unsafe decodeRow(blocks, format, width, rowCount, target + y &* rowByteCount)
      }
    } catch { return }
  }

  /// In bounds: whole blocks write their 16 texels, all of which lie in the rows; one that reaches
  /// over an edge writes them to the scratch memory, from where those in the image are copied.
  @unsafe
  private static func decodeRow(
    _ blocks: RawSpan, _ format: Format, _ width: Int, _ rowCount: Int,
    _ target: UnsafeMutablePointer<UInt8>
  ) {
    let blockByteCount = format.blockByteCount
    let blockCount = (width &+ 3) / 4
    precondition(blockCount &* blockByteCount <= blocks.byteCount)
    let blockRowByteCount = 4 &* format.texelByteCount
    let rowByteCount = width &* format.texelByteCount
    do throws(CodecError) {
      try unsafe blocks.withBytePointer { input, _ in
        unsafe withUnsafeTemporaryAllocation(byteCount: Scratch.byteCount, alignment: 16) {
          memory in
          let scratch = unsafe UnsafeMutablePointer(
            mutating: UnsafeRawBufferPointer(memory).bytePointer)
          unsafe scratch.initialize(repeating: 0, count: Scratch.byteCount)
          let wholeCount = rowCount == 4 ? width / 4 : 0
          unsafe decodeBlocks(input, format, wholeCount, target, rowByteCount, scratch)
          for index in wholeCount..<blockCount {
            let texels = unsafe scratch + Scratch.texels
            unsafe decodeBlocks(
              input + index &* blockByteCount, format, 1, texels, blockRowByteCount, scratch)
            let start = index &* blockRowByteCount
            let count = min(blockRowByteCount, rowByteCount &- start)
            for row in 0..<rowCount {
              let to = unsafe target + (row &* rowByteCount &+ start)
              unsafe to.update(from: texels + row &* blockRowByteCount, count: count)
            }
          }
        }
      }
    } catch { return }
  }

  /// Offsets in the memory that blocks are decoded with.
  enum Scratch {
    /// The palette of the colours or of the first channel: 16 bytes; the endpoints of BC6H and BC7
    /// in pairs: 64 bytes.
    static let palette = 0
    /// That of the second channel, or of alpha in the bytes of whole texels; the fields of BC6H, 13
    /// numbers of 32 bits: 64 bytes.
    static let fields = 64
    /// The texels of a block that reaches over an edge: 96 bytes.
    static let texels = 128
    /// Those of the colours of four blocks: 64 bytes.
    static let palettes = 224
    static let byteCount = 288
  }

  /// Decodes `count` blocks side by side.
  @inline(never)
  @unsafe
  private static func decodeBlocks(
    _ input: UnsafePointer<UInt8>, _ format: Format, _ count: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ stride: Int, _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    switch format {
    case .bc1:
      unsafe forColorBlocks(input, 8, count, target, scratch, hasTransparency: true) {
        block, to, palette in
        let rows = unsafe colors(block + 4, palette)
        unsafe to.store(rows.0, 0)
        unsafe to.store(rows.1, stride)
        unsafe to.store(rows.2, 2 &* stride)
        unsafe to.store(rows.3, 3 &* stride)
      }
    case .bc2:
      for k in 0..<16 {
        unsafe scratch.store(SIMD4<UInt8>(0, 0, 0, UInt8(17 &* k)), Scratch.fields &+ 4 &* k)
      }
      unsafe forColorBlocks(input, 16, count, target, scratch, hasTransparency: false) {
        block, to, palette in
        unsafe colors(block, alphaBits: 4, at: 0, to, stride, palette, scratch)
      }
    case .bc3:
      unsafe forColorBlocks(input, 16, count, target, scratch, hasTransparency: false) {
        block, to, palette in
        let word = unsafe UInt64(littleEndian: block.load(UInt64.self, 0))
        let none = SIMD8<Int16>(repeating: 0)
        // Zips put each value at the place of alpha in its texel.
        let pairs = unsafe unsafeBitCast(
          Lanes.zipLow(SIMD16<UInt8>(repeating: 0), Lanes.clampToUInt8(values(word), none)),
          to: SIMD8<Int16>.self)
        unsafe scratch.store(Lanes.zipLow(none, pairs), Scratch.fields)
        unsafe scratch.store(Lanes.zipHigh(none, pairs), Scratch.fields &+ 16)
        unsafe colors(block, alphaBits: 3, at: 16, to, stride, palette, scratch)
      }
    case .bc4:
      unsafe forBlocks(input, 16, 2, count / 2, target) { block, to in
        let (first, second) = unsafe (
          unsafeBitCast(values(block), to: SIMD4<Int32>.self),
          unsafeBitCast(values(block + 8), to: SIMD4<Int32>.self)
        )
        unsafe storeRows(
          unsafeBitCast(Lanes.zipLow(first, second), to: SIMD2<UInt64>.self),
          unsafeBitCast(Lanes.zipHigh(first, second), to: SIMD2<UInt64>.self), to, stride)
      }
      guard count & 1 == 1 else { return }
      let last = unsafe values(input + 8 &* (count &- 1)).lanes32
      for row in 0..<4 { unsafe target.store(last[row], row &* stride &+ 4 &* (count &- 1)) }
    case .bc5:
      unsafe forBlocks(input, 16, 2, count, target) { block, to in
        let (first, second) = unsafe (values(block), values(block + 8))
        unsafe storeRows(
          Lanes.zipLow(first, second).lanes64, Lanes.zipHigh(first, second).lanes64, to, stride)
      }
    case .bc6h:
      unsafe forBlocks(input, 16, 6, count, target) { block, to in
        unsafe halfFloats(block, isSigned: false, to, stride, scratch)
      }
    case .bc6hSigned:
      unsafe forBlocks(input, 16, 6, count, target) { block, to in
        unsafe halfFloats(block, isSigned: true, to, stride, scratch)
      }
    case .bc7:
      unsafe forBlocks(input, 16, 4, count, target) { block, to in
        unsafe partitioned(BlockBits(block), to, stride, scratch)
      }
    }
  }

  /// Calls `body` for each block with the place of its first texel.
  @inline(__always)
  @unsafe
  private static func forBlocks(
    _ input: UnsafePointer<UInt8>, _ blockByteCount: Int, _ texelByteCount: Int, _ count: Int,
    _ target: UnsafeMutablePointer<UInt8>,
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
  ) {
    var (block, to, left) = unsafe (input, target, count)
    while left > 0 {
      unsafe body(block, to)
      unsafe block += blockByteCount
      unsafe to += 4 &* texelByteCount
      left &-= 1
    }
  }

  /// Calls `body` for each block with the place of its first texel and its palette, of which four
  /// are made at once; the colours are the last eight bytes of a block.
  @inline(__always)
  @unsafe
  private static func forColorBlocks(
    _ input: UnsafePointer<UInt8>, _ blockByteCount: Int, _ count: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ scratch: UnsafeMutablePointer<UInt8>,
    hasTransparency: Bool,
    _ body: (
      UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>
    ) -> Void
  ) {
    var (block, to, left) = unsafe (input, target, count)
    let colors = blockByteCount &- 8
    while left > 0 {
      // The last of them again for those that are not there.
      let last = min(left, 4) &- 1
      func word(_ k: Int) -> UInt32 {
        unsafe UInt32(
          littleEndian: block.load(UInt32.self, min(k, last) &* blockByteCount &+ colors))
      }
      let four = palettes(
        SIMD4(word(0), word(1), word(2), word(3)), hasTransparency: hasTransparency)
      let palette = unsafe scratch + Scratch.palettes
      unsafe palette.store(four.0, 0)
      unsafe palette.store(four.1, 16)
      unsafe palette.store(four.2, 32)
      unsafe palette.store(four.3, 48)
      for k in 0...last {
        unsafe body(block, to, palette + 16 &* k)
        unsafe block += blockByteCount
        unsafe to += 16
      }
      left &-= last &+ 1
    }
  }

  /// The four rows of texels that have the `indices`, of two bits each, into a palette.
  @inline(__always)
  @unsafe
  private static func colors(
    _ indices: UnsafePointer<UInt8>, _ palette: UnsafePointer<UInt8>
  ) -> (SIMD4<UInt32>, SIMD4<UInt32>, SIMD4<UInt32>, SIMD4<UInt32>) {
    let bits = unsafe SIMD4(repeating: UInt32(littleEndian: indices.load(UInt32.self, 0)))
    let (a, b, c, d) = unsafe (
      SIMD4(repeating: palette.load(UInt32.self, 0)),
      SIMD4(repeating: palette.load(UInt32.self, 4)),
      SIMD4(repeating: palette.load(UInt32.self, 8)),
      SIMD4(repeating: palette.load(UInt32.self, 12))
    )
    let (one, two, three) = (a ^ b, a ^ c, a ^ b ^ c ^ d)
    @inline(__always)
    func row(_ first: UInt32) -> SIMD4<UInt32> {
      let low = isSet(bits, SIMD4(first, first &<< 2, first &<< 4, first &<< 6))
      let high = isSet(bits, SIMD4(first &<< 1, first &<< 3, first &<< 5, first &<< 7))
      return a ^ (one & low) ^ ((two ^ (three & low)) & high)
    }
    return (row(1), row(1 << 8), row(1 << 16), row(1 << 24))
  }

  /// All ones in the lanes whose bit under the mask is set.
  @inline(__always)
  private static func isSet(_ bits: SIMD4<UInt32>, _ mask: SIMD4<UInt32>) -> SIMD4<UInt32> {
    SIMD4<UInt32>(repeating: 0).replacing(with: .max, where: (bits & mask) .== mask)
  }

  /// The colours of BC1 behind the eight bytes of alpha, whose indices begin at bit `start`.
  @inline(__always)
  @unsafe
  private static func colors(
    _ block: UnsafePointer<UInt8>, alphaBits: Int, at start: Int,
    _ to: UnsafeMutablePointer<UInt8>, _ stride: Int, _ palette: UnsafeMutablePointer<UInt8>,
    _ scratch: UnsafeMutablePointer<UInt8>
  ) {
    let alpha = unsafe UInt64(littleEndian: block.load(UInt64.self, 0))
    let word = unsafe UInt64(littleEndian: block.load(UInt64.self, 8))
    let mask = (1 &<< alphaBits) &- 1
    for row in 0..<4 {
      let place = unsafe to + row &* stride
      let bits = word &>> UInt64(truncatingIfNeeded: 30 &+ 8 &* row)
      let alphas = alpha &>> UInt64(truncatingIfNeeded: start &+ 4 &* alphaBits &* row)
      forFour { k in
        let color = Int(truncatingIfNeeded: bits &>> UInt64(2 &* k)) & 12
        let index = Int(truncatingIfNeeded: alphas &>> UInt64(alphaBits &* k)) & mask
        unsafe place.store(
          palette.load(UInt32.self, color)
            | scratch.load(UInt32.self, Scratch.fields &+ 4 &* index), 4 &* k)
      }
    }
  }

  /// Four texels of a row, written out: LLVM leaves loops over sixteen as they are.
  @inline(__always)
  private static func forFour(_ body: (Int) -> Void) {
    body(0)
    body(1)
    body(2)
    body(3)
  }

  /// Stores four rows of eight bytes.
  @inline(__always)
  @unsafe
  private static func storeRows(
    _ top: SIMD2<UInt64>, _ bottom: SIMD2<UInt64>, _ to: UnsafeMutablePointer<UInt8>, _ stride: Int
  ) {
    unsafe to.store(top[0], 0)
    unsafe to.store(top[1], stride)
    unsafe to.store(bottom[0], 2 &* stride)
    unsafe to.store(bottom[1], 3 &* stride)
  }

  /// The 16 texels of one channel.
  @inline(__always)
  @unsafe
  private static func values(_ block: UnsafePointer<UInt8>) -> SIMD16<UInt8> {
    texelValues(unsafe UInt64(littleEndian: block.load(UInt64.self, 0)))
  }
}

/// The 128 bits of a block, the lowest first.
struct BlockBits {
  private(set) var low: UInt64
  private var high: UInt64

  @inline(__always)
  @unsafe
  init(_ block: UnsafePointer<UInt8>) {
    unsafe low = UInt64(littleEndian: block.load(UInt64.self, 0))
    unsafe high = UInt64(littleEndian: block.load(UInt64.self, 8))
  }

  /// The next `count` bits, 0 to 63.
  @inline(__always)
  mutating func take(_ count: Int) -> Int {
    let n = UInt64(truncatingIfNeeded: count)
    let bits = Int(truncatingIfNeeded: low & (1 &<< n &- 1))
    // Shifted twice, so that a shift by 64 for no bits gives 0.
    low = low &>> n | (high &<< (63 &- n)) &<< 1
    high &>>= n
    return bits
  }

  /// The indices of 16 texels in `width` bits each, of which texel 0 and the `anchors`, in order,
  /// lack their highest bit, which is 0. 64 bits at most are left of these.
  @inline(__always)
  mutating func indices(_ width: Int, anchors: (Int, Int)) -> UInt64 {
    let bits = low
    let missing = 1 &+ (anchors.0 > 0 ? 1 : 0) &+ (anchors.1 > 0 ? 1 : 0)
    _ = take(16 &* width &- missing)
    return Self.withZeros(bits, width, anchors: anchors)
  }

  /// `bits` with the highest bits of the indices of texel 0 and the `anchors`.
  @inline(__always)
  static func withZeros(_ bits: UInt64, _ width: Int, anchors: (Int, Int)) -> UInt64 {
    var bits = gap(bits, width &- 1)
    if anchors.0 > 0 { bits = gap(bits, (anchors.0 &+ 1) &* width &- 1) }
    if anchors.1 > 0 { bits = gap(bits, (anchors.1 &+ 1) &* width &- 1) }
    return bits
  }

  /// `bits` with a zero bit put in at `position`, 1 to 63.
  @inline(__always)
  private static func gap(_ bits: UInt64, _ position: Int) -> UInt64 {
    let below = (1 as UInt64) &<< UInt64(truncatingIfNeeded: position) &- 1
    return bits & below | (bits & ~below) &<< 1
  }
}
