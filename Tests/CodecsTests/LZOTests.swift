// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("LZO")
struct LZOTests {
  static let end: [UInt8] = [0x11, 0, 0]

  /// A stream of random instructions of every kind, and what they mean by the letter.
  static func stream(
    _ count: Int, using generator: inout SeededGenerator
  ) -> (encoded: [UInt8], plain: [UInt8]) {
    var encoded: [UInt8] = []
    var plain: [UInt8] = []
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func literals(_ count: Int) {
      let bytes = generator.bytes(count)
      encoded += bytes
      plain += bytes
    }
    func match(_ distance: Int, _ length: Int) {
      for _ in 0..<length { plain.append(plain[plain.count - distance]) }
    }
    /// The low bits of an instruction and the bytes that say more.
    func length(_ value: Int, bits: Int) -> (Int, [UInt8]) {
      let mask = 1 << bits - 1
      if value <= mask { return (value, []) }
      let rest = value - mask - 1
      return (0, [UInt8](repeating: 0, count: rest / 255) + [UInt8(rest % 255 + 1)])
    }
    let first = random(1...238)
    encoded.append(UInt8(17 + first))
    literals(first)
    /// 0 after a match, 1 to 3 after that many literals, 4 after a run.
    var state = min(first, 4)
    for _ in 0..<count {
      let tail = random(0...3)
      switch random(0...4) {
      case 0 where state == 0:
        let (bits, more) = length(random(1...700), bits: 4)
        encoded += [UInt8(bits)] + more
        let run = bits + 3 + (more.isEmpty ? 0 : 15 + (more.count - 1) * 255 + Int(more.last!))
        literals(run)
        state = 4
        continue
      case 0:
        let (base, size) = state == 4 ? (2_049, 3) : (1, 2)
        guard plain.count >= base else { continue }
        let distance = random(base...min(plain.count, base + 1_023))
        let far = distance - base
        encoded += [UInt8((far & 3) << 2 | tail), UInt8(far >> 2)]
        match(distance, size)
      case 1:
        let far = random(0...min(plain.count, 2_048) - 1)
        let size = random(3...8)
        encoded += [UInt8((size - 1) << 5 | (far & 7) << 2 | tail), UInt8(far >> 3)]
        match(far + 1, size)
      case 2, 3:
        let far = random(0...min(plain.count, 16_384) - 1)
        let size = random(3...600)
        let (bits, more) = length(size - 2, bits: 5)
        encoded += [UInt8(32 | bits)] + more + [UInt8(far << 2 & 0xFF | tail), UInt8(far >> 6)]
        match(far + 1, size)
      default:
        guard plain.count > 16_385 else { continue }
        let far = random(1...min(plain.count - 16_384, 32_767))
        let (bits, more) = length(random(3...300) - 2, bits: 3)
        let size = bits + 2 + (more.isEmpty ? 0 : 7 + (more.count - 1) * 255 + Int(more.last!))
        encoded += [UInt8(16 | (far >> 14) << 3 | bits)] + more
        encoded += [UInt8(far << 2 & 0xFF | tail), UInt8(far >> 6 & 0xFF)]
        match(16_384 + far, size)
      }
      literals(tail)
      state = tail
    }
    return (encoded + end, plain)
  }

  @Test("a stream written by hand")
  func byHand() throws {
    // "abcd", then 5 from 4 back.
    let encoded: [UInt8] = [21, 97, 98, 99, 100, 0b1000_1100, 0] + Self.end
    #expect(try LZO.decode(encoded, options: .init()) == Array("abcdabcda".utf8))
    let sized: [UInt8] = [0xF0, 0, 0, 0, 9] + encoded
    #expect(try LZO.decode(sized, options: .init(storesSize: true)) == Array("abcdabcda".utf8))
  }

  @Test("random instructions of every kind do what they say")
  func instructions() throws {
    var generator = SeededGenerator(seed: 40)
    for count in 1..<400 {
      let (encoded, plain) = Self.stream(count, using: &generator)
      let decoded = try LZO.decode(encoded, options: .init())
      let exact = try LZO.decode(encoded, byteCount: plain.count, options: .init())
      #expect(decoded == plain, "\(count)")
      #expect(exact == plain, "\(count)")
    }
  }

  @Test("what follows the end marker is left")
  func consumed() throws {
    var generator = SeededGenerator(seed: 41)
    let (encoded, plain) = Self.stream(20, using: &generator)
    var used = 0
    let source = encoded + [1, 2, 3]
    let decoded = try [UInt8](capacity: plain.count) { output throws(CodecError) in
      used = try LZO.decode(source.rawSpan, into: &output)
    }
    #expect(decoded == plain)
    #expect(used == encoded.count)
  }

  @Test(
    "damage is named",
    arguments: [
      ([], CodecError.Kind.truncated(needed: 1), 0),
      ([18, 1], .truncated(needed: 1), 2),
      ([18, 1, 64 | 1 << 2, 0], .corrupt, 2),  // before the data
      ([18, 1, 18, 0, 0], .corrupt, 2),  // an end marker of another length
      ([20, 1], .truncated(needed: 1), 0),
      ([18, 1, 32, 0, 0], .truncated(needed: 1), 2),  // a length that never ends
    ] as [([UInt8], CodecError.Kind, Int)])
  func damage(encoded: [UInt8], kind: CodecError.Kind, offset: Int) throws {
    let error = try #require(throws: CodecError.self) {
      try LZO.decode(encoded, byteCount: 100, options: .init())
    }
    #expect(error.kind == kind)
    #expect(error.offset == offset)
  }

  @Test("the header must begin with F0 or F1, and its size be possible")
  func header() throws {
    for bytes: [UInt8] in [[0xF2, 0, 0, 0, 0, 17], [0xF1, 0x40, 0, 0, 0, 17]] {
      let error = try #require(throws: CodecError.self) {
        try LZO.decode(bytes, options: .init(storesSize: true))
      }
      #expect(error.kind == .corrupt)
    }
  }

  @Test("damaged streams throw or decode, and stay within the output")
  func fuzzed() throws {
    var generator = SeededGenerator(seed: 42)
    let (encoded, plain) = Self.stream(12, using: &generator)
    #expect(
      ByteCodecChecks.damage(LZO.self, encoded, byteCount: plain.count, options: .init()) == nil)
  }
}
