// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Rows from bytes that arrive in pieces, and from whole files, against decoding at once.
@Suite struct JPEGStreamTests {
  struct Result: Equatable {
    var pixels: [UInt8] = []
    var rowCount = 0
    var error: CodecError?
    var diagnostics = Diagnostics()
    var isAtEnd = false
    var isInOrder = true
  }

  func drain(_ decoder: inout JPEG.StreamDecoder, limit: Int, into result: inout Result) {
    do throws(CodecError) {
      while let rows = try decoder.next(limit: limit) {
        if rows.first != result.rowCount || rows.count > limit { result.isInOrder = false }
        result.rowCount += rows.count
        result.pixels += [UInt8](copying: rows.pixels.bytes)
      }
    } catch { result.error = error }
    result.diagnostics = decoder.diagnostics
    result.isAtEnd = decoder.isAtEnd
  }

  func stream(
    _ file: [UInt8], size: Int, limit: Int, _ options: JPEG.ReadOptions = JPEG.ReadOptions(),
    policy: DecodePolicy = .default
  ) throws -> Result {
    var decoder = try JPEG.StreamDecoder(options: options, policy: policy)
    var result = Result()
    var start = 0
    while start < file.count, result.error == nil {
      let end = min(start + size, file.count)
      try decoder.push(Array(file[start..<end]))
      drain(&decoder, limit: limit, into: &result)
      start = end
    }
    decoder.finish()
    if result.error == nil { drain(&decoder, limit: limit, into: &result) }
    return result
  }

  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func everySplitGivesTheImage(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    for reduction in [JPEG.Reduction.none, .half] {
      var options = JPEG.ReadOptions()
      options.decoding.reduction = reduction
      guard var reader = try? JPEG.Reader(Bytes(file), options: options) else { continue }
      let whole = try reader.read(0)
      let expected = [UInt8](copying: whole.bytes)
      for (size, limit) in [(1, 1), (7, 3), (64, 2), (1 << 20, Int.max)] {
        let result = try stream(file, size: size, limit: limit, options)
        let isWhole = result.pixels == expected
        #expect(isWhole, "pieces of \(size)")
        #expect(result.error == nil && result.isAtEnd && result.isInOrder)
        #expect(result.diagnostics.warnings == reader.diagnostics.warnings)
      }
      // The same from a file that is there, into memory with gaps between the rows.
      var decoder = try JPEG.StreamDecoder(Bytes(file), options: options)
      #expect(decoder.properties == (try reader.properties(0)))
      let rowByteCount = whole.shape[0] == 0 ? 0 : expected.count / whole.shape[0]
      var memory = [UInt8](repeating: 0xAA, count: 3 * (rowByteCount + 5))
      var found: [UInt8] = []
      var areGapsWhole = true
      while true {
        var span = memory.mutableSpan
        var target = span.rawBytes
        guard let rows = try decoder.decode(into: &target, rowStride: rowByteCount + 5) else {
          break
        }
        for row in 0..<rows.count {
          let start = row * (rowByteCount + 5)
          found += memory[start..<(start + rowByteCount)]
          let gap = memory[(start + rowByteCount)..<(start + rowByteCount + 5)]
          if !gap.allSatisfy({ $0 == 0xAA }) { areGapsWhole = false }
        }
      }
      let isSame = found == expected
      #expect(isSame && areGapsWhole && decoder.isAtEnd)
    }
  }

