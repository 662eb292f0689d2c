// SPDX-License-Identifier: Apache-2.0

/// Floats with the unsigned integers of their bits.
protocol QuantizedFloat: BinaryFloatingPoint, BitwiseCopyable {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  init(bitPattern: Bits)
  var bitPattern: Bits { get }
}

extension Float: QuantizedFloat { typealias Bits = UInt32 }
extension Double: QuantizedFloat { typealias Bits = UInt64 }

extension Quantize {
  static func groom(
    _ source: RawSpan, into output: inout OutputRawSpan, _ element: Element, droppedBits: Int
  ) {
    switch element {
    case .float32: groom(source, into: &output, Float.self, droppedBits)
    case .float64: groom(source, into: &output, Double.self, droppedBits)
    }
  }

  @inline(__always)
  private static func groom<F: QuantizedFloat>(
    _ source: RawSpan, into output: inout OutputRawSpan, _ type: F.Type, _ droppedBits: Int
  ) {
    let ones = F.Bits(1) &<< F.Bits(truncatingIfNeeded: droppedBits) &- 1
    let infinity = F.infinity.bitPattern
    let fill = F(fillValue).bitPattern
    // Two at a time and without branches: LLVM makes vectors of it.
    @inline(__always)
    func cleared(_ bits: F.Bits) -> F.Bits {
      bits & infinity == infinity || bits == fill ? bits : bits & ~ones
    }
    @inline(__always)
    func set(_ bits: F.Bits) -> F.Bits {
      bits & infinity == infinity || bits == fill || bits == 0 ? bits : bits | ones
    }
    let size = MemoryLayout<F.Bits>.size
    let pairs = source.extracting(0..<source.byteCount &- source.byteCount % (2 &* size))
    unsafe convert(pairs, into: &output, from: 2 &* size, to: 2 &* size) { input, target in
      let (first, second) = unsafe (
        input.load(F.Bits.self, 0), input.load(F.Bits.self, size)
      )
      unsafe target.store(cleared(first), 0)
      unsafe target.store(set(second), size)
    }
    let rest = source.extracting(pairs.byteCount..<source.byteCount)
    unsafe convert(rest, into: &output, from: size, to: size) { input, target in
      unsafe target.store(cleared(input.load(F.Bits.self, 0)), 0)
    }
  }

  static func round(
    _ source: RawSpan, into output: inout OutputRawSpan, _ element: Element, droppedBits: Int
  ) {
    switch element {
    case .float32:
      unsafe map(source, into: &output) { (value: Float) in rounded(value, droppedBits) }
    case .float64:
      unsafe map(source, into: &output) { (value: Double) in rounded(value, droppedBits) }
    }
  }

  /// `value` with so many bits of its mantissa rounded off, 1 or more; halves go up.
  @inline(__always)
  private static func rounded<F: QuantizedFloat>(_ value: F, _ droppedBits: Int) -> F {
    guard value.isFinite, value != F(fillValue) else { return value }
    let ones = F.Bits(1) &<< F.Bits(truncatingIfNeeded: droppedBits) &- 1
    let half = F.Bits(1) &<< F.Bits(truncatingIfNeeded: droppedBits &- 1)
    return F(bitPattern: (value.bitPattern &+ half) & ~ones)
  }

  static func roundGranular(
    _ source: RawSpan, into output: inout OutputRawSpan, _ element: Element, digits: Int
  ) {
    switch element {
    case .float32:
      unsafe map(source, into: &output) { (value: Float) in granular(value, digits) }
    case .float64:
      unsafe map(source, into: &output) { (value: Double) in granular(value, digits) }
    }
  }

  @inline(__always)
  private static func granular<F: QuantizedFloat>(_ value: F, _ digits: Int) -> F {
    guard value.isFinite, value != 0 else { return value }
    let dropped = F.significandBitCount &- keptBits(of: Double(value.magnitude), digits: digits)
    guard 1...F.significandBitCount ~= dropped else { return value }
    return rounded(value, dropped)
  }

  static func scale(
    _ source: RawSpan, into output: inout OutputRawSpan, _ element: Element, factor: Double
  ) {
    switch element {
    case .float32:
      unsafe map(source, into: &output) { (value: Float) in
        Float(integral(Double(value) * factor) / factor)
      }
    case .float64:
      unsafe map(source, into: &output) { (value: Double) in
        integral(value * factor) / factor
      }
    }
  }

  /// The integer next to `x`, halves away from zero; keeps the sign of zero.
  @inline(__always)
  private static func integral(_ x: Double) -> Double {
    // From 2^52 on every float is an integer: adding it rounds the rest to one. No branches, so that
    // LLVM makes vectors of it.
    let limit = 4_503_599_627_370_496.0
    let size = x.magnitude
    let nearest = (size + limit) - limit
    let below = nearest > size ? nearest - 1 : nearest
    let whole = size - below >= 0.5 ? below + 1 : below
    let signed = Double(
      bitPattern: whole.bitPattern | x.bitPattern & 0x8000_0000_0000_0000)
    return size < limit ? signed : x
  }

  @unsafe @inline(__always)
  private static func map<F: QuantizedFloat>(
    _ source: RawSpan, into output: inout OutputRawSpan, _ body: (F) -> F
  ) {
    let size = MemoryLayout<F>.size
    unsafe convert(source, into: &output, from: size, to: size) { input, target in
      let value = unsafe F(bitPattern: input.load(F.Bits.self, 0))
      unsafe target.store(body(value).bitPattern, 0)
    }
  }
}
