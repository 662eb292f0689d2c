// SPDX-License-Identifier: Apache-2.0

#if arch(x86_64) && os(Linux)
  private import _Builtin_intrinsics.intel.cpuid

  /// What this processor has beyond plain x86-64.
  public enum CPU {
    /// PCLMULQDQ: products of polynomials over GF(2).
    public static let hasCarrylessProduct: Bool = {
      var (a, b, c, d): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
      // Source: Intel SDM vol. 2A, CPUID leaf 1, ECX bit 1.
      return unsafe __get_cpuid(1, &a, &b, &c, &d) != 0 && c & 2 != 0
    }()
  }
#endif
