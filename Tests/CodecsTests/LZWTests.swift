// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("LZW")
struct LZWTests {
  static let variants: [LZW.Variant] =
    [.tiff, .oldTIFF] + (1...8).map { .gif(minimumCodeSize: $0) }

  @Test("the example of the TIFF specification: 45, 45, 45, 7, 7, 7 and so on")
  func specificationExample() throws {
    // TIFF 6.0, section 13: CLEAR 7 258 8 8 258 6 6 as nine-bit codes, then the end code.
    let bytes: [UInt8] = [7, 7, 7, 8, 8, 7, 7, 6, 6]
    let codes = [256, 7, 258, 8, 8, 258, 6, 6, 257]
    var bits = codes.flatMap { code in (0..<9).map { UInt8(code >> (8 - $0) & 1) } }
    while bits.count % 8 != 0 { bits.append(0) }
    let packed = stride(from: 0, to: bits.count, by: 8).map { i in
      bits[i..<(i + 8)].reduce(0) { $0 << 1 | $1 }
    }
    #expect(try LZW.decode(packed, options: .init()) == bytes)
    #expect(try LZW.encode(bytes, options: .init()) == packed)
  }

  @Test("no bytes are a CLEAR and an end code")
  func empty() throws {
    #expect(try LZW.encode([], options: .init()) == [0x80, 0x40, 0x40])
    #expect(try LZW.decode([0x80, 0x40, 0x40], options: .init()) == [])
    #expect(try LZW.decode([], options: .init()) == [])
  }

  @Test("round trips every kind of bytes in every variant", arguments: variants)
  func roundTrip(variant: LZW.Variant) throws {
    var mask: UInt8 = 255
    if case .gif(let size) = variant { mask = UInt8(truncatingIfNeeded: (1 << size) - 1) }
    var generator = SeededGenerator(seed: 21)
    for size in ByteCodecChecks.sizes + [70_000] {
      for content in ByteContent.allCases {
        let bytes = content.make(size, using: &generator).map { $0 & mask }
        let encoded = try LZW.encode(bytes, options: .init(variant: variant))
        #expect(encoded.count <= LZW.encodedByteCountBound(for: size))
        let options = LZW.DecodeOptions(variant: variant)
        let exact = try ByteCodecChecks.decode(
          LZW.self, encoded, capacity: size, options: options
        ).get()
        let measured = try LZW.decode(encoded, options: options)
        #expect(exact == bytes, "\(content) \(size)")
        #expect(measured == bytes, "\(content) \(size)")
      }
    }
  }

  @Test("old-style TIFF streams are recognised by their first two bytes")
  func oldStyle() throws {
    var generator = SeededGenerator(seed: 2)
    let bytes = ByteContent.text.make(5000, using: &generator)
    let encoded = try LZW.encode(bytes, options: .init(variant: .oldTIFF))
    #expect(encoded[0] == 0 && encoded[1] & 1 == 1)
    #expect(try LZW.decode(encoded, options: .init()) == bytes)
  }

  @Test("a stream without an end code ends where its bits end")
  func missingEnd() throws {
    // CLEAR, 1, 2: 27 bits.
    let packed: [UInt8] = [0b1000_0000, 0b0000_0000, 0b0100_0000, 0b0100_0000]
    #expect(try LZW.decode(packed, options: .init()) == [1, 2])
  }

  @Test("decoding reports the bytes used and leaves the rest")
  func consumed() throws {
    let encoded = try LZW.encode([1, 2, 3], options: .init())
    var used = 0
    let source = encoded + [9, 9, 9]
    let bytes = try [UInt8](capacity: 10) { output throws(CodecError) in
      let span = unsafe source.span.bytes
      used = try LZW.decode(span, into: &output)
    }
    #expect(bytes == [1, 2, 3])
    #expect(used == encoded.count)
  }

  @Test("a full output is the end of the data")
  func shortOutput() throws {
    var generator = SeededGenerator(seed: 3)
    let bytes = ByteContent.runs.make(3000, using: &generator)
    let encoded = try LZW.encode(bytes, options: .init())
    for count in [0, 1, 7, 8, 9, 100, 2999] {
      #expect(try LZW.decode(encoded, byteCount: count, options: .init()) == Array(bytes[..<count]))
    }
  }

