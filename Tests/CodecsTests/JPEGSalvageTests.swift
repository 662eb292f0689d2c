// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// What a salvage decode says of files that end in the midst of their data.
@Suite struct JPEGSalvageTests {
  enum Kind: CaseIterable { case plain, restarts, grey, progressive, lossless }

  func file(_ kind: Kind) throws -> [UInt8] {
    let image = try JPEGConcurrencyTests.picture(channels: kind == .grey ? 1 : 3)
    var options = JPEG.WriteOptions(quality: 85)
    switch kind {
    case .plain, .grey: break
    case .restarts: options.restartInterval = 7
    case .progressive: options.isProgressive = true
    case .lossless: options.isLossless = true
    }
    return try JPEG.encode(image, options: options)
  }

  func salvage(
    _ file: [UInt8], region: Region? = nil, _ concurrency: Concurrency = .serial
  ) throws -> (image: NDArray, damage: Diagnostics.Damage?) {
    var diagnostics = Diagnostics()
    let policy = DecodePolicy(leniency: .salvage, concurrency: concurrency)
    let image =
      if let region {
        try JPEG.decode(
          file.rawSpan, region: region, options: JPEG.DecodeOptions(), policy: policy,
          diagnostics: &diagnostics)
      } else {
        try JPEG.decode(
          file.rawSpan, options: JPEG.DecodeOptions(), policy: policy, diagnostics: &diagnostics)
      }
    return (image, diagnostics.damage)
  }

  func rows(_ image: NDArray, _ range: Range<Int>) -> [UInt8] {
    let stride = image.byteCount / image.shape[0]
    return [UInt8](
      copying: image.bytes.extracting(range.lowerBound * stride..<range.upperBound * stride))
  }

  // As in libjpeg, arithmetic codes go on with zeros behind the end of their data.
  @Test(arguments: [Kind.plain, .restarts, .grey, .lossless])
  func theRowsBeforeTheCutAreCountedAndRight(kind: Kind) throws {
    let whole = try file(kind)
    let full = try salvage(whole)
    #expect(full.damage == nil)
    var last = 0
    for share in [3, 5, 7, 9] {
      let cut = Array(whole[..<(whole.count * share / 10)])
      let part = try salvage(cut)
      let damage = try #require(part.damage)
      #expect(damage.error.kind == .truncated(needed: 1) && damage.error.part == "SOS")
      #expect(damage.error.offset == cut.count)
      #expect(damage.rowCount > last && damage.rowCount < 321)
      last = damage.rowCount
      // The last of them is interpolated with a row that is missing.
      #expect(rows(part.image, 0..<(last - 1)) == rows(full.image, 0..<(last - 1)))
      #expect(rows(part.image, last..<321) != rows(full.image, last..<321))
      for width in [2, 5] {
        let again = try salvage(cut, JPEGConcurrencyTests.backwards(width))
        #expect(again.damage == damage && again.image == part.image)
      }
    }
  }

  @Test func aRegionCountsItsOwnRows() throws {
    let whole = try file(.plain)
    let cut = Array(whole[..<(whole.count / 2)])
    let rowCount = try #require(try salvage(cut).damage?.rowCount)
    let rest = Region(x: 0, y: rowCount, width: 9, height: 321 - rowCount)
    var diagnostics = Diagnostics()
    _ = try JPEG.decode(
      cut.rawSpan, region: rest, options: JPEG.DecodeOptions(), diagnostics: &diagnostics)
    #expect(diagnostics.warnings.count == 1)
    #expect(throws: CodecError.self) {
      try JPEG.decode(
        cut.rawSpan, region: rest, options: JPEG.DecodeOptions(), policy: .strict,
        diagnostics: &diagnostics)
    }
    try #require(rowCount > 40)
    for (y, height, expected) in [
      (0, rowCount - 20, nil), (rowCount - 30, 60, 30), (rowCount + 20, 30, 0),
    ] as [(Int, Int, Int?)] {
      let region = Region(x: 3, y: y, width: 40, height: height)
      #expect(try salvage(cut, region: region).damage?.rowCount == expected, "\(y)")
    }
  }

  @Test func scansThatRefineDoNotCount() throws {
    let whole = try file(.progressive)
    // Within the last scan: all rows are there, but coarse.
    #expect(try salvage(Array(whole[..<(whole.count - 300)])).damage == nil)
    // Within the first.
    let start = try #require(
      whole.indices.dropLast().first { whole[$0...].starts(with: [255, 218]) })
    let damage = try #require(try salvage(Array(whole[..<(start + 300)])).damage)
    #expect(damage.rowCount > 0 && damage.rowCount < 321)
  }

  @Test func onlySalvageSpeaksOfDamage() throws {
    let cut = Array(try file(.plain).dropLast(900))
    var diagnostics = Diagnostics()
    _ = try JPEG.decode(
      cut.rawSpan, options: JPEG.DecodeOptions(), policy: .default, diagnostics: &diagnostics)
    #expect(diagnostics.damage == nil && diagnostics.warnings.count == 2)
  }
}
