// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Encodes an image: uint8, `[height, width]`, `[height, width, 3]` or, when the options say what
  /// four channels are, `[height, width, 4]`; or bool `[height, width]`.
  ///
  /// With 12 bits per sample or without loss uint16 too, see ``WriteOptions``.
  ///
  /// The file is the one that libjpeg-turbo writes for the same options.
  ///
  /// - Parameter metadata: what else to write; fields that JPEG does not know are left out.
  /// - Throws: `invalidArgument` for an array, a field or an option that JPEG cannot express.
  public static func encode(
    _ image: NDArray, metadata: Metadata = [:], options: WriteOptions = WriteOptions()
  ) throws(CodecError) -> [UInt8] {
    var options = options
    if options.isPlain {
      (options.isProgressive, options.isArithmetic, options.isLossless) = (false, false, false)
      (options.isSmall, options.metadata) = (false, [:])
    }
    var metadata = options.isPlain ? [:] : metadata
    metadata.merge(options.metadata)
    let segments = try MetadataSegments(metadata)
    var image = image.rank == 2 ? try image.boolAsGrey() : image
    let plan = try EncoderPlan(image, options)
    if options.invertsInk {
      image = try image.complement(bitCount: plan.frame.precision)
    }
    var output = ByteWriter()
    output.reserve(plan.frame.width * plan.frame.height / 4 + 1024)
    write(.soi, to: &output)
    if plan.stored == .grey || plan.stored == .ycbcr { segments.jfif.write(to: &output) }
    plan.stored.adobe?.write(to: &output)
    output.append(segments.segments.bytes)
    if !options.isSmall {
      writeFrameHeader(plan.frame, plan.quantization.map { Optional($0) }, to: &output)
    }
    if options.isSmall {
      let searches = !options.isArithmetic && options.scans == nil
      if plan.frame.precision > 8 {
        try writeSmall(image, plan, UInt16.self, searches: searches, to: &output)
      } else {
        try writeSmall(image, plan, UInt8.self, searches: searches, to: &output)
      }
    } else if let coding = plan.lossless {
      var encoder = LosslessEncoder(plan, coding)
      encoder.encode(image, to: &output)
    } else if plan.frame.precision > 8 {
      try writeScans(image, plan, UInt16.self, to: &output)
    } else if !plan.frame.process.isProgressive && !plan.frame.process.isArithmetic
      && !options.optimizesCodes
    {
      try writeStandard(image, plan, to: &output)
    } else {
      try writeScans(image, plan, UInt8.self, to: &output)
    }
    write(.eoi, to: &output)
    return output.bytes
  }

  /// One scan, or several of a progression, from coefficients.
  private static func writeScans<S: InputSample>(
    _ image: NDArray, _ plan: EncoderPlan, _ type: S.Type, to output: inout ByteWriter
  ) throws(CodecError) {
    if plan.frame.process.isProgressive {
      try writeProgressive(image, plan, type, to: &output)
    } else if plan.frame.process.isArithmetic {
      try writeArithmetic(image, plan, type, to: &output)
    } else {
      try writeOptimized(image, plan, type, to: &output)
    }
  }

  /// One scan with the standard's example codes.
  private static func writeStandard(
    _ image: NDArray, _ plan: EncoderPlan, to output: inout ByteWriter
  ) throws(CodecError) {
    let tables = plan.coding.codeTables.map {
      (dc: HuffmanTable.example(.dc, $0), ac: HuffmanTable.example(.ac, $0))
    }
    let scan = ScanHeader(
      components: zip(plan.frame.components, plan.coding.codeTables).map {
        .init(identifier: $0.identifier, dcTable: $1, acTable: $1)
      })
    writeHuffmanTables(scan, tables, to: &output)
    let restartInterval = plan.coding.restartInterval(unitsAcross: plan.frame.unitsAcross)
    if restartInterval > 0 { writeRestartInterval(restartInterval, to: &output) }
    scan.write(to: &output)
    let band = try SampleBand<UInt8>(
      plan.frame, conversion: plan.conversion, channelCount: plan.channelCount)
    let scanPlan = SequentialScan(
      plan.frame, band.planes, divisors: plan.divisors(UInt8.self),
      codes: tables.map { BlockCodes(dc: $0.dc, ac: $0.ac) }, restartInterval: restartInterval)
    var encoder = SequentialEncoder(scanPlan, band)
    encoder.encode(image.bytes, to: &output)
  }

  /// One scan with the best codes for it: all tokens first, then the tables, then the bits.
  private static func writeOptimized<S: InputSample>(
    _ image: NDArray, _ plan: EncoderPlan, _: S.Type, to output: inout ByteWriter
  ) throws(CodecError) {
    var row = try CoefficientRow<S>(plan)
    var writer = ScanWriter(plan.frame, tables: plan.coding.codeTables)
    let layout = row.layout
    var tokenizer = Tokenizer(
      layout, .sequential, band: 0...63, shift: 0,
      restartInterval: plan.coding.restartInterval(unitsAcross: layout.unitsAcross),
      stream: TokenStream())
    for unitRow in 0..<plan.frame.unitsDown {
      row.fill(unitRow, from: image.bytes)
      let maps = row.coefficients.maps
      tokenizer.addRow(
        0, values: row.coefficients.values.span, maps: maps.span, earlier: maps.span)
    }
    try writer.write(tokenizer, row.step, optimizes: true, to: &output)
  }

  /// One arithmetic-coded scan.
  private static func writeArithmetic<S: InputSample>(
    _ image: NDArray, _ plan: EncoderPlan, _: S.Type, to output: inout ByteWriter
  ) throws(CodecError) {
    var row = try CoefficientRow<S>(plan)
    var writer = ScanWriter(plan.frame, tables: plan.coding.codeTables)
    let layout = row.layout
    let restartInterval = plan.coding.restartInterval(unitsAcross: layout.unitsAcross)
    writer.writeArithmeticHeader(
      row.step, .sequential, restartInterval: restartInterval, to: &output)
    var encoder = ArithmeticScanEncoder(
      layout, .sequential, band: 0...63, shift: 0, restartInterval: restartInterval)
    for unitRow in 0..<plan.frame.unitsDown {
      row.fill(unitRow, from: image.bytes)
      let maps = row.coefficients.maps
      encoder.addRow(
        0, values: row.coefficients.values.span, maps: maps.span, earlier: maps.span, to: &output)
    }
    try encoder.finish(to: &output)
  }

  private static func writeProgressive<S: InputSample>(
    _ image: NDArray, _ plan: EncoderPlan, _: S.Type, to output: inout ByteWriter
  ) throws(CodecError) {
    let frame = plan.frame
    var band = try SampleBand<S>(
      frame, conversion: plan.conversion, channelCount: plan.channelCount)
    var coefficients = try Coefficients(frame: frame, limits: EncoderPlan.policy.limits)
    let divisors = plan.divisors(S.self)
    for unitRow in 0..<frame.unitsDown {
      band.fill(unitRow: unitRow, from: image.bytes)
      coefficients.transform(
        unitRow: unitRow, to: unitRow, frame: frame, band, divisors: divisors)
    }
    try plan.coding.write(coefficients, frame, to: &output)
  }

  /// Coefficients, and perhaps scans, that are chosen by what they cost; the frame header says which.
  private static func writeSmall<S: InputSample>(
    _ image: NDArray, _ plan: EncoderPlan, _: S.Type, searches: Bool, to output: inout ByteWriter
  ) throws(CodecError) {
    let encoder = try SmallEncoder<S>(plan, image)
    var (coding, header) = (plan.coding, plan.frame.header)
    if searches {
      try coding.chooseScans(encoder.coefficients, plan.frame)
      header.process = Process(
        isProgressive: !coding.script.isEmpty, isArithmetic: false, isExtended: plan.isExtended)
    }
    let frame = try Frame(header, policy: EncoderPlan.policy, at: 0)
    writeFrameHeader(frame, plan.quantization.map { Optional($0) }, to: &output)
    try coding.write(encoder.coefficients, frame, to: &output)
  }

  /// DQT and SOF: tables in the order in which components first name them.
  static func writeFrameHeader(
    _ frame: Frame, _ tables: [QuantizationTable?], to output: inout ByteWriter
  ) {
    var written: [Int] = []
    for component in frame.components
    where !frame.process.isLossless && !written.contains(component.quantizationTable) {
      written.append(component.quantizationTable)
      tables[component.quantizationTable]?.write(index: component.quantizationTable, to: &output)
    }
    frame.header.write(to: &output)
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
