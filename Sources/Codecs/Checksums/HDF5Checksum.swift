// SPDX-License-Identifier: Apache-2.0

/// The checksums of the HDF5 library beside ``Fletcher32``.
///
/// Source: HDF5 library, `H5checksum.c`.
public enum HDF5Checksum {
  /// What metadata blocks carry: ``Lookup3``.
  public static func metadata(_ source: RawSpan, initial: UInt32 = 0) -> UInt32 {
    Lookup3.hash(source, initial: initial)
  }

  /// A cyclic redundancy check that is not CRC-32: the steps are those of the reflected form, the
  /// polynomial 0x04C11DB7 is not reflected.
  public static func crc(_ source: RawSpan) -> UInt32 {
    var register = ~UInt32(0)
    for i in 0..<source.byteCount {
      register ^= UInt32(source[byteAt: i])
      register = register &>> 4 ^ crcTable[Int(register & 15)]
      register = register &>> 4 ^ crcTable[Int(register & 15)]
    }
    return ~register
  }

  /// The hash of a C string: everything before the first zero byte. Bytes are signed, as the
  /// library's `char` on x86.
  public static func string(_ source: RawSpan) -> UInt32 {
    var hash: UInt32 = 5381
    for i in 0..<source.byteCount {
      let byte = source[byteAt: i]
      if byte == 0 { break }
      hash = hash &* 33 &+ UInt32(truncatingIfNeeded: Int8(bitPattern: byte))
    }
    return hash
  }

  /// Four zero bits after each of the 16 values of the lowest four.
  private static var crcTable: InlineArray<16, UInt32> {
    [
      0x0000_0000, 0x01A8_64DB, 0x0350_C9B6, 0x02F8_AD6D, 0x06A1_936C, 0x0709_F7B7,
      0x05F1_5ADA, 0x0459_3E01, 0x04C1_1DB7, 0x0569_796C, 0x0791_D401, 0x0639_B0DA,
      0x0260_8EDB, 0x03C8_EA00, 0x0130_476D, 0x0098_23B6,
    ]
  }
}
