// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Reads a whole file with the options given.
func readPNG(
  _ file: [UInt8], _ options: PNG.ReadOptions = PNG.ReadOptions(), policy: DecodePolicy = .default
) throws(CodecError) -> NDArray {
  var reader = try PNG.Reader(Bytes(file), options: options, policy: policy)
  return try reader.read(.at(0))
}

@Suite struct PNGTests {
  @Test(arguments: Fixtures.entries(of: "png"))
  func fixturesDecodeToTheirPixels(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var reader = try PNG.Reader(Bytes(file), policy: .strict)
    let index = reader.automaticIndex
    let properties = try reader.properties(index)
    let image = try reader.read(index)
    #expect(image.shape == entry.shape)
    #expect(image.dtype == entry.dtype)
    let hash = SHA256.digest(image.bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    #expect(hash.joined() == entry.sha256)
    #expect(properties.shape == image.shape && properties.dtype == image.dtype)
  }

  @Test(arguments: Fixtures.entries(of: "png"))
  func everyByteOfAFixtureIsClaimedOnce(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let outlines = [
      try PNG.outline(Bytes(file), policy: .default),
      try PNG.deepOutline(Bytes(file), policy: .default),
    ]
    for outline in outlines {
      #expect(outline.unclaimed == [])
      #expect(outline.overlaps == [])
      #expect(!outline.nodes.contains { $0.name == "error" })
    }
  }

  @Test func storedSamplesAreWhatTheFileHolds() throws {
    var options = PNG.ReadOptions()
    options.stored = true
    let palette: [UInt8] = [9, 8, 7, 6, 5, 4]
    let indexed = PNGBuilder(
      width: 3, height: 1, depth: 2, color: 3, raw: [0, 0b00_01_11_00],
      before: [("PLTE", palette), ("tRNS", [0])])
    #expect(try readPNG(indexed.bytes, options).array(as: UInt8.self) == [0, 1, 3])
    // Past the palette, opaque black.
    #expect(
      try readPNG(indexed.bytes).array(as: UInt8.self)
        == [9, 8, 7, 0, 6, 5, 4, 255, 0, 0, 0, 255])
    let grey = PNGBuilder(
      width: 3, height: 1, depth: 2, raw: [0, 0b00_10_11_00], before: [("tRNS", [0, 2])])
    #expect(try readPNG(grey.bytes, options).array(as: UInt8.self) == [0, 2, 3])
    #expect(try readPNG(grey.bytes).array(as: UInt8.self) == [0, 255, 170, 0, 255, 255])
  }

  @Test func modesConvertTheColours() throws {
    let file = PNGBuilder(
      width: 1, height: 1, color: 2, raw: [0, 10, 200, 30], before: [("tRNS", [0, 9, 0, 9, 0, 9])])
    func read(_ mode: String) throws -> [UInt8] {
      let options = try PNG.ReadOptions(["mode": .string(mode)])
      return try readPNG(file.bytes, options).array(as: UInt8.self)
    }
    #expect(try read("RGB") == [10, 200, 30])
    #expect(try read("RGBA") == [10, 200, 30, 255])
    #expect(try read("L") == [124])
    #expect(try read("LA") == [124, 255])
    #expect(throws: CodecError.self) { try read("CMYK") }
  }

  @Test func gammaIsAppliedOnRequest() throws {
    let file = PNGBuilder(
      width: 4, height: 1, raw: [0, 0, 64, 128, 255], before: [("gAMA", [0, 0, 0xB1, 0x8F])])
    let options = try PNG.ReadOptions(["apply_gamma": true])
    // round((x / 255) ** 0.45455 * 255 + 0.4999)
    #expect(try readPNG(file.bytes, options).array(as: UInt8.self) == [0, 137, 187, 255])
  }

  @Test func theOrientationIsAppliedOnRequest() throws {
    let file = try #require(Fixtures.read("png/metadata.png"))
    let options = try PNG.ReadOptions(["rotate": true])
    let stored = try readPNG(file)
    let turned = try readPNG(file, options)
    #expect(turned.shape == [5, 3, 3])
    // Orientation 6: the first row becomes the last column.
    let first = stored[0].array(as: UInt8.self)
    let last = (0..<5).flatMap { y in (0..<3).map { turned[y][2][$0] } }
      .flatMap { $0.array(as: UInt8.self) }
    #expect(last == first)
    let reader = try PNG.Reader(Bytes(file), options: options)
    #expect(try reader.properties(0).shape == [5, 3, 3])
    #expect(try reader.metadata(0, excludingApplied: true)["Orientation"] == nil)
    #expect(try reader.metadata(0, excludingApplied: false)["Orientation"] == 6)
  }

  @Test(arguments: Fixtures.entries(of: "png").filter { !$0.name.contains("animated") })
  func aRegionIsAPartOfTheWhole(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var reader = try PNG.Reader(Bytes(file))
    let whole = try reader.read(.at(0))
    let (height, width) = (whole.shape[0], whole.shape[1])
    let regions = [
      Region(x: 0, y: 0, width: width, height: height), Region(x: 1, y: 1, width: 1, height: 1),
      Region(x: 2, y: 0, width: 3, height: height),
      Region(x: width - 1, y: height - 2, width: 1, height: 2),
      Region(x: 0, y: 2, width: width, height: 1),
    ]
    for region in regions {
      let part = try reader.read(.at(0), region: region)
      let isPart = part == (try whole.cropped(to: region))
      #expect(isPart, "\(region)")
    }
    #expect(throws: CodecError.self) {
      try reader.read(.at(0), region: Region(x: 0, y: 0, width: width + 1, height: 1))
    }
  }

  @Test func metadataHasImageiosNames() throws {
    let file = try #require(Fixtures.read("png/metadata.png"))
    let fields = try PNG.Reader(Bytes(file)).metadata(0, excludingApplied: true)
    #expect(fields["gamma"] == 0.45455)
    #expect(fields["chromaticity"]?.arrayValue?.first == 0.3127)
    #expect(fields["dpi"] == .array([.double(2835 * 0.0254), .double(5669 * 0.0254)]))
    #expect(fields["icc_profile"]?.bytesValue?.count == 132)
    #expect(fields["Title"] == "Café")
    #expect(fields["Comment"]?.stringValue?.utf8.count == 180)
    #expect(fields["Author"] == "Ωμέγα")
    #expect(fields["Orientation"] == 6)
    #expect(fields["Make"] == "Example")
    #expect(fields["XResolution"] == .rational(numerator: 72, denominator: 1))
    #expect(fields["exif"]?.bytesValue?.slice(0..<6)?.array == Array("Exif\0\0".utf8))
    #expect(fields["cicp"] == .array([9, 16, 0, 1]))
    #expect(fields["time"] == "2024-02-29T23:59:60Z")
    #expect(fields["background"] == .array([1, 2, 3]))
    #expect(fields["significant_bits"] == .array([5, 6, 5]))
    #expect(fields["mode"] == "RGB")
    #expect(fields["shape"] == .array([3, 5, 3]))
    let privates = fields["private_chunks"]?.arrayValue?.first?.arrayValue
    #expect(privates == [.string("prVt"), .bytes(Bytes([1, 2, 3])), .bool(false)])
  }
}

extension NDArray {
  /// The pixels of `region`.
  func cropped(to region: Region) throws -> NDArray {
    let rows = try (region.y..<(region.y + region.height)).map { y in
      let row = self[y]
      return try NDArray.stack((region.x..<(region.x + region.width)).map { row[$0] })
    }
    return try NDArray.stack(rows)
  }
}
