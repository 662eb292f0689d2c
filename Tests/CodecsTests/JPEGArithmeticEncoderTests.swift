// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Arithmetic-coded files, against what cjpeg of libjpeg-turbo 2.1 writes.
@Suite struct JPEGArithmeticEncoderTests {
  private typealias Encoder = JPEGEncoderTests

  /// Digests of a sequential and of a progressive file.
  private static func digests(
    _ width: Int, _ height: Int, channels: Int = 3, _ change: (inout JPEG.WriteOptions) -> Void
  ) throws -> [String] {
    var options = JPEG.WriteOptions()
    options.isArithmetic = true
    change(&options)
    let image = try Encoder.pattern(width: width, height: height, channels: channels)
    return try [false, true].map {
      options.isProgressive = $0
      return try Encoder.digest(JPEG.encode(image, options: options))
    }
  }

  static let subsampled: [(h: Int, v: Int, quality: Int, sequential: String, progressive: String)] =
    [
      (1, 1, 5, "fa6a3c51145b8361", "51eac230ff43bbf2"),
      (1, 1, 75, "b10bacb308ca7c20", "918c4375edc080ac"),
      (1, 1, 95, "42f38a024c5c24f0", "0f91e88544217abe"),
      (2, 1, 5, "6b42ea3e21e719e3", "73981ee6995102c0"),
      (2, 1, 75, "2e5a9184eadb9a20", "6a959303b111ee05"),
      (2, 1, 95, "c2d1eae66389a438", "57832444dd034874"),
      (2, 2, 5, "161fd3ebacd06ce9", "c2597e622a158c43"),
      (2, 2, 75, "5930f9dc67b1c30e", "c1de3d5e646e8e0a"),
      (2, 2, 95, "22f91f0c0f27292c", "e5b1dc4e481a19b6"),
    ]

  @Test(arguments: subsampled.indices)
  func `colour files are libjpeg-turbo's`(index: Int) throws {
    let (h, v, quality, sequential, progressive) = Self.subsampled[index]
    let digests = try Self.digests(67, 45) {
      $0.quality = quality
      $0.subsampling = .init(horizontal: h, vertical: v)
    }
    #expect(digests == [sequential, progressive])
  }

  @Test func `grey files, restart intervals and long scans are libjpeg-turbo's too`() throws {
    let grey = try Self.digests(67, 45, channels: 1) { _ in }
    #expect(grey == ["bdaaf7648be39ca8", "6a5a34d0e8738c90"])
    let restarts = try Self.digests(300, 200) { $0.restartInterval = 7 }
    #expect(restarts == ["80385235239ff39d", "6483db02cf24a5b9"])
    let rows = try Self.digests(300, 200) { $0.restartRows = 2 }
    #expect(rows == ["37c84387378624f1", "ce13fc80bb445781"])
    let long = try Self.digests(611, 500) {
      $0.quality = 100
      $0.subsampling = .s444
    }
    #expect(long == ["d62b31b467977eb5", "d539e12aa1f6f580"])
  }

  @Test func `from Huffman codes and back, a file is what it was`() throws {
    let image = try Encoder.pattern(width: 67, height: 45, channels: 3)
    func written(arithmetic: Bool, progressive: Bool) throws -> [UInt8] {
      var options = JPEG.WriteOptions()
      (options.isArithmetic, options.isProgressive) = (arithmetic, progressive)
      return try JPEG.encode(image, options: options)
    }
    for (from, to) in [(false, true), (true, false), (false, false), (true, true)] {
      var options = JPEG.TransformOptions()
      (options.isArithmetic, options.isProgressive) = (true, to)
      var diagnostics = Diagnostics()
      let huffman = try written(arithmetic: false, progressive: from)
      let there = try JPEG.transform(huffman.rawSpan, options: options, diagnostics: &diagnostics)
      let isSame = try there == written(arithmetic: true, progressive: to)
      #expect(isSame)
      (options.isArithmetic, options.isProgressive) = (false, from)
      let back = try JPEG.transform(there.rawSpan, options: options, diagnostics: &diagnostics)
      let isBack = back == huffman
      #expect(isBack)
    }
  }

  /// Whatever the decisions, they come back: also after carries through many bytes, which the rare
  /// symbols of sure statistics bring, and with a code that ends in zeros.
  @Test func `decisions are read as they were written, however the buffer is drained`() {
    var generator = SeededGenerator(seed: 5)
    let states = JPEG.arithmeticStates
    for round in 0..<200 {
      let rarity = [2, 3, 20, 1000, 100_000][round % 5]
      let count = Int.random(in: 0...6000, using: &generator)
      let binCount = Int.random(in: 1...9, using: &generator)
      let fixed: [UInt8] = (0..<binCount).map { _ in Bool.random(using: &generator) ? 113 : 0 }
      let decisions = (0..<count).map { _ in Int.random(in: 0..<rarity, using: &generator) == 0 }

      var (statistics, writer) = (fixed, JPEG.ArithmeticWriter())
      var (buffer, output) = (JPEG.ArithmeticBuffer(blockCount: 1), ByteWriter())
      for (index, decision) in decisions.enumerated() {
        var bins = statistics.mutableSpan
        var bytes = buffer.bytes.mutableSpan
        writer.add(decision, index % binCount, &bins, states.span, &bytes)
        if Int.random(in: 0..<50, using: &generator) == 0 { buffer.drain(&writer, to: &output) }
      }
      buffer.finish(&writer, to: &output)

      var (plain, isStuffed) = ([UInt8](), false)
      for byte in output.bytes {
        if isStuffed && byte == 0 {
          isStuffed = false
        } else {
          plain.append(byte)
          isStuffed = byte == 0xFF
        }
      }
      #expect(plain.last != 0)
      plain += [UInt8](repeating: 0, count: 16)
      let entries = JPEG.arithmeticEntries
      var start = fixed.map { entries[Int($0)] }
      var bins = start.mutableSpan
      var reader = JPEG.ArithmeticReader(plain.rawSpan, at: 0)
      var errorCount = 0
      for (index, decision) in decisions.enumerated() {
        // Both ways to read a decision of fixed probability.
        let read =
          fixed[index % binCount] == 113 && index % 3 == 0
          ? reader.fixedDecision(plain.rawSpan)
          : reader.decision(index % binCount, &bins, entries.span, plain.rawSpan)
        if read != decision { errorCount += 1 }
      }
      #expect(errorCount == 0, "round \(round)")
    }
  }
}
