// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("SZIP")
struct SZIPTests {
  static let layouts: [SZIP.Options] = [1, 3, 8, 9, 16, 20, 24, 31, 32, 64].flatMap { bits in
    [(2, 2), (4, 3), (6, 50), (10, 1), (16, 100), (32, 33), (32, 4096), (2, 8_192)].map {
      SZIP.Options(pixelBitCount: bits, blockLength: $0.0, scanlineLength: $0.1)
    }
  }

  /// Pixels that have no more bits than they may.
  static func pixels(_ count: Int, _ options: SZIP.Options, _ content: ByteContent) -> [UInt8] {
    var generator = SeededGenerator(seed: 4)
    let bits = options.pixelBitCount
    let size = bits > 32 ? 8 : bits > 16 ? 4 : bits > 8 ? 2 : 1
    var bytes = content.make(count * size, using: &generator)
    guard bits < 8 * size else { return bytes }
    for pixel in 0..<count {
      for k in 0..<size {
        // Little-endian: the bits of byte k that belong to the pixel.
        let kept = max(0, min(8, bits - 8 * k))
        let index = pixel * size + (options.isBigEndian ? size - 1 - k : k)
        bytes[index] &= UInt8(truncatingIfNeeded: (1 << kept) - 1)
      }
    }
    return bytes
  }

  @Test("round trips in any layout", arguments: layouts)
  func roundTrip(layout: SZIP.Options) throws {
    for (predicts, bigEndian, header) in [
      (true, false, false), (false, false, true), (true, true, true),
    ] {
      var options = layout
      (options.predicts, options.isBigEndian, options.storesSize) = (predicts, bigEndian, header)
      for content in [ByteContent.noise, .smooth] {
        for count in [0, 31, 777] {
          let pixels = Self.pixels(count, options, content)
          let encoded = try SZIP.encode(pixels, options: options)
          let exact = try SZIP.decode(encoded, byteCount: pixels.count, options: options)
          #expect(exact == pixels, "\(content) \(count)")
          guard header else { continue }
          #expect(try SZIP.decode(encoded, options: options, limits: .default) == pixels)
          #expect(try SZIP.decode(encoded, byteCount: 10_000, options: options) == pixels)
        }
      }
    }
  }

  @Test("without a size, whole scanlines come out, never more than the limit")
  func unknownSize() throws {
    let options = SZIP.Options(blockLength: 8, scanlineLength: 50)
    let pixels = Self.pixels(120, options, .smooth)
    let encoded = try SZIP.encode(pixels, options: options)
    let decoded = try SZIP.decode(encoded, options: options, limits: .default)
    #expect(decoded.count == 150)
    #expect(Array(decoded[..<120]) == pixels)
    let error = try #require(throws: CodecError.self) {
      try SZIP.decode(encoded, options: options, limits: Limits(maxOutputBytes: 149))
    }
    #expect(error.kind == .limitExceeded(.outputBytes))
  }

  @Test("reads what libaec wrote: filled scanlines, planes of bytes")
  func reference() throws {
    // Scanlines of three bytes in blocks of four, and of five numbers in blocks of six.
    let floats = littleEndianBytes([1, 2, 3, 4, 5].map { Float($0).bitPattern })
    let split = SZIP.Options(pixelBitCount: 32, blockLength: 4, scanlineLength: 3)
    let encodedFloats = bytes(hex: "0008004003c0203fc03a040200013f382040")
    #expect(try SZIP.decode(encodedFloats, byteCount: 20, options: split) == floats)
    let numbers = (0..<9).flatMap { i in
      let value = UInt16(truncatingIfNeeded: i * 40_503)
      return [UInt8(value >> 8), UInt8(value & 255)]
    }
    let plain = SZIP.Options(
      pixelBitCount: 16, blockLength: 6, scanlineLength: 5, predicts: false, isBigEndian: true,
      storesSize: true)
    let encodedNumbers = bytes(
      hex: "12000000f00009e373c6edaa578dc0000f1713b54a5381f1b800000000")
    #expect(try SZIP.decode(encodedNumbers, options: plain, limits: .default) == numbers)
  }

  @Test("options that do not go together are refused")
  func refused() throws {
    for options in [
      SZIP.Options(pixelBitCount: 0), SZIP.Options(pixelBitCount: 33),
      SZIP.Options(blockLength: 3), SZIP.Options(blockLength: 34), SZIP.Options(blockLength: 0),
      SZIP.Options(scanlineLength: 0), SZIP.Options(blockLength: 2, scanlineLength: 8193),
    ] {
      for encodes in [true, false] {
        let error = try #require(throws: CodecError.self) {
          encodes
            ? try SZIP.encode([1, 2], options: options)
            : try SZIP.decode([1, 2], byteCount: 2, options: options)
        }
        #expect(error.kind == .invalidArgument)
      }
    }
  }

  @Test("damage is refused or decoded, and a size that the data cannot hold never allocated")
  func damage() throws {
    var generator = SeededGenerator(seed: 6)
    let options = SZIP.Options(
      pixelBitCount: 16, blockLength: 10, scanlineLength: 40, storesSize: true)
    // No scanline is filled, so that every byte is needed.
    let pixels = Self.pixels(320, options, .smooth)
    let encoded = try SZIP.encode(pixels, options: options)
    for length in 0..<encoded.count - 1 {
      let prefix = Array(encoded[..<length])
      #expect(throws: CodecError.self, "\(length)") {
        try SZIP.decode(prefix, options: options, limits: .default)
      }
      var changed = encoded
      changed[length] ^= UInt8(1 + generator.next() % 255)
      _ = try? SZIP.decode(changed, options: options, limits: Limits(maxOutputBytes: 1 << 20))
    }
    let liar: [UInt8] = [255, 255, 255, 255] + encoded[4...]
    #expect(throws: CodecError.self) { try SZIP.decode(liar, options: options, limits: .default) }
  }
}
