// SPDX-License-Identifier: Apache-2.0

extension JPEG.Decoder {
  /// Sets up what the scan whose header was just read needs; the first one also sets up the output.
  mutating func beginScan(_ source: RawSpan, isFinal: Bool) throws(CodecError) {
    guard let frame, let header = scanHeader else { return }
    scanCount += 1
    try policy.limits.check(scanCount, .scans, codec: JPEG.name, at: base + offset)
    let members = try components(of: header, in: frame)
    if scanCount == 1 { try beginOutput(frame) }
    let hasSeveralScans = frame.process.isProgressive || members.count < frame.components.count
    if frame.process.isLossless {
      if scanCount == 1, hasSeveralScans {
        losslessStore = try JPEG.LosslessStore(frame: frame, limits: policy.limits)
      }
    } else {
      try latchQuantization(frame, members)
    }
    if scanCount == 1, hasSeveralScans || keepsCoefficients, !frame.process.isLossless {
      coefficients = try JPEG.Coefficients(frame: frame, limits: policy.limits)
      precision = [[Int]](
        repeating: [Int](repeating: -1, count: 64), count: frame.components.count)
      earlierPrecision = precision
    }
    if frame.process.isProgressive {
      try checkProgression(header, members)
    } else if frame.process.isLossless {
      try checkLossless(header, frame)
    } else {
      try checkSequential(header)
    }
    var scan = makeScan(header, members, frame, available: source.byteCount - offset)
    try addTables(to: &scan, frame)
    try addRows(to: &scan, frame)
    self.scan = scan
  }

  /// The frame's components that a scan names, in the scan's order.
  private func components(
    of header: JPEG.ScanHeader, in frame: JPEG.Frame
  ) throws(CodecError) -> [Int] {
    var members: [Int] = []
    members.reserveCapacity(header.components.count)
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
    // Lossless files are not converted unless that is asked for: their samples would not be those
    // that were stored.
    let isKept = frame.process.isLossless && options.output == .automatic && colorSpace == .ycbcr
    conversion = try JPEG.Conversion(
      from: colorSpace, to: isKept ? .components : options.output,
      inverts: options.invertsAdobeCMYK && adobe != nil)
    guard !frame.process.isLossless || options.reduction == .none else {
      throw JPEG.invalidArgument("scale", "a lossless image has one size only")
    }
    let scale = frame.scale(options.reduction)
    if frame.precision > 8 {
      bands16 = try JPEG.Bands(
        frame: frame, scale: scale, interpolates: options.interpolatesChroma,
        limits: policy.limits)
    } else {
      bands8 = try JPEG.Bands(
        frame: frame, scale: scale, interpolates: options.interpolatesChroma,
        limits: policy.limits)
    }
    quantization = Array(repeatElement(0, count: 64 * frame.components.count))
  }

  /// Whether a component has its divisors.
  func isLatched(_ member: Int) -> Bool { latched >> UInt16(member) & 1 != 0 }

  /// Keeps the divisors that a component has at its first scan: later DQTs are for others.
  private mutating func latchQuantization(
    _ frame: JPEG.Frame, _ members: [Int]
  ) throws(CodecError) {
    for member in members where !isLatched(member) {
      let index = frame.components[member].quantizationTable
      guard index < 4, let table = tables.quantization[index] else {
        throw failure(.corrupt, "DQT", "a component's quantisation table is missing")
      }
      let (values, order) = (table.values, JPEG.zigzag)
      // Of known sizes, so that no index below needs to be compared with them.
      let (divisors, positions) = (
        values.span.extracting(0..<64), order.span.extracting(0..<64)
      )
      var all = quantization.mutableSpan
      var target = all._mutatingExtracting((member * 64)..<(member * 64 + 64))
      for k in 0..<64 {
        target[Int(positions[k] & 63)] = Int16(truncatingIfNeeded: divisors[k])
      }
      latched |= 1 << UInt16(member)
    }
  }

  private mutating func checkSequential(_ header: JPEG.ScanHeader) throws(CodecError) {
    if header.spectralStart != 0 || header.spectralEnd != 63 || header.approximationHigh != 0
      || header.approximationLow != 0
    {
      try warn("SOS", "spectral selection in a sequential scan was ignored")
    }
  }

