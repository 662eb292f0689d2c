// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  import Builtin

  /// CRC-32 by carry-less multiplication, of polynomials over GF(2) with their bits reversed.
  ///
  /// Source: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
  /// Instruction", Intel 2009, §2 and the reflected constants of its end.
  public enum CRC32Fold {
    /// Bytes that ``fold(_:_:)`` must be given at least.
    public static var leastByteCount: Int { 64 }

    private typealias Vector = SIMD2<UInt64>

    // What moving a 128-bit word by 512 or 128 bits multiplies its halves with: x^544 and x^480,
    // x^160 and x^96 modulo the generator, reversed and doubled.
    private static var farFactors: Vector { Vector(0x1_5444_2BD4, 0x1_C6E4_1596) }
    private static var nearFactors: Vector { Vector(0x1_7519_97D0, 0x0_CCAA_009E) }

    /// Folds whole words of 16 bytes at the start of `bytes`, and the register before them, into
    /// one word that has the same remainder.
    ///
    /// - Parameter bytes: at least ``leastByteCount`` of them; traps otherwise.
    /// - Returns: the word, and how many bytes it stands for.
    public static func fold(
      _ register: UInt32, _ bytes: RawSpan
    ) -> (word: SIMD2<UInt64>, byteCount: Int) {
      precondition(bytes.byteCount >= leastByteCount)
      return unsafe bytes.withUnsafeBytes { bytes in
        // In bounds: 64 bytes are there, and each load below follows a test for its bytes.
        let base = unsafe bytes.baseAddress.unsafelyUnwrapped
        return unsafe fold(register, base, bytes.count)
      }
    }

    @inline(__always)
    private static func fold(
      _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int
    ) -> (word: SIMD2<UInt64>, byteCount: Int) {
      var a = unsafe load(base, 0) ^ Vector(UInt64(register), 0)
      var b = unsafe load(base, 16)
      var c = unsafe load(base, 32)
      var d = unsafe load(base, 48)
      var offset = 64
      while offset &+ 64 <= count {
        a = unsafe moved(a, farFactors) ^ load(base, offset)
        b = unsafe moved(b, farFactors) ^ load(base, offset &+ 16)
        c = unsafe moved(c, farFactors) ^ load(base, offset &+ 32)
        d = unsafe moved(d, farFactors) ^ load(base, offset &+ 48)
        offset &+= 64
      }
      var word = moved(a, nearFactors) ^ b
      word = moved(word, nearFactors) ^ c
      word = moved(word, nearFactors) ^ d
      while offset &+ 16 <= count {
        word = unsafe moved(word, nearFactors) ^ load(base, offset)
        offset &+= 16
      }
      return (word, offset)
    }

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, _ offset: Int) -> Vector {
      unsafe base.loadUnaligned(fromByteOffset: offset, as: Vector.self)
    }

    /// Both halves of `word` times their factors.
    @inline(__always)
    private static func moved(_ word: Vector, _ factors: Vector) -> Vector {
      // Vectors of the same size and layout.
      let word = unsafe unsafeBitCast(word, to: Builtin.Vec2xInt64.self)
      let factors = unsafe unsafeBitCast(factors, to: Builtin.Vec2xInt64.self)
      let low = Builtin.int_x86_pclmulqdq(word, factors, Int8(0x00)._value)
      let high = Builtin.int_x86_pclmulqdq(word, factors, Int8(0x11)._value)
      return unsafe unsafeBitCast(low, to: Vector.self) ^ unsafeBitCast(high, to: Vector.self)
    }
  }
#endif
