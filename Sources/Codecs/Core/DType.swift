// SPDX-License-Identifier: Apache-2.0

/// The type of one array element, as numpy names it.
///
/// Elements are stored in the byte order of the machine; decoders swap while decoding.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
  case bool
  case uint8, uint16, uint32, uint64
  case int8, int16, int32, int64
  case float16, float32, float64
  case complex64, complex128

  /// Size of one element, in bytes.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// numpy's name, e.g. `"uint8"`.
  public var name: String {
    switch self {
    case .bool: "bool"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .complex64: "complex64"
    case .complex128: "complex128"
    }
  }

  /// The type that numpy calls `name`; `nil` when there is none.
  public init?(name: String) {
    guard let match = DType.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }

  public var isInteger: Bool {
    switch self {
    case .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64: true
    default: false
    }
  }
  public var isFloat: Bool {
    switch self {
    case .float16, .float32, .float64: true
    default: false
    }
  }
  public var isComplex: Bool { self == .complex64 || self == .complex128 }
}

extension DType: CustomStringConvertible { public var description: String { name } }

/// A Swift type that can be the element of an ``NDArray``.
///
/// Do not add conformances: the set is closed, one per ``DType`` case.
public protocol NDScalar: BitwiseCopyable, Sendable, Hashable {
  static var dtype: DType { get }
}

extension Bool: NDScalar { public static var dtype: DType { .bool } }
extension UInt8: NDScalar { public static var dtype: DType { .uint8 } }
extension UInt16: NDScalar { public static var dtype: DType { .uint16 } }
extension UInt32: NDScalar { public static var dtype: DType { .uint32 } }
extension UInt64: NDScalar { public static var dtype: DType { .uint64 } }
extension Int8: NDScalar { public static var dtype: DType { .int8 } }
extension Int16: NDScalar { public static var dtype: DType { .int16 } }
extension Int32: NDScalar { public static var dtype: DType { .int32 } }
extension Int64: NDScalar { public static var dtype: DType { .int64 } }
extension Float16: NDScalar { public static var dtype: DType { .float16 } }
extension Float: NDScalar { public static var dtype: DType { .float32 } }
extension Double: NDScalar { public static var dtype: DType { .float64 } }

/// A complex number, as numpy lays it out: real part first.
public struct Complex<Part: BinaryFloatingPoint & BitwiseCopyable & Sendable>: BitwiseCopyable,
  Sendable, Hashable
{
  public var real: Part
  public var imaginary: Part
  public init(_ real: Part, _ imaginary: Part = 0) {
    self.real = real
    self.imaginary = imaginary
  }
}

extension Complex: NDScalar {
  public static var dtype: DType { MemoryLayout<Part>.size == 4 ? .complex64 : .complex128 }
}
