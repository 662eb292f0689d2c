// SPDX-License-Identifier: Apache-2.0

/// How ``NDArray/cast(to:rounding:overflow:)`` makes an integer of a value with a fraction.
public enum Rounding: Sendable, Hashable {
  /// To the nearest integer, halves to the even one: numpy's `rint`.
  case nearestEven
  /// Toward zero: numpy's `astype`.
  case towardZero
}

/// What ``NDArray/cast(to:rounding:overflow:)`` does with a value that the target cannot hold.
public enum Overflow: Sendable, Hashable {
  /// The nearest value that the target has; NaN becomes 0.
  case clamp
  /// Integers keep their low bits, as numpy's `astype`; floats are clamped.
  case wrap
  /// Throws `invalidArgument`; so does NaN.
  case fail
}

extension NDArray {
  /// The same values as another type.
  ///
  /// Nothing is ever scaled: 255 as uint8 is 255 as uint16. bool is 0 and 1; every value but 0 is
  /// `true`. A complex array loses its imaginary part when `target` is real.
  ///
  /// - Throws: `invalidArgument` under ``Overflow/fail``; `outOfMemory`.
  public func cast(
    to target: DType, rounding: Rounding = .nearestEven, overflow: Overflow = .clamp
  ) throws(CodecError) -> NDArray {
    guard target != dtype else { return self }
    var unlimited = Limits.default
    unlimited.maxImageBytes = .max
    var result = try NDArray(zeros: shape, dtype: target, limits: unlimited)
    let plan = CastPlan(rounding: rounding, overflow: overflow)
    switch dtype {
    case .bool: try castFrom(Bool.self, to: &result, plan)
    case .uint8: try castFrom(UInt8.self, to: &result, plan)
    case .uint16: try castFrom(UInt16.self, to: &result, plan)
    case .uint32: try castFrom(UInt32.self, to: &result, plan)
    case .uint64: try castFrom(UInt64.self, to: &result, plan)
    case .int8: try castFrom(Int8.self, to: &result, plan)
    case .int16: try castFrom(Int16.self, to: &result, plan)
    case .int32: try castFrom(Int32.self, to: &result, plan)
    case .int64: try castFrom(Int64.self, to: &result, plan)
    case .float16: try castFrom(Float16.self, to: &result, plan)
    case .float32: try castFrom(Float.self, to: &result, plan)
    case .float64: try castFrom(Double.self, to: &result, plan)
    case .complex64: try castFrom(Complex<Float>.self, to: &result, plan)
    case .complex128: try castFrom(Complex<Double>.self, to: &result, plan)
    }
    return result
  }

  private func castFrom<S: CastScalar>(
    _ source: S.Type, to result: inout NDArray, _ plan: CastPlan
  ) throws(CodecError) {
    switch result.dtype {
    case .bool: try convert(S.self, Bool.self, &result, plan)
    case .uint8: try convert(S.self, UInt8.self, &result, plan)
    case .uint16: try convert(S.self, UInt16.self, &result, plan)
    case .uint32: try convert(S.self, UInt32.self, &result, plan)
    case .uint64: try convert(S.self, UInt64.self, &result, plan)
    case .int8: try convert(S.self, Int8.self, &result, plan)
    case .int16: try convert(S.self, Int16.self, &result, plan)
    case .int32: try convert(S.self, Int32.self, &result, plan)
    case .int64: try convert(S.self, Int64.self, &result, plan)
    case .float16: try convert(S.self, Float16.self, &result, plan)
    case .float32: try convert(S.self, Float.self, &result, plan)
    case .float64: try convert(S.self, Double.self, &result, plan)
    case .complex64: try convert(S.self, Complex<Float>.self, &result, plan)
    case .complex128: try convert(S.self, Complex<Double>.self, &result, plan)
    }
  }

