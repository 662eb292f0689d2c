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
    lossless?.restore()
    return true
  }

  private mutating func decodeDifferences(_ units: Range<Int>, limit: Int) -> Int {
    guard var rows = lossless else { return units.upperBound }
    lossless = nil
    defer { lossless = rows }
    var bits = reader
    var samples = rows.samples.mutableSpan
    let reached =
      isWide
      ? loop(units, limit, &bits, &samples, isWide: true)
      : loop(units, limit, &bits, &samples, isWide: false)
    reader = bits
    return reached
  }

  @inline(always)
  private func loop(
    _ units: Range<Int>, _ limit: Int, _ reader: inout JPEG.BitReader,
    _ samples: inout MutableSpan<UInt16>, isWide: Bool
  ) -> Int {
    let (bytes, tables, plan) = (segment.bytes.rawSpan, lookup.entries.span, self.plan.span)
    var bits = reader
    var unit = units.lowerBound
    while unit < units.upperBound, bits.position <= limit {
      for index in plan.indices {
        let block = plan[index]
        bits.refill(bytes)
        let difference = JPEG.HuffmanDecoder.difference(
          &bits, bytes, tables, block.dcTable, isWide: isWide)
        samples[block.target &+ unit &* block.step] = UInt16(truncatingIfNeeded: difference)
      }
      unit &+= 1
    }
    reader = bits
    return unit
  }
}

extension JPEG.LosslessRows {
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
    let rows = try JPEG.LosslessRows(
      scan.header, precision: frame.precision,
      layouts: scan.components.map { member in
        let component = frame.components[member]
        return (
          component.width, component.storedBlocksAcross,
          isInterleaved ? component.verticalSampling : 1
        )
      }, limits: policy.limits)
    var position = 0
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
