// SPDX-License-Identifier: Apache-2.0

extension JPEG.Decoder {
  /// Sets up what the scan whose header was just read needs; the first one also sets up the output.
  mutating func beginScan(_ source: RawSpan, isFinal: Bool) throws(CodecError) {
    guard let frame, let header = scanHeader else { return }
    scanCount += 1
    try policy.limits.check(scanCount, .scans, codec: JPEG.name, at: base + offset)
    let members = try components(of: header, in: frame)
    if scanCount == 1 { try beginOutput(frame) }
    try latchQuantization(frame, members)
    try checkSequential(header)
    var scan = makeScan(header, members, frame, available: source.byteCount - offset)
    try addTables(to: &scan, frame)
    self.scan = scan
  }

  /// The frame's components that a scan names, in the scan's order.
  private func components(
    of header: JPEG.ScanHeader, in frame: JPEG.Frame
  ) throws(CodecError) -> [Int] {
    var members: [Int] = []
    for component in header.components {
      let match = frame.components.indices.first {
        frame.components[$0].identifier == component.identifier && !members.contains($0)
      }
      guard let match else { throw failure(.corrupt, "SOS", "there is no such component") }
      members.append(match)
    }
    if members.count > 1 {
      let blocks = members.reduce(0) {
        $0 + frame.components[$1].horizontalSampling * frame.components[$1].verticalSampling
      }
      guard blocks <= JPEG.maxUnitBlocks else {
        throw failure(.corrupt, "SOS", "more than 10 blocks in an MCU")
      }
    }
    return members
  }

  private mutating func beginOutput(_ frame: JPEG.Frame) throws(CodecError) {
    var doubt: CodecError.Name?
    colorSpace = frame.colorSpace(hasJFIF: jfif != nil, adobe: adobe, doubt: &doubt)
    if let doubt { try warn("APP14", doubt) }
    conversion = try JPEG.Conversion(
      from: colorSpace, to: options.output,
      inverts: options.invertsAdobeCMYK && adobe != nil)
    bands8 = try JPEG.Bands(
      frame: frame, interpolates: options.interpolatesChroma, limits: policy.limits)
    quantization = [Int16](repeating: 0, count: 64 * frame.components.count)
    isLatched = [Bool](repeating: false, count: frame.components.count)
  }

  /// Keeps the divisors that a component has at its first scan: later DQTs are for others.
  private mutating func latchQuantization(
    _ frame: JPEG.Frame, _ members: [Int]
  ) throws(CodecError) {
    for member in members where !isLatched[member] {
      let index = frame.components[member].quantizationTable
      guard index < 4, let table = tables.quantization[index] else {
        throw failure(.corrupt, "DQT", "a component's quantisation table is missing")
      }
      for (k, value) in table.values.enumerated() {
        quantization[member * 64 + Int(JPEG.zigzag[k])] = Int16(truncatingIfNeeded: value)
      }
      isLatched[member] = true
    }
  }

  private mutating func checkSequential(_ header: JPEG.ScanHeader) throws(CodecError) {
    if header.spectralStart != 0 || header.spectralEnd != 63 || header.approximationHigh != 0
      || header.approximationLow != 0
    {
      try warn("SOS", "spectral selection in a sequential scan was ignored")
    }
  }

  /// A scan with the blocks of its MCU laid out in the bands.
  private func makeScan(
    _ header: JPEG.ScanHeader, _ members: [Int], _ frame: JPEG.Frame, available: Int
  ) -> JPEG.Scan {
    let isInterleaved = members.count > 1
    let planes = bands8?.planes ?? []
    var plan: [JPEG.BlockPlan] = []
    for (index, member) in members.enumerated() {
      let component = frame.components[member]
      let plane = planes[member]
      let (h, v) =
        isInterleaved ? (component.horizontalSampling, component.verticalSampling) : (1, 1)
      for y in 0..<v {
        for x in 0..<h {
          plan.append(
            JPEG.BlockPlan(
              component: index, dcTable: 0, acTable: 0, quantization: member * 64,
              target: plane.base + y * 8 * plane.stride + x * 8, step: h * 8,
              stride: plane.stride))
        }
      }
    }
    // The first member alone decides how many MCUs a scan of one component has.
    let lone = frame.components[members[0]]
    // Small scans do not pay for large tables.
    let isWide = available >= 32_768
    return JPEG.Scan(
      header: header, components: members, plan: plan,
      unitsAcross: isInterleaved ? frame.unitsAcross : lone.blocksAcross,
      rowCount: isInterleaved ? frame.unitsDown : lone.blocksDown, isWide: isWide,
      segment: JPEG.EntropySegment(
        capacity: min(available, 32_768), blockCount: plan.count),
      predictors: [0, 0, 0, 0], restartInterval: tables.restartInterval,
      restartsToGo: tables.restartInterval)
  }

  /// Builds the scan's Huffman tables, each once, and points the plan to them.
  private func addTables(to scan: inout JPEG.Scan, _ frame: JPEG.Frame) throws(CodecError) {
    var dc: [Int?] = [nil, nil, nil, nil]
    var ac: [Int?] = [nil, nil, nil, nil]
    for i in scan.plan.indices {
      let component = scan.header.components[scan.plan[i].component]
      let (d, a) = (component.dcTable, component.acTable)
      guard d < 4, a < 4 else { throw failure(.corrupt, "SOS", "table index is above 3") }
      if dc[d] == nil {
        let standard = [JPEG.luminanceDC, JPEG.chrominanceDC]
        guard let table = tables.dc[d] ?? (d < 2 ? standard[d] : nil) else {
          throw failure(.corrupt, "DHT", "a DC table is missing")
        }
        dc[d] = try scan.lookup.append(
          table, kind: .dc, isWide: scan.isWide, at: base + offset)
      }
      if ac[a] == nil {
        let standard = [JPEG.luminanceAC, JPEG.chrominanceAC]
        guard let table = tables.ac[a] ?? (a < 2 ? standard[a] : nil) else {
          throw failure(.corrupt, "DHT", "an AC table is missing")
        }
        ac[a] = try scan.lookup.append(
          table, kind: .sequentialAC, isWide: scan.isWide, at: base + offset)
      }
      scan.plan[i].dcTable = dc[d] ?? 0
      scan.plan[i].acTable = ac[a] ?? 0
    }
  }

  /// Reports what the data of a scan did wrong.
  mutating func finish(_ scan: JPEG.Scan) throws(CodecError) {
    if scan.reader.badCodeCount > 0 { try warn("SOS", "bits that are no Huffman code") }
    if scan.damage.endedEarly { try warn("SOS", "the data ends early; the rest is grey") }
    if scan.damage.resynchronised { try warn("RST", "restart markers are missing or mixed up") }
    if scan.damage.hadExtraBytes { try warn("SOS", "bytes behind the data were skipped") }
  }
}
