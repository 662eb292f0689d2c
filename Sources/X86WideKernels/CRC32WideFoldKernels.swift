// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  import Builtin

  /// CRC-32 by carry-less multiplication as `CRC32Fold` does it, two words in each vector.
  ///
  /// Source: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
  /// Instruction", Intel 2009, §2.
  public enum CRC32WideFold {
    /// Bytes that ``fold(_:_:)`` must be given at least.
    public static var leastByteCount: Int { 128 }

    private typealias Vector = SIMD4<UInt64>

    // As in `CRC32Fold`, for moving by 1024, 256 and 128 bits: x^1056 and x^992, x^288 and x^224,
    // x^160 and x^96 modulo the generator, reversed and doubled.
    private static var farFactors: Vector { pair(0x1_E88E_F372, 0x1_4A7F_E880) }
    private static var nearFactors: Vector { pair(0x0_F1DA_05AA, 0x1_5A54_6366) }
    private static var lastFactors: Vector { Vector(0x1_7519_97D0, 0x0_CCAA_009E, 0, 0) }

    /// Folds whole vectors of 32 bytes at the start of `bytes`, and the register before them, into
    /// one word of 16 bytes that has the same remainder.
    ///
    /// - Parameter bytes: at least ``leastByteCount`` of them; traps otherwise.
    /// - Returns: the word, and how many bytes it stands for.
    public static func fold(
      _ register: UInt32, _ bytes: RawSpan
    ) -> (word: SIMD2<UInt64>, byteCount: Int) {
      let count = bytes.byteCount
      precondition(count >= leastByteCount)
      return unsafe bytes.withUnsafeBytes { bytes in
        // In bounds: 128 bytes are there, and each load below follows a test for its bytes.
        let base = unsafe bytes.baseAddress.unsafelyUnwrapped
        var a = unsafe load(base, 0) ^ Vector(UInt64(register), 0, 0, 0)
        var b = unsafe load(base, 32)
        var c = unsafe load(base, 64)
        var d = unsafe load(base, 96)
        var offset = 128
        while offset &+ 128 <= count {
          a = unsafe moved(a, farFactors) ^ load(base, offset)
          b = unsafe moved(b, farFactors) ^ load(base, offset &+ 32)
          c = unsafe moved(c, farFactors) ^ load(base, offset &+ 64)
          d = unsafe moved(d, farFactors) ^ load(base, offset &+ 96)
          offset &+= 128
        }
        a = moved(a, nearFactors) ^ b
        a = moved(a, nearFactors) ^ c
        a = moved(a, nearFactors) ^ d
        while offset &+ 32 <= count {
          a = unsafe moved(a, nearFactors) ^ load(base, offset)
          offset &+= 32
        }
        let last = moved(a, lastFactors)
        return (SIMD2(last[0], last[1]) ^ SIMD2(a[2], a[3]), offset)
      }
    }

    @inline(__always)
    private static func pair(_ low: UInt64, _ high: UInt64) -> Vector {
      Vector(low, high, low, high)
    }

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, _ offset: Int) -> Vector {
      unsafe base.loadUnaligned(fromByteOffset: offset, as: Vector.self)
    }

    /// Both halves of both words times their factors.
    @inline(__always)
    private static func moved(_ words: Vector, _ factors: Vector) -> Vector {
      // Vectors of the same size and layout.
      let words = unsafe unsafeBitCast(words, to: Builtin.Vec4xInt64.self)
      let factors = unsafe unsafeBitCast(factors, to: Builtin.Vec4xInt64.self)
      let low = Builtin.int_x86_pclmulqdq_256(words, factors, Int8(0x00)._value)
      let high = Builtin.int_x86_pclmulqdq_256(words, factors, Int8(0x11)._value)
      return unsafe unsafeBitCast(low, to: Vector.self) ^ unsafeBitCast(high, to: Vector.self)
    }
  }
#endif
