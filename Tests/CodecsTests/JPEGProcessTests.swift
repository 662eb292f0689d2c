// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// What the decoder does beside plain files: abbreviated streams, DNL, damage, the reader's options.
@Suite struct JPEGProcessTests {
  private func file(_ name: String) throws -> [UInt8] {
    try #require(Fixtures.read("jpeg/\(name).jpg"))
  }

  /// The stretches of a file, by their markers.
  private func split(
    _ file: [UInt8], tables isTable: (JPEG.Marker) -> Bool
  ) -> (tables: [UInt8], rest: [UInt8]) {
    var walk = JPEG.SegmentWalk(file.rawSpan)
    var (tables, rest): ([UInt8], [UInt8]) = ([0xFF, 0xD8], [])
    while let stretch = walk.next() {
      if case .segment(let marker, _) = stretch.content, isTable(marker) {
        tables += file[stretch.range]
      } else {
        rest += file[stretch.range]
      }
    }
    return (tables + [0xFF, 0xD9], rest)
  }

  @Test(arguments: ["baseline-420", "optimised", "12bit", "lossless-4", "arithmetic"])
  func anAbbreviatedStreamIsDecodedWithItsTables(name: String) throws {
    let whole = try file(name)
    let (tables, rest) = split(whole) { $0 == .dqt || $0 == .dht || $0 == .dac }
    #expect(rest.count < whole.count)
    var options = JPEG.DecodeOptions()
    options.tables = tables
    let expected = try decodeJPEG(whole)
    let image = try decodeJPEG(rest, options, policy: .strict)
    #expect(image == expected)
  }

  @Test(arguments: ["baseline-420", "restart", "progressive-444", "lossless-1", "12bit"])
  func theHeightMayComeBehindTheFirstScan(name: String) throws {
    let whole = try file(name)
    var walk = JPEG.SegmentWalk(whole.rawSpan)
    var (changed, height): ([UInt8], ArraySlice<UInt8>) = ([], [])
    var scans = 0
    while let stretch = walk.next() {
      var bytes = Array(whole[stretch.range])
      if case .segment(let marker, _) = stretch.content {
        if marker.process != nil {
          height = whole[stretch.range.lowerBound + 5..<stretch.range.lowerBound + 7]
          (bytes[5], bytes[6]) = (0, 0)
        }
      }
      switch stretch.content {
      case .data, .marker(.rst(0)), .marker(.rst(1)), .marker(.rst(2)), .marker(.rst(3)),
        .marker(.rst(4)), .marker(.rst(5)), .marker(.rst(6)), .marker(.rst(7)):
        scans = max(scans, 1)
      default:
        if scans == 1 {
          changed += [0xFF, 0xDC, 0, 4] + height
          scans = 2
        }
      }
      changed += bytes
    }
    let expected = try decodeJPEG(whole)
    let image = try decodeJPEG(changed, policy: .strict)
    #expect(image == expected)
    let withoutLines = changed.count - 6
    #expect(withoutLines == whole.count)
  }

  @Test(arguments: [
    "arithmetic", "arithmetic-progressive-restart", "lossless-7", "lossless-rgb", "12bit",
    "progressive-420", "unfinished-ac", "separate-scans",
  ])
  func aFileCutOffAnywhereIsDecodedOrRefused(name: String) throws {
    let whole = try file(name)
    let shape = try decodeJPEG(whole).shape
    var decoded = 0
    for length in 0..<whole.count {
      do throws(CodecError) {
        var diagnostics = Diagnostics()
        let image = try decodeJPEG(Array(whole[..<length]), diagnostics: &diagnostics)
        #expect(image.shape == shape)
        #expect(!diagnostics.warnings.isEmpty)
        decoded += 1
      } catch {
        #expect(error.isDamage)
      }
    }
    #expect(decoded > 90)
  }

