// SPDX-License-Identifier: Apache-2.0

/// Elements of several bytes to planes of first, second … bytes, and back.
enum BytePlanes {
  /// Splits `byteCount` bytes of whole elements into planes, the last byte's first when `isReversed`.
  ///
  /// - Precondition: the memories do not overlap.
  @inline(never)
  @unsafe
  static func split(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ byteCount: Int,
    _ size: Int, isReversed: Bool
  ) {
    let count = byteCount / size
    let first = unsafe isReversed ? target + (size &- 1) &* count : target
    let stride = isReversed ? 0 &- count : count
    var i = 0
    // In bounds: i + 16 ≤ count, so the source has 16 elements at i, and each plane 16 bytes.
    switch size {
    case 2:
      while i &+ 16 <= count {
        let planes = unsafe unzip(
          source.load(SIMD16<UInt8>.self, i &* 2), source.load(SIMD16<UInt8>.self, i &* 2 &+ 16))
        unsafe (first + i).store(planes.first, 0)
        unsafe (first + i).store(planes.second, stride)
        i &+= 16
      }
    case 4:
      while i &+ 16 <= count {
        var lanes = unsafe Vectors4(source + i &* 4, stride: 16)
        for _ in 0..<4 { lanes.rotate() }
        unsafe lanes.store(first + i, stride: stride)
        i &+= 16
      }
    case 8:
      while i &+ 16 <= count {
        var lanes = unsafe Vectors8(source + i &* 8, stride: 16)
        for _ in 0..<4 { lanes.rotate() }
        unsafe lanes.store(first + i, stride: stride)
        i &+= 16
      }
    default: break
    }
    for index in 0..<size {
      let plane = unsafe first + index &* stride
      var k = i
      while k < count {
        unsafe plane[k] = source[k &* size &+ index]
        k &+= 1
      }
    }
  }

  /// Joins the planes of `byteCount` bytes of whole elements, the last byte's first when `isReversed`.
  ///
  /// - Precondition: the memories do not overlap.
  @inline(never)
  @unsafe
  static func join(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ byteCount: Int,
    _ size: Int, isReversed: Bool
  ) {
    let count = byteCount / size
    let first = unsafe isReversed ? source + (size &- 1) &* count : source
    let stride = isReversed ? 0 &- count : count
    var i = 0
    // In bounds: as in `split`.
    switch size {
    case 2:
      while i &+ 16 <= count {
        let both = unsafe zip(
          (first + i).load(SIMD16<UInt8>.self, 0), (first + i).load(SIMD16<UInt8>.self, stride))
        unsafe target.store(both.low, i &* 2)
        unsafe target.store(both.high, i &* 2 &+ 16)
        i &+= 16
      }
    case 4:
      while i &+ 16 <= count {
        var lanes = unsafe Vectors4(first + i, stride: stride)
        for _ in 0..<2 { lanes.rotate() }
        unsafe lanes.store(target + i &* 4, stride: 16)
        i &+= 16
      }
    case 8:
      while i &+ 16 <= count {
        var lanes = unsafe Vectors8(first + i, stride: stride)
        for _ in 0..<3 { lanes.rotate() }
        unsafe lanes.store(target + i &* 8, stride: 16)
        i &+= 16
      }
    default: break
    }
    for index in 0..<size {
      let plane = unsafe first + index &* stride
      var k = i
      while k < count {
        unsafe target[k &* size &+ index] = plane[k]
        k &+= 1
      }
    }
  }
}

/// The bytes of two vectors in turn.
@inline(__always)
private func zip(
  _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>
) -> (low: SIMD16<UInt8>, high: SIMD16<UInt8>) {
  (Lanes.zipLow(a, b), Lanes.zipHigh(a, b))
}

/// The first and the second bytes of sixteen pairs.
@inline(__always)
private func unzip(
  _ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>
) -> (first: SIMD16<UInt8>, second: SIMD16<UInt8>) {
  let mask = SIMD8<UInt16>(repeating: 0xFF)
  let low = bytes(a.lanes16 & mask, b.lanes16 & mask)
  let high = bytes(a.lanes16 &>> 8, b.lanes16 &>> 8)
  #if _endian(little)
    return (low, high)
  #else
    return (high, low)
  #endif
}

