// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Rows from bytes that arrive in pieces, and from whole files, against decoding at once.
@Suite struct PNGStreamTests {
  struct Result: Equatable {
    var rows: [NDArray] = []
    var error: CodecError?
    var warnings: [Warning] = []
    var damage: Diagnostics.Damage?
    var isAtEnd = false
    var isInOrder = true
  }

  /// Takes all rows that there are.
  func drain(_ decoder: inout PNG.StreamDecoder, limit: Int, into result: inout Result) {
    do throws(CodecError) {
      while let rows = try decoder.next(limit: limit) {
        let known = result.rows.reduce(0) { $0 + $1.shape[0] }
        if rows.first != known || rows.count > limit { result.isInOrder = false }
        result.rows.append(rows.pixels)
      }
    } catch { result.error = error }
    result.warnings = decoder.diagnostics.warnings
    result.damage = decoder.diagnostics.damage
    result.isAtEnd = decoder.isAtEnd
  }

  func stream(
    _ file: [UInt8], sizes: () -> Int, limit: Int = .max,
    _ options: PNG.ReadOptions = PNG.ReadOptions(), region: Region? = nil,
    policy: DecodePolicy = .default
  ) throws -> Result {
    var decoder = try PNG.StreamDecoder(options: options, region: region, policy: policy)
    var result = Result()
    var start = 0
    while start < file.count, result.error == nil {
      let end = min(start + sizes(), file.count)
      try decoder.push(Array(file[start..<end]))
      drain(&decoder, limit: limit, into: &result)
      start = end
    }
    decoder.finish()
    if result.error == nil { drain(&decoder, limit: limit, into: &result) }
    return result
  }

  /// The rows joined; `nil` when there are none.
  func joined(_ result: Result) throws -> NDArray? {
    let rows = result.rows.flatMap { band in (0..<band.shape[0]).map { band[$0] } }
    return rows.isEmpty ? nil : try NDArray.stack(rows)
  }

  @Test(arguments: Fixtures.entries(of: "png").filter { !$0.name.contains("animated") })
  func everySplitGivesTheImage(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var reader = try PNG.Reader(Bytes(file))
    let whole = try reader.read(.at(0))
    var generator = SeededGenerator(seed: 3)
    for (size, limit) in [(1, 1), (2, Int.max), (7, 3), (64, 2), (1 << 20, Int.max), (0, 2)] {
      let result = try stream(
        file, sizes: { size > 0 ? size : Int.random(in: 1...99, using: &generator) }, limit: limit)
      let isWhole = try joined(result) == whole
      #expect(isWhole, "pieces of \(size)")
      #expect(result.error == nil && result.isAtEnd && result.isInOrder)
      #expect(result.warnings == reader.diagnostics.warnings)
    }
    // The same from a file that is there.
    var decoder = try PNG.StreamDecoder(Bytes(file))
    #expect(decoder.properties?.shape == whole.shape)
    var result = Result()
    drain(&decoder, limit: 2, into: &result)
    let isWhole = try joined(result) == whole
    #expect(isWhole && result.isAtEnd)
  }

