// SPDX-License-Identifier: Apache-2.0

/// What takes a value from its neighbour, and puts it back: wrapping subtraction or exclusive or.
///
/// Kernels are written once over this and specialised for each conformance. Vectors are 16 bytes
/// of any lanes.
protocol DifferenceLanes {
  associatedtype Scalar: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8>
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8>
  static func difference(_ a: Scalar, _ b: Scalar) -> Scalar
  static func sum(_ a: Scalar, _ b: Scalar) -> Scalar
}

extension DifferenceLanes {
  @inline(__always)
  static func difference(_ a: Scalar, _ b: Scalar) -> Scalar { a &- b }
  @inline(__always)
  static func sum(_ a: Scalar, _ b: Scalar) -> Scalar { a &+ b }
}

struct SubtractBytes: DifferenceLanes {
  typealias Scalar = UInt8
  @inline(__always)
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> { a &- b }
  @inline(__always)
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> { a &+ b }
}

struct SubtractUInt16: DifferenceLanes {
  typealias Scalar = UInt16
  @inline(__always)
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes16 &- b.lanes16).lanes8
  }
  @inline(__always)
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes16 &+ b.lanes16).lanes8
  }
}

struct SubtractUInt32: DifferenceLanes {
  typealias Scalar = UInt32
  @inline(__always)
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes32 &- b.lanes32).lanes8
  }
  @inline(__always)
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes32 &+ b.lanes32).lanes8
  }
}

struct SubtractUInt64: DifferenceLanes {
  typealias Scalar = UInt64
  @inline(__always)
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes64 &- b.lanes64).lanes8
  }
  @inline(__always)
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes64 &+ b.lanes64).lanes8
  }
}

struct ExclusiveOr<Scalar: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: DifferenceLanes {
  @inline(__always)
  static func difference(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes64 ^ b.lanes64).lanes8
  }
  @inline(__always)
  static func sum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    (a.lanes64 ^ b.lanes64).lanes8
  }
  @inline(__always)
  static func difference(_ a: Scalar, _ b: Scalar) -> Scalar { a ^ b }
  @inline(__always)
  static func sum(_ a: Scalar, _ b: Scalar) -> Scalar { a ^ b }
}

// Sums of neighbours 1 to 8 bytes apart within one vector.
@inline(__always)
func prefix1<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  prefix2(lanes, L.sum(x, x.up1))
}
@inline(__always)
func prefix2<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  prefix4(lanes, L.sum(x, x.up2))
}
@inline(__always)
func prefix3<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  let pairs = prefix6(lanes, L.sum(x, x.up3))
  return L.sum(pairs, pairs.up12)
}
@inline(__always)
func prefix4<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  prefix8(lanes, L.sum(x, x.up4))
}
@inline(__always)
func prefix5<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  let pairs = L.sum(x, x.up5)
  return L.sum(pairs, pairs.up10)
}
@inline(__always)
func prefix6<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  L.sum(x, x.up6)
}
@inline(__always)
func prefix7<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  L.sum(x, x.up7)
}
@inline(__always)
func prefix8<L: DifferenceLanes>(_ lanes: L, _ x: SIMD16<UInt8>) -> SIMD16<UInt8> {
  L.sum(x, x.up8)
}

// Constant shuffles, spelt out so that each becomes one byte shift.
extension SIMD16<UInt8> {
  // Each byte that many places higher, zeros below.
  @inline(__always) fileprivate var up1: Self {
    Self(
      0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7], self[8], self[9],
      self[10], self[11], self[12], self[13], self[14])
  }
  @inline(__always) fileprivate var up2: Self {
    Self(
      0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7], self[8],
      self[9], self[10], self[11], self[12], self[13])
  }
  @inline(__always) fileprivate var up3: Self {
    Self(
      0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7], self[8],
      self[9], self[10], self[11], self[12])
  }
  @inline(__always) fileprivate var up4: Self {
    Self(
      0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7], self[8],
      self[9], self[10], self[11])
  }
  @inline(__always) fileprivate var up5: Self {
    Self(
      0, 0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7],
      self[8], self[9], self[10])
  }
  @inline(__always) fileprivate var up6: Self {
    Self(
      0, 0, 0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7],
      self[8], self[9])
  }
  @inline(__always) fileprivate var up7: Self {
    Self(
      0, 0, 0, 0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6], self[7],
      self[8])
  }
  @inline(__always) fileprivate var up8: Self {
    Self(
      0, 0, 0, 0, 0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5], self[6],
      self[7])
  }
  @inline(__always) fileprivate var up10: Self {
    Self(
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, self[0], self[1], self[2], self[3], self[4], self[5])
  }
  @inline(__always) fileprivate var up12: Self {
    Self(
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, self[0], self[1], self[2], self[3])
  }

  // The last whole group of that many bytes, moved to the front, zeros above.
  @inline(__always) var last3: Self {
    Self(
      self[12], self[13], self[14], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  }
  @inline(__always) var last5: Self {
    Self(
      self[10], self[11], self[12], self[13], self[14], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  }
  @inline(__always) var last6: Self {
    Self(
      self[6], self[7], self[8], self[9], self[10], self[11], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  }
  @inline(__always) var last7: Self {
    Self(
      self[7], self[8], self[9], self[10], self[11], self[12], self[13], 0, 0, 0, 0, 0, 0, 0, 0,
      0)
  }
}