  /// Pixels of libjpeg-turbo 3.1.
  @Test func restartMarkersThatAreMissing() throws {
    let sound = try file("restart")
    // An interval without its end, and a code that is no marker in front of the next but one.
    let skipping = Array(sound[..<788]) + [0xFF, 0x01] + sound[850...]
    let skipped = try decodeJPEG(skipping)
    #expect(digest(skipped) == "8dd31f74ae94d7a8da1ded1dd8cafd66a7a0c620f78acf3f196756344c7a834a")
    // The data end behind a marker that ends an interval without data: of that MCU row chroma is
    // estimated from what the scan before gave.
    let estimated = try decodeJPEG(bytes(hex: Self.progressive))
    #expect(digest(estimated) == "549a1bceae4018d19234f9d365973d5687bf3b1b2852ea857b1c2f10a56f70c5")
  }

  private func digest(_ image: NDArray) -> String {
    var hash = SHA256()
    hash.update(image.bytes)
    return hash.hexDigest()
  }

  /// Pillow's of 13 × 33 pixels with a restart interval of 2, cut and changed in the third scan.
  static let progressive = """
    ffd8ffe000104a46494600010100000100010000ffdb00430002010101010102010101020202020204030202
    02020504040304060506060605060606070908060709070606080b08090a0a0a0a0a06080b0c0b0a0c090a0a
    0affdb004301020202020202050303050a0706070a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
    0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0affc20011080021000d030111000211010311
    01ffc4001800000301010000000000000000000000000305060704ffc4001901010100030100000000000000
    00000000060504070801ffdd00040002ffda000c03010002100310000001be392fb5ad1fffd03142391e0b1f
    ffd1911764b925ff00ffd26c0eebef39d3ffd3d6f5f6c56ca397bfffc4001f10000104020203000000000000
    00000000040305060700020113143134ffda0008010100010502788f11b60f753232a3ffd074b10feb2e2a3b
    a11fffd1926e80bc0a9eca21ffd2b060c9718d50d4bc0fffd3b0fd35fc3fffc4002211000005030403000000
    000000000000000001020305040671111331b1243335ffda0008010301013f016a6d8933d1012b2d8a5c03ba
    63a88f655c90ffd2b3
    """

  /// libjpeg reads the rest of such a segment as if EOI after EOI followed.
  @Test(arguments: [
    ("ffda 0008 03", "SOS"), ("ffdb 0043 0f", "DQT"), ("ffdb", "DQT"), ("ffc4 0020 00 02", "DHT"),
    ("ffe1 0100 45", nil), ("ffdb 0043 01", nil),
  ])
  func aSegmentBehindTheScanThatIsCutOff(bytes end: String, part: CodecError.Name?) throws {
    let whole = Array(try file("baseline-420").dropLast(2))
    let expected = try decodeJPEG(whole)
    let changed = whole + bytes(hex: end)
    guard let part else {
      let image = try decodeJPEG(changed)
      #expect(image == expected)
      return
    }
    let error = try #require(throws: CodecError.self) { try decodeJPEG(changed) }
    #expect(error.kind == .corrupt && error.part == part)
    #expect((error.offset ?? .max) <= changed.count)
    var diagnostics = Diagnostics()
    let image = try decodeJPEG(
      changed, policy: DecodePolicy(leniency: .salvage), diagnostics: &diagnostics)
    #expect(image == expected)
  }

  @Test(arguments: [
    "arithmetic", "arithmetic-progressive-restart", "arithmetic-scans", "lossless-5",
    "lossless-rgb",
    "12bit", "cmyk", "unfinished-dc", "progressive-restart",
  ])
  func oneWrongByteNeverTraps(name: String) throws {
    let whole = try file(name)
    var generator = SeededGenerator(seed: 6)
    var limits = Limits.default
    limits.maxPixels = 1 << 20
    for i in 0..<2_000 {
      var mutant = whole
      mutant[Int(generator.next() % UInt64(whole.count))] = UInt8(
        truncatingIfNeeded: generator.next())
      _ = try? decodeJPEG(
        mutant,
        policy: DecodePolicy(limits: limits, leniency: i & 1 == 0 ? .standard : .salvage))
    }
  }

