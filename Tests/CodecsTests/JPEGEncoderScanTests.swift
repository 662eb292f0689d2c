// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Optimised codes and progressive files, against what libjpeg-turbo 3.2 writes.
@Suite struct JPEGEncoderScanTests {
  private typealias Encoder = JPEGEncoderTests

  private static func digest(
    _ width: Int, _ height: Int, channels: Int = 3, _ change: (inout JPEG.WriteOptions) -> Void
  ) throws -> String {
    var options = JPEG.WriteOptions()
    change(&options)
    return try Encoder.digest(
      JPEG.encode(
        Encoder.pattern(width: width, height: height, channels: channels), options: options))
  }

  static let subsampled: [(h: Int, v: Int, quality: Int, optimized: String, progressive: String)] =
    [
      (1, 1, 5, "c6f317ad3f3ba0cf", "2f850a66ab28d729"),
      (1, 1, 75, "c726a0d7052e2da4", "b0dc22d31d4a29c7"),
      (1, 1, 95, "fd386a484bf44b87", "6ed37982a209afec"),
      (2, 1, 5, "73ec28bbed144933", "3d814566503c1a14"),
      (2, 1, 75, "d9c1518ec8c00e56", "9013d0fa1acf4166"),
      (2, 1, 95, "61510833229b161a", "8e760b5a0f65adb3"),
      (2, 2, 5, "b4048404966ba60f", "5442d7690cbf79a7"),
      (2, 2, 75, "c40cc1cf9f7f9b78", "50c4f6b0d674afd1"),
      (2, 2, 95, "9cbbd10a58911bc0", "33f488466c035383"),
    ]

