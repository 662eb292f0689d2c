// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("Palettes for images of many colours")
struct PaletteQuantizerTests {
  /// A smooth picture with noise.
  static func picture(_ channels: Int, side: Int = 40) throws -> NDArray {
    var generator = SeededGenerator(seed: 5)
    let values = (0..<side * side * channels).map { i -> UInt8 in
      let (x, y, channel) = (i / channels % side, i / channels / side, i % channels)
      let value = (x * (channel + 2) + y * (5 - channel)) % 256
      return UInt8(truncatingIfNeeded: min(value + Int.random(in: 0..<9, using: &generator), 255))
    }
    return try NDArray(values, shape: channels == 1 ? [side, side] : [side, side, channels])
  }

  @Test("few colours are all kept, transparent ones first, then dark to light")
  func exact() throws {
    let pixels: [UInt8] = [200, 0, 0, 255, 1, 2, 3, 0, 9, 9, 9, 255, 200, 0, 0, 255]
    let image = try NDArray(pixels, shape: [2, 2, 4])
    let quantizer = try PaletteQuantizer(image, colorCount: 3)
    #expect(quantizer.colors == [0x0102_0300, 0x0909_09FF, 0xC800_00FF])
    let indices = try quantizer.indices(of: image)
    #expect(indices.shape == [2, 2])
    #expect(indices.array(as: UInt8.self) == [2, 0, 1, 2])
    let other = try NDArray([199, 9, 9, 255, 8, 8, 8, 255] as [UInt8], shape: [1, 2, 4])
    #expect(try quantizer.indices(of: other).array(as: UInt8.self) == [2, 1])
  }

  @Test("every pixel gets the nearest colour", arguments: [1, 2, 3, 4], [1, 2, 7, 256])
  func nearest(channels: Int, count: Int) throws {
    let image = try Self.picture(channels)
    let quantizer = try PaletteQuantizer(image, colorCount: count)
    #expect((1...count).contains(quantizer.colors.count))
    let indices = try quantizer.indices(of: image).array(as: UInt8.self)
    let samples = image.array(as: UInt8.self)
    func point(_ color: UInt32) -> [Double] {
      let alpha = Double(color & 255)
      return [24, 16, 8].map { Double(color >> $0 & 255) * alpha / 255 } + [alpha]
    }
    let palette = quantizer.colors.map(point)
    var worse = 0
    for i in indices.indices {
      let pixel = samples[(i * channels)..<((i + 1) * channels)].map { UInt32($0) }
      let rgb = channels < 3 ? [pixel[0], pixel[0], pixel[0]] : Array(pixel[..<3])
      let alpha = channels & 1 == 0 ? pixel[channels - 1] : 255
      let place = point(rgb[0] << 24 | rgb[1] << 16 | rgb[2] << 8 | alpha)
      let distances = palette.map { zip($0, place).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) }
      if distances[Int(indices[i])] > (distances.min() ?? 0) + 0.01 { worse += 1 }
    }
    #expect(worse == 0)
  }

  @Test("the error falls with the number of colours")
  func error() throws {
    let image = try Self.picture(3)
    let samples = image.array(as: UInt8.self)
    let errors = try [2, 8, 32, 128].map { count -> Int in
      let quantizer = try PaletteQuantizer(image, colorCount: count)
      let indices = try quantizer.indices(of: image).array(as: UInt8.self)
      return indices.indices.reduce(0) { sum, i in
        let color = quantizer.colors[Int(indices[i])]
        return sum
          + (0..<3).reduce(0) {
            let difference = Int(samples[i * 3 + $1]) - Int(color >> (24 - 8 * $1) & 255)
            return $0 + difference * difference
          }
      }
    }
    #expect(errors == errors.sorted(by: >))
    #expect(errors[3] * 20 < errors[0])
  }

  @Test("other arrays and counts are refused")
  func refused() throws {
    let wide = try NDArray(zeros: [2, 2], dtype: .uint16)
    #expect(throws: CodecError.self) { try PaletteQuantizer(wide, colorCount: 4) }
    let image = try Self.picture(3, side: 2)
    #expect(throws: CodecError.self) { try PaletteQuantizer(image, colorCount: 0) }
    #expect(throws: CodecError.self) { try PaletteQuantizer(image, colorCount: 257) }
  }

  @Test("PNG writes as many colours as its option says", arguments: [1, 3, 4])
  func png(channels: Int) throws {
    let images = [try Self.picture(channels), try Self.picture(channels).reversedRows()]
    var options = PNG.WriteOptions()
    options.colorCount = 4
    for frames in [Array(images[..<1]), images] {
      let bytes = try PNG.encode(frames, options: options)
      var reading = PNG.ReadOptions()
      reading.stored = true
      var reader = try PNG.Reader(Bytes(bytes), options: reading, policy: .default)
      #expect(reader.header.colorType == .palette)
      #expect(reader.header.bitDepth == 2)
      #expect(reader.imageCount == frames.count)
      _ = try reader.read(0)
    }
    let wide = try NDArray(zeros: [2, 2], dtype: .uint16)
    #expect(throws: CodecError.self) { try PNG.encode(wide, options: options) }
  }
}

extension NDArray {
  /// A uint8 image upside down.
  fileprivate func reversedRows() throws -> NDArray {
    let rows = try (0..<shape[0]).reversed().map {
      try self[$0..<$0 + 1].reshaped(Array(shape.dropFirst()))
    }
    return try NDArray.stack(rows, limits: .default)
  }
}
