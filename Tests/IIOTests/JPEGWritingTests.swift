// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

/// JPEG through the functions that users call, with imageio's options.
@Suite struct JPEGWritingTests {
  private let image: NDArray

  init() throws {
    var generator = SeededGenerator(seed: 3)
    image = try NDArray(
      (0..<(24 * 33 * 3)).map {
        UInt8(truncatingIfNeeded: $0 / 9) &+ UInt8.random(in: 0...9, using: &generator)
      },
      shape: [24, 33, 3])
  }

  private func write(_ image: NDArray, _ options: Metadata) throws -> [UInt8] {
    try #require(
      try imwrite(.memory, image, extension: "jpg", options: NamedOptions(options)))
  }

  @Test func namedOptionsAreTypedOnes() throws {
    var typed = JPEG.WriteOptions(quality: 90)
    typed.subsampling = .s444
    typed.isProgressive = true
    typed.restartRows = 1
    let named: Metadata = [
      "quality": 90, "subsampling": "4:4:4", "progressive": true, "restart_marker_rows": 1,
    ]
    #expect(try write(image, named) == JPEG.encode(image, options: typed))
    #expect(try write(image, [:]) == JPEG.encode(image))
    var optimized = JPEG.WriteOptions()
    optimized.optimizesCodes = true
    #expect(try write(image, ["optimize": true]) == JPEG.encode(image, options: optimized))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let profile = (0..<66_000).map { UInt8(truncatingIfNeeded: $0) }
    let file = try write(
      image,
      [
        "dpi": 300, "icc_profile": .bytes(Bytes(profile)), "comment": "one",
        "xmp": .bytes(Bytes(Array("<x/>".utf8))),
      ])
    let metadata = try immeta(.bytes(Bytes(file)))
    #expect(metadata["dpi"] == .array([.int(300), .int(300)]))
    #expect(metadata["icc_profile"] == .bytes(Bytes(profile)))
    #expect(metadata["comment"] == .bytes(Bytes(Array("one".utf8))))
    #expect(metadata["xmp"] == .bytes(Bytes(Array("<x/>".utf8))))
    #expect(try improps(.bytes(Bytes(file))).shape == [24, 33, 3])
  }

  @Test func inkIsWrittenAsItIsReadBack() throws {
    let ink = try NDArray((0..<(16 * 16 * 4)).map { UInt8($0 / 8) }, shape: [16, 16, 4])
    let file = try write(ink, ["mode": "CMYK", "quality": 100])
    let back = try imread(.bytes(Bytes(file)))
    let largest = zip(ink.array(as: UInt8.self), back.array(as: UInt8.self))
      .map { abs(Int($0) - Int($1)) }.max()
    #expect(back.shape == [16, 16, 4] && (largest ?? 255) <= 3)
  }

  @Test func bilevelImagesBecomeGrey() throws {
    let image = try NDArray(
      (0..<64).map { UInt8($0 / 8 % 2) }, shape: [8, 8]
    ).cast(to: .bool)
    let back = try imread(.bytes(Bytes(try write(image, ["quality": 100]))))
    let expected = (0..<64).map { UInt8($0 / 8 % 2 * 255) }
    let largest = zip(expected, back.array(as: UInt8.self)).map { abs(Int($0) - Int($1)) }.max()
    #expect((largest ?? 255) <= 1)
  }

  @Test func aBaselineFileHasNoMetadata() throws {
    let file = try write(image, ["baseline": true, "comment": "none", "progressive": true])
    #expect(try file == JPEG.encode(image))
  }

  @Test(
    arguments: [
      ["quality": 120], ["quality": -1], ["subsampling": "4:3:2"], ["qtables": 3], ["dpi": 0],
      ["mode": "HSV"], ["nothing": 1], ["restart_marker_rows": -2], ["exif": 5],
    ] as [Metadata])
  func wrongOptionsAreErrors(options: Metadata) throws {
    #expect(throws: IIOError.self) { try write(image, options) }
  }

  @Test func whatJPEGCannotHoldIsAnError() throws {
    for (shape, type) in [
      ([8, 8, 4], DType.uint8), ([8, 8, 2], .uint8), ([8, 8], .uint16), ([8, 8], .float32),
    ] {
      let image = try NDArray(zeros: shape, dtype: type)
      #expect(throws: IIOError.self) { try write(image, [:]) }
    }
  }
}
