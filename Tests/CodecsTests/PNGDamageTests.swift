// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// What files that break the rules give: the verdict of libpng, with a typed reason.
@Suite struct PNGDamageTests {
  static let rows = PNGBuilder.rows(width: 4, height: 3) { x, y in UInt8(x + 10 * y) }
  static let pixels: [UInt8] = (0..<12).map { UInt8($0 % 4 + 10 * ($0 / 4)) }

  /// The error that reading gives; `nil` when the file can be read.
  func failure(_ file: [UInt8], _ policy: DecodePolicy = .default) -> CodecError? {
    do throws(CodecError) {
      _ = try readPNG(file, policy: policy)
      return nil
    } catch { return error }
  }

  func file(_ body: (inout PNGBuilder) -> Void) -> [UInt8] {
    var builder = PNGBuilder()
    builder.header(width: 4, height: 3)
    body(&builder)
    return builder.bytes
  }

  @Test func headersThatTheSpecificationForbidsAreCorrupt() {
    let headers: [[UInt8]] = [
      [0, 0, 0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0], [0, 0, 0, 1, 0x80, 0, 0, 0, 8, 0, 0, 0, 0],
      [0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 1, 4, 2, 0, 0, 0],
      [0, 0, 0, 1, 0, 0, 0, 1, 16, 3, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 1, 8, 5, 0, 0, 0],
      [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 1, 0],
      [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 2], [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0],
    ]
    for header in headers {
      var builder = PNGBuilder()
      builder.chunk("IHDR", header)
      builder.chunk("IDAT", PNGBuilder.stored([0, 0]))
      #expect(failure(builder.bytes)?.kind == .corrupt, "\(header)")
    }
  }

  @Test func missingAndMisplacedCriticalChunksAreCorrupt() {
    let data = PNGBuilder.stored(Self.rows)
    var noHeader = PNGBuilder()
    noHeader.chunk("IDAT", data)
    #expect(failure(noHeader.bytes)?.part == "IHDR")
    #expect(failure(file { $0.chunk("IEND", []) })?.part == "IEND")
    let twice = file {
      $0.header(width: 4, height: 3)
      $0.chunk("IDAT", data)
    }
    #expect(failure(twice)?.part == "IHDR")
    let noPalette = PNGBuilder(width: 1, height: 1, color: 3, raw: [0, 0])
    #expect(failure(noPalette.bytes)?.part == "PLTE")
    let unknown = file {
      $0.chunk("CRIT", [])
      $0.chunk("IDAT", data)
    }
    #expect(failure(unknown)?.kind == .unsupported)
    let nameless = file { $0.chunk("I\u{1}AT", data) }
    #expect(failure(nameless)?.kind == .corrupt)
  }

  @Test func wrongChecksumsAreErrorsUnlessAskedOtherwise() {
    var header = PNGBuilder()
    header.chunk("IHDR", [0, 0, 0, 4, 0, 0, 0, 3, 8, 0, 0, 0, 0], damage: 1)
    header.chunk("IDAT", PNGBuilder.stored(Self.rows))
    let adler = file { $0.chunk("IDAT", PNGBuilder.stored(Self.rows, damage: 1)) }
    var lenient = DecodePolicy.default
    lenient.verifiesChecksums = false
    for (file, part) in [(header.bytes, "IHDR" as CodecError.Name), (adler, "IDAT")] {
      let error = failure(file)
      #expect(error?.part == part)
      if case .checksumMismatch? = error?.kind {} else { Issue.record("\(part): no mismatch") }
      #expect(failure(file, lenient) == nil)
    }
  }

  @Test func aWrongDataChecksumIsAWarningWhenTheDataIsProvenRight() throws {
    let bytes = file {
      $0.chunk("IDAT", PNGBuilder.stored(Self.rows), damage: 1)
      $0.chunk("IEND", [])
    }
    var reader = try PNG.Reader(Bytes(bytes))
    #expect(try reader.read(0).array(as: UInt8.self) == Self.pixels)
    #expect(reader.diagnostics.warnings.map(\.part) == ["IDAT"])
    #expect(failure(bytes, .strict) != nil)
    let both = file { $0.chunk("IDAT", PNGBuilder.stored(Self.rows, damage: 2), damage: 1) }
    #expect(failure(both) != nil)
  }