  private func convert<S: CastScalar, T: CastScalar>(
    _: S.Type, _: T.Type, _ result: inout NDArray, _ plan: CastPlan
  ) throws(CodecError) {
    let source = elements(as: S.self)
    try result.withMutableElements(as: T.self) { (target) throws(CodecError) in
      precondition(target.count == source.count)
      for i in source.indices {
        guard let value = T(casting: source[i].castValue, plan) else {
          throw CodecError(.invalidArgument, codec: "array", "a value does not fit the type")
        }
        target[i] = value
      }
    }
  }
}

struct CastPlan {
  var rounding: Rounding
  var overflow: Overflow
}

/// A value on its way from one element type to another, without loss.
enum CastValue {
  case integer(Int64)
  case large(UInt64)
  case real(Double)
  case complex(Double, Double)
}

protocol CastScalar: NDScalar {
  var castValue: CastValue { get }
  /// `nil` when the value does not fit and the plan says `fail`.
  init?(casting value: CastValue, _ plan: CastPlan)
}

extension FixedWidthInteger {
  @inline(__always)
  fileprivate init?(castingInteger value: CastValue, _ plan: CastPlan) {
    switch value {
    case .integer(let x):
      switch plan.overflow {
      case .clamp: self = Self(clamping: x)
      case .wrap: self = Self(truncatingIfNeeded: x)
      case .fail: self.init(exactly: x)
      }
    case .large(let x):
      switch plan.overflow {
      case .clamp: self = Self(clamping: x)
      case .wrap: self = Self(truncatingIfNeeded: x)
      case .fail: self.init(exactly: x)
      }
    case .real(let x), .complex(let x, _):
      let rounded =
        plan.rounding == .towardZero ? x.rounded(.towardZero) : x.rounded(.toNearestOrEven)
      if let exact = Self(exactly: rounded) {
        self = exact
      } else if plan.overflow == .fail {
        return nil
      } else if plan.overflow == .wrap, let whole = Int64(exactly: rounded) {
        self = Self(truncatingIfNeeded: whole)
      } else {
        self = x.isNaN ? 0 : x < 0 ? .min : .max
      }
    }
  }
}

extension CastScalar where Self: FixedWidthInteger {
  @inline(__always) init?(casting value: CastValue, _ plan: CastPlan) {
    self.init(castingInteger: value, plan)
  }
}
extension CastScalar where Self: SignedInteger & FixedWidthInteger {
  @inline(__always) var castValue: CastValue { .integer(Int64(truncatingIfNeeded: self)) }
}
extension CastScalar where Self: UnsignedInteger & FixedWidthInteger {
  @inline(__always) var castValue: CastValue { .large(UInt64(truncatingIfNeeded: self)) }
}
extension UInt8: CastScalar {}
extension UInt16: CastScalar {}
extension UInt32: CastScalar {}
extension UInt64: CastScalar {}
extension Int8: CastScalar {}
extension Int16: CastScalar {}
extension Int32: CastScalar {}
extension Int64: CastScalar {}

extension Bool: CastScalar {
  var castValue: CastValue { .integer(self ? 1 : 0) }
  init?(casting value: CastValue, _ plan: CastPlan) {
    switch value {
    case .integer(let x): self = x != 0
    case .large(let x): self = x != 0
    case .real(let x): self = x != 0
    case .complex(let re, let im): self = re != 0 || im != 0
    }
  }
}

extension CastScalar where Self: BinaryFloatingPoint {
  @inline(__always) var castValue: CastValue { .real(Double(self)) }
  @inline(__always) init?(casting value: CastValue, _ plan: CastPlan) {
    switch value {
    case .integer(let x): self = Self(x)
    case .large(let x): self = Self(x)
    case .real(let x), .complex(let x, _): self = Self(x)
    }
  }
}
extension Float16: CastScalar {}
extension Float: CastScalar {}
extension Double: CastScalar {}

extension Complex: CastScalar {
  var castValue: CastValue { .complex(Double(real), Double(imaginary)) }
  init?(casting value: CastValue, _ plan: CastPlan) {
    switch value {
    case .integer(let x): self.init(Part(x))
    case .large(let x): self.init(Part(x))
    case .real(let x): self.init(Part(x))
    case .complex(let re, let im): self.init(Part(re), Part(im))
    }
  }
}
