// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Animations that are written show exactly the pictures given.
@Suite struct PNGAnimationEncoderTests {
  /// A background, and on it a block of noise that moves, stays or goes.
  func pictures(
    _ count: Int, height: Int, width: Int, channels: Int, dtype: DType, seed: UInt64
  ) throws -> [NDArray] {
    var generator = SeededGenerator(seed: seed)
    let shape = channels == 0 ? [height, width] : [height, width, channels]
    let samples = max(channels, 1)
    let top = dtype == .uint16 ? 65535 : dtype == .bool ? 1 : 255
    let hasAlpha = channels == 2 || channels == 4
    var base = (0..<shape.reduce(1, *)).map { $0 / 5 % (top + 1) }
    if hasAlpha, Bool.random(using: &generator) {
      for i in base.indices { base[i] = 0 }
    }
    var pictures: [NDArray] = []
    for _ in 0..<count {
      var values = base
      let (x, y) = (
        Int.random(in: 0..<width, using: &generator), Int.random(in: 0..<height, using: &generator)
      )
      let side = Int.random(in: 0..<7, using: &generator)
      let isOpaque = Int.random(in: 0..<4, using: &generator) > 0
      for row in y..<min(y + side, height) {
        for column in x..<min(x + side, width) {
          for channel in 0..<samples {
            let isAlpha = hasAlpha && channel == samples - 1
            values[(row * width + column) * samples + channel] =
              isAlpha && isOpaque ? top : Int.random(in: 0...top, using: &generator)
          }
        }
      }
      if Int.random(in: 0..<3, using: &generator) == 0 { base = values }
      switch dtype {
      case .bool: pictures.append(try NDArray(values.map { $0 == 1 }, shape: shape))
      case .uint16: pictures.append(try NDArray(values.map { UInt16($0) }, shape: shape))
      default: pictures.append(try NDArray(values.map { UInt8($0) }, shape: shape))
      }
    }
    return pictures
  }

  func read(_ file: [UInt8], exact: Bool = false) throws -> [NDArray] {
    var options = PNG.ReadOptions()
    options.blendsExactly = exact
    var reader = try PNG.Reader(Bytes(file), options: options, policy: .strict)
    var images: [NDArray] = []
    while let image = try reader.next() { images.append(image) }
    return images
  }

  @Test(arguments: PNGEncoderTests.kinds, PNG.Preset.allCases)
  func picturesOfAllKindsComeBack(kind: (Int, DType), preset: PNG.Preset) throws {
    for seed in 1...6 as ClosedRange<UInt64> {
      let pictures = try pictures(
        7, height: 11, width: 14, channels: kind.0, dtype: kind.1, seed: seed)
      var options = PNG.WriteOptions()
      options.preset = preset
      options.isInterlaced = seed % 3 == 0
      options.hasSeparateImage = seed % 2 == 0
      let file = try PNG.encode(pictures, options: options)
      for exact in [false, true] {
        let isSame = try read(file, exact: exact) == pictures
        #expect(isSame, "seed \(seed)")
      }
    }
  }

  @Test func whateverWayOfDisposalIsAskedForThePicturesComeBack() throws {
    let pictures = try pictures(8, height: 9, width: 9, channels: 4, dtype: .uint8, seed: 4)
    for disposal in [0, 1, 2] {
      let options = try PNG.WriteOptions(["disposal": .int(Int64(disposal)), "blend": 0])
      let file = try PNG.encode(pictures, options: options)
      let reader = try PNG.Reader(Bytes(file))
      #expect(reader.animation?.frames.allSatisfy { Int($0.disposal.rawValue) == disposal } == true)
      let isSame = try read(file) == pictures
      #expect(isSame, "\(disposal)")
    }
  }

  @Test func halfTransparentPixelsAreLaidOverOnRequest() throws {
    let back = try NDArray([UInt8(200), 100, 0, 255], shape: [1, 1, 4])
    let front = try NDArray([UInt8(0), 200, 255, 64], shape: [1, 1, 4])
    let file = try PNG.encode(
      [back, front, front], options: PNG.WriteOptions(["blend": 1, "disposal": 0]))
    var canvas = try AnimationCanvas(shape: [1, 1, 4], dtype: .uint8, limits: .default)
    // The second front is the same picture as before, but laid over once more.
    for (i, image) in [back, front, front].enumerated() {
      try canvas.draw(image, x: 0, y: 0, blend: .over, disposal: .none)
      #expect(try read(file)[i] == canvas.image)
    }
  }

  @Test func theFirstFrameLiesOverNothing() throws {
    let front = try NDArray([UInt8(0), 200, 255, 64], shape: [1, 1, 4])
    let options = try PNG.WriteOptions(["blend": 1])
    for exact in [false, true] {
      let images = try read(PNG.encode([front, front], options: options), exact: exact)
      #expect(images[0] == front)
    }
  }