  @Test func brokenAncillaryChunksAreIgnoredWithAWarning() throws {
    let data = PNGBuilder.stored(Self.rows)
    let wrongs: [(inout PNGBuilder) -> Void] = [
      { $0.chunk("tRNS", [0, 1, 2]) }, { $0.chunk("tRNS", [0, 1], damage: 1) },
      { $0.chunk("PLTE", [1, 2, 3]) },
      {
        $0.chunk("gAMA", [0, 0, 0, 1])
        $0.chunk("gAMA", [0, 0, 0, 2])
      },
    ]
    for wrong in wrongs {
      let bytes = file {
        wrong(&$0)
        $0.chunk("IDAT", data)
        $0.chunk("IEND", [])
      }
      var reader = try PNG.Reader(Bytes(bytes))
      #expect(try reader.read(0).array(as: UInt8.self) == Self.pixels)
      #expect(reader.diagnostics.warnings.count == 1)
      #expect(failure(bytes, .strict)?.kind == .corrupt)
    }
  }

  @Test func pixelsAreKeptWhenTheStreamGoesOnBehindThem() throws {
    let stream = PNGBuilder.stored(Self.rows)
    for data in [PNGBuilder.stored(Self.rows + [1, 2, 3]), stream + [0, 0]] {
      let bytes = file {
        $0.chunk("IDAT", data)
        $0.chunk("IEND", [])
      }
      var reader = try PNG.Reader(Bytes(bytes))
      #expect(try reader.read(0).array(as: UInt8.self) == Self.pixels)
      #expect(reader.diagnostics.warnings.count == 1)
      #expect(failure(bytes, .strict)?.kind == .corrupt)
    }
  }

  @Test func whatIsBehindTheImageDataIsAWarningAtMost() throws {
    let data = PNGBuilder.stored(Self.rows)
    let endings: [(inout PNGBuilder) -> Void] = [
      { _ in }, { $0.chunk("tEXt", [65, 0, 66]) },
      {
        $0.chunk("tEXt", [65, 0, 66])
        $0.chunk("IDAT", [])
        $0.chunk("IEND", [])
      },
      { $0.chunk("IEND", [1]) }, { $0.chunk("!EXt", []) },
    ]
    for ending in endings {
      let bytes = file {
        $0.chunk("IDAT", data)
        ending(&$0)
      }
      var reader = try PNG.Reader(Bytes(bytes))
      #expect(try reader.read(0).array(as: UInt8.self) == Self.pixels)
      #expect(reader.diagnostics.warnings.count == 1)
      #expect(failure(bytes, .strict) != nil)
    }
  }

  @Test func aFilterTypeAboveFourIsCorrupt() {
    var rows = Self.rows
    rows[5] = 5
    let error = failure(file { $0.chunk("IDAT", PNGBuilder.stored(rows)) })
    #expect(error?.kind == .corrupt)
  }

