// SPDX-License-Identifier: Apache-2.0

@testable import Codecs
import TestSupport
import Testing

@Suite struct ChecksumTests {
  /// The bits of the definition, one after the other.
  static func slowCRC32(_ bytes: [UInt8], initial: UInt32 = 0) -> UInt32 {
    var register = ~initial
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 {
        register = register & 1 != 0 ? register >> 1 ^ 0xEDB8_8320 : register >> 1
      }
    }
    return ~register
  }

  static func slowAdler32(_ bytes: [UInt8], initial: UInt32 = 1) -> UInt32 {
    var (a, b) = (initial & 0xFFFF, initial >> 16)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return b << 16 | a
  }

  /// Each length up to beyond the first use of vectors, and lengths around those of the blocks.
  static let sizes =
    Array(0...620)
    + [
      1_023, 1_024, 1_231, 1_232, 1_233, 1_500, 4_095, 4_096, 4_097, 5_551, 5_552, 8_191, 8_192,
      8_193, 4_399, 4_400, 4_401, 8_495, 8_496, 8_497, 16_700, 32_767, 32_768, 32_769, 36_799,
      36_800,
      36_801, 48_895, 48_897, 65_536, 70_001,
    ]

  @Test func theChecksumsOfTheStandardCheckString() {
    let check = Array("123456789".utf8)
    #expect(CRC32.checksum(check) == 0xCBF4_3926)
    #expect(Adler32.checksum(check) == 0x091E_01DE)
    #expect(CRC32.checksum([]) == 0)
    #expect(Adler32.checksum([]) == 1)
  }

  @Test func bothAgreeWithTheirDefinitionsAtEverySize() {
    var random = SeededGenerator(seed: 1)
    let data = random.bytes(70_100)
    for size in Self.sizes {
      let start = size % 17
      let bytes = Array(data[start..<(start + size)])
      let initial = UInt32(truncatingIfNeeded: random.next())
      #expect(CRC32.checksum(bytes) == Self.slowCRC32(bytes), "\(size)")
      #expect(
        CRC32.checksum(bytes, initial: initial) == Self.slowCRC32(bytes, initial: initial),
        "\(size)")
      #expect(Adler32.checksum(bytes) == Self.slowAdler32(bytes), "\(size)")
      let adler = initial % 65_521 << 16 | (initial >> 16) % 65_521
      #expect(
        Adler32.checksum(bytes, initial: adler) == Self.slowAdler32(bytes, initial: adler),
        "\(size)")
    }
  }

  /// Which one is taken depends on the processor.
  @Test(arguments: CRC32.Means.allCases.filter(\.isHere))
  func everyMethodOfCRC32AgreesWithItsDefinition(means: CRC32.Means) {
    var random = SeededGenerator(seed: 2)
    let data = random.bytes(70_100)
    for size in Self.sizes {
      let bytes = Array(data[(size % 13)..<(size % 13 + size)])
      let initial = UInt32(truncatingIfNeeded: random.next())
      let expected = ~Self.slowCRC32(bytes, initial: ~initial)
      #expect(CRC32.advance(initial, bytes.rawSpan, by: means) == expected, "\(size)")
    }
  }

  @Test(arguments: Adler32.hasWideVectors ? [false, true] : [false])
  func everyMethodOfAdler32AgreesWithItsDefinition(wide: Bool) {
    var random = SeededGenerator(seed: 5)
    let most = [UInt8](repeating: 0xFF, count: 70_100)
    for data in [random.bytes(70_100), most] {
      for size in Self.sizes {
        let bytes = Array(data[(size % 13)..<(size % 13 + size)])
        for initial: UInt32 in [1, 0xFFF0_FFF0] {
          let expected = Self.slowAdler32(bytes, initial: initial)
          let found = Adler32.advance(initial, bytes.rawSpan, wide: wide)
          #expect(found == expected, "\(size)")
        }
      }
    }
  }

  @Test func theChecksumsDoNotDependOnWhereTheBytesLie() {
    var random = SeededGenerator(seed: 3)
    let data = random.bytes(9_000)
    for size in [15, 31, 64, 300, 511, 512, 777, 1_024, 1_300, 8_200] {
      let bytes = Array(data[..<size])
      let expected = (Self.slowCRC32(bytes), Self.slowAdler32(bytes))
      for start in 0..<32 {
        let moved = [UInt8](repeating: 0xA5, count: start) + bytes + [0xA5]
        let span = moved.rawSpan.extracting(start..<(start + size))
        let (crc, adler) = (CRC32.checksum(span), Adler32.checksum(span))
        #expect(crc == expected.0 && adler == expected.1, "\(size) bytes at \(start)")
      }
    }
  }

  /// One checksum after the other, wherever the data is cut.
  @Test func aChecksumGoesOnFromAnother() {
    var random = SeededGenerator(seed: 4)
    let data = random.bytes(10_000)
    let expected = (CRC32.checksum(data), Adler32.checksum(data))
    for cut in [0, 1, 15, 300, 511, 512, 4_096, 8_192, 9_999, 10_000] {
      let (first, second) = (Array(data[..<cut]), Array(data[cut...]))
      #expect(CRC32.checksum(second, initial: CRC32.checksum(first)) == expected.0, "\(cut)")
      #expect(Adler32.checksum(second, initial: Adler32.checksum(first)) == expected.1, "\(cut)")
    }
  }

  /// The largest sums there can be: nothing overflows between two reductions.
  @Test func theLargestBytesDoNotOverflow() {
    let bytes = [UInt8](repeating: 255, count: 100_000)
    #expect(
      Adler32.checksum(bytes, initial: 65_520 << 16 | 65_520)
        == Self.slowAdler32(bytes, initial: 65_520 << 16 | 65_520))
    #expect(CRC32.checksum(bytes) == Self.slowCRC32(bytes))
  }

  @Test func theChecksumOfTwoRunsFollowsFromTheirChecksums() {
    var random = SeededGenerator(seed: 2)
    for (first, second) in [(0, 0), (1, 0), (0, 1), (5, 300), (300, 5), (70_000, 66_000)] {
      let (a, b) = (random.bytes(first), random.bytes(second))
      #expect(
        CRC32.combine(CRC32.checksum(a), CRC32.checksum(b), byteCount: second)
          == CRC32.checksum(a + b))
      #expect(
        Adler32.combine(Adler32.checksum(a), Adler32.checksum(b), byteCount: second)
          == Adler32.checksum(a + b))
    }
  }
}