  /// Refuses what libjpeg refuses and warns where it warns.
  private mutating func checkProgression(
    _ header: JPEG.ScanHeader, _ members: [Int]
  ) throws(CodecError) {
    let (start, end) = (header.spectralStart, header.spectralEnd)
    let (high, low) = (header.approximationHigh, header.approximationLow)
    let isDC = start == 0
    guard isDC ? end == 0 : start <= end && end < 64 && members.count == 1,
      high == 0 || low == high - 1, low <= 13
    else { throw failure(.corrupt, "SOS", "the scan's parameters make no progression") }
    for member in members {
      if !isDC && precision[member][0] < 0 {
        try warn("SOS", "AC coefficients before the DC coefficients")
      }
      for k in start...end {
        if high != max(precision[member][k], 0) {
          try warn("SOS", "the scan does not go on where the last one stopped")
          break
        }
      }
      for k in min(start, 1)...max(end, 9) {
        earlierPrecision[member][k] = scanCount > 1 ? precision[member][k] : 0
      }
      for k in start...end { precision[member][k] = low }
    }
  }

  /// A scan with the blocks of its MCU laid out in the bands or in the coefficients.
  private func makeScan(
    _ header: JPEG.ScanHeader, _ members: [Int], _ frame: JPEG.Frame, available: Int
  ) -> JPEG.Scan {
    let isInterleaved = members.count > 1
    let planes = self.planes
    let pass: JPEG.Scan.Pass =
      !frame.process.isProgressive
      ? .sequential
      : header.spectralStart == 0
        ? header.approximationHigh == 0 ? .dcFirst : .dcRefinement
        : header.approximationHigh == 0 ? .acFirst : .acRefinement
    var plan: [JPEG.BlockPlan] = []
    plan.reserveCapacity(JPEG.maxUnitBlocks)
    for (index, member) in members.enumerated() {
      let component = frame.components[member]
      let plane = planes[member]
      let (h, v) =
        isInterleaved ? (component.horizontalSampling, component.verticalSampling) : (1, 1)
      for y in 0..<v {
        for x in 0..<h {
          if let coefficients {
            let across = component.storedBlocksAcross
            plan.append(
              JPEG.BlockPlan(
                component: index, dcTable: 0, acTable: 0, quantization: member * 64,
                target: coefficients.firstBlocks[member] + y * across + x, step: h,
                stride: v * across, unit: plane.unit))
            continue
          }
          plan.append(
            JPEG.BlockPlan(
              component: index, dcTable: 0, acTable: 0, quantization: member * 64,
              target: plane.base + y * plane.unit * plane.stride + x * plane.unit,
              step: h * plane.unit, stride: plane.stride, unit: plane.unit))
        }
      }
    }
    // The first member alone decides how many MCUs a scan of one component has.
    let lone = frame.components[members[0]]
    // Small scans do not pay for large tables.
    let isWide = available >= 32_768
    let tableCount = 1 + header.components.reduce(0) { max($0, $1.dcTable, $1.acTable) }
    return JPEG.Scan(
      header: header, pass: pass, components: members, plan: plan,
      unitsAcross: isInterleaved ? frame.unitsAcross : lone.blocksAcross,
      rowCount: isInterleaved ? frame.unitsDown : lone.blocksDown, isWide: isWide,
      segment: JPEG.EntropySegment(
        capacity: min(available, 32_768), blockCount: plan.count,
        blockByteCount: frame.process.isArithmetic
          ? JPEG.ArithmeticContext.blockByteCount : 256),
      arithmetic: frame.process.isArithmetic
        ? JPEG.ArithmeticContext(
          tables.conditioning ?? JPEG.ArithmeticConditioning(), tableCount: tableCount) : nil,
      restartInterval: tables.restartInterval, restartsToGo: tables.restartInterval)
  }

  /// Builds the scan's Huffman tables, each once, and points the plan to them.
  private func addTables(to scan: inout JPEG.Scan, _ frame: JPEG.Frame) throws(CodecError) {
    let pass = scan.pass
    if frame.process.isArithmetic {
      for i in scan.plan.indices {
        let component = scan.header.components[scan.plan[i].component]
        (scan.plan[i].dcTable, scan.plan[i].acTable) = (component.dcTable, component.acTable)
      }
      return
    }
    if pass == .sequential, !frame.process.isLossless, useStandardTables(in: &scan) { return }
    var dc: [Int?] = [nil, nil, nil, nil]
    var ac: [Int?] = [nil, nil, nil, nil]
    for i in scan.plan.indices {
      let component = scan.header.components[scan.plan[i].component]
      if pass == .sequential || pass == .dcFirst {
        scan.plan[i].dcTable = try tableOffset(
          of: component.dcTable, among: tables.dc,
          standard: [JPEG.luminanceDC, JPEG.chrominanceDC],
          kind: frame.process.isLossless ? .lossless : .dc, in: &scan, known: &dc)
      }
      if pass != .dcFirst && pass != .dcRefinement && !frame.process.isLossless {
        let kind: JPEG.HuffmanLookup.Kind =
          pass == .sequential
          ? .sequentialAC : pass == .acFirst ? .progressiveAC : .refinementAC
        scan.plan[i].acTable = try tableOffset(
          of: component.acTable, among: tables.ac,
          standard: [JPEG.luminanceAC, JPEG.chrominanceAC],
          kind: kind, in: &scan, known: &ac)
      }
    }
  }

