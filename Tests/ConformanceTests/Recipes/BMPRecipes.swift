// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport

/// What our encoder writes, and by hand what it does not.
let bmpRecipes: [FixtureRecipe] =
  [
    encoded("bool.bmp", "1 bit, black and white", [9, 13], .bool),
    encoded("grey.bmp", "8 bits with a grey palette", [7, 5]),
    encoded("rgb24.bmp", "rows padded by one byte", [5, 7, 3]),
    encoded("rgb24-topdown.bmp", "first row first", [5, 7, 3], options: .init(topDown: true)),
    encoded("rgb24-dpi.bmp", "resolution", [2, 3, 3], options: .init(dpi: [300, 150])),
    encoded("rgb32.bmp", "fourth byte unused", [5, 7, 3], options: .init(bitsPerPixel: 32)),
    encoded("rgb565.bmp", "masks behind the header", [5, 7, 3], options: .init(bitsPerPixel: 16)),
    encoded("rgba32-v4.bmp", "alpha mask in a V4 header", [5, 7, 4]),
    encoded("rgba32-v5-icc.bmp", "embedded profile", [3, 4, 4], ["icc_profile": profile]),
    encoded("pal1.bmp", "two colours", [9, 13], ["palette": palette(2)]),
    encoded("pal4.bmp", "12 colours", [9, 13], ["palette": palette(12)]),
    encoded("pal8.bmp", "200 colours", [9, 13], ["palette": palette(200)]),
    encoded(
      "pal4-rle.bmp", "run lengths of 4 bits", [20, 33], ["palette": palette(12)],
      options: .init(compression: true)),
    encoded(
      "pal8-rle.bmp", "run lengths of 8 bits", [20, 33], ["palette": palette(200)],
      options: .init(compression: true)),
  ] + [
    built("core24.bmp", "OS/2 1, 12-byte header") { bitmap in
      bitmap.headerByteCount = 12
    },
    built("core8.bmp", "OS/2 1 with a palette of 3 bytes a colour", bits: 8) { bitmap in
      bitmap.headerByteCount = 12
      bitmap.palette = colors(256)
    },
    built("os2v2-16.bmp", "OS/2 2 header cut to 16 bytes", bits: 8) { bitmap in
      bitmap.headerByteCount = 16
      bitmap.palette = colors(256)
    },
    built("os2v2-64.bmp", "whole OS/2 2 header", bits: 8) { bitmap in
      bitmap.headerByteCount = 64
      bitmap.palette = colors(256)
    },
    built("pal2.bmp", "2 bits", bits: 2) { $0.palette = colors(4) },
    built("pal8-gap.bmp", "bytes between palette and pixels", bits: 8) { bitmap in
      bitmap.palette = colors(256)
      bitmap.gap = 10
    },
    built("pal8-short.bmp", "100 colours, indices beyond are black", bits: 8) { bitmap in
      bitmap.palette = colors(100)
    },
    built("rgb555.bmp", "5 bits a channel without masks", bits: 16) { _ in },
    built("rgba4444-v3.bmp", "alpha mask in a 56-byte header", bits: 16) { bitmap in
      bitmap.headerByteCount = 56
      bitmap.compression = 3
      bitmap.masks = [0x0F00, 0x00F0, 0x000F, 0xF000]
    },
    built("rgb101010.bmp", "10 bits a channel", bits: 32) { bitmap in
      bitmap.compression = 3
      bitmap.masks = [0x3FF0_0000, 0x000F_FC00, 0x0000_03FF]
    },
    built("rgba32-alphafields.bmp", "BI_ALPHABITFIELDS", bits: 32) { bitmap in
      bitmap.compression = 6
      bitmap.masks = [0xFF, 0xFF00, 0xFF0000, 0xFF00_0000]
    },
    built("rgba64.bmp", "16-bit linear channels", bits: 64) { _ in },
    built("rgb24.dib", "no file header") { $0.hasFileHeader = false },
    FixtureRecipe("rle24.bmp", how: "by hand", why: "OS/2 run lengths of three bytes") {
      var bitmap = BMPBuilder(
        width: 4, height: 2, bits: 24,
        pixels: [3, 1, 2, 3, 1, 9, 8, 7, 0, 0, 0, 3] + [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] + [0, 1])
      bitmap.headerByteCount = 64
      bitmap.compression = 4
      return bitmap.bytes
    },
    FixtureRecipe("huffman.bmp", how: "by hand", why: "Group 3 facsimile codes, with end-of-line") {
      // Rows: 3 white, 2 black, 70 white (64 + 6); 0 white, 75 black (64 + 11).
      let codes = [
        "000000000001", "1000", "11", "11011", "1110", "000000000001", "00110101", "0000001111",
        "0000101", "0000",
      ]
      let bits = Array(codes.joined().utf8)
      let pixels = stride(from: 0, to: bits.count - 7, by: 8).map { start in
        bits[start..<(start + 8)].reduce(UInt8(0)) { $0 << 1 | ($1 & 1) }
      }
      var bitmap = BMPBuilder(width: 75, height: 2, bits: 1, pixels: pixels + [0])
      bitmap.headerByteCount = 64
      bitmap.compression = 3
      bitmap.palette = colors(2)
      return bitmap.bytes
    },
    FixtureRecipe("pal8-rle-delta.bmp", how: "by hand", why: "moves that skip pixels and rows") {
      var bitmap = BMPBuilder(
        width: 6, height: 5, bits: 8,
        pixels: [2, 1, 0, 2, 1, 2, 3, 2, 0, 0, 0, 2, 2, 1, 1, 3, 0, 1])
      bitmap.compression = 1
      bitmap.palette = colors(4)
      return bitmap.bytes
    },
  ]