  @Test("a GIF table stays as it is when it is full and no CLEAR comes")
  func deferredClear() throws {
    // Every code is a literal, so that the table fills with 4,096 strings and then freezes.
    var position = 0
    var encoded = [UInt8](repeating: 0, count: 9000)
    func append(_ code: Int, _ width: Int) {
      for bit in 0..<width where code >> bit & 1 == 1 {
        encoded[(position + bit) >> 3] |= 1 << UInt8((position + bit) & 7)
      }
      position += width
    }
    append(256, 9)
    var size = 258
    var width = 9
    var bytes: [UInt8] = []
    for i in 0..<5000 {
      append(i & 0xFF, width)
      bytes.append(UInt8(i & 0xFF))
      if i > 0, size < 4096 { size += 1 }
      if size == 1 << width, width < 12 { width += 1 }
    }
    append(4095, width)
    append(257, width)
    // String 4095 was added with code 4096 - 258 after the first: literals 3837 and 3838.
    bytes += [UInt8(3837 & 0xFF), UInt8(3838 & 0xFF)]
    let options = LZW.DecodeOptions(variant: .gif(minimumCodeSize: 8))
    #expect(try LZW.decode(encoded, options: options) == bytes)
    #expect(try LZW.decode(encoded, byteCount: 9000, options: options) == bytes)
  }

  @Test("a GIF stream need not begin with a CLEAR")
  func noFirstClear() throws {
    // Minimum code size 2: literals 1, 2, 3 and the end code 5, three bits each, then four.
    let encoded: [UInt8] = [0b1101_0001, 0b0000_1010]
    let options = LZW.DecodeOptions(variant: .gif(minimumCodeSize: 2))
    #expect(try LZW.decode(encoded, options: options) == [1, 2, 3])
  }

  @Test("a code that is not in the table is corrupt, with its place")
  func invalidCode() throws {
    // CLEAR, then 300.
    let error = try #require(throws: CodecError.self) {
      try LZW.decode([0x80, 0x4B, 0, 0], byteCount: 100, options: .init())
    }
    #expect(error.kind == .corrupt)
    #expect(error.offset == 1)
    #expect(error.bit == 1)
  }

  @Test("a TIFF stream that never clears a full table is corrupt")
  func missingClear() throws {
    // Code 0 over and over, in the widths that a growing table asks for.
    let error = try #require(throws: CodecError.self) {
      try LZW.decode(
        [0x80] + [UInt8](repeating: 0, count: 9000), byteCount: 20_000, options: .init())
    }
    #expect(error.kind == .corrupt)
  }

  @Test("a byte above the minimum code size is the caller's mistake")
  func wideByte() throws {
    let error = try #require(throws: CodecError.self) {
      try LZW.encode([0, 3, 4], options: .init(variant: .gif(minimumCodeSize: 2)))
    }
    #expect(error.kind == .invalidArgument)
    #expect(error.offset == 2)
    #expect(throws: CodecError.self) {
      try LZW.encode([0], options: .init(variant: .gif(minimumCodeSize: 9)))
    }
  }

  @Test("the decoded size obeys the limits")
  func limits() throws {
    let encoded = try LZW.encode([UInt8](repeating: 1, count: 100_000), options: .init())
    let error = try #require(throws: CodecError.self) {
      try LZW.decode(encoded, options: .init(), limits: Limits(maxOutputBytes: 99_999))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }

  @Test("damaged streams throw or decode, and stay within the output", arguments: variants)
  func damage(variant: LZW.Variant) throws {
    var generator = SeededGenerator(seed: 11)
    let bytes = ByteContent.runs.make(1500, using: &generator).map { $0 & 1 }
    let encoded = try LZW.encode(bytes, options: .init(variant: variant))
    let options = LZW.DecodeOptions(variant: variant)
    #expect(
      ByteCodecChecks.truncation(LZW.self, encoded, byteCount: 1500, options: options) == nil)
    #expect(ByteCodecChecks.mutation(LZW.self, encoded, byteCount: 1500, options: options) == nil)
    #expect(
      ByteCodecChecks.shortOutput(LZW.self, encoded, byteCount: 1500, options: options) == nil)
  }
}