  @Test func onlyWhatChangesIsStored() throws {
    var pixels = [UInt8](repeating: 9, count: 40 * 30)
    var pictures = [try NDArray(pixels, shape: [30, 40])]
    for (x, y) in [(4, 5), (5, 5), (7, 9)] { pixels[y * 40 + x] = 77 }
    pictures.append(try NDArray(pixels, shape: [30, 40]))
    pictures.append(pictures[1])
    pictures.append(pictures[0])
    let reader = try PNG.Reader(Bytes(PNG.encode(pictures)))
    let frames = try #require(reader.animation?.frames)
    #expect(
      frames.map { [$0.x, $0.y, $0.width, $0.height] } == [
        [0, 0, 40, 30], [4, 5, 4, 5], [0, 0, 1, 1], [4, 5, 4, 5],
      ])
  }

  @Test func aSpriteOnATransparentBackgroundIsTakenAway() throws {
    var generator = SeededGenerator(seed: 1)
    let pictures = try (0..<5).map { step in
      var pixels = [UInt8](repeating: 0, count: 20 * 60 * 4)
      for y in 5..<15 {
        for x in (step * 12)..<(step * 12 + 10) {
          for c in 0..<4 {
            pixels[(y * 60 + x) * 4 + c] = .random(in: 1...254, using: &generator)
          }
        }
      }
      return try NDArray(pixels, shape: [20, 60, 4])
    }
    let file = try PNG.encode(pictures)
    let frames = try #require(try PNG.Reader(Bytes(file)).animation?.frames)
    // The first frame is the whole canvas; after it each takes only the sprite.
    #expect(frames.dropFirst(2).map { $0.width * $0.height } == [100, 100, 100])
    #expect(frames.dropFirst().dropLast().allSatisfy { $0.disposal == .background })
    let isSame = try read(file) == pictures
    #expect(isSame)
  }

  @Test func aSpriteOnAPictureUncoversIt() throws {
    let pictures = try (0..<5).map { step in
      var generator = SeededGenerator(seed: 8)
      var pixels = generator.bytes(20 * 60)
      if step > 0 {
        for y in 5..<15 { for x in 0..<9 { pixels[y * 60 + (step - 1) * 14 + x] = UInt8(x * y) } }
      }
      return try NDArray(pixels, shape: [20, 60])
    }
    let file = try PNG.encode(pictures)
    let frames = try #require(try PNG.Reader(Bytes(file)).animation?.frames)
    // Not twice in a row, for decoders that go back to what was seen.
    #expect(frames.map(\.disposal) == [.none, .previous, .none, .none, .none])
    #expect(frames.dropFirst().map(\.width) == [9, 9, 23, 23])
    let asked = try PNG.encode(
      pictures, options: PNG.WriteOptions(["disposal": .array([0, 2, 2, 2, 0])]))
    let all = try #require(try PNG.Reader(Bytes(asked)).animation?.frames)
    #expect(all.dropFirst().allSatisfy { $0.width == 9 && $0.height == 10 })
    for file in [file, asked] {
      let isSame = try read(file) == pictures
      #expect(isSame)
    }
  }

  @Test func palettesAndTransparencyStay() throws {
    var generator = SeededGenerator(seed: 2)
    let colors = try NDArray(generator.bytes(15), shape: [5, 3])
    let pictures = try (0..<4).map { _ in
      try NDArray(generator.bytes(99).map { $0 % 5 }, shape: [9, 11])
    }
    let fields: Metadata = ["palette": .ndarray(colors), "transparency": .bytes(Bytes([0, 128]))]
    let file = try PNG.encode(pictures, metadata: fields)
    var options = PNG.ReadOptions()
    options.stored = true
    var reader = try PNG.Reader(Bytes(file), options: options, policy: .strict)
    #expect(reader.header.bitDepth == 4)
    #expect(try reader.read(.all) == NDArray.stack(pictures))
    let keyed = try PNG.encode(pictures, metadata: ["transparency": 3])
    #expect(try read(keyed).map(\.shape) == [[9, 11, 2], [9, 11, 2], [9, 11, 2], [9, 11, 2]])
    var writer = PNG.Writer()
    var output = ByteWriter()
    try writer.append(pictures[0], metadata: fields, to: &output)
    #expect(throws: CodecError.self) {
      try writer.append(pictures[1], metadata: [:], to: &output)
    }
    // What was refused leaves the rest as it was.
    try writer.append(pictures[1], metadata: fields, to: &output)
    try writer.finish(to: &output)
    #expect(try PNG.Reader(Bytes(output.bytes)).imageCount == 2)
  }

  @Test func framesOfAnotherKindAreRefused() throws {
    let first = try NDArray([UInt8](repeating: 1, count: 12), shape: [3, 4])
    let others = [
      try NDArray([UInt8](repeating: 1, count: 12), shape: [4, 3]),
      try NDArray([UInt16](repeating: 1, count: 12), shape: [3, 4]),
      try NDArray([UInt8](repeating: 1, count: 36), shape: [3, 4, 3]),
    ]
    for other in others {
      let error = #expect(throws: CodecError.self) { try PNG.encode([first, other]) }
      #expect(error?.kind == .invalidArgument)
    }
    #expect(throws: CodecError.self) { try PNG.encode([]) }
  }

  @Test func timesAndLoopsComeBack() throws {
    let pictures = try pictures(4, height: 5, width: 6, channels: 3, dtype: .uint8, seed: 3)
    let options = try PNG.WriteOptions([
      "duration": .array([40, 0, .double(100.0 / 3), 70_000]), "loop": 5, "default_image": false,
    ])
    let reader = try PNG.Reader(Bytes(try PNG.encode(pictures, options: options)))
    let delays = (0..<4).map { i in
      reader.animation.map { [$0.frames[i].delayNumerator, $0.frames[i].delayDenominator] }
    }
    #expect(delays == [[1, 25], [0, 1], [1, 30], [70, 1]])
    #expect(reader.animation?.playCount == 5)

    // As read, so written.
    var writer = PNG.Writer()
    var output = ByteWriter()
    for (i, picture) in pictures.enumerated() {
      try writer.append(
        picture, metadata: reader.metadata(.at(i), excludingApplied: true), to: &output)
    }
    try writer.finish(to: &output)
    #expect(try PNG.Reader(Bytes(output.bytes)).animation == reader.animation)

    let few = try PNG.WriteOptions(["duration": .array([40])])
    #expect(throws: CodecError.self) { try PNG.encode(pictures, options: few) }
    let film = try PNG.WriteOptions(["fps": .rational(numerator: 24_000, denominator: 1001)])
    let frame = try PNG.Reader(Bytes(try PNG.encode(pictures, options: film))).animation?.frames[1]
    #expect(frame?.delayNumerator == 1001 && frame?.delayDenominator == 24_000)
  }

  @Test func equalFramesAreMergedOnRequest() throws {
    let (a, b) = (
      try NDArray([UInt8(1), 2], shape: [1, 2]), try NDArray([UInt8(1), 3], shape: [1, 2])
    )
    let options = try PNG.WriteOptions(["merge": true, "duration": 30])
    let file = try PNG.encode([a, a, a, b, b, a], options: options)
    let reader = try PNG.Reader(Bytes(file))
    #expect(
      reader.animation?.frames.map { $0.delayNumerator * 1000 / $0.delayDenominator } == [
        90, 60, 30,
      ])
    #expect(try read(file) == [a, b, a])
    #expect(try read(PNG.encode([a, a, b])) == [a, a, b])
  }

  @Test func oneImageIsNoAnimation() throws {
    let image = try NDArray([UInt8(1), 2], shape: [1, 2])
    let options = try PNG.WriteOptions(["duration": 30, "loop": 2])
    #expect(try PNG.Reader(Bytes(PNG.encode(image, options: options))).animation == nil)
    let separate = try PNG.WriteOptions(["default_image": true])
    #expect(try PNG.Reader(Bytes(PNG.encode(image, options: separate))).animation == nil)
    let reader = try PNG.Reader(Bytes(PNG.encode([image, image], options: separate)))
    #expect(reader.animation?.hasSeparateImage == true)
    #expect(reader.animation?.frames.count == 1)
  }

  @Test func wrongOptionsAreRefused() throws {
    let wrongs: [Metadata] = [
      ["duration": -1], ["duration": "long"], ["duration": .array([])], ["fps": 0], ["loop": -1],
      ["disposal": 3], ["blend": 2], ["default_image": "no"], ["merge": 3],
      ["duration": 70_000_000],
    ]
    for pairs in wrongs {
      #expect(throws: CodecError.self, "\(pairs)") { try PNG.WriteOptions(pairs) }
    }
  }
}

