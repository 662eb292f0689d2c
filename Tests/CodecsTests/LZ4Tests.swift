// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("LZ4")
struct LZ4Tests {
  static let efforts: [LZ4.Effort] =
    [.fast(), .fast(acceleration: 9)] + [1, 3, 4, 9, 10, 11, 12].map { .high(level: $0) }

  @Test("round trips every kind of bytes at every effort", arguments: efforts)
  func roundTrip(effort: LZ4.Effort) {
    let failure = ByteCodecChecks.roundTrip(
      LZ4.self, encode: .init(effort: effort), decode: .init(),
      sizes: ByteCodecChecks.sizes + [66_000])
    #expect(failure == nil)
  }

  @Test("a block by hand: literals, an overlapping match, the last literals")
  func byHand() throws {
    // Three literals and a match of 4 + 15 + 2 bytes at offset 3, then five literals.
    let block: [UInt8] = [0x3F, 1, 2, 3, 3, 0, 2, 0x50, 9, 8, 7, 6, 5]
    let bytes = (0..<24).map { UInt8($0 % 3 + 1) } + [9, 8, 7, 6, 5]
    #expect(try LZ4.decode(block, options: .init()) == bytes)
    #expect(try LZ4.decode([0x00], options: .init()) == [])
  }

  // So many literals behind the match that the fast loop does it, or that it cannot.
  @Test("matches of every distance and many lengths are copied in order", arguments: [5, 60, 200])
  func distances(tailCount: Int) throws {
    for distance in 1...40 {
      for length in [4, 5, 7, 8, 15, 16, 17, 18, 19, 31, 33, 64, 100, 600, 5_000] {
        let literals = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
        let tail = [UInt8](repeating: 0xEE, count: tailCount)
        var block = [0xF0 | UInt8(min(length - 4, 15))] + lengthBytes(64)
        block += literals + [UInt8(distance), 0] + lengthBytes(length - 4)
        block += [UInt8(min(tailCount, 15) << 4)] + lengthBytes(tailCount) + tail
        var bytes = literals
        for _ in 0..<length { bytes.append(bytes[bytes.count - distance]) }
        #expect(try LZ4.decode(block, options: .init()) == bytes + tail)
      }
    }
  }

  /// What follows the four bits of a length in the token.
  private func lengthBytes(_ length: Int) -> [UInt8] {
    guard length >= 15 else { return [] }
    let (count, rest) = (length - 15).quotientAndRemainder(dividingBy: 255)
    return [UInt8](repeating: 255, count: count) + [UInt8(rest)]
  }

  @Test("the last match starts 12 bytes before the end or earlier, and five literals follow it")
  func endRules() throws {
    for count in 13..<80 {
      for effort in Self.efforts {
        let block = try LZ4.encode(
          [UInt8](repeating: 0, count: count), options: .init(effort: effort))
        #expect(block.count >= 6)
        #expect(block.suffix(5) == [0, 0, 0, 0, 0])
      }
    }
  }

  @Test("higher levels are not larger")
  func sizes() throws {
    var generator = SeededGenerator(seed: 8)
    let bytes = ByteContent.text.make(50_000, using: &generator)
    let sizes = try [LZ4.Effort.fast(), .high(level: 3), .high(level: 9), .high(level: 12)].map {
      try LZ4.encode(bytes, options: .init(effort: $0)).count
    }
    #expect(sizes == sizes.sorted(by: >))
    #expect(sizes[3] < bytes.count / 3)
  }

  @Test("what follows runs of many lengths is found at every level, the best of it at the highest")
  func indentation() throws {
    var generator = SeededGenerator(seed: 21)
    let words = ["return value\n", "if left {\n", "}\n", "guard right else { break }\n"]
    var bytes: [UInt8] = []
    while bytes.count < 40_000 {
      bytes += [UInt8](repeating: 32, count: Int(generator.next() % 12))
      bytes += Array(words[Int(generator.next() % 4)].utf8)
    }
    var least = bytes.count
    for level in 1...12 {
      let block = try LZ4.encode(bytes, options: .init(effort: .high(level: level)))
      let decoded = try LZ4.decode(block, options: .init(), limits: .default)
      #expect(decoded == bytes)
      least = min(least, block.count)
      #expect(level < 12 || block.count == least)
    }
  }

