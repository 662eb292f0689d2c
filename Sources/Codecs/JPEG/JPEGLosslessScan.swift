// SPDX-License-Identifier: Apache-2.0

extension JPEG.Scan {
  /// Decodes a row of MCUs of a lossless scan, as far as the input goes.
  ///
  /// - Returns: whether the row is complete, and its samples are in ``lossless``; else more input
  ///   has to come first.
  mutating func decodeLosslessRow(
    source: RawSpan, at offset: inout Int, isFinal: Bool
  ) -> Bool {
    while column < unitsAcross {
      guard restartIfDue(from: source, at: &offset, isFinal: isFinal) else { return false }
      if column == 0, isStarved {
        lossless?.blank()
        advance(to: unitsAcross)
        break
      }
      if !segment.isComplete && reader.position > segment.safeLimit {
        guard replenish(from: source, at: &offset, isFinal: isFinal) else { return false }
        continue
      }
      let isNearEnd = segment.isComplete && reader.position > segment.safeLimit
      let reached = decodeDifferences(
        column..<(isNearEnd ? column + 1 : unitsAcross),
        limit: isNearEnd ? .max : segment.safeLimit)
      advance(to: reached)
      if segment.isComplete, hasOverrun {
        // libjpeg decodes the rest of the row from zero bits.
        runsDry = true
        reader = JPEG.BitReader(position: segment.count, badCodeCount: reader.badCodeCount)
      }
    }
    if runsDry, !isStarved {
      isStarved = true
      damage.endedEarly = true
    }
    lossless?.distribute()
    lossless?.restore()
    return true
  }

  private mutating func decodeDifferences(_ units: Range<Int>, limit: Int) -> Int {
    guard var rows = lossless else { return units.upperBound }
    lossless = nil
    defer { lossless = rows }
    var bits = reader
    let flat = rows.flat
    var samples = rows.samples.mutableSpan
    defer { reader = bits }
    if let flat {
      return isWide
        ? flatLoop(units, limit, flat, &bits, &samples, isWide: true)
        : flatLoop(units, limit, flat, &bits, &samples, isWide: false)
    }
    return loop(units, limit, &bits, &samples)
  }

  /// Components that all have one table: two differences at once, in the order of the file.
  @inline(always)
  private func flatLoop(
    _ units: Range<Int>, _ limit: Int, _ flat: Int, _ reader: inout JPEG.BitReader,
    _ samples: inout MutableSpan<UInt16>, isWide: Bool
  ) -> Int {
    guard let first = plan.first else { return units.upperBound }
    let (bytes, tables, table) = (segment.bytes.rawSpan, lookup.entries.span, first.dcTable)
    let step = plan.count
    var bits = reader
    var next = flat &+ units.lowerBound &* step
    let end = flat &+ units.upperBound &* step
    while next < end &- 2, bits.position <= limit {
      // Two entries that are not special take at most 2 · 27 of 56 bits.
      bits.refill(bytes)
      JPEG.HuffmanDecoder.losslessDifferences(
        &bits, bytes, tables, table, into: &samples, at: &next, isWide: isWide)
      if next >= end &- 1 { break }
      JPEG.HuffmanDecoder.losslessDifferences(
        &bits, bytes, tables, table, into: &samples, at: &next, isWide: isWide)
    }
    // One by one the last, and those up to a whole MCU.
    while next < end, bits.position <= limit || (next &- flat) % step != 0 {
      let (difference, behind) = JPEG.HuffmanDecoder.losslessDifference(
        bits, bytes, tables, table, isWide: isWide)
      bits = behind
      samples[next] = UInt16(truncatingIfNeeded: difference)
      next &+= 1
    }
    reader = bits
    return (next &- flat) / step
  }

  private func loop(
    _ units: Range<Int>, _ limit: Int, _ reader: inout JPEG.BitReader,
    _ samples: inout MutableSpan<UInt16>
  ) -> Int {
    let (bytes, tables, plan) = (segment.bytes.rawSpan, lookup.entries.span, self.plan.span)
    var unit = units.lowerBound
    while unit < units.upperBound, reader.position <= limit {
      for index in plan.indices {
        let (difference, behind) = JPEG.HuffmanDecoder.losslessDifference(
          reader, bytes, tables, plan[index].dcTable, isWide: isWide)
        reader = behind
        samples[plan[index].target &+ unit &* plan[index].step] =
          UInt16(truncatingIfNeeded: difference)
      }
      unit &+= 1
    }
    return unit
  }
}

extension JPEG.LosslessRows {
  /// Gives the differences of all components a place where they can be in the order of the file.
  mutating func makeFlat(unitsAcross: Int, limits: Limits) throws(CodecError) {
    if layouts.count == 1 {
      // The row itself.
      flat = layouts[0].first + layouts[0].stride
    } else {
      flat = samples.count
      let count = samples.count + unitsAcross * layouts.count
      try limits.check(count * 2, .scratchBytes, codec: JPEG.name)
      samples.append(contentsOf: repeatElement(0, count: unitsAcross * layouts.count))
    }
  }