  @Test func salvageShowsWhatEarlierScansHaveGiven() throws {
    var whole = try file("progressive-420")
    let starts = whole.indices.dropLast().filter { whole[$0] == 0xFF && whole[$0 + 1] == 0xDA }
    // Parameters of the fourth scan that make no progression.
    let head = starts[3]
    whole[head + 4 + 2 * Int(whole[head + 4]) + 3] = 0x38
    #expect(throws: CodecError.self) { try decodeJPEG(whole) }
    var diagnostics = Diagnostics()
    let image = try decodeJPEG(whole, policy: .salvage, diagnostics: &diagnostics)
    #expect(diagnostics.damage?.error.kind == .corrupt)
    let isBlank = image.array(as: UInt8.self).allSatisfy { $0 == 0 }
    #expect(!isBlank)
  }

  @Test func smoothingCanBeLeftOut() throws {
    let whole = try file("unfinished-dc")
    var options = JPEG.DecodeOptions()
    options.smoothsBlocks = false
    let smooth = try decodeJPEG(whole).array(as: UInt8.self)
    let plain = try decodeJPEG(whole, options).array(as: UInt8.self)
    #expect(smooth != plain)
    // Without AC coefficients a block of luminance is flat; chroma is interpolated.
    options.output = .grey
    let grey = try decodeJPEG(whole, options).array(as: UInt8.self)
    #expect(grey[0] == grey[7] && grey[0] == grey[7 * 45 + 7])
  }

  @Test func theReaderTurnsTheImageAndSaysSo() throws {
    let whole = try file("baseline-420")
    let exif: [UInt8] =
      JPEG.Signature.exif + Array("MM".utf8)
      + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    var output = ByteWriter()
    JPEG.write(.soi, to: &output)
    JPEG.writeHead(.app(1), payloadByteCount: exif.count, to: &output)
    output.append(exif)
    output.append(Array(whole[2...]))
    let bytes = Bytes(output.bytes)
    var options = JPEG.ReadOptions()
    var upright = try JPEG.Reader(bytes, options: options)
    let stored = try upright.read(0)
    let before = try upright.metadata(0, excludingApplied: true)
    #expect(before["Orientation"] == 6)
    try options.set("rotate", to: true)
    var reader = try JPEG.Reader(bytes, options: options)
    let image = try reader.read(0)
    let properties = try reader.properties(0)
    #expect(image.shape == [stored.shape[1], stored.shape[0], 3])
    #expect(properties.shape == image.shape)
    let expected = try stored.turned(by: .rotated90)
    #expect(image == expected)
    let after = try reader.metadata(0, excludingApplied: true)
    #expect(after["Orientation"] == nil)
    let cleared = after["exif"]?.bytesValue.flatMap { Exif($0.span) }
    #expect(cleared?.orientation == 1)
    let all = try reader.metadata(0, excludingApplied: false)
    #expect(all["Orientation"] == 6)
  }

  @Test func namedOptionsSetTheTypedOnes() throws {
    let pairs: Metadata = [
      "exifrotate": 1, "mode": "L", "stored": true, "quickread": true, "block_smoothing": false,
      "output": "grey", "tables": .bytes(Bytes([1, 2])),
    ]
    let options = try JPEG.ReadOptions(pairs)
    #expect(options.rotates && options.mode == .L)
    #expect(!options.decoding.invertsAdobeCMYK && !options.decoding.interpolatesChroma)
    #expect(!options.decoding.smoothsBlocks && options.decoding.output == .grey)
    #expect(options.decoding.tables == [1, 2])
    #expect(try !JPEG.ReadOptions(["exifrotate": 2]).rotates)
    for wrong in [["mode": "HSV"], ["output": "pink"], ["rotate": "yes"], ["speed": 1]]
      as [Metadata]
    {
      #expect(throws: CodecError.self) { try JPEG.ReadOptions(wrong) }
    }
  }

  @Test func modesAreThoseOfPillow() throws {
    var options = JPEG.ReadOptions()
    options.mode = .RGB
    let bytes = Bytes(try file("cmyk"))
    var reader = try JPEG.Reader(bytes, options: options)
    let image = try reader.read(0)
    let properties = try reader.properties(0)
    let inks = try decodeJPEG(try file("cmyk")).array(as: UInt8.self)
    var expected: [UInt8] = []
    for i in stride(from: 0, to: inks.count, by: 4) {
      for c in 0..<3 {
        let exact = (255 - Double(inks[i + c])) * (255 - Double(inks[i + 3])) / 255
        expected.append(UInt8(exact.rounded()))
      }
    }
    #expect(properties.shape == image.shape && image.shape == [37, 45, 3])
    let largest = zip(image.array(as: UInt8.self), expected).map { abs(Int($0) - Int($1)) }.max()
    #expect(largest == 0 || largest == 1)
  }

