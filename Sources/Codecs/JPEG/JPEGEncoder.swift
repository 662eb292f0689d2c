// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Encodes an image: uint8, `[height, width]`, `[height, width, 3]` or, when the options say what
  /// four channels are, `[height, width, 4]`.
  ///
  /// The file is the one that libjpeg-turbo writes for the same options.
  ///
  /// - Throws: `invalidArgument` for an array or an option that JPEG cannot express.
  public static func encode(
    _ image: NDArray, options: WriteOptions = WriteOptions()
  ) throws(CodecError) -> [UInt8] {
    let plan = try EncoderPlan(image, options)
    var output = ByteWriter()
    output.reserve(plan.frame.width * plan.frame.height / 4 + 1024)
    writeFileHeader(plan, to: &output)
    writeFrameHeader(plan, to: &output)
    if options.isProgressive {
      try writeProgressive(image, plan, to: &output)
    } else if options.optimizesCodes {
      try writeOptimized(image, plan, to: &output)
    } else {
      try writeStandard(image, plan, to: &output)
    }
    write(.eoi, to: &output)
    return output.bytes
  }

  /// One scan with the standard's example codes.
  private static func writeStandard(
    _ image: NDArray, _ plan: EncoderPlan, to output: inout ByteWriter
  ) throws(CodecError) {
    let tables = plan.frame.components.map { component in
      component.quantizationTable == 0
        ? (dc: luminanceDC, ac: luminanceAC) : (dc: chrominanceDC, ac: chrominanceAC)
    }
    let scan = ScanHeader(
      components: plan.frame.components.map {
        .init(
          identifier: $0.identifier, dcTable: $0.quantizationTable, acTable: $0.quantizationTable)
      })
    writeHuffmanTables(scan, tables, to: &output)
    let restartInterval = plan.restartInterval(unitsAcross: plan.frame.unitsAcross)
    if restartInterval > 0 { writeRestartInterval(restartInterval, to: &output) }
    scan.write(to: &output)
    let band = try SampleBand(
      plan.frame, conversion: plan.conversion, channelCount: plan.channelCount)
    let scanPlan = SequentialScan(
      plan.frame, band.planes, divisors: plan.divisors,
      codes: tables.map { BlockCodes(dc: $0.dc, ac: $0.ac) }, restartInterval: restartInterval)
    var encoder = SequentialEncoder(scanPlan, band)
    encoder.encode(image.bytes, to: &output)
  }

  /// One scan with the best codes for it: all tokens first, then the tables, then the bits.
  private static func writeOptimized(
    _ image: NDArray, _ plan: EncoderPlan, to output: inout ByteWriter
  ) throws(CodecError) {
    let frame = plan.frame
    var band = try SampleBand(
      frame, conversion: plan.conversion, channelCount: plan.channelCount)
    var row = try Coefficients(frame: frame.oneRow(), limits: EncoderPlan.policy.limits)
    let divisors = plan.divisors.flatMap { $0.values }
    var writer = ScanWriter(frame)
    let members = Array(frame.components.indices)
    let layout = ScanLayout(
      frame, members, firstBlocks: row.firstBlocks, tables: writer.tables)
    var tokenizer = Tokenizer(
      layout, .sequential, band: 0...63, shift: 0,
      restartInterval: plan.restartInterval(unitsAcross: layout.unitsAcross),
      stream: TokenStream())
    for unitRow in 0..<frame.unitsDown {
      band.fill(unitRow: unitRow, from: image.bytes)
      row.transform(unitRow: unitRow, to: 0, frame: frame, band, divisors: divisors)
      tokenizer.addRow(
        0, values: row.values.span, maps: row.maps.span, earlier: row.maps.span)
    }
    writer.write(tokenizer, members, nil, to: &output)
  }

  private static func writeProgressive(
    _ image: NDArray, _ plan: EncoderPlan, to output: inout ByteWriter
  ) throws(CodecError) {
    let frame = plan.frame
    var band = try SampleBand(
      frame, conversion: plan.conversion, channelCount: plan.channelCount)
    var coefficients = try Coefficients(frame: frame, limits: EncoderPlan.policy.limits)
    let divisors = plan.divisors.flatMap { $0.values }
    for unitRow in 0..<frame.unitsDown {
      band.fill(unitRow: unitRow, from: image.bytes)
      coefficients.transform(
        unitRow: unitRow, to: unitRow, frame: frame, band, divisors: divisors)
    }
    writeScans(plan.script, of: coefficients, plan, to: &output)
  }

  /// The scans of a progressive file.
  private static func writeScans(
    _ script: [ScanStep], of coefficients: Coefficients, _ plan: EncoderPlan,
    to output: inout ByteWriter
  ) {
    var writer = ScanWriter(plan.frame)
    var stream = TokenStream()
    let maps = LevelMaps(
      coefficients, most: script.reduce(0) { max($0, $1.approximationLow, $1.approximationHigh) })
    for step in script {
      let layout = ScanLayout(
        plan.frame, step.components, firstBlocks: coefficients.firstBlocks, tables: writer.tables)
      var tokenizer = Tokenizer(
        layout, Tokenizer.Pass(step), band: step.first...step.last, shift: step.approximationLow,
        restartInterval: plan.restartInterval(unitsAcross: layout.unitsAcross), stream: stream)
      stream = TokenStream(chunkSize: 0)
      let new = maps.levels[step.approximationLow]
      let old = maps.levels[step.approximationHigh]
      for row in 0..<layout.unitsDown {
        tokenizer.addRow(row, values: coefficients.values.span, maps: new.span, earlier: old.span)
      }
      tokenizer.finish()
      writer.write(tokenizer, step.components, step, to: &output)
      stream = tokenizer.stream
      stream.removeAll()
    }
  }

  /// SOI, and the segment that says what the components are.
  private static func writeFileHeader(_ plan: EncoderPlan, to output: inout ByteWriter) {
    write(.soi, to: &output)
    switch plan.stored {
    case .grey, .ycbcr: JFIF().write(to: &output)
    case .rgb, .cmyk: Adobe(transform: 0).write(to: &output)
    case .ycck: Adobe(transform: 2).write(to: &output)
    case .unknown: break
    }
  }

  /// DQT and SOF: tables in the order in which components first name them.
  private static func writeFrameHeader(_ plan: EncoderPlan, to output: inout ByteWriter) {
    var written: [Int] = []
    for component in plan.frame.components where !written.contains(component.quantizationTable) {
      written.append(component.quantizationTable)
      plan.quantization[component.quantizationTable].write(
        index: component.quantizationTable, to: &output)
    }
    plan.frame.header.write(to: &output)
  }

  /// DHT: the tables that the components of the scan name, each once.
  private static func writeHuffmanTables(
    _ scan: ScanHeader, _ tables: [(dc: HuffmanTable, ac: HuffmanTable)],
    to output: inout ByteWriter
  ) {
    var (dc, ac): ([Int], [Int]) = ([], [])
    for (component, table) in zip(scan.components, tables) {
      if !dc.contains(component.dcTable) {
        dc.append(component.dcTable)
        table.dc.write(.dc, index: component.dcTable, to: &output)
      }
      if !ac.contains(component.acTable) {
        ac.append(component.acTable)
        table.ac.write(.ac, index: component.acTable, to: &output)
      }
    }
  }
}
