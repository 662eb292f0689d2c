// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Animated PNG: which frames there are, and what is seen after each.
@Suite struct PNGAnimationTests {
  func reader(_ name: String, raw: Bool = false) throws -> PNG.Reader {
    var options = PNG.ReadOptions()
    options.rawFrames = raw
    let file = try #require(Fixtures.read("png/\(name).png"))
    return try PNG.Reader(Bytes(file), options: options, policy: .strict)
  }

  @Test(arguments: ["animated-rgba8", "animated-rgba16-separate", "animated-grey8"])
  func framesAreTheSameInAnyOrder(name: String) throws {
    var reader = try reader(name)
    let count = try #require(reader.imageCount)
    #expect(reader.automaticIndex == .all)
    let all = try reader.read(.all)
    #expect(all.shape[0] == count)
    for i in [2, 0, count - 1, 1, 1] {
      let isSame = try reader.read(.at(i)) == all[i]
      #expect(isSame, "frame \(i)")
    }
    var copy = reader
    for i in 0..<count {
      let next = try copy.next()
      #expect(next == all[i], "frame \(i)")
    }
    #expect(try copy.next() == nil)
    #expect(throws: CodecError.self) { try reader.read(.at(count)) }
    #expect(throws: CodecError.self) { try reader.read(.at(-1)) }
  }

  @Test func delaysAndRegionsAreInTheMetadata() throws {
    let reader = try reader("animated-rgba8")
    let fields = try reader.metadata(1, excludingApplied: true)
    #expect(fields["loop"] == 3)
    #expect(fields["default_image"] == false)
    #expect(fields["delay"] == .rational(numerator: 3, denominator: 100))
    #expect(fields["duration"] == 30.0)
    #expect(fields["bbox"] == .array([3, 2, 8, 6]))
    #expect(fields["disposal"] == 2)
    #expect(fields["blend"] == 1)
    // A denominator of 0 means hundredths.
    #expect(reader.animation?.frames[2].delayDenominator == 100)
    #expect(try self.reader("animated-rgba16-separate").animation?.hasSeparateImage == true)
  }

  @Test func rawFramesAreAsInTheFile() throws {
    var reader = try reader("animated-rgba8", raw: true)
    #expect(try reader.read(.at(1)).shape == [4, 5, 4])
    #expect(try reader.properties(.at(1)).shape == [4, 5, 4])
    #expect(try reader.read(.at(0)).shape == [9, 13, 4])
  }

  @Test func damagedAnimationsShowTheStillImage() throws {
    let file = try #require(Fixtures.read("png/animated-rgba8.png"))
    let still = try reader("animated-rgba8")[0]
    let position = try #require(
      file.indices.first { file[$0...].starts(with: Array("acTL".utf8)) })
    var tooMany = file
    tooMany[position + 7] = 5
    var policy = DecodePolicy.default
    policy.verifiesChecksums = false
    var tolerant = try PNG.Reader(Bytes(tooMany), policy: policy)
    #expect(tolerant.imageCount == 1)
    #expect(tolerant.diagnostics.warnings.map(\.part) == ["fcTL"])
    #expect(try tolerant.read(0) == still)
    policy.leniency = .strict
    #expect(throws: CodecError.self) { try PNG.Reader(Bytes(tooMany), policy: policy) }
    let few = DecodePolicy(limits: Limits(maxImages: 3))
    let error = #expect(throws: CodecError.self) { try PNG.Reader(Bytes(file), policy: few) }
    #expect(error?.kind == .limitExceeded(.images))
  }

  @Test func framesAreLaidOverTheCanvas() throws {
    func drawn(_ isExact: Bool, _ back: [UInt8], _ front: [UInt8]) throws -> [UInt8] {
      var canvas = try AnimationCanvas(shape: [1, 1, 4], dtype: .uint8, limits: .default)
      try canvas.draw(
        NDArray(back, shape: [1, 1, 4]), x: 0, y: 0, blend: .source, disposal: .none)
      try canvas.draw(
        NDArray(front, shape: [1, 1, 4]), x: 0, y: 0, blend: .over, disposal: .none,
        isExact: isExact)
      return canvas.image.array(as: UInt8.self)
    }
    let back: [UInt8] = [200, 100, 0, 128]
    #expect(try drawn(false, back, [1, 2, 3, 0]) == back)
    #expect(try drawn(true, back, [1, 2, 3, 255]) == [1, 2, 3, 255])
    #expect(try drawn(false, back, [0, 200, 255, 64]) == [150, 125, 64, 112])
    #expect(try drawn(true, back, [0, 200, 255, 64]) == [119, 140, 102, 159])
    #expect(try drawn(true, [9, 9, 9, 0], [0, 200, 255, 64]) == [0, 200, 255, 64])
  }

  @Test func regionsAreDisposedOf() throws {
    var canvas = try AnimationCanvas(shape: [1, 3], dtype: .uint8, limits: .default)
    func row(_ values: [UInt8]) throws -> NDArray { try NDArray(values, shape: [1, values.count]) }
    try canvas.draw(row([1, 2, 3]), x: 0, y: 0, blend: .source, disposal: .none)
    try canvas.draw(row([4]), x: 1, y: 0, blend: .over, disposal: .previous)
    #expect(canvas.image.array(as: UInt8.self) == [1, 4, 3])
    try canvas.draw(row([5]), x: 2, y: 0, blend: .source, disposal: .background)
    #expect(canvas.image.array(as: UInt8.self) == [1, 2, 5])
    try canvas.draw(row([6]), x: 0, y: 0, blend: .source, disposal: .none)
    #expect(canvas.image.array(as: UInt8.self) == [6, 2, 0])
    #expect(throws: CodecError.self) {
      try canvas.draw(row([1, 2]), x: 2, y: 0, blend: .source, disposal: .none)
    }
  }
}

extension PNG.Reader {
  /// Image `index`, read by a copy.
  subscript(index: Int) -> NDArray {
    get throws {
      var copy = self
      return try copy.read(.at(index))
    }
  }
}
