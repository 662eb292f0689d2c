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
    if plan.restartInterval > 0 { writeRestartInterval(plan.restartInterval, to: &output) }
    scan.write(to: &output)
    let band = try SampleBand(
      plan.frame, conversion: plan.conversion, channelCount: plan.channelCount)
    let scanPlan = SequentialScan(
      plan.frame, band.planes,
      divisors: plan.frame.components.map { Divisors(plan.quantization[$0.quantizationTable]) },
      codes: tables.map { BlockCodes(dc: $0.dc, ac: $0.ac) },
      restartInterval: plan.restartInterval)
    var encoder = SequentialEncoder(scanPlan, band)
    encoder.encode(image.bytes, to: &output)
    write(.eoi, to: &output)
    return output.bytes
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