/// Numbers below 256 as bytes.
@inline(__always)
private func bytes(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> SIMD16<UInt8> {
  unsafe Lanes.clampToUInt8(
    unsafeBitCast(a, to: SIMD8<Int16>.self), unsafeBitCast(b, to: SIMD8<Int16>.self))
}

/// 64 bytes whose address is two bits of vector and four of lane.
private struct Vectors4 {
  var v0, v1, v2, v3: SIMD16<UInt8>

  @unsafe @inline(__always)
  init(_ source: UnsafePointer<UInt8>, stride: Int) {
    v0 = unsafe source.load(SIMD16<UInt8>.self, 0)
    v1 = unsafe source.load(SIMD16<UInt8>.self, stride)
    v2 = unsafe source.load(SIMD16<UInt8>.self, stride &* 2)
    v3 = unsafe source.load(SIMD16<UInt8>.self, stride &* 3)
  }

  @unsafe @inline(__always)
  func store(_ target: UnsafeMutablePointer<UInt8>, stride: Int) {
    unsafe target.store(v0, 0)
    unsafe target.store(v1, stride)
    unsafe target.store(v2, stride &* 2)
    unsafe target.store(v3, stride &* 3)
  }

  /// Moves every byte to its address rotated left by one bit.
  @inline(__always)
  mutating func rotate() {
    let (a, b) = (zip(v0, v2), zip(v1, v3))
    (v0, v1, v2, v3) = (a.low, a.high, b.low, b.high)
  }
}

/// 128 bytes whose address is three bits of vector and four of lane.
struct Vectors8 {
  var v0, v1, v2, v3, v4, v5, v6, v7: SIMD16<UInt8>

  @unsafe @inline(__always)
  init(_ source: UnsafePointer<UInt8>, stride: Int) {
    v0 = unsafe source.load(SIMD16<UInt8>.self, 0)
    v1 = unsafe source.load(SIMD16<UInt8>.self, stride)
    v2 = unsafe source.load(SIMD16<UInt8>.self, stride &* 2)
    v3 = unsafe source.load(SIMD16<UInt8>.self, stride &* 3)
    v4 = unsafe source.load(SIMD16<UInt8>.self, stride &* 4)
    v5 = unsafe source.load(SIMD16<UInt8>.self, stride &* 5)
    v6 = unsafe source.load(SIMD16<UInt8>.self, stride &* 6)
    v7 = unsafe source.load(SIMD16<UInt8>.self, stride &* 7)
  }

  @unsafe @inline(__always)
  func store(_ target: UnsafeMutablePointer<UInt8>, stride: Int) {
    unsafe target.store(v0, 0)
    unsafe target.store(v1, stride)
    unsafe target.store(v2, stride &* 2)
    unsafe target.store(v3, stride &* 3)
    unsafe target.store(v4, stride &* 4)
    unsafe target.store(v5, stride &* 5)
    unsafe target.store(v6, stride &* 6)
    unsafe target.store(v7, stride &* 7)
  }

  /// Moves every byte to its address rotated left by one bit.
  @inline(__always)
  mutating func rotate() {
    let (a, b, c, d) = (zip(v0, v4), zip(v1, v5), zip(v2, v6), zip(v3, v7))
    (v0, v1, v2, v3) = (a.low, a.high, b.low, b.high)
    (v4, v5, v6, v7) = (c.low, c.high, d.low, d.high)
  }

  /// Exchanges bit k of vector r with bit r of vector k, in each lane.
  @inline(__always)
  mutating func transposeBits() {
    exchange(&v0, &v4, 4, 0x0F0F_0F0F_0F0F_0F0F)
    exchange(&v1, &v5, 4, 0x0F0F_0F0F_0F0F_0F0F)
    exchange(&v2, &v6, 4, 0x0F0F_0F0F_0F0F_0F0F)
    exchange(&v3, &v7, 4, 0x0F0F_0F0F_0F0F_0F0F)
    exchange(&v0, &v2, 2, 0x3333_3333_3333_3333)
    exchange(&v1, &v3, 2, 0x3333_3333_3333_3333)
    exchange(&v4, &v6, 2, 0x3333_3333_3333_3333)
    exchange(&v5, &v7, 2, 0x3333_3333_3333_3333)
    exchange(&v0, &v1, 1, 0x5555_5555_5555_5555)
    exchange(&v2, &v3, 1, 0x5555_5555_5555_5555)
    exchange(&v4, &v5, 1, 0x5555_5555_5555_5555)
    exchange(&v6, &v7, 1, 0x5555_5555_5555_5555)
  }

  /// Exchanges the bits of `b` under `mask` with those of `a` that are `shift` places higher.
  @inline(__always)
  private func exchange(
    _ a: inout SIMD16<UInt8>, _ b: inout SIMD16<UInt8>, _ shift: UInt64, _ mask: UInt64
  ) {
    let (x, y) = (a.lanes64, b.lanes64)
    let t = ((x &>> shift) ^ y) & SIMD2(repeating: mask)
    b = (y ^ t).lanes8
    a = (x ^ (t &<< shift)).lanes8
  }
}