  @Test(arguments: ["png/rgb8.png", "png/palette4-trns.png", "png/grey16-adam7.png"])
  func aRegionIsAPartOfTheWhole(name: String) throws {
    let file = try #require(Fixtures.read(name))
    var reader = try PNG.Reader(Bytes(file))
    let whole = try reader.read(.at(0))
    let (height, width) = (whole.shape[0], whole.shape[1])
    for region in [
      Region(x: 1, y: 1, width: width - 2, height: height - 2),
      Region(x: 0, y: height - 1, width: width, height: 1),
      Region(x: width - 1, y: 0, width: 1, height: height),
    ] {
      let result = try stream(file, sizes: { 5 }, limit: 2, region: region)
      let isPart = try joined(result) == whole.cropped(to: region)
      #expect(isPart && result.isAtEnd, "\(region)")
    }
    #expect(throws: CodecError.self) {
      var decoder = try PNG.StreamDecoder(
        Bytes(file), region: Region(x: 0, y: 0, width: width + 1, height: 1))
      _ = try decoder.next()
    }
  }

  @Test func rowsGoIntoMemoryOfTheCaller() throws {
    let file = try #require(Fixtures.read("png/rgb8.png"))
    var reader = try PNG.Reader(Bytes(file))
    let whole = try reader.read(.at(0))
    let rowByteCount = whole.byteCount / whole.shape[0]
    var decoder = try PNG.StreamDecoder(Bytes(file))
    var pixels: [UInt8] = []
    // Room for two rows, with a gap between them.
    var memory = [UInt8](repeating: 0xA5, count: 2 * rowByteCount + 5)
    var target = memory.mutableRawSpan
    while let rows = try decoder.decode(into: &target, rowStride: rowByteCount + 5) {
      let bytes = [UInt8](copying: target.bytes)
      for i in 0..<rows.count {
        pixels += bytes[(i * (rowByteCount + 5))..<(i * (rowByteCount + 5) + rowByteCount)]
      }
      #expect(bytes[rowByteCount..<(rowByteCount + 5)].allSatisfy { $0 == 0xA5 })
    }
    let expected = [UInt8](copying: whole.bytes)
    #expect(pixels == expected)
    #expect(decoder.isAtEnd)
  }

  /// Files with every kind of damage that ``PNGDamageTests`` knows, and every cut of one of them.
  static var broken: [[UInt8]] {
    let rows = PNGBuilder.rows(width: 4, height: 3) { x, y in UInt8(x + 10 * y) }
    let data = PNGBuilder.stored(rows)
    var wrong = rows
    wrong[10] = 9
    // A wrong filter, and a block of no known type behind it.
    var twice = PNGBuilder.stored(wrong)
    twice[2] = 0
    twice[twice.count - 4] = 7
    let bodies: [(inout PNGBuilder) -> Void] = [
      { $0.chunk("IDAT", data) },
      { $0.chunk("IDAT", PNGBuilder.stored(wrong)) },
      { $0.chunk("IDAT", twice) },
      {
        $0.chunk("IDAT", Array(twice.dropLast(4)))
        $0.chunk("I\u{1}AT", [])
      },
      { $0.chunk("IDAT", PNGBuilder.stored(rows, damage: 1)) },
      { $0.chunk("IDAT", data, damage: 1) },
      { $0.chunk("IDAT", PNGBuilder.stored(rows, damage: 1), damage: 1) },
      { $0.chunk("IDAT", PNGBuilder.stored(rows + [1, 2, 3])) },
      { $0.chunk("IDAT", PNGBuilder.stored(rows + [1, 2, 3], damage: 1)) },
      { $0.chunk("IDAT", data + [0, 0]) },
      { $0.chunk("IDAT", Array(data.dropLast(9))) },
      {
        $0.chunk("IDAT", Array(data[..<9]))
        $0.chunk("IDAT", [])
        $0.chunk("IDAT", Array(data[9...]))
        $0.chunk("tEXt", [65, 0, 66])
        $0.chunk("IDAT", [])
      },
      {
        $0.chunk("IDAT", Array(data[..<9]))
        $0.chunk("tEXt", [65, 0, 66])
        $0.chunk("IDAT", Array(data[9...]))
      },
      {
        $0.chunk("IDAT", data)
        $0.chunk("IEND", [1])
        $0.chunk("tEXt", [])
      },
      {
        $0.chunk("IDAT", data)
        $0.chunk("!EXt", [])
      },
      { $0.chunk("CRIT", []) }, { $0.chunk("IEND", []) }, { $0.chunk("I\u{1}AT", data) },
    ]
    var files = bodies.flatMap { body in
      [true, false].map { isEnded in
        var builder = PNGBuilder()
        builder.header(width: 4, height: 3)
        body(&builder)
        if isEnded { builder.chunk("IEND", []) }
        return builder.bytes
      }
    }
    let sound = files[0]
    files += (0..<sound.count).map { Array(sound[..<$0]) }
    // The compressed data ends well, but with fewer rows than IHDR says.
    var taller = sound
    taller[23] += 1
    // … and behind it the header of a chunk is cut off.
    return files + [taller, Array(taller.dropLast(6))]
  }

  @Test(arguments: [DecodePolicy.Leniency.strict, .standard, .salvage], [true, false])
  func brokenFilesGiveWhatDecodingAtOnceGives(
    leniency: DecodePolicy.Leniency, verifies: Bool
  ) throws {
    let policy = DecodePolicy(leniency: leniency, verifiesChecksums: verifies)
    for (number, file) in Self.broken.enumerated() {
      var whole: NDArray?
      var error: CodecError?
      var diagnostics = Diagnostics()
      do throws(CodecError) {
        var reader = try PNG.Reader(Bytes(file), policy: policy)
        defer { diagnostics = reader.diagnostics }
        whole = try reader.read(0)
      } catch let failure { error = failure }
      for size in [1, 3, 50, 1000] {
        let result = try stream(file, sizes: { size }, policy: policy)
        #expect(result.error == error, "file \(number), pieces of \(size)")
        guard let whole, error == nil else { continue }
        let count = result.damage?.rowCount ?? whole.shape[0]
        let isWhole = try joined(result) == (count > 0 ? whole[0..<count] : nil)
        #expect(isWhole, "file \(number), pieces of \(size)")
        #expect(result.warnings == diagnostics.warnings, "file \(number), pieces of \(size)")
        #expect(result.damage == diagnostics.damage, "file \(number), pieces of \(size)")
        #expect(result.isAtEnd)
      }
    }
  }

  @Test func interlacedImagesShowWhatThereIs() throws {
    let file = try #require(Fixtures.read("png/grey16-adam7.png"))
    var decoder = try PNG.StreamDecoder()
    try decoder.push(Array(file[..<(file.count / 2)]))
    while try decoder.next() != nil {}
    let canvas = try #require(decoder.canvas)
    #expect(canvas.shape == decoder.properties?.shape)
    #expect(!decoder.isAtEnd)
  }

  @Test func optionsLimitsProgressAndMisuse() throws {
    let file = try #require(Fixtures.read("png/rgb8.png"))
    let grey = try PNG.ReadOptions(["mode": "L"])
    var reader = try PNG.Reader(Bytes(file), options: grey)
    let whole = try reader.read(.at(0))
    let result = try stream(file, sizes: { 11 }, grey)
    let isWhole = try joined(result) == whole
    #expect(isWhole)
    #expect(throws: CodecError.self) {
      try PNG.StreamDecoder(options: PNG.ReadOptions(["rotate": true]))
    }
    func failure(_ policy: DecodePolicy) throws -> CodecError.Kind? {
      try stream(file, sizes: { 9 }, policy: policy).error?.kind
    }
    #expect(try failure(DecodePolicy(limits: Limits(maxPixels: 1))) == .limitExceeded(.pixels))
    #expect(try failure(DecodePolicy(progress: { _ in false })) == .cancelled)
    var waiting = try PNG.StreamDecoder(policy: DecodePolicy(limits: Limits(maxInputBytes: 20)))
    let error = #expect(throws: CodecError.self) { try waiting.push(file) }
    #expect(error?.kind == .limitExceeded(.inputBytes))
    waiting.finish()
    #expect(throws: CodecError.self) { try waiting.push([1]) }
    // A length alone must not make the decoder wait for gigabytes of metadata.
    var huge = PNGBuilder()
    huge.header(width: 1, height: 1)
    let claim = huge.bytes + [0x7F, 0xFF, 0xFF, 0xFF] + Array("tEXt".utf8)
    #expect(try stream(claim, sizes: { 9 }).error?.kind == .limitExceeded(.metadataBytes))
  }
}