  @Test("a dictionary serves both ways", arguments: efforts)
  func dictionary(effort: LZ4.Effort) throws {
    var generator = SeededGenerator(seed: 5)
    let dictionary = generator.bytes(70_000)
    let bytes = Array(dictionary[30_000..<31_000]) + Array(dictionary[69_900...])
    let options = LZ4.EncodeOptions(effort: effort, dictionary: dictionary)
    let block = try LZ4.encode(bytes, options: options)
    #expect(block.count < bytes.count)
    if effort != .fast(acceleration: 9) { #expect(block.count < 200) }
    let decoded = try LZ4.decode(block, options: .init(dictionary: dictionary))
    #expect(decoded == bytes)
    let error = try #require(throws: CodecError.self) { try LZ4.decode(block, options: .init()) }
    #expect(error.kind == .corrupt)
  }

  @Test("the size before the block is kept and checked")
  func storedSize() throws {
    let bytes = [UInt8](repeating: 3, count: 1000)
    let options = LZ4.DecodeOptions(storesSize: true)
    var block = try LZ4.encode(bytes, options: .init(storesSize: true))
    #expect(Array(block[..<4]) == [0xE8, 3, 0, 0])
    #expect(try LZ4.decode(block, options: options) == bytes)
    block[0] = 0xE9
    #expect(throws: CodecError.self) { try LZ4.decode(block, options: options) }
    block[3] = 0x7F
    let error = try #require(throws: CodecError.self) { try LZ4.decode(block, options: options) }
    #expect(error.kind == .corrupt)
  }

  @Test(
    "damage is told with its kind and place",
    arguments: [
      ([0x10], CodecError.Kind.truncated(needed: 1)), ([], .truncated(needed: 1)),
      ([0x10, 1, 0, 0, 0], .corrupt), ([0x10, 1, 2, 0, 0], .corrupt),
      ([0x10, 1, 1], .truncated(needed: 1)), ([0xF0, 255, 255], .truncated(needed: 1)),
    ] as [([UInt8], CodecError.Kind)])
  func errors(block: [UInt8], kind: CodecError.Kind) throws {
    let error = try #require(throws: CodecError.self) {
      try LZ4.decode(block, byteCount: 1000, options: .init())
    }
    #expect(error.kind == kind)
    #expect(error.offset == 0)
  }

  @Test("damaged blocks throw or decode, and stay within the output")
  func damage() throws {
    var generator = SeededGenerator(seed: 11)
    let bytes = ByteContent.text.make(1500, using: &generator)
    for effort in [LZ4.Effort.fast(), .high()] {
      let block = try LZ4.encode(bytes, options: .init(effort: effort))
      let options = LZ4.DecodeOptions()
      #expect(ByteCodecChecks.truncation(LZ4.self, block, byteCount: 1500, options: options) == nil)
      #expect(ByteCodecChecks.mutation(LZ4.self, block, byteCount: 1500, options: options) == nil)
      #expect(
        ByteCodecChecks.shortOutput(LZ4.self, block, byteCount: 1500, options: options) == nil)
    }
  }

  @Test("the decoded size obeys the limits")
  func limits() throws {
    let block = try LZ4.encode([UInt8](repeating: 1, count: 100_000), options: .init())
    let error = try #require(throws: CodecError.self) {
      try LZ4.decode(block, options: .init(), limits: Limits(maxOutputBytes: 99_999))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }

  @Test("XXH32 of known messages")
  func xxHash32() {
    #expect(XXHash32.hash([]) == 0x02CC_5D05)
    #expect(XXHash32.hash(Array("abc".utf8)) == 0x32D1_53FF)
    #expect(
      XXHash32.hash(Array("Nobody inspects the spammish repetition".utf8)) == 0xE229_3B2F)
    #expect(XXHash32.hash([], seed: 0x9E37_79B1) == 0x36B7_8AE7)
  }
}

@Suite("LZ4 containers")
struct LZ4FrameTests {
  @Test("round trips with every combination of flags", arguments: 0..<32)
  func flags(flags: Int) throws {
    var generator = SeededGenerator(seed: UInt64(flags))
    for (count, content) in [
      (0, ByteContent.noise), (1, .noise), (100, .text), (70_000, .noise), (65_536, .runs),
      (200_000, .text),
    ] {
      let bytes = content.make(count, using: &generator)
      let dictionary = flags & 16 != 0 ? Array("the image codec row ".utf8) : []
      let frame = try LZ4Frame.encode(
        bytes,
        options: .init(
          blockSize: .kilobytes64, linksBlocks: flags & 1 != 0, hasBlockChecksums: flags & 2 != 0,
          hasContentChecksum: flags & 4 != 0, storesContentSize: flags & 8 != 0,
          dictionary: dictionary, dictionaryID: flags & 16 != 0 ? 7 : nil))
      let decoded = try LZ4Frame.decode(frame, options: .init(dictionary: dictionary))
      #expect(decoded == bytes, "\(content) \(count)")
    }
  }

  @Test("the example frame of an empty content")
  func empty() throws {
    let frame = try LZ4Frame.encode([], options: .init(storesContentSize: false))
    #expect(frame == [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0])
    #expect(try LZ4Frame.decode(frame, options: .init()) == [])
  }

