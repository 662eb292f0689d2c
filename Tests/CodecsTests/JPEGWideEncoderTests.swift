// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Files of 12 bits per sample, against what libjpeg-turbo 3.2 writes.
@Suite struct JPEGWideEncoderTests {
  /// The pattern of ``JPEGEncoderTests`` in `bitCount` bits.
  static func pattern(
    width: Int, height: Int, channels: Int, bitCount: Int = 12
  ) throws -> NDArray {
    var samples: [UInt16] = []
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<channels {
          let value =
            x * (5 + c) + y * (3 + 2 * c) + ((x * y) >> 3)
            + ((x >> 3) + (y >> 2)) % 3 * 60 + c * 40
          samples.append(UInt16(truncatingIfNeeded: value * 7 & (1 << bitCount - 1)))
        }
      }
    }
    return try NDArray(
      samples, shape: channels == 1 ? [height, width] : [height, width, channels])
  }

  private static func digest(
    channels: Int = 3, _ change: (inout JPEG.WriteOptions) -> Void
  ) throws -> String {
    var options = JPEG.WriteOptions()
    options.bitsPerSample = 12
    change(&options)
    let file = try JPEG.encode(
      pattern(width: 67, height: 45, channels: channels), options: options)
    return JPEGEncoderTests.digest(file)
  }

  /// Optimised, progressive, and arithmetic-coded.
  static let subsampled: [(h: Int, v: Int, quality: Int, digests: [String])] = [
    (1, 1, 5, ["68c9d91d6f26190f", "3f39a7f362a7bbcf", "a2177e546f945975"]),
    (1, 1, 75, ["c027ff26ebeffa65", "73709dcb5ded80c9", "13e9f8ce28e31248"]),
    (1, 1, 98, ["637c9670514f2f2e", "64681a746b62ce14", "09cabc234c4fca0c"]),
    (2, 1, 5, ["4fb9be184d292fda", "dcd240d4bf26fc64", "6d93ddf218186334"]),
    (2, 1, 75, ["3070a1d557ffc157", "b918ce0c14a1cabf", "efaa3c73445efe03"]),
    (2, 1, 98, ["bd3dd734f376425f", "b9ddca97a0f4f1cf", "6037780c273e1fa1"]),
    (2, 2, 5, ["df9e1e89c659fd85", "240c79b841556a01", "7973f0ca54546b49"]),
    (2, 2, 75, ["6a334b3219cfb17d", "79998331e246ca56", "0fc17aef84b21ab0"]),
    (2, 2, 98, ["bd5680b66ed407e0", "a68f7310929fe6ac", "e0a096c5c0393105"]),
  ]

  @Test(arguments: subsampled.indices)
  func `colour files are libjpeg-turbo's`(index: Int) throws {
    let (h, v, quality, expected) = Self.subsampled[index]
    let digests = try [(false, false), (true, false), (false, true)].map { kind in
      try Self.digest {
        $0.quality = quality
        $0.subsampling = .init(horizontal: h, vertical: v)
        ($0.isProgressive, $0.isArithmetic) = kind
      }
    }
    #expect(digests == expected)
  }

  @Test func `grey and ink are libjpeg-turbo's too`() throws {
    #expect(try Self.digest(channels: 1) { _ in } == "9318cbe92c999fc9")
    #expect(try Self.digest(channels: 1) { $0.isProgressive = true } == "aa46840ffdfc34f2")
    let ink = try Self.digest(channels: 4) {
      $0.input = .cmyk
      $0.restartInterval = 5
    }
    #expect(ink == "7666466f2743da90")
  }

  @Test func `ink's complement and YCCK come back nearly as they were`() throws {
    let image = try NDArray(
      (0..<(16 * 24 * 4)).map { UInt16($0 % 96 * 40) }, shape: [16, 24, 4])
    for (stored, inverts) in [(nil, true), (JPEG.ColorSpace.ycck, false)] {
      var options = JPEG.WriteOptions(quality: 100)
      (options.bitsPerSample, options.input) = (12, .cmyk)
      (options.stored, options.invertsInk, options.subsampling) = (stored, inverts, .s444)
      let file = try JPEG.encode(image, options: options)
      var (reading, diagnostics) = (JPEG.DecodeOptions(), Diagnostics())
      reading.invertsAdobeCMYK = inverts
      let back = try JPEG.decode(file.rawSpan, options: reading, diagnostics: &diagnostics)
      let largest = zip(image.array(as: UInt16.self), back.array(as: UInt16.self))
        .map { abs(Int($0) - Int($1)) }.max()
      #expect(back.shape == image.shape && (largest ?? 4095) <= 4)
    }
  }

  @Test func `samples of more than 12 bits and other types are invalid`() throws {
    func kind(_ image: NDArray, _ bitCount: Int?) -> CodecError.Kind? {
      var options = JPEG.WriteOptions()
      options.bitsPerSample = bitCount
      do throws(CodecError) { _ = try JPEG.encode(image, options: options) } catch {
        return error.kind
      }
      return nil
    }
    let fits = try NDArray([4095, 0, 1, 2] as [UInt16], shape: [2, 2])
    #expect(kind(fits, 12) == nil)
    #expect(kind(fits, nil) == .invalidArgument)
    #expect(kind(fits, 8) == .invalidArgument)
    let large = try NDArray([4096, 0, 1, 2] as [UInt16], shape: [2, 2])
    #expect(kind(large, 12) == .invalidArgument)
    #expect(kind(try NDArray(zeros: [2, 2], dtype: .uint8), 12) == .invalidArgument)
    #expect(kind(try NDArray(zeros: [2, 2], dtype: .int16), 12) == .invalidArgument)
  }
}
