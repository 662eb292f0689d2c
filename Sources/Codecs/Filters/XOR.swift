// SPDX-License-Identifier: Apache-2.0

/// Exclusive or of neighbours along an axis: ``Delta`` without carries.
public enum XOR: DifferenceFilter {
  public static var name: CodecError.Name { "xor" }
  public static var difference: Difference { .exclusiveOr }
}
