// SPDX-License-Identifier: Apache-2.0

/// The Adler-32 of zlib: two sums modulo 65521.
///
/// Source: RFC 1950 §8.2.
public enum Adler32 {
  static var modulus: UInt32 { 65_521 }

  /// The checksum of the data that had the checksum `initial`, followed by `bytes`.
  public static func checksum(_ bytes: RawSpan, initial: UInt32 = 1) -> UInt32 {
    advance(initial, bytes)
  }

  /// The checksum of the data that had the checksum `initial`, followed by `bytes`.
  public static func checksum(_ bytes: [UInt8], initial: UInt32 = 1) -> UInt32 {
    checksum(bytes.rawSpan, initial: initial)
  }

  /// The checksum of two runs of bytes, one after the other.
  ///
  /// - Parameters:
  ///   - first: the checksum of the first run.
  ///   - second: the checksum of the second run, on its own.
  ///   - byteCount: length of the second run.
  public static func combine(_ first: UInt32, _ second: UInt32, byteCount: Int) -> UInt32 {
    precondition(byteCount >= 0, "a negative length")
    let modulus = UInt64(modulus)
    let count = UInt64(byteCount) % modulus
    let (a1, b1) = (UInt64(first & 0xFFFF), UInt64(first >> 16))
    let (a2, b2) = (UInt64(second & 0xFFFF), UInt64(second >> 16))
    // The second run's sums started from a = 1; with a1 in its place b gains (a1 - 1) per byte.
    let a = (a1 + a2 + modulus - 1) % modulus
    let b = (b1 + b2 + count * (a1 + modulus - 1)) % modulus
    return UInt32(truncatingIfNeeded: b << 16 | a)
  }
}
