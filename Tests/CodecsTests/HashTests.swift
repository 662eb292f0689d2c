// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Hashes")
struct HashTests {
  static let check = Array("123456789".utf8)
  static let all = (0...255).map { UInt8($0) }

  @Test("Fletcher-32 of what HDF5 computed")
  func fletcher() {
    for (bytes, expected) in [
      ([], 0), (Array("a".utf8), 0x6100_6100), (Array("ab".utf8), 0x6162_6162),
      (Array("abc".utf8), 0x25C5_C462), (Self.check, 0x09DF_09D5), (Self.all, 0x5575_C03F),
    ] as [([UInt8], UInt32)] { #expect(Fletcher32.checksum(bytes) == expected) }
  }

  /// Word by word, as the definition says, reducing after each.
  static func slowFletcher(_ bytes: [UInt8]) -> UInt32 {
    var (a, b) = (UInt32(0), UInt32(0))
    for i in stride(from: 0, to: bytes.count, by: 2) {
      let low = i + 1 < bytes.count ? UInt32(bytes[i + 1]) : 0
      a += UInt32(bytes[i]) << 8 | low
      a = a & 0xFFFF + a >> 16
      b += a
      b = b & 0xFFFF + b >> 16
    }
    return b << 16 | a
  }

  @Test("Fletcher-32 agrees with its definition at every size")
  func fletcherSizes() {
    var generator = SeededGenerator(seed: 1)
    for size in Array(0..<200) + [719, 720, 721, 8_191, 8_192, 8_193, 50_001] {
      for bytes in [
        generator.bytes(size), [UInt8](repeating: 0xFF, count: size),
        [UInt8](repeating: 0, count: size),
      ] { #expect(Fletcher32.checksum(bytes) == Self.slowFletcher(bytes), "\(size)") }
    }
  }

  @Test("lookup3 of its author's and HDF5's examples")
  func lookup3() {
    let score = Array("Four score and seven years ago".utf8)
    #expect(Lookup3.hash(score) == 0x1777_0551)
    #expect(Lookup3.hash(score, initial: 1) == 0xCD62_8161)
    #expect(Lookup3.hash([]) == 0xDEAD_BEEF)
    #expect(Lookup3.hash([], initial: 0xDEAD_BEEF) == 0xBD5B_7DDE)
    #expect(Lookup3.hash(Array("a".utf8)) == 0x58D6_8708)
    #expect(Lookup3.hash(Self.check) == 0x845D_9A96)
    #expect(Lookup3.hash(Self.check, initial: 7) == 0xD9B2_C617)
    #expect(Lookup3.hash(Self.all) == 0xE20E_0833)
  }

  @Test("the other checksums of HDF5")
  func hdf5() {
    let letters = Array("abc".utf8)
    let (crc, string) = (
      HDF5Checksum.crc(Self.check.rawSpan), HDF5Checksum.string(Self.check.rawSpan)
    )
    #expect(crc == 0xFC4F_2BE9)
    #expect(string == 0x35CD_BB82)
    let (crcAll, stringAll) = (
      HDF5Checksum.crc(Self.all.rawSpan), HDF5Checksum.string(Self.all.rawSpan)
    )
    #expect(crcAll == 0xF8FC_F427)
    #expect(stringAll == 5381)
    let negative: [UInt8] = [0x80, 0xFF]
    let stringOfNegative = HDF5Checksum.string(negative.rawSpan)
    #expect(stringOfNegative == 5_855_684)
    let metadata = HDF5Checksum.metadata(letters.rawSpan)
    #expect(metadata == 0x0E39_7631)
  }

  @Test("XXH64 of known messages")
  func xxHash64() {
    #expect(XXHash64.hash([]) == 0xEF46_DB37_51D8_E999)
    #expect(XXHash64.hash(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
    #expect(
      XXHash64.hash(Array("Nobody inspects the spammish repetition".utf8))
        == 0xFBCE_A83C_8A37_8BF1)
    #expect(XXHash64.hash(Self.all) == 0x1FAC_BE84_06CD_904B)
    #expect(XXHash64.hash(Self.all, seed: 0x9E37_79B1) == 0xD481_95F4_5908_996C)
  }

  static let digests: [(message: String, md5: String, sha1: String)] = [
    ("", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a", "50abf5706a150990a08b2c5ea40fa0e585554732"
    ),
  ]

  @Test("MD5 and SHA-1 of the examples in their standards", arguments: digests)
  func examples(example: (message: String, md5: String, sha1: String)) {
    var (md5, sha1) = (MD5(), SHA1())
    md5.update(Array(example.message.utf8))
    sha1.update(Array(example.message.utf8))
    #expect(md5.hexDigest() == example.md5)
    #expect(sha1.hexDigest() == example.sha1)
  }

  @Test("a digest does not depend on how the message is cut")
  func pieces() {
    var generator = SeededGenerator(seed: 2)
    for count in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 200] {
      let message = generator.bytes(count)
      func same<D: MessageDigest>(_ type: D.Type) -> Bool {
        var whole = D()
        whole.update(message)
        return (0...count).allSatisfy { cut in
          var pieces = D()
          pieces.update(Array(message[..<cut]))
          pieces.update(Array(message[cut...]))
          return pieces.finish() == whole.finish() && D.digest(message.rawSpan) == whole.finish()
        }
      }
      let (md5, sha1) = (same(MD5.self), same(SHA1.self))
      #expect(md5 && sha1, "\(count)")
    }
  }
}
