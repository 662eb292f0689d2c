// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  import Builtin

  /// CRC-32 by carry-less multiplication, of polynomials over GF(2) with their bits reversed.
  ///
  /// Source: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
  /// Instruction", Intel 2009, §2 and the reflected constants of its end.
  public enum CRC32Fold {
    /// Bytes that ``advance(_:_:)`` must be given at least.
    public static var leastByteCount: Int { 16 }

    private typealias Vector = SIMD2<UInt64>

    // What moving a 128-bit word by 512 or 128 bits multiplies its halves with: x^544 and x^480,
    // x^160 and x^96 modulo the generator, reversed and doubled.
    private static var farFactors: Vector { Vector(0x1_5444_2BD4, 0x1_C6E4_1596) }
    private static var nearFactors: Vector { Vector(0x1_7519_97D0, 0x0_CCAA_009E) }
    // x^64 modulo the generator, to bring 96 bits down to 64.
    private static var lastFactor: Vector { Vector(0x1_63CD_6124, 0) }
    // x^64 divided by the generator, and the generator: 64 bits down to the remainder.
    private static var barrett: Vector { Vector(0x1_F701_1641, 0x1_DB71_0641) }

    /// The register (not inverted) after `bytes`.
    ///
    /// - Parameter bytes: at least ``leastByteCount`` of them; traps otherwise.
    public static func advance(_ register: UInt32, _ bytes: RawSpan) -> UInt32 {
      precondition(bytes.byteCount >= leastByteCount)
      return unsafe bytes.withUnsafeBytes { bytes in
        // In bounds: 16 bytes are there, and each load below follows a test for its bytes.
        let base = unsafe bytes.baseAddress.unsafelyUnwrapped
        let first = unsafe load(base, 0) ^ Vector(UInt64(register), 0)
        return unsafe advance(first, base, 16, bytes.count)
      }
    }

    /// The register after `bytes`, whose first `byteCount` are folded into `word` already.
    ///
    /// - Parameter byteCount: 16 … the count of `bytes`; traps otherwise.
    public static func advance(
      word: SIMD2<UInt64>, _ bytes: RawSpan, from byteCount: Int
    ) -> UInt32 {
      precondition(byteCount >= 16 && byteCount <= bytes.byteCount)
      return unsafe bytes.withUnsafeBytes { bytes in
        // In bounds as above.
        unsafe advance(word, bytes.baseAddress.unsafelyUnwrapped, byteCount, bytes.count)
      }
    }

    /// The register after `count` bytes at `base`, whose first `offset` are folded into `word`.
    @inline(__always)
    private static func advance(
      _ word: Vector, _ base: UnsafeRawPointer, _ offset: Int, _ count: Int
    ) -> UInt32 {
      var (word, offset) = (word, offset)
      if offset &+ 112 <= count {
        var a = word
        var b = unsafe load(base, offset)
        var c = unsafe load(base, offset &+ 16)
        var d = unsafe load(base, offset &+ 32)
        offset &+= 48
        while offset &+ 64 <= count {
          a = unsafe moved(a, farFactors) ^ load(base, offset)
          b = unsafe moved(b, farFactors) ^ load(base, offset &+ 16)
          c = unsafe moved(c, farFactors) ^ load(base, offset &+ 32)
          d = unsafe moved(d, farFactors) ^ load(base, offset &+ 48)
          offset &+= 64
        }
        word = moved(a, nearFactors) ^ b
        word = moved(word, nearFactors) ^ c
        word = moved(word, nearFactors) ^ d
      }
      while offset &+ 16 <= count {
        word = unsafe moved(word, nearFactors) ^ load(base, offset)
        offset &+= 16
      }
      if offset < count { word = unsafe joined(word, base + count, count &- offset) }
      return remainder(word)
    }

    /// `word` and the `count` bytes, less than 16, before `end` in one word: its first bytes are
    /// folded into the rest, with 16 readable bytes before `end`.
    @inline(__always)
    private static func joined(_ word: Vector, _ end: UnsafeRawPointer, _ count: Int) -> Vector {
      // Zeros, the word, the bytes: one after the other in memory, then read `count` bytes later.
      unsafe withUnsafeTemporaryAllocation(byteCount: 48, alignment: 16) {
        // In bounds: count < 16.
        let place = unsafe $0.baseAddress.unsafelyUnwrapped
        let last = unsafe end.loadUnaligned(fromByteOffset: -16, as: Vector.self)
        unsafe place.storeBytes(of: Vector(), as: Vector.self)
        unsafe place.storeBytes(of: last, toByteOffset: 16 &+ count, as: Vector.self)
        unsafe place.storeBytes(of: word, toByteOffset: 16, as: Vector.self)
        return unsafe moved(load(UnsafeRawPointer(place), count), nearFactors)
          ^ load(UnsafeRawPointer(place), 16 &+ count)
      }
    }

    /// What `word` leaves when it, and 32 bits behind it, are divided by the generator.
    @inline(__always)
    private static func remainder(_ word: Vector) -> UInt32 {
      let low = Vector(0xFFFF_FFFF, 0)
      // 128 bits to 96, to 64.
      let a = product(word, nearFactors, 0x10) ^ Vector(word[1], 0)
      let b = product(a & low, lastFactor, 0) ^ Vector(a[0] &>> 32 | a[1] &<< 32, a[1] &>> 32)
      let quotient = product(b & low, barrett, 0) & low
      return UInt32(truncatingIfNeeded: (b ^ product(quotient, barrett, 0x10))[0] &>> 32)
    }

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, _ offset: Int) -> Vector {
      unsafe base.loadUnaligned(fromByteOffset: offset, as: Vector.self)
    }

    /// Both halves of `word` times their factors.
    @inline(__always)
    private static func moved(_ word: Vector, _ factors: Vector) -> Vector {
      product(word, factors, 0) ^ product(word, factors, 0x11)
    }

    /// The product of a half of each: bit 0 of `halves` chooses that of `word`, bit 4 that of
    /// `factors`.
    @inline(__always)
    private static func product(_ word: Vector, _ factors: Vector, _ halves: UInt8) -> Vector {
      // Vectors of the same size and layout.
      let word = unsafe unsafeBitCast(word, to: Builtin.Vec2xInt64.self)
      let factors = unsafe unsafeBitCast(factors, to: Builtin.Vec2xInt64.self)
      let product =
        switch halves {
        case 0: Builtin.int_x86_pclmulqdq(word, factors, Int8(0x00)._value)
        case 0x10: Builtin.int_x86_pclmulqdq(word, factors, Int8(0x10)._value)
        default: Builtin.int_x86_pclmulqdq(word, factors, Int8(0x11)._value)
        }
      return unsafe unsafeBitCast(product, to: Vector.self)
    }
  }
#endif
