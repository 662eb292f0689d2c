// SPDX-License-Identifier: Apache-2.0

/// Where a picture differs from another of the same shape and type.
struct FrameDifference: Sendable {
  /// The smallest rectangle with all pixels that differ; `nil` when none does.
  var region: Region?
  /// Pixels that differ.
  var changedCount = 0
  /// Whether those are opaque, so that the picture can be laid over the other.
  var isOpaque = true

  /// - Parameters:
  ///   - old: `nil` when it is not known, so that all has to be drawn.
  ///   - hasAlpha: whether the last of 2 or 4 channels is alpha. Otherwise the pixels are not
  ///     counted.
  init(from old: NDArray?, to new: NDArray, hasAlpha: Bool) {
    guard let old else {
      region = Region(x: 0, y: 0, width: new.shape[1], height: new.shape[0])
      changedCount = new.shape[0] * new.shape[1]
      isOpaque = false
      return
    }
    precondition(old.shape == new.shape && old.dtype == new.dtype && new.rank >= 2)
    let (a, b) = (old.bytes, new.bytes)
    let pixelByteCount = new.pixelByteCount
    let rowByteCount = new.shape[1] * pixelByteCount
    var (left, right) = (rowByteCount, 0)
    var (top, bottom) = (0, -1)
    for y in 0..<new.shape[0] {
      let row = y * rowByteCount..<(y + 1) * rowByteCount
      let changed = Self.changedBytes(a.extracting(row), b.extracting(row))
      guard !changed.isEmpty else { continue }
      if bottom < 0 { top = y }
      bottom = y
      left = min(left, changed.lowerBound)
      right = max(right, changed.upperBound)
    }
    guard bottom >= 0 else { return }
    let (x, end) = (left / pixelByteCount, (right - 1) / pixelByteCount + 1)
    let region = Region(x: x, y: top, width: end - x, height: bottom + 1 - top)
    self.region = region
    changedCount = region.width * region.height
    guard hasAlpha else {
      isOpaque = false
      return
    }
    switch pixelByteCount {
    case 2: count(a, b, region, rowByteCount, alphaBits: 8, UInt16.self)
    case 4: count(a, b, region, rowByteCount, alphaBits: new.dtype.byteCount * 8, UInt32.self)
    default: count(a, b, region, rowByteCount, alphaBits: 16, UInt64.self)
    }
  }

  /// From the first to the last byte that differs; empty when none does.
  private static func changedBytes(_ a: RawSpan, _ b: RawSpan) -> Range<Int> {
    let count = a.byteCount
    var first = 0
    while first + 8 <= count,
      a.loadUnaligned(UInt64.self, at: first) == b.loadUnaligned(UInt64.self, at: first)
    {
      first += 8
    }
    while first < count, a[byteAt: first] == b[byteAt: first] { first += 1 }
    var last = count
    while last - 8 >= first,
      a.loadUnaligned(UInt64.self, at: last - 8) == b.loadUnaligned(UInt64.self, at: last - 8)
    {
      last -= 8
    }
    while last > first, a[byteAt: last - 1] == b[byteAt: last - 1] { last -= 1 }
    return first..<last
  }

  private mutating func count<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ a: RawSpan, _ b: RawSpan, _ region: Region, _ rowByteCount: Int, alphaBits: Int,
    _ type: T.Type
  ) {
    let alpha = T.alphaMask(bitCount: alphaBits)
    let size = MemoryLayout<T>.size
    var changed = 0
    var opaque = alpha
    for y in region.y..<(region.y + region.height) {
      let row = y * rowByteCount
      for x in region.x..<(region.x + region.width) {
        let pixel = b.loadUnaligned(T.self, at: row + x * size)
        guard pixel != a.loadUnaligned(T.self, at: row + x * size) else { continue }
        changed += 1
        opaque &= pixel
      }
    }
    changedCount = changed
    isOpaque = opaque == alpha
  }
}

extension NDArray {
  /// Bytes of one pixel of an image.
  var pixelByteCount: Int { shape.dropFirst(2).reduce(dtype.byteCount, *) }

  /// The pixels of `region`, which lies inside the image.
  func pixels(of region: Region) throws(CodecError) -> NDArray {
    var part = try NDArray(
      zeros: [region.height, region.width] + shape.dropFirst(2), dtype: dtype,
      limits: .unbounded, codec: "canvas")
    let source = bytes
    let (pixel, width) = (pixelByteCount, shape[1])
    try part.withMutableBytes { (target) throws(CodecError) in
      for row in 0..<region.height {
        movePixels(
          source, at: ((region.y + row) * width + region.x) * pixel, count: region.width * pixel,
          pixelByteCount: 1, into: &target, at: row * region.width * pixel, step: 1)
      }
    }
    return part
  }

  /// The pixels of `region`, transparent black where they equal those of `old`.
  ///
  /// - Precondition: the last of 2 or 4 channels of 8 or 16 bits is alpha.
  func changedPixels(from old: NDArray, in region: Region) throws(CodecError) -> NDArray {
    var part = try pixels(of: region)
    let before = try old.pixels(of: region)
    let (source, size) = (before.bytes, pixelByteCount)
    try part.withMutableBytes { (target) throws(CodecError) in
      switch size {
      case 2: clearEqual(source, &target, UInt16.self)
      case 4: clearEqual(source, &target, UInt32.self)
      default: clearEqual(source, &target, UInt64.self)
      }
    }
    return part
  }

  private func clearEqual<T: FixedWidthInteger & BitwiseCopyable>(
    _ source: RawSpan, _ target: inout MutableRawSpan, _ type: T.Type
  ) {
    let size = MemoryLayout<T>.size
    for i in stride(from: 0, to: source.byteCount - size + 1, by: size)
    where source.loadUnaligned(T.self, at: i) == target.bytes.loadUnaligned(T.self, at: i) {
      target.storeBytes(of: 0, toByteOffset: i, as: T.self)
    }
  }
}

extension FixedWidthInteger {
  /// The last `bitCount` bits in memory order of a pixel loaded as one integer.
  fileprivate static func alphaMask(bitCount: Int) -> Self {
    #if _endian(little)
      ~0 << Self(Self.bitWidth - bitCount)
    #else
      ~(~0 << Self(bitCount))
    #endif
  }
}