@Suite struct FrameDelayTests {
  @Test func fractionsAreTheNearestOfSixteenBits() throws {
    func terms(_ delay: FrameDelay?) -> [Int]? {
      delay.map { [Int($0.numerator), Int($0.denominator)] }
    }
    #expect(terms(FrameDelay(40, 1000)) == [1, 25])
    #expect(terms(FrameDelay(1, 70_000)) == nil)
    #expect(terms(FrameDelay(nearestTo: 0.1)) == [1, 10])
    #expect(terms(FrameDelay(nearestTo: 1.0 / 3)) == [1, 3])
    #expect(terms(FrameDelay(nearestTo: 65_535)) == [65_535, 1])
    #expect(terms(FrameDelay(nearestTo: 0)) == [0, 1])
    // Python: Fraction(math.pi).limit_denominator(20000) is 62813/19994; 65298/20785 is larger.
    #expect(terms(FrameDelay(nearestTo: 3.141592653589793)) == [65_298, 20_785])
    #expect(terms(FrameDelay(nearestTo: 65_534.75)) == [65_535, 1])
    #expect(terms(FrameDelay(nearestTo: 1e-9)) == [0, 1])
    for wrong in [-1, 65_536, Double.nan, .infinity] {
      #expect(FrameDelay(nearestTo: wrong) == nil)
    }
    for denominator in stride(from: 1, through: 65_535, by: 257) {
      let exact = try #require(FrameDelay(7, denominator))
      #expect(FrameDelay(nearestTo: 7 / Double(denominator)) == exact)
    }
    let third = try #require(FrameDelay(1, 3))
    #expect(terms(third.adding(try #require(FrameDelay(1, 6)))) == [1, 2])
  }
}
