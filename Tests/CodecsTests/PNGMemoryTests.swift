// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Decoding never touches a byte outside its input and output, and small files cannot make it use
/// much memory.
@Suite struct PNGMemoryTests {
  /// Decodes `file` between guard pages, input and output at `place`; the pixels, or `nil`.
  func decode(_ file: [UInt8], at place: GuardedMemory.Place) -> [UInt8]? {
    let input = GuardedMemory(capacity: file.count)
    let buffer = unsafe input.buffer(file.count, at: place)
    unsafe buffer.copyBytes(from: file)
    let source = unsafe Bytes(adopting: UnsafeRawBufferPointer(buffer)) { _ in }
    let pixels = try? decode(source, at: place)
    withExtendedLifetime(input) {}
    return pixels
  }

  private func decode(_ source: Bytes, at place: GuardedMemory.Place) throws -> [UInt8] {
    var reader = try PNG.Reader(source)
    let properties = try reader.properties(0)
    let rowByteCount = properties.shape.dropFirst().reduce(properties.dtype.byteCount, *)
    let byteCount = rowByteCount * properties.shape[0]
    let output = GuardedMemory(capacity: byteCount)
    let pixels = try unsafe decode(&reader, rowByteCount, output.buffer(byteCount, at: place))
    let isUntouched = output.isUntouched(outside: byteCount, at: place)
    #expect(isUntouched)
    return pixels
  }

  private func decode(
    _ reader: inout PNG.Reader, _ rowByteCount: Int, _ memory: UnsafeMutableRawBufferPointer
  ) throws -> [UInt8] {
    var target = unsafe MutableRawSpan(_unsafeBytes: memory)
    try reader.decode(into: &target, rowStride: rowByteCount)
    return unsafe Array(memory)
  }

  @Test(arguments: Fixtures.entries(of: "png").filter { !$0.name.contains("animated") })
  func fixturesBetweenGuardPages(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let image = try readPNG(file)
    let expected = [UInt8](copying: image.bytes)
    var generator = SeededGenerator(seed: 5)
    for place in GuardedMemory.Place.allCases {
      #expect(decode(file, at: place) == expected)
      for _ in 0..<20 {
        var damaged = Array(file.prefix(Int.random(in: 8...file.count, using: &generator)))
        let position = Int.random(in: 8..<max(damaged.count, 9), using: &generator)
        if position < damaged.count, Bool.random(using: &generator) { damaged[position] ^= 1 }
        _ = decode(damaged, at: place)
      }
    }
  }

  /// Wide enough for every wavefront, of every pixel size, with every filter.
  @Test(arguments: [1, 2, 3, 4], [false, true])
  func allPixelSizesBetweenGuardPages(channels: Int, isWide: Bool) throws {
    var generator = SeededGenerator(seed: UInt64(channels))
    let (height, width) = (37, 131)
    let samples = (0..<(height * width * channels)).map { _ in
      UInt16(truncatingIfNeeded: generator.next()) & 0x0F0F
    }
    let shape = channels == 1 ? [height, width] : [height, width, channels]
    let image =
      isWide
      ? try NDArray(samples, shape: shape)
      : try NDArray(samples.map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
    let expected = [UInt8](copying: image.bytes)
    for filter in PNG.FilterChoice.allCases {
      var options = PNG.WriteOptions()
      options.filter = filter
      options.compressionLevel = 1
      let file = try PNG.encode(image, options: options)
      for place in GuardedMemory.Place.allCases {
        #expect(decode(file, at: place) == expected, "\(filter)")
      }
    }
  }

  static let zeros = [UInt8](repeating: 0, count: 40 << 20)

  @Test func compressedMetadataThatGrowsAboveTheLimitIsRefused() throws {
    let stream = try Zlib.encode(Self.zeros, options: Deflate.EncodeOptions(level: 1))
    #expect(stream.count < 300_000)
    let bombs: [(StaticString, [UInt8])] = [
      ("zTXt", [65, 0, 0] + stream), ("iCCP", [65, 0, 0] + stream),
      ("iTXt", [65, 0, 1, 0, 0, 0] + stream),
    ]
    for (type, data) in bombs {
      let file = PNGBuilder(width: 1, height: 1, raw: [0, 9], before: [(type, data)]).bytes
      var reader = try PNG.Reader(Bytes(file))
      // The pixels do not depend on it.
      #expect(try reader.read(0).array(as: UInt8.self) == [9])
      let error = #expect(throws: CodecError.self) {
        try reader.metadata(0, excludingApplied: false)
      }
      if case .limitExceeded? = error?.kind {} else { Issue.record("\(type): \(error as Any)") }
    }
  }

  @Test func imageDataThatGrowsAboveTheImageIsNotKept() throws {
    let stream = try Zlib.encode(Self.zeros, options: Deflate.EncodeOptions(level: 1))
    var builder = PNGBuilder()
    builder.header(width: 1, height: 1)
    builder.chunk("IDAT", stream)
    builder.chunk("IEND", [])
    var reader = try PNG.Reader(Bytes(builder.bytes))
    #expect(try reader.read(0).array(as: UInt8.self) == [0])
    #expect(reader.diagnostics.warnings.count == 1)
    var large = PNGBuilder()
    large.header(width: 1 << 14, height: 1 << 15)
    large.chunk("IDAT", stream)
    let error = #expect(throws: CodecError.self) { try readPNG(large.bytes) }
    #expect(error?.kind == .limitExceeded(.pixels))
  }
}