  @Test(
    arguments: Fixtures.entries(of: "jpeg").prefix(6),
    [DecodePolicy.Leniency.standard, .salvage, .strict])
  func aFileCutOffEndsAsAtOnce(entry: Fixtures.Entry, leniency: DecodePolicy.Leniency) throws {
    let file = try #require(Fixtures.read(entry.name))
    let policy = DecodePolicy(leniency: leniency)
    for count in stride(from: 0, to: file.count, by: max(file.count / 60, 1)) {
      let part = Array(file[..<count])
      var diagnostics = Diagnostics()
      var expected: CodecError?
      var whole: NDArray?
      do throws(CodecError) {
        whole = try JPEG.decode(
          part.rawSpan, options: JPEG.ReadOptions().decoding, policy: policy,
          diagnostics: &diagnostics)
      } catch { expected = error }
      let result = try stream(part, size: 5, limit: .max, policy: policy)
      #expect(result.error == expected, "\(count) bytes")
      #expect(result.diagnostics.damage == diagnostics.damage)
      if let whole, result.error == nil {
        let isPrefix = [UInt8](copying: whole.bytes).starts(with: result.pixels)
        #expect(isPrefix)
      }
    }
  }

  /// Found by fuzzing: what is skipped between segments, and behind a scan, was told apart by where
  /// the pieces ended.
  @Test(arguments: [1, 2, 7])
  func bytesThatBelongToNothingAreJudgedAsAtOnce(size: Int) throws {
    let entry = try #require(Fixtures.entries(of: "jpeg").first)
    let file = try #require(Fixtures.read(entry.name))
    let stray: [UInt8] = [9, 9, 9]
    let files: [[UInt8]] = [
      [0xFF, 0xD8, 0x40, 0xD8, 0xFF, 0xC4, 0xFF, 0xCC], Array(file.dropLast(2)) + stray,
      Array(file[..<2]) + stray + file[2...], Array(file.dropLast(2)) + stray + file.suffix(2),
    ]
    for (number, bytes) in files.enumerated() {
      let expected = strictError(bytes)
      let result = try stream(
        bytes, size: size, limit: .max, policy: DecodePolicy(leniency: .strict))
      #expect(result.error == expected, "file \(number)")
      if number < 3 { #expect(expected != nil, "file \(number)") }
    }
  }

  /// What decoding at once throws in strict mode.
  func strictError(_ bytes: [UInt8]) -> CodecError? {
    do throws(CodecError) {
      var diagnostics = Diagnostics()
      _ = try JPEG.decode(
        bytes.rawSpan, options: JPEG.ReadOptions().decoding,
        policy: DecodePolicy(leniency: .strict), diagnostics: &diagnostics)
      return nil
    } catch { return error }
  }

  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func damagedBytesAreJudgedAsAtOnce(entry: Fixtures.Entry) throws {
    var generator = SeededGenerator(seed: 5)
    let file = try #require(Fixtures.read(entry.name))
    for size in [1, 3, 61] {
      for _ in 0..<4 {
        var bytes = file
        for _ in 0..<3 {
          bytes[Int.random(in: 2..<bytes.count, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
        let result = try stream(
          bytes, size: size, limit: .max, policy: DecodePolicy(leniency: .strict))
        #expect(result.error == strictError(bytes), "pieces of \(size)")
      }
    }
  }

  /// Found by fuzzing: a code between restart intervals was forgotten when a piece ended behind it.
  @Test(arguments: [1, 2, 7])
  func codesBeforeARestartAreJudgedAsAtOnce(size: Int) throws {
    var bytes = try #require(Fixtures.read("jpeg/restart.jpg"))
    let restart = try #require(
      (1..<bytes.count).first { bytes[$0 - 1] == 0xFF && bytes[$0] == 0xD0 })
    bytes.insert(contentsOf: [0xFF, 0x05, 3], at: restart - 1)
    let result = try stream(
      bytes, size: size, limit: .max, policy: DecodePolicy(leniency: .strict))
    #expect(result.error?.part == "RST")
  }

  @Test func moreBytesThanTheLimitAreRefused() throws {
    var policy = DecodePolicy.default
    policy.limits.maxInputBytes = 100
    var decoder = try JPEG.StreamDecoder(policy: policy)
    try decoder.push([UInt8](repeating: 0xFF, count: 100))
    #expect(throws: CodecError.self) { try decoder.push([0]) }
    decoder.finish()
    #expect(throws: CodecError.self) { try decoder.push([0]) }
  }
}
