// SPDX-License-Identifier: Apache-2.0

#if hasFeature(BuiltinModule)
  import Builtin
#endif

/// Operations on 128-bit vectors that Swift's SIMD types lack, each one instruction on x86-64.
///
/// Elsewhere, and in the tests, ``PlainLanes`` says the same in plain Swift; LLVM finds the
/// instructions of other processors from it.
enum Lanes {
  #if arch(x86_64) && hasFeature(BuiltinModule)
    /// `a[2i]·b[2i] + a[2i+1]·b[2i+1]`, wrapping.
    @inline(always)
    static func multiplyAddPairs(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD4<Int32> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_pmadd_wd(builtin(a), builtin(b)), to: SIMD4<Int32>.self)
    }
    /// The high halves of the 32-bit products.
    @inline(always)
    static func multiplyHigh(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_pmulh_w(builtin(a), builtin(b)), to: SIMD8<Int16>.self)
    }
    /// The high halves of the 32-bit products.
    @inline(always)
    static func multiplyHigh(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> SIMD8<UInt16> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_pmulhu_w(
          unsafeBitCast(a, to: Builtin.Vec8xInt16.self),
          unsafeBitCast(b, to: Builtin.Vec8xInt16.self)), to: SIMD8<UInt16>.self)
    }
    /// Eight lanes clamped to 16 bits.
    @inline(always)
    static func clampToInt16(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_packssdw_128(
          unsafeBitCast(a, to: Builtin.Vec4xInt32.self),
          unsafeBitCast(b, to: Builtin.Vec4xInt32.self)), to: SIMD8<Int16>.self)
    }
    /// Sixteen lanes clamped to 0…255.
    @inline(always)
    static func clampToUInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<UInt8> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_packuswb_128(builtin(a), builtin(b)), to: SIMD16<UInt8>.self)
    }
    /// Sixteen lanes clamped to -128…127.
    @inline(always)
    static func clampToInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<Int8> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_packsswb_128(builtin(a), builtin(b)), to: SIMD16<Int8>.self)
    }
    /// All ones in each lane where `a` and `b` agree.
    @inline(always)
    static func equal(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      let same = unsafe Builtin.cmp_eq_Vec16xInt8(
        unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
        unsafeBitCast(b, to: Builtin.Vec16xInt8.self))
      return unsafe unsafeBitCast(
        Builtin.sext_Vec16xInt1_Vec16xInt8(same), to: SIMD16<UInt8>.self)
    }
    /// The highest bits of the lanes; lane 0 gives bit 0.
    @inline(always)
    static func highBits(_ a: SIMD16<UInt8>) -> UInt32 {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_pmovmskb_128(unsafeBitCast(a, to: Builtin.Vec16xInt8.self)),
        to: UInt32.self)
    }
    /// The sums of lanes 0…7 and of lanes 8…15, each followed by a zero.
    @inline(always)
    static func sumsOfEight(_ a: SIMD16<UInt8>) -> SIMD4<UInt32> {
      unsafe unsafeBitCast(
        Builtin.int_x86_sse2_psad_bw(
          unsafeBitCast(a, to: Builtin.Vec16xInt8.self),
          unsafeBitCast(SIMD16<UInt8>(), to: Builtin.Vec16xInt8.self)), to: SIMD4<UInt32>.self)
    }
    @inline(always)
    private static func builtin(_ a: SIMD8<Int16>) -> Builtin.Vec8xInt16 {
      unsafe unsafeBitCast(a, to: Builtin.Vec8xInt16.self)
    }
  #else
    @inline(always)
    static func multiplyAddPairs(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD4<Int32> {
      PlainLanes.multiplyAddPairs(a, b)
    }
    @inline(always)
    static func multiplyHigh(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      PlainLanes.multiplyHigh(a, b)
    }
    @inline(always)
    static func multiplyHigh(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> SIMD8<UInt16> {
      PlainLanes.multiplyHigh(a, b)
    }
    @inline(always)
    static func clampToInt16(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD8<Int16> {
      PlainLanes.clampToInt16(a, b)
    }
    @inline(always)
    static func clampToUInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<UInt8> {
      PlainLanes.clampToUInt8(a, b)
    }
    @inline(always)
    static func clampToInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<Int8> {
      PlainLanes.clampToInt8(a, b)
    }
    @inline(always)
    static func equal(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.equal(a, b)
    }
    @inline(always)
    static func highBits(_ a: SIMD16<UInt8>) -> UInt32 { PlainLanes.highBits(a) }
    @inline(always)
    static func sumsOfEight(_ a: SIMD16<UInt8>) -> SIMD4<UInt32> { PlainLanes.sumsOfEight(a) }
  #endif

  // The initialisers of the standard library go lane by lane, with a trap for each.

  #if hasFeature(BuiltinModule)
    @inline(always)
    static func float(_ a: SIMD4<Int32>) -> SIMD4<Float> {
      unsafe unsafeBitCast(
        Builtin.sitofp_Vec4xInt32_Vec4xFPIEEE32(unsafeBitCast(a, to: Builtin.Vec4xInt32.self)),
        to: SIMD4<Float>.self)
    }
    /// Towards zero; the lanes must fit in 32 bits.
    @inline(always)
    static func truncated(_ a: SIMD4<Float>) -> SIMD4<Int32> {
      unsafe unsafeBitCast(
        Builtin.fptosi_Vec4xFPIEEE32_Vec4xInt32(unsafeBitCast(a, to: Builtin.Vec4xFPIEEE32.self)),
        to: SIMD4<Int32>.self)
    }
  #else
    @inline(always)
    static func float(_ a: SIMD4<Int32>) -> SIMD4<Float> { PlainLanes.float(a) }
    @inline(always)
    static func truncated(_ a: SIMD4<Float>) -> SIMD4<Int32> { PlainLanes.truncated(a) }
  #endif

  // Written as `replacing`, these sometimes become loops over the lanes.

  #if hasFeature(BuiltinModule)
    /// The smaller of each two lanes.
    @inline(always)
    static func minimum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Builtin.int_smin_Vec8xInt16(
          unsafeBitCast(a, to: Builtin.Vec8xInt16.self),
          unsafeBitCast(b, to: Builtin.Vec8xInt16.self)), to: SIMD8<Int16>.self)
    }
    /// The larger of each two lanes.
    @inline(always)
    static func maximum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      unsafe unsafeBitCast(
        Builtin.int_smax_Vec8xInt16(
          unsafeBitCast(a, to: Builtin.Vec8xInt16.self),
          unsafeBitCast(b, to: Builtin.Vec8xInt16.self)), to: SIMD8<Int16>.self)
    }
  #else
    @inline(always)
    static func minimum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      PlainLanes.minimum(a, b)
    }
    @inline(always)
    static func maximum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      PlainLanes.maximum(a, b)
    }
  #endif

  // Zips: `a0 b0 a1 b1 …` of the low or of the high halves. Written as lists of lanes, LLVM's
  // vectoriser takes the arithmetic before them apart, lane by lane.

  #if hasFeature(BuiltinModule)
    @inline(always)
    static func zipLow(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      let zipped = unsafe Builtin.interleave_Vec16xInt8(
        unsafeBitCast(a, to: Builtin.Vec16xInt8.self), unsafeBitCast(b, to: Builtin.Vec16xInt8.self)
      )
      return unsafe unsafeBitCast(zipped.0, to: SIMD16<UInt8>.self)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      let zipped = unsafe Builtin.interleave_Vec16xInt8(
        unsafeBitCast(a, to: Builtin.Vec16xInt8.self), unsafeBitCast(b, to: Builtin.Vec16xInt8.self)
      )
      return unsafe unsafeBitCast(zipped.1, to: SIMD16<UInt8>.self)
    }
    @inline(always)
    static func zipLow(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      let zipped = unsafe Builtin.interleave_Vec8xInt16(
        unsafeBitCast(a, to: Builtin.Vec8xInt16.self), unsafeBitCast(b, to: Builtin.Vec8xInt16.self)
      )
      return unsafe unsafeBitCast(zipped.0, to: SIMD8<Int16>.self)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      let zipped = unsafe Builtin.interleave_Vec8xInt16(
        unsafeBitCast(a, to: Builtin.Vec8xInt16.self), unsafeBitCast(b, to: Builtin.Vec8xInt16.self)
      )
      return unsafe unsafeBitCast(zipped.1, to: SIMD8<Int16>.self)
    }
    @inline(always)
    static func zipLow(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD4<Int32> {
      let zipped = unsafe Builtin.interleave_Vec4xInt32(
        unsafeBitCast(a, to: Builtin.Vec4xInt32.self), unsafeBitCast(b, to: Builtin.Vec4xInt32.self)
      )
      return unsafe unsafeBitCast(zipped.0, to: SIMD4<Int32>.self)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD4<Int32> {
      let zipped = unsafe Builtin.interleave_Vec4xInt32(
        unsafeBitCast(a, to: Builtin.Vec4xInt32.self), unsafeBitCast(b, to: Builtin.Vec4xInt32.self)
      )
      return unsafe unsafeBitCast(zipped.1, to: SIMD4<Int32>.self)
    }
    @inline(always)
    static func zipLow(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
      let zipped = unsafe Builtin.interleave_Vec2xInt64(
        unsafeBitCast(a, to: Builtin.Vec2xInt64.self), unsafeBitCast(b, to: Builtin.Vec2xInt64.self)
      )
      return unsafe unsafeBitCast(zipped.0, to: SIMD2<Int64>.self)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
      let zipped = unsafe Builtin.interleave_Vec2xInt64(
        unsafeBitCast(a, to: Builtin.Vec2xInt64.self), unsafeBitCast(b, to: Builtin.Vec2xInt64.self)
      )
      return unsafe unsafeBitCast(zipped.1, to: SIMD2<Int64>.self)
    }
  #else
    @inline(always)
    static func zipLow(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.zipLow(a, b)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
      PlainLanes.zipHigh(a, b)
    }
    @inline(always)
    static func zipLow(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      PlainLanes.zipLow(a, b)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
      PlainLanes.zipHigh(a, b)
    }
    @inline(always)
    static func zipLow(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD4<Int32> {
      PlainLanes.zipLow(a, b)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD4<Int32> {
      PlainLanes.zipHigh(a, b)
    }
    @inline(always)
    static func zipLow(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
      PlainLanes.zipLow(a, b)
    }
    @inline(always)
    static func zipHigh(_ a: SIMD2<Int64>, _ b: SIMD2<Int64>) -> SIMD2<Int64> {
      PlainLanes.zipHigh(a, b)
    }
  #endif
}

/// What ``Lanes`` does, in plain Swift.
enum PlainLanes {
  @inline(always)
  static func float(_ a: SIMD4<Int32>) -> SIMD4<Float> {
    SIMD4(Float(a[0]), Float(a[1]), Float(a[2]), Float(a[3]))
  }
  @inline(always)
  static func truncated(_ a: SIMD4<Float>) -> SIMD4<Int32> {
    SIMD4(Int32(a[0]), Int32(a[1]), Int32(a[2]), Int32(a[3]))
  }
  @inline(always)
  static func multiplyAddPairs(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD4<Int32> {
    var result = SIMD4<Int32>()
    for i in 0..<4 {
      result[i] =
        Int32(a[2 * i]) &* Int32(b[2 * i]) &+ Int32(a[2 * i + 1]) &* Int32(b[2 * i + 1])
    }
    return result
  }
  @inline(always)
  static func multiplyHigh(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
    var result = SIMD8<Int16>()
    for i in 0..<8 {
      result[i] = Int16(truncatingIfNeeded: (Int32(a[i]) &* Int32(b[i])) &>> 16)
    }
    return result
  }
  @inline(always)
  static func multiplyHigh(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> SIMD8<UInt16> {
    var result = SIMD8<UInt16>()
    for i in 0..<8 {
      result[i] = UInt16(truncatingIfNeeded: (UInt32(a[i]) &* UInt32(b[i])) &>> 16)
    }
    return result
  }
  @inline(always)
  static func clampToInt16(_ a: SIMD4<Int32>, _ b: SIMD4<Int32>) -> SIMD8<Int16> {
    let wide = SIMD8(lowHalf: a, highHalf: b)
    var result = SIMD8<Int16>()
    for i in 0..<8 { result[i] = Int16(truncatingIfNeeded: min(max(wide[i], -32_768), 32_767)) }
    return result
  }
  @inline(always)
  static func clampToUInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<UInt8> {
    var (low, high) = (SIMD8<UInt8>(), SIMD8<UInt8>())
    for i in 0..<8 { low[i] = UInt8(truncatingIfNeeded: min(max(a[i], 0), 255)) }
    for i in 0..<8 { high[i] = UInt8(truncatingIfNeeded: min(max(b[i], 0), 255)) }
    return SIMD16(lowHalf: low, highHalf: high)
  }
  @inline(always)
  static func clampToInt8(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD16<Int8> {
    var (low, high) = (SIMD8<Int8>(), SIMD8<Int8>())
    for i in 0..<8 { low[i] = Int8(truncatingIfNeeded: min(max(a[i], -128), 127)) }
    for i in 0..<8 { high[i] = Int8(truncatingIfNeeded: min(max(b[i], -128), 127)) }
    return SIMD16(lowHalf: low, highHalf: high)
  }
  @inline(always)
  static func equal(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>) -> SIMD16<UInt8> {
    var result = SIMD16<UInt8>()
    for i in 0..<16 { result[i] = a[i] == b[i] ? 255 : 0 }
    return result
  }
  @inline(always)
  static func highBits(_ a: SIMD16<UInt8>) -> UInt32 {
    var result: UInt32 = 0
    for i in 0..<16 { result |= UInt32(a[i] &>> 7) &<< UInt32(i) }
    return result
  }
  @inline(always)
  static func sumsOfEight(_ a: SIMD16<UInt8>) -> SIMD4<UInt32> {
    var result = SIMD4<UInt32>()
    for i in 0..<16 { result[i / 8 * 2] &+= UInt32(a[i]) }
    return result
  }
  @inline(always)
  static func minimum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
    var result = a
    for i in 0..<8 { result[i] = min(a[i], b[i]) }
    return result
  }
  @inline(always)
  static func maximum(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD8<Int16> {
    var result = a
    for i in 0..<8 { result[i] = max(a[i], b[i]) }
    return result
  }
  @inline(always)
  static func zipLow<V: SIMD>(_ a: V, _ b: V) -> V {
    var result = V()
    for i in 0..<V.scalarCount / 2 { (result[2 * i], result[2 * i + 1]) = (a[i], b[i]) }
    return result
  }
  @inline(always)
  static func zipHigh<V: SIMD>(_ a: V, _ b: V) -> V {
    var result = V()
    let half = V.scalarCount / 2
    for i in 0..<half { (result[2 * i], result[2 * i + 1]) = (a[half + i], b[half + i]) }
    return result
  }
}
