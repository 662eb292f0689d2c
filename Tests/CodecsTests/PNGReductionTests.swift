// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// The same picture in fewer bits.
@Suite struct PNGReductionTests {
  struct Outcome: Equatable {
    var color: PNG.ColorType
    var depth: Int
    var image: NDArray
  }

  func written(_ image: NDArray, _ reduction: PNG.Reduction) throws -> Outcome {
    var options = PNG.WriteOptions()
    options.reduction = reduction
    var reader = try PNG.Reader(
      Bytes(PNG.encode(image, options: options)), policy: .strict)
    return Outcome(
      color: reader.header.colorType, depth: reader.header.bitDepth, image: try reader.read(0))
  }

  func image(_ pixels: [[UInt8]]) throws -> NDArray {
    let channels = pixels[0].count
    return try NDArray(
      pixels.flatMap { $0 }, shape: [1, pixels.count] + (channels == 1 ? [] : [channels]))
  }

  @Test func whatIsSeenStaysWhileChannelsGo() throws {
    let greys: [UInt8] = [0, 17, 200, 3]
    let grey = try image(greys.map { [$0] })
    let forms = [
      try image(greys.map { [$0, $0, $0] }), try image(greys.map { [$0, $0, $0, 255] }),
      try image(greys.map { [$0, 255] }),
    ]
    for form in forms {
      #expect(try written(form, .visible) == Outcome(color: .grey, depth: 8, image: grey))
    }
    let wide = try NDArray(greys.map { UInt16($0) * 257 }, shape: [1, 4])
    #expect(try written(wide, .visible) == Outcome(color: .grey, depth: 8, image: grey))
    #expect(try written(wide, .exact) == Outcome(color: .grey, depth: 16, image: wide))
  }

  @Test func greyTakesTheFewestBits() throws {
    for (levels, depth) in [([0, 255], 1), ([0, 85], 2), ([0, 17, 34], 4), ([0, 18], 8)] {
      let image = try image(levels.map { [UInt8($0)] })
      let visible = try written(image, .visible)
      #expect(visible.color == .grey && visible.depth == depth)
      if depth > 1 { #expect(visible.image == image) }
      let exact = try written(image, .exact)
      #expect(exact == Outcome(color: .grey, depth: max(depth, 2), image: image))
    }
    let twoTones = try image([[0], [255], [0]])
    #expect(try written(twoTones, .visible).image == NDArray([false, true, false], shape: [1, 3]))
  }

  @Test func fewColoursMakeAPalette() throws {
    for (count, depth) in [(2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)] {
      let image = try image((0..<count).map { [UInt8($0), UInt8(255 - $0), UInt8($0 / 2)] })
      for reduction in [PNG.Reduction.exact, .visible] {
        #expect(
          try written(image, reduction) == Outcome(color: .palette, depth: depth, image: image))
      }
    }
    let many = try image((0..<257).map { [UInt8($0 & 255), UInt8($0 >> 8), 7] })
    #expect(try written(many, .visible) == Outcome(color: .rgb, depth: 8, image: many))
  }

  @Test func alphaGoesIntoThePaletteTransparentFirst() throws {
    let pixels: [[UInt8]] = [[9, 8, 7, 255], [1, 2, 3, 0], [1, 2, 3, 128], [4, 5, 6, 255]]
    let image = try image(pixels)
    var options = PNG.WriteOptions()
    options.reduction = .exact
    let file = try PNG.encode(image, options: options)
    let reader = try PNG.Reader(Bytes(file), policy: .strict)
    #expect(reader.header.colorType == .palette && reader.header.bitDepth == 2)
    let fields = try reader.metadata(0, excludingApplied: false)
    #expect(fields["transparency"] == .bytes(Bytes([0, 128])))
    #expect(try reader[0] == image)
    // Opaque, but with an alpha channel all the same.
    let opaque = try self.image([[9, 8, 7, 255], [1, 2, 3, 255]])
    #expect(try written(opaque, .exact).image == opaque)
    #expect(try written(opaque, .visible).image.shape == [1, 2, 3])
  }