  @Test("frames in a row, with skippable ones between, are one content")
  func concatenated() throws {
    let a = try LZ4Frame.encode([1, 2, 3], options: .init())
    let b = try LZ4Frame.encode([4, 5], options: .init(hasContentChecksum: true))
    let skipped: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9]
    let stream = a + skipped + b + [0xFF, 0xFF, 0xFF, 0xFF]
    #expect(try LZ4Frame.decode(stream, options: .init()) == [1, 2, 3, 4, 5])
    var used = 0
    _ = try [UInt8](capacity: 10) { output throws(CodecError) in
      used = try LZ4Frame.decode(stream.rawSpan, into: &output)
    }
    #expect(used == stream.count - 4)
  }

  @Test("a legacy frame ends with the input or at another frame")
  func legacy() throws {
    let bytes = Array("legacy legacy legacy legacy legacy".utf8)
    let block = try LZ4.encode(bytes, options: .init())
    let frame = [0x02, 0x21, 0x4C, 0x18, UInt8(block.count), 0, 0, 0] + block
    #expect(try LZ4Frame.decode(frame, options: .init()) == bytes)
    let more = try LZ4Frame.encode([7], options: .init())
    #expect(try LZ4Frame.decode(frame + more, options: .init()) == bytes + [7])
  }

  @Test("each checksum is verified, unless that is switched off")
  func checksums() throws {
    let bytes = Array("content content content content".utf8)
    let frame = try LZ4Frame.encode(
      bytes, options: .init(hasBlockChecksums: true, hasContentChecksum: true))
    for index in [14, frame.count - 12, frame.count - 1] {
      var damaged = frame
      damaged[index] ^= 1
      let error = try #require(throws: CodecError.self) {
        try LZ4Frame.decode(damaged, byteCount: 100, options: .init())
      }
      guard case .checksumMismatch = error.kind else {
        Issue.record("\(error)")
        continue
      }
      let options = LZ4Frame.DecodeOptions(verifiesChecksums: false)
      #expect(try LZ4Frame.decode(damaged, options: options) == bytes)
    }
  }

  @Test("damaged frames throw or decode, and stay within the output")
  func damage() throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = ByteContent.text.make(900, using: &generator)
    let frame = try LZ4Frame.encode(bytes, options: .init(hasBlockChecksums: true))
    let options = LZ4Frame.DecodeOptions(verifiesChecksums: false)
    let codec = LZ4Frame.self
    #expect(ByteCodecChecks.truncation(codec, frame, byteCount: 900, options: options) == nil)
    #expect(ByteCodecChecks.mutation(codec, frame, byteCount: 900, options: options) == nil)
    #expect(ByteCodecChecks.shortOutput(codec, frame, byteCount: 900, options: options) == nil)
  }

  @Test("what is no frame is corrupt")
  func notAFrame() throws {
    let error = try #require(throws: CodecError.self) {
      try LZ4Frame.decode([1, 2, 3, 4, 5], options: .init())
    }
    #expect(error.kind == .corrupt)
    #expect(error.offset == 0)
  }

  @Test("HDF5's form round trips in blocks of any size", arguments: [nil, 1, 7, 1000, 65_536])
  func hdf5(block: Int?) {
    let failure = ByteCodecChecks.roundTrip(
      LZ4H5.self, encode: .init(blockByteCount: block), decode: .init(),
      sizes: [0, 1, 6, 7, 8, 999, 1000, 1001, 3000])
    #expect(failure == nil)
  }

  @Test("HDF5's form: sizes, then blocks, a block that does not shrink being stored")
  func hdf5Layout() throws {
    let stored = try LZ4H5.encode([1, 2, 3], options: .init(blockByteCount: 2))
    #expect(
      stored == [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3])
    #expect(try LZ4H5.decode(stored, options: .init()) == [1, 2, 3])
    // A block of no bytes ends the data early.
    var early = stored
    early[15] = 0
    #expect(try LZ4H5.decode(early, options: .init()) == [])
    // Found by fuzzing: so it is when there is room for no more than that.
    #expect(try LZ4H5.decode(early, byteCount: 0, options: .init()) == [])
    #expect(
      try LZ4H5.decode(stored[..<18] + [0, 0, 0, 0], byteCount: 2, options: .init()) == [1, 2])
  }

  @Test("damage in HDF5's form throws or decodes, and stays within the output")
  func hdf5Damage() throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = ByteContent.text.make(900, using: &generator)
    let data = try LZ4H5.encode(bytes, options: .init(blockByteCount: 200))
    #expect(ByteCodecChecks.truncation(LZ4H5.self, data, byteCount: 900, options: .init()) == nil)
    #expect(ByteCodecChecks.mutation(LZ4H5.self, data, byteCount: 900, options: .init()) == nil)
    var huge = data
    huge[0] = 0x7F
    #expect(throws: CodecError.self) { try LZ4H5.decode(huge, options: .init()) }
  }
}