  @Test func salvageGivesTheRowsBeforeTheDamage() throws {
    var rows = Self.rows
    rows[5] = 9
    let broken = file { $0.chunk("IDAT", PNGBuilder.stored(rows)) }
    let whole = file { $0.chunk("IDAT", PNGBuilder.stored(Self.rows)) }
    let cut = Array(whole.prefix(whole.count - 10))
    for (bytes, count) in [(broken, 1), (cut, 2)] {
      var reader = try PNG.Reader(Bytes(bytes), policy: .salvage)
      let image = try reader.read(0).array(as: UInt8.self)
      #expect(reader.diagnostics.damage?.rowCount == count)
      #expect(image[..<(4 * count)] == Self.pixels[..<(4 * count)])
      #expect(image[(4 * count)...].allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: ["png/rgb8.png", "png/palette4-trns.png", "png/grey16-adam7.png"])
  func cuttingAFileAnywhereGivesAnErrorOrTheImage(name: String) throws {
    let file = try #require(Fixtures.read(name))
    let whole = try readPNG(file)
    for count in 0..<file.count {
      let cut = Array(file[..<count])
      do throws(CodecError) {
        let isWhole = try readPNG(cut) == whole
        // The data's checksum is there: all that is missing is the chunk's and IEND.
        #expect(isWhole && count >= file.count - 16, "\(count) bytes")
      } catch {
        if case .truncated = error.kind { continue }
        Issue.record("\(count) bytes: \(error)")
      }
    }
  }

  @Test(
    arguments: Fixtures.entries(of: "png"), [DecodePolicy.Leniency.strict, .standard, .salvage])
  func noChangedByteDoesHarm(entry: Fixtures.Entry, leniency: DecodePolicy.Leniency) throws {
    let file = try #require(Fixtures.read(entry.name))
    var generator = SeededGenerator(seed: 7)
    var policy = DecodePolicy(
      limits: Limits(maxPixels: 1 << 16, maxImageBytes: 1 << 20), leniency: leniency)
    policy.verifiesChecksums = false
    for _ in 0..<400 {
      var changed = file
      let position = Int.random(in: 8..<file.count, using: &generator)
      changed[position] = UInt8.random(in: 0...255, using: &generator)
      guard var reader = try? PNG.Reader(Bytes(changed), policy: policy) else { continue }
      _ = try? reader.read(reader.automaticIndex)
      _ = try? reader.metadata(0, excludingApplied: false)
      _ = try? PNG.deepOutline(Bytes(changed), policy: policy)
    }
  }

  @Test func limitsAreCheckedBeforeMemoryIsAskedFor() throws {
    var builder = PNGBuilder()
    builder.header(width: 1 << 20, height: 1 << 20, depth: 16, color: 6)
    builder.chunk("IDAT", PNGBuilder.stored([]))
    #expect(failure(builder.bytes)?.kind == .limitExceeded(.pixels))
    let small = file { $0.chunk("IDAT", PNGBuilder.stored(Self.rows)) }
    let bounds: [(Limits, Limits.Field)] = [
      (Limits(maxDimension: 3), .dimension), (Limits(maxPixels: 11), .pixels),
      (Limits(maxImageBytes: 11), .imageBytes), (Limits(maxScratchBytes: 100), .scratchBytes),
    ]
    for (limits, field) in bounds {
      #expect(failure(small, DecodePolicy(limits: limits))?.kind == .limitExceeded(field))
    }
    let texts = file { builder in
      for _ in 0..<5 { builder.chunk("tEXt", [65, 0, 66, 67, 68]) }
      builder.chunk("IDAT", PNGBuilder.stored(Self.rows))
    }
    let few = DecodePolicy(limits: Limits(maxMetadataItems: 3))
    #expect(failure(texts, few)?.kind == .limitExceeded(.metadataItems))
    for limits in [Limits(maxMetadataItemBytes: 2), Limits(maxMetadataBytes: 8)] {
      let reader = try PNG.Reader(Bytes(texts), policy: DecodePolicy(limits: limits))
      let error = #expect(throws: CodecError.self) {
        try reader.metadata(0, excludingApplied: true)
      }
      if case .limitExceeded? = error?.kind {} else { Issue.record("no limit") }
    }
  }

  @Test func aHugeImageInASmallFileIsRefusedAtOnce() {
    var builder = PNGBuilder()
    builder.header(width: 16_000, height: 16_000)
    builder.chunk("IDAT", PNGBuilder.stored([0, 1, 2]))
    builder.chunk("IEND", [])
    if case .truncated? = failure(builder.bytes)?.kind {} else { Issue.record("not refused") }
  }

  @Test func progressIsReportedAndCanStopTheDecode() throws {
    let rows = PNGBuilder.rows(width: 300, height: 2000) { x, y in UInt8(truncatingIfNeeded: x ^ y)
    }
    let file = PNGBuilder(width: 300, height: 2000, raw: rows).bytes
    let (calls, wrong) = (Counter(), Counter())
    let counting = DecodePolicy(progress: { fraction in
      calls.add()
      if fraction <= 0 || fraction > 1 { wrong.add() }
      return true
    })
    _ = try readPNG(file, policy: counting)
    #expect((2..<1000).contains(calls.value))
    #expect(wrong.value == 0)
    #expect(failure(file, DecodePolicy(progress: { _ in false }))?.kind == .cancelled)
  }
}