  /// Takes the standard's example tables, which are made already, when the scan has no others.
  private func useStandardTables(in scan: inout JPEG.Scan) -> Bool {
    func number(
      _ index: Int, _ defined: JPEG.TableSet.Huffman, _ luminance: JPEG.HuffmanTable,
      _ chrominance: JPEG.HuffmanTable
    ) -> Int? {
      guard index < 4 else { return nil }
      guard let table = defined[index] else { return index < 2 ? index : nil }
      return table == luminance ? 0 : table == chrominance ? 1 : nil
    }
    let size = JPEG.HuffmanLookup.count(isWide: true)
    // What the component before has, the next one mostly has too, and comparing takes time.
    var known: (component: JPEG.ScanHeader.Component, dc: Int, ac: Int)?
    for i in scan.plan.indices {
      let component = scan.header.components[scan.plan[i].component]
      if let known, known.component.dcTable == component.dcTable,
        known.component.acTable == component.acTable
      {
        (scan.plan[i].dcTable, scan.plan[i].acTable) = (known.dc, known.ac)
        continue
      }
      guard
        let dc = number(component.dcTable, tables.dc, JPEG.luminanceDC, JPEG.chrominanceDC),
        let ac = number(component.acTable, tables.ac, JPEG.luminanceAC, JPEG.chrominanceAC)
      else { return false }
      (scan.plan[i].dcTable, scan.plan[i].acTable) = (dc * size, (2 + ac) * size)
      known = (component, dc * size, (2 + ac) * size)
    }
    (scan.lookup, scan.isWide) = (.ofStandardTables(), true)
    return true
  }

  /// Where a table is in the scan's lookup; builds it when it is not there yet.
  ///
  /// The standard's example tables stand in for tables 0 and 1 that a sequential file, such as a
  /// frame of Motion JPEG, does not define.
  private func tableOffset(
    of index: Int, among defined: JPEG.TableSet.Huffman, standard: [JPEG.HuffmanTable],
    kind: JPEG.HuffmanLookup.Kind, in scan: inout JPEG.Scan, known: inout [Int?]
  ) throws(CodecError) -> Int {
    guard index < 4 else { throw failure(.corrupt, "SOS", "table index is above 3") }
    if let position = known[index] { return position }
    let spare = index < 2 && scan.pass == .sequential ? standard[index] : nil
    guard let table = defined[index] ?? spare else {
      throw failure(.corrupt, "DHT", "a table is missing")
    }
    let position = try scan.lookup.append(
      table, kind: kind, isWide: scan.isWide, at: base + offset)
    known[index] = position
    return position
  }

  /// Keeps what the data of a scan did wrong.
  mutating func finish(_ scan: JPEG.Scan) {
    var damage = scan.damage
    damage.hadBadCodes = scan.reader.badCodeCount > 0
    if scan.isStarved, scan.pass.isFirst, let frame {
      let row = scan.lastGoodRow
      let unitRow =
        scan.isInterleaved ? row : row / frame.components[scan.components[0]].verticalSampling
      let unitHeight = frame.maxVerticalSampling * frame.scale(options.reduction)
      damage.rowCount = min(unitRow * unitHeight, outputShape[0])
    }
    scanDamage = damage
  }

  /// Reports that the data of the present scan have ended, when what follows is of no interest.
  mutating func reportUnfinishedScan() throws(CodecError) {
    if let scan, scan.isStarved, !scan.isDone { finish(scan) }
    guard let scanDamage else { return }
    self.scanDamage = nil
    try report(scanDamage)
  }

  /// Reports what the data of a scan did wrong.
  mutating func report(_ damage: JPEG.ScanDamage) throws(CodecError) {
    if damage.hadBadCodes { try warn("SOS", "bits that are no Huffman code") }
    if damage.endedEarly { try warn("SOS", "the data ends early; the rest is grey") }
    if let rowCount = damage.rowCount, policy.leniency == .salvage {
      let error = failure(.truncated(needed: 1), "SOS", "the data ends early")
      try diagnostics.salvage(error, rowCount: rowCount, policy: policy)
    }
    if damage.resynchronised { try warn("RST", "restart markers are missing or mixed up") }
    if damage.hadExtraBytes { try warn("SOS", "bytes behind the data were skipped") }
  }
}
