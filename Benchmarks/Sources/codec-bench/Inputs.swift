// SPDX-License-Identifier: Apache-2.0

/// What the benchmarks work on: files from the command line and data made here, always the same.
struct Inputs {
  var files: [File]
  var isSmoke: Bool

  struct File {
    /// The last component without its extension.
    var name: String
    var fileExtension: String
    var bytes: [UInt8]

    init(_ path: String) {
      let last = path.split(separator: "/").last.map(String.init) ?? path
      let parts = last.split(separator: ".", omittingEmptySubsequences: false)
      name = parts.count > 1 ? parts.dropLast().joined(separator: ".") : last
      fileExtension = parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
      bytes = readFile(path)
    }
  }

  init(paths: [String], isSmoke: Bool) {
    files = paths.map(File.init)
    self.isSmoke = isSmoke
  }

  /// SplitMix64: the same numbers in every run.
  struct Random {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// `count` random bytes.
  static func noise(_ count: Int) -> [UInt8] {
    var random = Random(state: 7)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// English-like text: words of a small vocabulary in random order.
  static func text(_ count: Int) -> [UInt8] {
    var random = Random(state: 11)
    let syllables = ["an", "the", "ing", "er", "on", "com", "pre", "ta", "le", "ro", "si", "mu"]
    let vocabulary = (0..<900).map { _ in
      (0..<(1 + Int(random.next() % 4))).map { _ in
        syllables[Int(random.next() % UInt64(syllables.count))]
      }.joined()
    }
    var result: [UInt8] = []
    while result.count < count {
      // The product of two uniform numbers: frequent words and rare ones, as in a language.
      let rank = Int(random.next() % 900) * Int(random.next() % 900) / 900
      result += vocabulary[rank].utf8
      result.append(random.next() % 9 == 0 ? 10 : 32)
    }
    return Array(result[..<count])
  }

  /// A 16-bit raster like a microscope's: smooth hills with noise, little-endian.
  static func raster16(width: Int, height: Int) -> [UInt8] {
    var random = Random(state: 13)
    let hills = (0..<12).map { _ in
      (
        x: Double(random.next() % UInt64(width)), y: Double(random.next() % UInt64(height)),
        size: Double(width) * (0.03 + Double(random.next() % 1_000) / 8_000),
        height: Double(random.next() % 3_000)
      )
    }
    var result: [UInt8] = []
    result.reserveCapacity(width * height * 2)
    for y in 0..<height {
      for x in 0..<width {
        var value = 1_000.0
        for hill in hills {
          let (dx, dy) = (Double(x) - hill.x, Double(y) - hill.y)
          let distance = (dx * dx + dy * dy) / (hill.size * hill.size)
          if distance < 9 { value += hill.height / (1 + distance * distance) }
        }
        let sample = Int(value) + Int(random.next() % 24) + Int(random.next() % 24)
        result.append(UInt8(truncatingIfNeeded: sample))
        result.append(UInt8(truncatingIfNeeded: sample >> 8))
      }
    }
    return result
  }

  /// TIFF's horizontal predictor over rows of 16-bit samples.
  static func differences16(_ bytes: [UInt8], width: Int) -> [UInt8] {
    var result = bytes
    for row in stride(from: 0, to: bytes.count - width * 2 + 1, by: width * 2) {
      for x in stride(from: width - 1, to: 0, by: -1) {
        let i = row + x * 2
        let value = Int(bytes[i]) | Int(bytes[i + 1]) << 8
        let before = Int(bytes[i - 2]) | Int(bytes[i - 1]) << 8
        result[i] = UInt8(truncatingIfNeeded: value - before)
        result[i + 1] = UInt8(truncatingIfNeeded: (value - before) >> 8)
      }
    }
    return result
  }
}
