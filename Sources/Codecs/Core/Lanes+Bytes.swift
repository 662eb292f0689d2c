// SPDX-License-Identifier: Apache-2.0

#if hasFeature(BuiltinModule)
  import Builtin
#endif

// Sixteen unsigned bytes at a time: operations of one instruction each, here and in plain Swift.

extension Lanes {
  #if hasFeature(BuiltinModule)
    @inline(always)
    static func minimum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(
        Builtin.int_umin_Vec16xInt8(
          unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
          unsafeBitCast(b, to: Builtin.Vec16xInt8.self)), to: SIMD16<UInt8>.self)
    }
    @inline(always)
    static func maximum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(
        Builtin.int_umax_Vec16xInt8(
          unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
          unsafeBitCast(b, to: Builtin.Vec16xInt8.self)), to: SIMD16<UInt8>.self)
    }
    /// `a - b`, or 0 where `b` is larger.
    @inline(always)
    static func excess(_ a: SIMD16<UInt8>, over b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(
        Builtin.int_usub_sat_Vec16xInt8(
          unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
          unsafeBitCast(b, to: Builtin.Vec16xInt8.self)), to: SIMD16<UInt8>.self)
    }
    /// Eight bytes as 16-bit numbers. The initialisers of the standard library do this and the
    /// contrary by a call each, once a module uses them often.
    @inline(always)
    static func widened(_ a: SIMD8<UInt8>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Builtin.zext_Vec8xInt8_Vec8xInt16(unsafeBitCast(a, to: Builtin.Vec8xInt8.self)),
        to: SIMD8<Int16>.self)
    }
    /// The low bytes.
    @inline(always)
    static func narrowed(_ a: SIMD8<Int16>) -> SIMD8<UInt8> {
      unsafe unsafeBitCast(
        Builtin.trunc_Vec8xInt16_Vec8xInt8(unsafeBitCast(a, to: Builtin.Vec8xInt16.self)),
        to: SIMD8<UInt8>.self)
    }
  #else
    @inline(always)
    static func widened(_ a: SIMD8<UInt8>) -> SIMD8<Int16> { PlainLanes.widened(a) }
    @inline(always)
    static func narrowed(_ a: SIMD8<Int16>) -> SIMD8<UInt8> { PlainLanes.narrowed(a) }
    @inline(always)
    static func minimum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.minimum(a, b)
    }
    @inline(always)
    static func maximum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.maximum(a, b)
    }
    @inline(always)
    static func excess(_ a: SIMD16<UInt8>, over b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.excess(a, over: b)
    }
  #endif

  #if arch(x86_64) && hasFeature(BuiltinModule)
    /// `(a + b + 1) / 2`.
    @inline(always)
    static func average(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_pavg_b(
          unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
          unsafeBitCast(b, to: Builtin.Vec16xInt8.self)), to: SIMD16<UInt8>.self)
    }
  #else
    @inline(always)
    static func average(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.average(a, b)
    }
  #endif
}

extension PlainLanes {
  @inline(always)
  static func widened(_ a: SIMD8<UInt8>) -> SIMD8<Int16> { SIMD8(truncatingIfNeeded: a) }
  @inline(always)
  static func narrowed(_ a: SIMD8<Int16>) -> SIMD8<UInt8> { SIMD8(truncatingIfNeeded: a) }
  @inline(always)
  static func minimum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    a.replacing(with: b, where: b .< a)
  }
  @inline(always)
  static func maximum(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    a.replacing(with: b, where: a .< b)
  }
  @inline(always)
  static func excess(_ a: SIMD16<UInt8>, over b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    maximum(a, b) &- b
  }
  @inline(always)
  static func average(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    // a + b = 2 (a | b) - (a ^ b).
    (a | b) &- ((a ^ b) &>> SIMD16(repeating: 1))
  }
}
