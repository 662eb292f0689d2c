// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// How coefficients become scans.
  struct ScanCoding: Sendable {
    /// The scans of a progressive file; empty for one sequential scan.
    var script: [ScanStep]
    let isArithmetic: Bool
    private let optimizesCodes: Bool
    private let restartInterval: Int
    private let restartRows: Int
    /// Which of two Huffman tables each component has.
    let codeTables: [Int]

    init(
      script: [ScanStep]?, isProgressive: Bool, isArithmetic: Bool, optimizesCodes: Bool,
      restartInterval: Int, restartRows: Int, _ colorSpace: ColorSpace, componentCount: Int
    ) throws(CodecError) {
      guard (0...65_535).contains(restartInterval), restartRows >= 0 else {
        throw JPEG.invalidArgument("restart", "the interval is not from 0 to 65535")
      }
      guard componentCount <= JPEG.maxScanComponents else {
        throw CodecError(
          .unsupported, codec: JPEG.name, part: "SOF", "more than four components in a scan")
      }
      self.isArithmetic = isArithmetic
      self.optimizesCodes = optimizesCodes
      self.restartInterval = restartInterval
      self.restartRows = restartRows
      let tables = colorSpace.codeTables(componentCount: componentCount)
      codeTables =
        tables.count == componentCount ? tables : [Int](repeating: 0, count: componentCount)
      if !isProgressive {
        self.script = []
      } else if let script {
        try script.check(componentCount: componentCount)
        self.script = script
      } else {
        self.script = .standard(componentCount: componentCount, isYCbCr: colorSpace == .ycbcr)
      }
    }

    init(
      _ options: TransformOptions, _ frame: Frame, _ colorSpace: ColorSpace
    ) throws(CodecError) {
      try self.init(
        script: options.scans, isProgressive: options.isProgressive,
        isArithmetic: options.isArithmetic,
        // The standard's codes do not reach beyond 8 bits.
        optimizesCodes: options.optimizesCodes || frame.precision > 8,
        restartInterval: options.restartInterval, restartRows: options.restartRows, colorSpace,
        componentCount: frame.components.count)
    }

    /// MCUs between the restart markers of a scan.
    func restartInterval(unitsAcross: Int) -> Int {
      restartRows > 0 ? min(min(restartRows, 65_535) * unitsAcross, 65_535) : restartInterval
    }

    /// Writes all scans.
    func write(
      _ coefficients: Coefficients, _ frame: Frame, to output: inout ByteWriter
    ) throws(CodecError) {
      var (writer, stream) = (ScanWriter(frame, tables: codeTables), TokenStream())
      let maps = LevelMaps(
        coefficients, most: script.reduce(0) { max($0, $1.approximationLow, $1.approximationHigh) })
      for step in script {
        try write(step, coefficients, frame, maps, &writer, &stream, to: &output)
      }
      if script.isEmpty {
        try write(nil, coefficients, frame, maps, &writer, &stream, to: &output)
      }
    }

    /// Writes one scan of a progression, or the sequential one.
    func write(
      _ step: ScanStep?, _ coefficients: Coefficients, _ frame: Frame, _ maps: LevelMaps,
      _ writer: inout ScanWriter, _ stream: inout TokenStream, to output: inout ByteWriter
    ) throws(CodecError) {
      let pass = step.map { Tokenizer.Pass($0) } ?? .sequential
      let step = step ?? ScanStep(Array(frame.components.indices), 0, 63)
      let layout = ScanLayout(
        frame, step.components, firstBlocks: coefficients.firstBlocks, tables: codeTables)
      let interval = restartInterval(unitsAcross: layout.unitsAcross)
      let new = maps.levels[step.approximationLow]
      let old = maps.levels[step.approximationHigh]
      if isArithmetic {
        writer.writeArithmeticHeader(step, pass, restartInterval: interval, to: &output)
        var encoder = ArithmeticScanEncoder(
          layout, pass, band: step.first...step.last, shift: step.approximationLow,
          restartInterval: interval)
        for row in 0..<layout.unitsDown {
          encoder.addRow(
            row, values: coefficients.values.span, maps: new.span, earlier: old.span, to: &output)
        }
        try encoder.finish(to: &output)
        return
      }
      var tokenizer = Tokenizer(
        layout, pass, band: step.first...step.last, shift: step.approximationLow,
        restartInterval: interval, stream: stream)
      stream = TokenStream(chunkSize: 0)
      for row in 0..<layout.unitsDown {
        tokenizer.addRow(
          row, values: coefficients.values.span, maps: new.span, earlier: old.span)
      }
      tokenizer.finish()
      try writer.write(
        tokenizer, step, optimizes: optimizesCodes || pass != .sequential, to: &output)
      stream = tokenizer.stream
      stream.removeAll()
    }
  }
}