private let profile = MetadataValue.bytes(Bytes(Array("not really a profile".utf8)))

private func palette(_ count: Int) -> MetadataValue {
  var generator = SeededGenerator(seed: 11)
  let array = try? NDArray(generator.bytes(count * 3), shape: [count, 3])
  return array.map { .ndarray($0) } ?? .null
}

private func colors(_ count: Int) -> [[UInt8]] {
  var generator = SeededGenerator(seed: 12)
  return (0..<count).map { _ in generator.bytes(3) }
}

/// A random image, or runs of a few values when there is a palette, through our encoder.
private func encoded(
  _ name: String, _ why: String, _ shape: [Int], _ metadata: Metadata = [:],
  _ dtype: DType = .uint8, options: BMP.EncodeOptions = .init()
) -> FixtureRecipe {
  FixtureRecipe(name, how: "BMP.encode of seeded noise", why: why) {
    var generator = SeededGenerator(seed: 10)
    let count = shape.reduce(1, *)
    guard dtype == .uint8 else {
      let bits = generator.bytes(count).map { $0 & 1 == 1 }
      return try BMP.encode(try NDArray(bits, shape: shape), metadata: metadata, options: options)
    }
    var samples = generator.bytes(count)
    if case .ndarray(let colors)? = metadata["palette"] {
      samples = ByteContent.runs.make(count, using: &generator)
      samples = samples.map { $0 % UInt8(colors.shape[0]) }
    }
    return try BMP.encode(
      try NDArray(samples, shape: shape), metadata: metadata, options: options)
  }
}

private func encoded(
  _ name: String, _ why: String, _ shape: [Int], _ dtype: DType
) -> FixtureRecipe {
  encoded(name, why, shape, [:], dtype)
}

private func encoded(
  _ name: String, _ why: String, _ shape: [Int], options: BMP.EncodeOptions
) -> FixtureRecipe {
  encoded(name, why, shape, [:], .uint8, options: options)
}

/// A bitmap of 7 by 3 pixels of noise, put together field by field.
private func built(
  _ name: String, _ why: String, bits: Int = 24,
  _ change: @escaping @Sendable (inout BMPBuilder) -> Void
) -> FixtureRecipe {
  FixtureRecipe(name, how: "headers by hand, seeded noise", why: why) {
    var generator = SeededGenerator(seed: 13)
    let stride = (7 * bits + 31) / 32 * 4
    var bitmap = BMPBuilder(
      width: 7, height: 3, bits: bits, pixels: generator.bytes(stride * 3))
    change(&bitmap)
    return bitmap.bytes
  }
}