  @Test(arguments: subsampled.indices)
  func `optimised and progressive files are libjpeg-turbo's`(index: Int) throws {
    let (h, v, quality, optimized, progressive) = Self.subsampled[index]
    func set(_ options: inout JPEG.WriteOptions) {
      options.quality = quality
      options.subsampling = .init(horizontal: h, vertical: v)
    }
    #expect(
      try Self.digest(67, 45) {
        set(&$0)
        $0.optimizesCodes = true
      } == optimized)
    #expect(
      try Self.digest(67, 45) {
        set(&$0)
        $0.isProgressive = true
      } == progressive)
  }

  @Test func `a grey image has the script for any number of components`() throws {
    #expect(try Self.digest(67, 45, channels: 1) { $0.optimizesCodes = true } == "c5e66a59635aa738")
    #expect(try Self.digest(67, 45, channels: 1) { $0.isProgressive = true } == "6e615dd01d55eaee")
  }

  @Test func `restart markers come every so many MCUs of each scan, or rows of them`() throws {
    #expect(
      try Self.digest(300, 200) {
        $0.optimizesCodes = true
        $0.restartInterval = 7
      } == "19437731bae584c3")
    #expect(
      try Self.digest(300, 200) {
        $0.isProgressive = true
        $0.restartInterval = 7
      } == "34befceaa8fe8aff")
    #expect(
      try Self.digest(300, 200) {
        $0.optimizesCodes = true
        $0.restartRows = 2
      } == "42707503d5c0b97d")
    #expect(
      try Self.digest(300, 200) {
        $0.isProgressive = true
        $0.restartRows = 2
      } == "4dd4f9f5f2f43a3e")
  }

  @Test func `scans of more tokens than a chunk holds are whole`() throws {
    func set(_ options: inout JPEG.WriteOptions) {
      options.quality = 100
      options.subsampling = .s444
    }
    #expect(
      try Self.digest(611, 500) {
        set(&$0)
        $0.optimizesCodes = true
      } == "12b1abca79d08006")
    #expect(
      try Self.digest(611, 500) {
        set(&$0)
        $0.isProgressive = true
      } == "30c79477941e1ee0")
  }

  @Test func `a run of empty blocks ends at 32767`() throws {
    var options = JPEG.WriteOptions()
    options.isProgressive = true
    options.subsampling = .s444
    let file = try JPEG.encode(NDArray(zeros: [1600, 1600, 3], dtype: .uint8), options: options)
    #expect(Encoder.digest(file) == "c2012b4430a103e5")
  }

  @Test func `a script of the caller's own is followed`() throws {
    let script: [JPEG.ScanStep] = [
      .init([0, 1, 2], 0, 0), .init([0], 1, 2, low: 3), .init([1], 1, 63),
      .init([2], 1, 63, low: 1), .init([0], 3, 63, low: 4), .init([0], 3, 63, high: 4, low: 3),
      .init([0], 1, 63, high: 3, low: 2), .init([0], 1, 63, high: 2, low: 1),
      .init([0], 1, 63, high: 1, low: 0), .init([2], 1, 63, high: 1, low: 0),
    ]
    #expect(
      try Self.digest(131, 70) {
        $0.isProgressive = true
        $0.scans = script
      } == "258e1e9d1fee023c")
  }

  static let badScripts: [[JPEG.ScanStep]] = [
    [],
    [.init([0, 1], 0, 0)],
    [.init([0, 1, 2], 0, 0), .init([0, 1], 1, 63)],
    [.init([0, 1, 2], 0, 63)],
    [.init([0, 2, 1], 0, 0)],
    [.init([0, 1, 3], 0, 0)],
    [.init([0, 1, 2], 0, 0), .init([0], 1, 64)],
    [.init([0, 1, 2], 0, 0), .init([0], 6, 5)],
    [.init([0], 1, 63), .init([0, 1, 2], 0, 0)],
    [.init([0, 1, 2], 0, 0), .init([0], 1, 63), .init([0], 1, 63)],
    [.init([0, 1, 2], 0, 0, low: 2), .init([0, 1, 2], 0, 0, high: 1)],
    [.init([0, 1, 2], 0, 0, low: 11)],
  ]

  @Test(arguments: badScripts.indices)
  func `a script that does not fit together is refused`(index: Int) throws {
    var options = JPEG.WriteOptions()
    options.isProgressive = true
    options.scans = Self.badScripts[index]
    let image = try Encoder.pattern(width: 16, height: 16, channels: 3)
    #expect(throws: CodecError.self) { try JPEG.encode(image, options: options) }
  }

  @Test func `optimal codes are complete but for one, and none is longer than 16 bits`() {
    var generator = SeededGenerator(seed: 41)
    for round in 0..<60 {
      var frequencies = [UInt32](repeating: 0, count: 256)
      let count = Int.random(in: 1...256, using: &generator)
      for i in 0..<count {
        // Powers of two make the longest codes.
        frequencies[i] =
          round % 2 == 0
          ? UInt32.random(in: 1...1000, using: &generator) : 1 << UInt32(min(i, 27))
      }
      let table = JPEG.HuffmanTable(frequencies: frequencies.span)
      #expect(table.symbols.count == count)
      #expect(Set(table.symbols).count == count)
      let used = table.counts.enumerated().reduce(0) { $0 + Int($1.element) << (15 - $1.offset) }
      // One code of the longest length is free: that of all ones.
      let longest = table.counts.lastIndex { $0 > 0 } ?? 0
      #expect(used <= 65_536 - 1 << (15 - longest))
      // A symbol that is more frequent never has a longer code.
      let lengths = table.codes.map { $0 & 63 }
      let isMonotonic = (0..<count).allSatisfy { i in
        (0..<count).allSatisfy { frequencies[i] <= frequencies[$0] || lengths[i] <= lengths[$0] }
      }
      #expect(isMonotonic)
    }
  }

  @Test func `levels of magnitude are those of the coefficients`() throws {
    var generator = SeededGenerator(seed: 42)
    let header = JPEG.FrameHeader(
      process: .progressive, precision: 8, height: 64, width: 64,
      components: [
        .init(identifier: 1, horizontalSampling: 1, verticalSampling: 1, quantizationTable: 0)
      ])
    let frame = try JPEG.Frame(header, policy: .default, at: 0)
    var coefficients = try JPEG.Coefficients(frame: frame, limits: Limits())
    let special: [Int16] = [0, 0, 0, 0, 1, -1, 2, -2, 3, -4, 4, 7, 8, -127, 128, 32767, -32768]
    for block in coefficients.maps.indices {
      for k in 0..<64 {
        guard let value = special.randomElement(using: &generator), value != 0 else { continue }
        coefficients.values[64 * block + Int(JPEG.zigzag[k])] = value
        coefficients.maps[block] |= 1 << UInt64(k)
      }
    }
    let maps = JPEG.LevelMaps(coefficients, most: 4)
    for level in 1...4 {
      let expected = coefficients.maps.indices.map { block in
        (0..<64).reduce(UInt64(0)) { map, k in
          let value = coefficients.values[64 * block + Int(JPEG.zigzag[k])]
          return value.magnitude >> UInt16(level) > 0 ? map | 1 << UInt64(k) : map
        }
      }
      let isEqual = maps.levels[level] == expected
      #expect(isEqual, "\(level)")
    }
  }
}
