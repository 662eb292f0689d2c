// SPDX-License-Identifier: Apache-2.0

/// Floats with the unsigned integers of their bits, one by one and in 16 bytes.
protocol QuantizedFloat: BinaryFloatingPoint, BitwiseCopyable {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  associatedtype Lanes: SIMD & BitwiseCopyable where Lanes.Scalar == Bits
  /// All ones in every second lane.
  static var oddLanes: Lanes { get }
  init(bitPattern: Bits)
  var bitPattern: Bits { get }
}

extension Float: QuantizedFloat {
  typealias Bits = UInt32
  static var oddLanes: SIMD4<UInt32> {
    SIMD2<UInt64>(repeating: UInt64(UInt32.max).bigEndian).lanes8.lanes32
  }
}
extension Double: QuantizedFloat {
  typealias Bits = UInt64
  static var oddLanes: SIMD2<UInt64> { SIMD2(0, .max) }
}

extension Quantize {
  static func groom(
    _ source: RawSpan, into output: inout OutputRawSpan, _ element: Element, droppedBits: Int
  ) {
    switch element {
    case .float32: groom(source, into: &output, Float.self, droppedBits)
    case .float64: groom(source, into: &output, Double.self, droppedBits)
    }
  }

  /// Clears the last bits of every second element and sets those of the others.
  @inline(__always)
  private static func groom<F: QuantizedFloat>(
    _ source: RawSpan, into output: inout OutputRawSpan, _ type: F.Type, _ droppedBits: Int
  ) {
    let ones = F.Bits(1) &<< F.Bits(truncatingIfNeeded: droppedBits) &- 1
    let (dropped, infinity) = (F.Lanes(repeating: ones), F.Lanes(repeating: F.infinity.bitPattern))
    let fill = F.Lanes(repeating: F(fillValue).bitPattern)
    // Built by arithmetic: from lists of lanes LLVM makes a computation for each lane.
    let isOdd = F.oddLanes
    @inline(__always)
    func equal(_ a: F.Lanes, _ b: F.Lanes) -> F.Lanes {
      F.Lanes(repeating: 0).replacing(with: .max, where: a .== b)
    }
    // Zeros stay as they are: it does not matter for those that are cleared.
    @inline(__always)
    func groomed(_ bits: F.Lanes) -> F.Lanes {
      let isKept =
        equal(bits & infinity, infinity) | equal(bits, fill) | equal(bits, F.Lanes(repeating: 0))
      return bits ^ ((bits & dropped) ^ (dropped & isOdd)) & ~isKept
    }
    let size = MemoryLayout<F.Lanes>.size
    let whole = source.extracting(0..<source.byteCount &- source.byteCount % size)
    unsafe convert(whole, into: &output, from: size, to: size) { input, target in
      unsafe target.store(groomed(input.load(F.Lanes.self, 0)), 0)
    }
    var rest = F.Lanes(repeating: 0)
    let step = MemoryLayout<F.Bits>.size
    let restBytes = source.extracting(whole.byteCount..<source.byteCount)
    for lane in 0..<restBytes.byteCount / step {
      rest[lane] = unsafe restBytes.unsafeLoadUnaligned(
        fromByteOffset: lane * step, as: F.Bits.self)
    }
    rest = groomed(rest)
    var lane = 0
    unsafe convert(restBytes, into: &output, from: step, to: step) { _, target in
      unsafe target.store(rest[lane], 0)
      lane &+= 1
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