  @Test func aBitmapMayHoldAJPEGFile() throws {
    let payload = try file("baseline-444")
    var output = ByteWriter()
    output.append("BM")
    output.u32le(UInt32(54 + payload.count))
    output.u32le(0)
    output.u32le(54)
    output.u32le(40)
    output.u32le(45)
    output.u32le(37)
    output.u16le(1)
    output.u16le(0)
    output.u32le(4)
    output.u32le(UInt32(payload.count))
    output.zeros(16)
    output.append(payload)
    let bitmap = output.bytes
    let expected = try decodeJPEG(payload)
    let image = try BMP.decode(bitmap.rawSpan, options: .init())
    let properties = try BMP.inspect(bitmap.rawSpan, options: .init(), policy: .default)
    #expect(image == expected && properties.shape == image.shape)
  }

  @Test(arguments: ["baseline-420", "baseline-mixed", "progressive-444", "12bit", "lossless-rgb"])
  func aRegionIsTheSameAsThatPartOfTheImage(name: String) throws {
    let whole = try file(name)
    let image = try decodeJPEG(whole)
    let size = image.shape.dropFirst(2).reduce(image.dtype.byteCount, *)
    for region in [
      Region(x: 0, y: 0, width: 45, height: 37), Region(x: 3, y: 5, width: 7, height: 9),
      Region(x: 44, y: 36, width: 1, height: 1), Region(x: 0, y: 15, width: 45, height: 2),
    ] {
      var diagnostics = Diagnostics()
      let part = try JPEG.decode(
        whole.rawSpan, region: region, options: .init(), diagnostics: &diagnostics)
      #expect(Array(part.shape[..<2]) == [region.height, region.width])
      let all = [UInt8](copying: image.bytes)
      var expected: [UInt8] = []
      for y in region.y..<region.y + region.height {
        let start = (y * 45 + region.x) * size
        expected += all[start..<start + region.width * size]
      }
      let actual = [UInt8](copying: part.bytes)
      #expect(actual == expected)
    }
    var diagnostics = Diagnostics()
    #expect(throws: CodecError.self) {
      try JPEG.decode(
        whole.rawSpan, region: Region(x: 40, y: 0, width: 6, height: 1), options: .init(),
        diagnostics: &diagnostics)
    }
  }

  /// Shapes and the first half of the pixels' SHA-256 as `djpeg -scale 1/n` of libjpeg-turbo gives them.
  static let reduced: [(name: String, divisor: Int, shape: [Int], hash: String)] = [
    ("large", 2, [200, 250, 3], "601d8b94ab5144ed214293de8ecd1910"),
    ("large", 4, [100, 125, 3], "a4cc61116d0b9d83f8d68aff6114daac"),
    ("large", 8, [50, 63, 3], "1f4b217d578360c5d6890638317cb907"),
    ("baseline-420", 2, [19, 23, 3], "210579e059bc4a58605c825b3aac66d9"),
    ("baseline-420", 4, [10, 12, 3], "eef730689ba969cf6818271b85961e68"),
    ("baseline-420", 8, [5, 6, 3], "271765336f7cf2c85acc4245335d7d10"),
    ("baseline-422", 2, [19, 23, 3], "06888a39163b439e90a73f0e2de899b3"),
    ("baseline-422", 4, [10, 12, 3], "f786bfd2a6d5e2dd1f883e652ec249b0"),
    ("baseline-422", 8, [5, 6, 3], "056b172aec66d868451bc4b704e4ed8c"),
    ("baseline-440", 2, [19, 23, 3], "1c67fb433013c44d7856859d71665a3b"),
    ("baseline-440", 4, [10, 12, 3], "13ccb9e0bb233eaff94953f5bfb3480c"),
    ("baseline-440", 8, [5, 6, 3], "2b50477bc57946d62cf884c075ab2857"),
    ("baseline-411", 2, [19, 23, 3], "1f0e9091c7c3c92f1ca6cc0748a1fc53"),
    ("baseline-411", 4, [10, 12, 3], "178254e14a63640e9641589fe3b074c5"),
    ("baseline-411", 8, [5, 6, 3], "fdbd545172bc57e00041bc2b9dfa2379"),
    ("baseline-mixed", 2, [19, 23, 3], "df1d2b78afc536c7c3c0b0917ae35443"),
    ("baseline-mixed", 4, [10, 12, 3], "fac94f6400a85c0584db92637fbb78a2"),
    ("baseline-mixed", 8, [5, 6, 3], "d36b0fed9c4881eed482124de403f8cf"),
    ("progressive-grey", 2, [19, 23], "d8f709175ce155c7c23c82412c527aa1"),
    ("progressive-grey", 4, [10, 12], "4f39bb71946bf4fe2ef08176b8b12526"),
    ("progressive-grey", 8, [5, 6], "5ff10b38da2fff6943373cd5dbbedef4"),
    ("separate-scans", 2, [19, 23, 3], "d5aabc55acfe269b40474b04f1af0bae"),
    ("separate-scans", 4, [10, 12, 3], "fad72a8d5f32f58cb3f7e6b3bdb6d8a2"),
    ("separate-scans", 8, [5, 6, 3], "2b3d6f4dbbf24f782a0f12d2f7e42d8d"),
    ("two-columns", 2, [19, 1, 3], "0bd5c5bfb961d65cf30dee8275f85ec1"),
    ("two-columns", 4, [10, 1, 3], "b232c461788ef5c9b6d2a4cf11ff4c3e"),
    ("two-columns", 8, [5, 1, 3], "9697fd2df7b4ae2b7ff7b41687cb2c59"),
    ("arithmetic", 2, [19, 23, 3], "84e4fe2d1da0a76a4a0fb07b0c81d324"),
    ("arithmetic", 4, [10, 12, 3], "261e02edc57404775699c3a79744f58f"),
    ("arithmetic", 8, [5, 6, 3], "236f32fa2aecc87be00ac2a7a90cb584"),
  ]

  @Test(arguments: reduced.indices)
  func aSmallerImageIsThatOfLibjpeg(index: Int) throws {
    let expected = Self.reduced[index]
    var options = JPEG.DecodeOptions()
    options.reduction = try #require(JPEG.Reduction(rawValue: 8 / expected.divisor))
    let bytes = try file(expected.name)
    let image = try decodeJPEG(bytes, options, policy: .strict)
    let properties = try JPEG.inspect(bytes.rawSpan, options: options)
    #expect(image.shape == expected.shape && properties.shape == expected.shape)
    let hash = SHA256.digest(image.bytes).prefix(16)
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hash == expected.hash)
  }

  /// libjpeg's verdicts: what makes no sense behind the image is fatal, an end without EOI is not.
  @Test func whatFollowsTheImageCounts() throws {
    let whole = try file("baseline-420")
    let open = Array(whole.dropLast(2))
    let image = try decodeJPEG(whole)
    let unfinished = try decodeJPEG(open)
    #expect(unfinished == image)
    for tail: [UInt8] in [[0xFF, 0xC6], [0xFF, 0xC0, 0, 17, 8], [0xFF, 0x23], [0xFF, 0xD8]] {
      #expect(throws: CodecError.self) { try decodeJPEG(open + tail) }
      let rest = try decodeJPEG(open + tail, policy: .salvage)
      #expect(rest == image)
    }
  }

  @Test func losslessImagesHaveOneSize() throws {
    var options = JPEG.DecodeOptions()
    options.reduction = .half
    let lossless = try file("lossless-1")
    #expect(throws: CodecError.self) { try decodeJPEG(lossless, options) }
    let small = try decodeJPEG(try file("12bit"), options)
    #expect(small.shape == [19, 23, 3] && small.dtype == .uint16)
  }
}