  @Test func oneTransparentColourNeedsNoAlphaChannel() throws {
    var generator = SeededGenerator(seed: 3)
    var pixels = (0..<400).map { _ in generator.bytes(3).map { max($0, 1) } + [255] }
    for i in stride(from: 0, to: 400, by: 7) { pixels[i] = [0, 5, 0, 0] }
    let keyed = try image(pixels)
    for reduction in [PNG.Reduction.exact, .visible] {
      #expect(try written(keyed, reduction) == Outcome(color: .rgb, depth: 8, image: keyed))
    }
    // Not when the colour is an opaque one too, nor with two of them.
    for other: [UInt8] in [[0, 5, 0, 255], [0, 6, 0, 0]] {
      let image = try image(pixels + [other])
      #expect(try written(image, .visible) == Outcome(color: .rgba, depth: 8, image: image))
    }
    let grey = try image((0..<300).map { $0 % 9 == 0 ? [7, 0] : [UInt8($0 & 0xF0), 255] })
    #expect(try written(grey, .exact).image == grey)
    #expect(try written(grey, .exact).color == .grey)
    let wide = try NDArray(
      pixels.flatMap { $0.map { UInt16($0) << 8 | UInt16($0 & 254) } }, shape: [20, 20, 4])
    #expect(try written(wide, .visible).color == .rgba)
    let wideKeyed = try NDArray(
      pixels.flatMap { [UInt16($0[0]) << 8 | 3, UInt16($0[1]), 4, $0[3] > 0 ? 65535 : 0] },
      shape: [20, 20, 4])
    #expect(
      try written(wideKeyed, .exact) == Outcome(color: .rgb, depth: 16, image: wideKeyed))
  }

  @Test(arguments: [PNG.Reduction.exact, .visible])
  func randomImagesComeBack(reduction: PNG.Reduction) throws {
    for seed in 1...300 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let channels = Int.random(in: 1...4, using: &generator)
      let shape = [5, 8] + (channels == 1 ? [] : [channels])
      let values = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        [0, 255, .random(in: 0...255, using: &generator)].randomElement(using: &generator) ?? 0
      }
      let samples = (0..<shape.reduce(1, *)).map { _ in
        UInt16(values.randomElement(using: &generator) ?? 0)
      }
      let isWide = Bool.random(using: &generator)
      let image =
        isWide
        ? try NDArray(samples.map { $0 * 257 }, shape: shape)
        : try NDArray(samples.map { UInt8($0) }, shape: shape)
      let back = try written(image, reduction).image
      if reduction == .exact {
        #expect(back == image, "seed \(seed)")
      } else {
        let isSame = try seen(back) == seen(image)
        #expect(isSame, "seed \(seed)")
      }
    }
  }

  /// Red, green, blue and alpha of each pixel in 16 bits.
  func seen(_ image: NDArray) throws -> [UInt16] {
    let channels = image.rank == 3 ? image.shape[2] : 1
    let samples: [UInt16] =
      switch image.dtype {
      case .bool: image.array(as: Bool.self).map { $0 ? 65535 : 0 }
      case .uint16: image.array(as: UInt16.self)
      default: image.array(as: UInt8.self).map { UInt16($0) * 257 }
      }
    return stride(from: 0, to: samples.count, by: channels).flatMap { i -> [UInt16] in
      let grey = [samples[i], samples[i], samples[i]]
      let color = channels > 2 ? Array(samples[i..<(i + 3)]) : grey
      return color + [channels & 1 == 0 ? samples[i + channels - 1] : 65535]
    }
  }

  @Test func framesOfAnAnimationShareWhatTheyHaveInCommon() throws {
    let frames = try (0..<5).map { step in
      try image((0..<20).map { [UInt8($0 / 4 * 50), UInt8(step), 9, 255] })
    }
    for preset in PNG.Preset.allCases {
      var options = PNG.WriteOptions()
      options.preset = preset
      options.reduction = .exact
      let file = try PNG.encode(frames, options: options)
      var reader = try PNG.Reader(Bytes(file), policy: .strict)
      #expect(reader.imageCount == 5)
      #expect(preset == .small || reader.header.colorType == .palette)
      #expect(try reader.read(.all) == NDArray.stack(frames))
      let other = try image([[1]])
      #expect(throws: CodecError.self) { try PNG.encode(frames + [other], options: options) }
    }
  }

  @Test func smallIsSmallerThanDefaultAndFast() throws {
    var generator = SeededGenerator(seed: 1)
    let samples = (0..<(90 * 80 * 3)).map { i in
      UInt8(
        truncatingIfNeeded: i % 240 / 3 + i / 240 * 2 + Int.random(in: 0..<3, using: &generator))
    }
    let image = try NDArray(samples, shape: [90, 80, 3])
    let sizes = try PNG.Preset.allCases.map { preset in
      let options = try PNG.WriteOptions(["preset": .string(preset.rawValue)])
      let file = try PNG.encode(image, options: options)
      var reader = try PNG.Reader(Bytes(file), policy: .strict)
      #expect(try reader.read(0) == image)
      return file.count
    }
    #expect(sizes[2] < sizes[1] && sizes[2] < sizes[0])
  }

  @Test func wrongNamesAreRefused() {
    for pairs: Metadata in [["reduce": "all"], ["preset": "best"], ["preset": 3]] {
      #expect(throws: CodecError.self, "\(pairs)") { try PNG.WriteOptions(pairs) }
    }
    #expect((try? PNG.WriteOptions(["reduce": true]))?.reduction == .visible)
    #expect((try? PNG.WriteOptions(["reduce": "exact"]))?.reduction == .exact)
    #expect((try? PNG.WriteOptions(["reduce": false]))?.reduction == PNG.Reduction.none)
  }
}
