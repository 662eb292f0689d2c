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
    #expect(decoded > 100)
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
}