  /// Gives each component its differences.
  mutating func distribute() {
    guard let flat, layouts.count > 1 else { return }
    let (layouts, step) = (layouts, layouts.count)
    var rows = samples.mutableSpan
    for (index, layout) in layouts.enumerated() {
      let target = layout.first + layout.stride
      for x in 0..<layout.width { rows[target &+ x] = rows[flat &+ x &* step &+ index] }
    }
  }

  /// A row of MCUs without data: no differences from the first prediction.
  mutating func blank() {
    for i in samples.indices { samples[i] = 0 }
    isAtStart = true
  }

  /// Copies the rows, scaled, to where ``Layout`` number `index` goes.
  func copy<S: JPEG.Sample>(
    _ index: Int, into target: inout MutableSpan<S>, at first: Int, stride: Int
  ) {
    let (layout, source) = (layouts[index], samples.span)
    for y in 0..<layout.rowCount {
      let row = layout.first + (y + 1) * layout.stride
      let output = first + y * stride
      for x in 0..<layout.width {
        target[output &+ x] = S(truncatingIfNeeded: source[row &+ x] &<< shift)
      }
    }
  }
}

extension JPEG.Bands {
  /// Takes over the row of MCUs that a lossless scan of all components has decoded.
  mutating func fill(from scan: JPEG.Scan) {
    guard let rows = scan.lossless else { return }
    let planes = planes
    var samples = self.samples.mutableSpan
    for (index, member) in scan.components.enumerated() {
      let plane = planes[member]
      rows.copy(index, into: &samples, at: plane.base, stride: plane.stride)
    }
  }
}

extension JPEG.Decoder {
  /// Decodes one row of MCUs of a lossless frame that has several scans.
  ///
  /// - Returns: `false` when more input has to come first.
  mutating func decodeLossless(_ source: RawSpan, isFinal: Bool) throws(CodecError) -> Bool {
    guard var scan, var store = losslessStore, let frame else { return true }
    (self.scan, losslessStore) = (nil, nil)
    defer { (self.scan, losslessStore) = (scan, store) }
    guard scan.decodeLosslessRow(source: source, at: &offset, isFinal: isFinal) else {
      return false
    }
    if let rows = scan.lossless {
      let planes = store.planes
      var samples = store.samples.mutableSpan
      for (index, member) in scan.components.enumerated() {
        let plane = planes[member]
        let v = scan.isInterleaved ? frame.components[member].verticalSampling : 1
        rows.copy(
          index, into: &samples, at: plane.first + scan.row * v * plane.stride,
          stride: plane.stride)
      }
    }
    scan.finishRow()
    try policy.report(
      Double(base + offset) / Double(max(source.byteCount + base, 1)) * 0.75, codec: JPEG.name)
    return true
  }

  /// Refuses what cannot be decoded; a scan without prediction, which only hierarchical files may
  /// have, occurs in raw photographs.
  mutating func checkLossless(
    _ header: JPEG.ScanHeader, _ frame: JPEG.Frame
  ) throws(CodecError) {
    guard header.spectralStart <= 7, header.spectralEnd == 0, header.approximationHigh == 0,
      header.approximationLow < frame.precision
    else { throw failure(.corrupt, "SOS", "no parameters of a lossless scan") }
    if header.spectralStart == 0 { try warn("SOS", "a lossless scan without prediction") }
  }

  /// Gives a lossless scan its rows and points its plan to them.
  func addRows(to scan: inout JPEG.Scan, _ frame: JPEG.Frame) throws(CodecError) {
    guard frame.process.isLossless else { return }
    guard scan.restartInterval % scan.unitsAcross == 0 else {
      throw failure(.corrupt, "DRI", "a lossless scan restarts within a row")
    }
    let isInterleaved = scan.isInterleaved
    var rows = try JPEG.LosslessRows(
      scan.header, precision: frame.precision,
      layouts: scan.components.map { member in
        let component = frame.components[member]
        return (
          component.width, component.storedBlocksAcross,
          isInterleaved ? component.verticalSampling : 1
        )
      }, limits: policy.limits)
    var position = 0
    let isFlat =
      scan.plan.count == rows.layouts.count
      && scan.plan.allSatisfy { $0.dcTable == scan.plan[0].dcTable }
    if isFlat { try rows.makeFlat(unitsAcross: scan.unitsAcross, limits: policy.limits) }
    for (index, layout) in rows.layouts.enumerated() {
      let component = frame.components[scan.components[index]]
      let across = isInterleaved ? component.horizontalSampling : 1
      for y in 0..<layout.rowCount {
        for x in 0..<across {
          scan.plan[position].target = layout.first + (y + 1) * layout.stride + x
          scan.plan[position].step = across
          position += 1
        }
      }
    }
    scan.lossless = rows
  }
}
