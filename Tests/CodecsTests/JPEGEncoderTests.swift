// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Codecs

/// The contract of the encoder is libjpeg-turbo's file, byte for byte: digests of what version 3.2
/// writes for the same pattern and settings.
@Suite struct JPEGEncoderTests {
  /// Smooth ramps, edges and wrap-around, from a formula that is easy to repeat elsewhere.
  static func pattern(width: Int, height: Int, channels: Int) throws -> NDArray {
    var samples: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<channels {
          let value =
            x * (5 + c) + y * (3 + 2 * c) + ((x * y) >> 3)
            + ((x >> 3) + (y >> 2)) % 3 * 60 + c * 40
          samples.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    let shape = channels == 1 ? [height, width] : [height, width, channels]
    return try NDArray(samples, shape: shape)
  }

  /// The first 16 hexadecimal digits of SHA-256.
  static func digest(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return String(
      hash.finish().prefix(8).flatMap { byte -> [Character] in
        let digits = Array("0123456789abcdef")
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      })
  }

  static let subsampled: [(h: Int, v: Int, quality: Int, digest: String)] = [
    (1, 1, 1, "43fb957fb5fbd495"),
    (1, 1, 24, "453750f534b77274"),
    (1, 1, 50, "88c4efae4e12d2a4"),
    (1, 1, 75, "35f36c9c50d589a1"),
    (1, 1, 90, "6963ef0252828b76"),
    (1, 1, 100, "f1763669deb2fa1d"),
    (2, 1, 1, "b324261ec217919b"),
    (2, 1, 24, "f95078706968a924"),
    (2, 1, 50, "b8c73a18a5e42f75"),
    (2, 1, 75, "16cd1a42c937be40"),
    (2, 1, 90, "b790157e9f53b7cd"),
    (2, 1, 100, "7e5844a68d8b4949"),
    (2, 2, 1, "bc033b3e83af83b1"),
    (2, 2, 24, "b66751c1254b7b7b"),
    (2, 2, 50, "7ac0620a13bc9c2a"),
    (2, 2, 75, "1874a03ef33018a2"),
    (2, 2, 90, "ef4f536ee54c90c0"),
    (2, 2, 100, "4894b485b1d59b6c"),
    (1, 2, 1, "b452844bb14b2874"),
    (1, 2, 24, "947da9f570507de1"),
    (1, 2, 50, "df144efc53beadc6"),
    (1, 2, 75, "bac8e066aa13e8f4"),
    (1, 2, 90, "5269563dd1e87bb4"),
    (1, 2, 100, "97cd78e0a5056e98"),
    (4, 1, 1, "a18efbecf2a79318"),
    (4, 1, 24, "9c72576fd40ddfee"),
    (4, 1, 50, "4a9032292d84b6cf"),
    (4, 1, 75, "cd3628050d3005e1"),
    (4, 1, 90, "59cc5a2a40860450"),
    (4, 1, 100, "76f3328e842374ea"),
  ]

  @Test(arguments: subsampled.indices)
  func `RGB is written as libjpeg-turbo writes it`(index: Int) throws {
    let (h, v, quality, digest) = Self.subsampled[index]
    var options = JPEG.WriteOptions(quality: quality)
    options.subsampling = .init(horizontal: h, vertical: v)
    let file = try JPEG.encode(
      Self.pattern(width: 67, height: 45, channels: 3), options: options)
    #expect(Self.digest(file) == digest)
  }

  static let spaces:
    [(channels: Int, input: JPEG.ColorSpace?, stored: JPEG.ColorSpace?, digest: String)] = [
      (1, nil, nil, "894216657961adee"),
      (3, .rgb, .grey, "91f4906a8888ea49"),
      (3, .rgb, .rgb, "fb74146db3f18cf5"),
      (4, .cmyk, nil, "65e26e3f17d3fd48"),
      (4, .cmyk, .ycck, "4c8549b664fd4eaf"),
      (3, .ycbcr, nil, "d9edc31ff9bb819b"),
    ]

  @Test(arguments: spaces.indices)
  func `other colour spaces and restart markers are libjpeg-turbo's too`(index: Int) throws {
    let (channels, input, stored, digest) = Self.spaces[index]
    var options = JPEG.WriteOptions()
    options.input = input
    options.stored = stored
    options.restartInterval = 5
    let file = try JPEG.encode(
      Self.pattern(width: 131, height: 70, channels: channels), options: options)
    #expect(Self.digest(file) == digest)
  }

  @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17])
  func `every small size has the blocks that its header promises`(size: Int) throws {
    for (width, height) in [(size, 1), (1, size), (size, 19 - size)] {
      var options = JPEG.WriteOptions()
      options.restartInterval = 1
      let file = try JPEG.encode(
        Self.pattern(width: width, height: height, channels: 3), options: options)
      let markers = zip(file, file.dropFirst()).count { $0 == 0xFF && $1 & 0xF8 == 0xD0 }
      #expect(markers == (width + 15) / 16 * ((height + 15) / 16) - 1)
      #expect(file.suffix(2) == [0xFF, 0xD9])
    }
  }

  @Test func `restart rows count in rows of MCUs`() throws {
    let image = try Self.pattern(width: 100, height: 64, channels: 3)
    var rows = JPEG.WriteOptions()
    rows.restartRows = 2
    var interval = JPEG.WriteOptions()
    interval.restartInterval = 14
    #expect(try JPEG.encode(image, options: rows) == JPEG.encode(image, options: interval))
  }

  @Test func `what JPEG cannot hold is an invalid argument`() throws {
    func kind(_ image: NDArray, _ options: JPEG.WriteOptions = .init()) -> CodecError.Kind? {
      do throws(CodecError) {
        _ = try JPEG.encode(image, options: options)
        return nil
      } catch { return error.kind }
    }
    let rgb = try Self.pattern(width: 20, height: 10, channels: 3)
    #expect(kind(try Self.pattern(width: 4, height: 4, channels: 4)) == .invalidArgument)
    #expect(kind(try Self.pattern(width: 4, height: 4, channels: 2)) == .invalidArgument)
    #expect(kind(try rgb.reshaped([600])) == .invalidArgument)
    #expect(kind(try NDArray(zeros: [4, 4], dtype: .float32)) == .invalidArgument)
    #expect(kind(try NDArray(zeros: [0, 4], dtype: .uint8)) == .invalidArgument)
    #expect(kind(try NDArray(zeros: [1, 65_501], dtype: .uint8)) == .invalidArgument)
    var options = JPEG.WriteOptions()
    options.subsampling = .init(horizontal: 4, vertical: 4)
    #expect(kind(rgb, options) == .invalidArgument)
    options = JPEG.WriteOptions()
    options.stored = .cmyk
    #expect(kind(rgb, options) == .invalidArgument)
    options = JPEG.WriteOptions()
    options.restartInterval = 65_536
    #expect(kind(rgb, options) == .invalidArgument)
  }
}
