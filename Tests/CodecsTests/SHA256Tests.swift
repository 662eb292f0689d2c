// SPDX-License-Identifier: Apache-2.0
import Codecs
import TestSupport
import Testing

@Suite struct SHA256Tests {
  static let examples: [(message: String, digest: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
        + "klmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ]

  @Test("The examples of FIPS 180 have their digests", arguments: examples)
  func examplesMatch(example: (message: String, digest: String)) {
    var hash = SHA256()
    hash.update(Array(example.message.utf8))
    #expect(hash.hexDigest() == example.digest)
  }

  @Test func aMillionLettersHaveTheirDigest() {
    var hash = SHA256()
    for _ in 0..<1000 { hash.update([UInt8](repeating: 0x61, count: 1000)) }
    let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(hash.hexDigest() == digest)
  }

  @Test func theDigestDoesNotDependOnHowTheMessageIsCut() {
    var random = SeededGenerator(seed: 1)
    for count in 0..<200 {
      let message = random.bytes(count)
      var whole = SHA256()
      whole.update(message)
      for cut in 0...count {
        var pieces = SHA256()
        pieces.update(Array(message[..<cut]))
        pieces.update(Array(message[cut...]))
        #expect(pieces.finish() == whole.finish())
      }
    }
  }

  @Test func finishingDoesNotEndTheMessage() {
    var hash = SHA256()
    hash.update([1, 2, 3])
    let early = hash.finish()
    #expect(hash.finish() == early)
    hash.update([4])
    var whole = SHA256()
    whole.update([1, 2, 3, 4])
    #expect(hash.finish() == whole.finish())
  }
}
