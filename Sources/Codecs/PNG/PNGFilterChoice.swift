// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Filters the rows of an image one after the other, and chooses the filter of each.
  struct RowFilter {
    let choice: FilterChoice
    let pixelByteCount: Int
    private let trial: Deflate.Encoder?
    /// What a row compresses better or worse with: the rows before it as filtered, then the row.
    private var context: [UInt8] = []
    private var histogram = [UInt32](repeating: 0, count: 256)

    /// Bytes of rows before the one on trial.
    private static var contextByteCount: Int { 4096 }

    init(_ choice: FilterChoice, pixelByteCount: Int) throws(CodecError) {
      self.choice = choice
      self.pixelByteCount = pixelByteCount
      trial =
        choice == .brute
        ? try Deflate.Encoder(.raw, options: Deflate.EncodeOptions(level: 4)) : nil
    }

    /// Appends `row` as ``PNG/Filter`` does, with the filter chosen.
    mutating func append(
      _ row: RawSpan, above: RawSpan, to output: inout MutableRawSpan, at offset: Int
    ) throws(CodecError) {
      func write(_ type: UInt8?, _ output: inout MutableRawSpan) {
        Filter.append(
          row, above: above, pixelByteCount: pixelByteCount, type: type, to: &output, at: offset)
      }
      switch choice {
      case .none, .sub, .up, .average, .paeth, .adaptive: return write(choice.type, &output)
      case .entropy, .brute: break
      }
      var (best, least): (UInt8, Float) = (0, .infinity)
      for type: UInt8 in 0...4 {
        write(type, &output)
        let filtered = output.bytes.extracting(offset..<offset + row.byteCount + 1)
        let cost = choice == .entropy ? entropy(filtered) : try compressedByteCount(filtered)
        if cost < least { (best, least) = (type, cost) }
      }
      write(best, &output)
      if choice == .brute { try keep(output.bytes.extracting(offset..<offset + row.byteCount + 1)) }
    }

    /// The bits that an ideal code for this row alone would take.
    private mutating func entropy(_ row: RawSpan) -> Float {
      for i in 0..<256 { histogram[i] = 0 }
      for i in 0..<row.byteCount { histogram[Int(row[byteAt: i])] &+= 1 }
      var sum: Float = 0
      for count in histogram where count > 1 { sum += Float(count) * Deflate.log2(Float(count)) }
      return Float(row.byteCount) * Deflate.log2(Float(row.byteCount)) - sum
    }

    private func compressedByteCount(_ row: RawSpan) throws(CodecError) -> Float {
      guard let trial else { return 0 }
      let bytes = Bytes(try joined(row))
      return Float(try trial.encode(bytes.span).count)
    }

    private mutating func keep(_ row: RawSpan) throws(CodecError) {
      context = try joined(row)
      context.removeFirst(max(context.count - max(Self.contextByteCount, row.byteCount), 0))
    }

    private func joined(_ row: RawSpan) throws(CodecError) -> [UInt8] {
      try [UInt8](capacity: context.count + row.byteCount) { (bytes) throws(CodecError) in
        bytes.append(context.rawSpan)
        bytes.append(row)
      }
    }
  }

  /// Whether repetitions of single bytes are worth nearly as much as all repetitions, judged by a
  /// part of the filtered rows: so it is in photographs, and finding those takes little time.
  static func runsSuffice(_ raw: RawSpan) throws(CodecError) -> Bool {
    let part = min(max(raw.byteCount / 256, 2048), 16_384)
    guard raw.byteCount > 8 * part else { return false }
    var (runs, all) = (0, 0)
    for strategy in [Deflate.Strategy.runLength, .filtered] {
      let encoder = try Deflate.Encoder(
        .raw, options: Deflate.EncodeOptions(level: 1, strategy: strategy))
      var byteCount = 0
      for start in [raw.byteCount / 4, raw.byteCount / 4 * 3] {
        byteCount += try encoder.encode(raw.extracting(start..<start + part)).count
      }
      if strategy == .runLength { runs = byteCount } else { all = byteCount }
    }
    return Double(runs) <= Double(all) * 1.05
  }
}

extension PNG.Preset {
  var level: Int {
    switch self {
    case .fast: 1
    case .default: 6
    case .small: 12
    }
  }

  /// The filters to try on a whole image.
  ///
  /// Filters rarely help indices and samples of less than a byte. Source: PNG 3rd edition §12.7.
  func filters(for header: PNG.Header) -> [PNG.FilterChoice] {
    let isRough = header.colorType == .palette || header.bitDepth < 8
    return switch self {
    case .fast, .default: [isRough ? .none : .adaptive]
    case .small: [.none, .adaptive, .entropy, .brute, .sub, .up, .paeth]
    }
  }
}

extension PNG.FilterChoice {
  /// The type byte of a fixed filter.
  var type: UInt8? {
    switch self {
    case .none: 0
    case .sub: 1
    case .up: 2
    case .average: 3
    case .paeth: 4
    case .adaptive, .entropy, .brute: nil
    }
  }
}
