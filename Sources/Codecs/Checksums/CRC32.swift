// SPDX-License-Identifier: Apache-2.0

/// The CRC-32 of gzip, PNG and ZIP: polynomial 0xEDB88320, bits reflected, inverted at both ends.
///
/// Source: RFC 1952 §8; ISO 3309.
public enum CRC32 {
  static var polynomial: UInt32 { 0xEDB8_8320 }

  /// The checksum of the data that had the checksum `initial`, followed by `bytes`.
  public static func checksum(_ bytes: RawSpan, initial: UInt32 = 0) -> UInt32 {
    ~advance(~initial, bytes)
  }

  /// The checksum of the data that had the checksum `initial`, followed by `bytes`.
  public static func checksum(_ bytes: [UInt8], initial: UInt32 = 0) -> UInt32 {
    checksum(bytes.rawSpan, initial: initial)
  }

  /// The checksum of two runs of bytes, one after the other.
  ///
  /// - Parameters:
  ///   - first: the checksum of the first run.
  ///   - second: the checksum of the second run, on its own.
  ///   - byteCount: length of the second run.
  /// - Complexity: O(log `byteCount`).
  public static func combine(_ first: UInt32, _ second: UInt32, byteCount: Int) -> UInt32 {
    precondition(byteCount >= 0, "a negative length")
    // Appending a zero bit multiplies by x modulo the polynomial; x^(8n) by repeated squaring.
    var power = UInt32(1) << 23  // x^8: the highest bit is x^0.
    var factor = UInt32(1) << 31
    var count = byteCount
    while count > 0 {
      if count & 1 != 0 { factor = product(factor, power) }
      power = product(power, power)
      count >>= 1
    }
    return product(factor, first) ^ second
  }

  /// The product of two polynomials modulo the generator; bit 31 is the coefficient of x^0.
  static func product(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (a, b, result) = (a, b, UInt32(0))
    while a != 0 {
      if a & 1 << 31 != 0 { result ^= b }
      a <<= 1
      b = b & 1 != 0 ? b >> 1 ^ polynomial : b >> 1
    }
    return result
  }
}
