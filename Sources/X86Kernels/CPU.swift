// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  import Builtin
  private import _Builtin_intrinsics.intel.cpuid

  /// What this processor has beyond plain x86-64.
  public enum CPU {
    /// PCLMULQDQ: products of polynomials over GF(2).
    public static let hasCarrylessProduct = leaf(1).c.has(bit: 1)

    /// AVX2, and a system that keeps 256-bit registers.
    public static let hasWideVectors = keepsWideVectors && leaf(7).b.has(bit: 5)

    /// VPCLMULQDQ on 256-bit vectors.
    public static let hasWideCarrylessProduct =
      hasCarrylessProduct && hasWideVectors && leaf(7).c.has(bit: 10)

    /// Whether the system saves the upper halves of the 256-bit registers.
    private static var keepsWideVectors: Bool {
      let features = leaf(1)
      // OSXSAVE, without which XGETBV is no instruction, and AVX.
      guard features.c.has(bit: 27), features.c.has(bit: 28) else { return false }
      let kept = UInt64(truncatingIfNeeded: Int64(Builtin.int_x86_xgetbv(Int32(0)._value)))
      return kept & 0b110 == 0b110
    }

    private struct Register {
      var bits: UInt32
      func has(bit: UInt32) -> Bool { bits &>> bit & 1 != 0 }
    }

    /// Registers EBX and ECX of a CPUID leaf, zeros where the processor has no such leaf.
    ///
    /// Source: Intel SDM vol. 2A, CPUID.
    private static func leaf(_ number: UInt32) -> (b: Register, c: Register) {
      var (a, b, c, d): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
      if unsafe __get_cpuid_count(number, 0, &a, &b, &c, &d) == 0 { (b, c) = (0, 0) }
      return (Register(bits: b), Register(bits: c))
    }
  }
#endif
