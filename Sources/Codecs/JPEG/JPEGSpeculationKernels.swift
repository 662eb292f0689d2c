// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the jobs that run at the same time have done.
  private enum FirstResult<S: Sample>: Sendable {
    case rows(Scan, Bands<S>, offset: Int)
    case skim(ScanSkim)
  }
}

extension JPEG.Decoder {
  /// Decodes the first rows of a scan without restart markers, and finds in the meantime where the
  /// rest can be decoded from. The scan and `bands` are left in the midst of a row.
  ///
  /// - Parameter output: the whole image.
  /// - Returns: places behind the first rows; none when there is something odd. `nil` when nothing
  ///   was done, because the scan is of another kind or the limits have no room.
  mutating func findEntries<S: JPEG.Sample>(
    _ bands: inout JPEG.Bands<S>, _ source: RawSpan, into output: inout MutableRawSpan,
    rowStride: Int
  ) throws(CodecError) -> [JPEG.ScanEntry]? {
    guard let scan, let frame, scan.isSelfSynchronising, hasRoom(for: bands, scan) else {
      return nil
    }
    let width = policy.concurrency.width
    let places = scan.places(in: source, at: offset, width: width)
    guard let second = places.dropFirst().first else { return nil }
    // Skims hold little data.
    let skimByteCount = JPEG.ScanSkim.capacity(
      distance: second - places[0], blockCount: scan.plan.count)
    guard skimByteCount <= policy.limits.maxScratchBytes / width else { return nil }
    let (conversion, quantization, start) = (conversion, quantization, offset)
    self.scan = nil
    let results = try unsafe source.withUnsafeBytes { (input) throws(CodecError) in
      try unsafe output.withUnsafeMutableBytes { (target) throws(CodecError) in
        let memory = unsafe JPEG.PipelineMemory(input: input, output: target)
        let (first, empty) = (bands, scan)
        return try policy.concurrency.map(width) { (index) throws(CodecError) in
          // The pointers are good until `map` returns, and one job alone writes.
          let source = unsafe RawSpan(_unsafeBytes: memory.input)
          if index > 0 {
            let (from, to) = (
              (index - 1) * (places.count - 1) / (width - 1),
              index * (places.count - 1) / (width - 1)
            )
            return JPEG.FirstResult<S>.skim(
              JPEG.ScanSkim(empty, source, from: Array(places[from...to])))
          }
          var target = unsafe MutableRawSpan(_unsafeBytes: memory.output)
          var (scan, bands, offset) = (empty, first, start)
          let known = source.extracting(0..<places[0])
          while scan.row < scan.rowCount,
            scan.decodeRow(
              into: &bands.samples, quantization: quantization, source: known, at: &offset,
              isFinal: false)
          {
            bands.emit(
              band: scan.row, conversion, largest: frame.largestSample(), into: &target,
              rowStride: rowStride, firstRow: 0)
            scan.finishRow()
          }
          return .rows(scan, bands, offset: offset)
        }
      }
    }
    var skims: [JPEG.ScanSkim] = []
    for result in results {
      switch result {
      case .rows(let scan, let decoded, let next):
        (self.scan, bands, offset) = (scan, decoded, next)
        if !scan.isDone {
          skims = [JPEG.ScanSkim(behind: scan, source, at: next, to: places[0])]
        }
      case .skim(let skim): skims.append(skim)
      }
    }
    return scan.entries(from: skims, source)
  }
}

extension JPEG.Scan {
  /// Whether the scan has one stretch of Huffman codes, and its tables tell the blocks of an MCU
  /// apart: if they do not, reading that begins with the wrong one never falls in step.
  fileprivate var isSelfSynchronising: Bool {
    guard arithmetic == nil, restartInterval == 0 else { return false }
    return plan.count == 1
      || plan.contains { $0.dcTable != plan[0].dcTable || $0.acTable != plan[0].acTable }
  }

  /// Places in the file at which skims begin: the first of them behind what is decoded meanwhile.
  fileprivate func places(in source: RawSpan, at offset: Int, width: Int) -> [Int] {
    let rest = source.byteCount - offset
    let blockCount = unitsAcross * rowCount * plan.count
    // Reading a byte takes four fifths of the time that decoding it does, without the pixels of a
    // block, which are worth six bytes.
    let share = Double(rest) * 0.8 / (Double(rest) + 6 * Double(blockCount))
    let first = Int(Double(rest) * share / (Double(width - 1) + share))
    let count = 8 * width
    let distance = (rest - first) / count
    // Very little data are not worth it.
    guard distance >= 64 else { return [] }
    var places: [Int] = []
    for i in 0..<count {
      var place = offset + first + i * distance
      // Not between an FF and what it means.
      while place < source.byteCount, source[byteAt: place - 1] == 0xFF { place += 1 }
      places.append(place)
    }
    return places
  }

  /// What is known of the places of skims that follow each other, the first of which began where
  /// decoding ended.
  fileprivate func entries(
    from skims: [JPEG.ScanSkim], _ source: RawSpan
  ) -> [JPEG.ScanEntry] {
    guard var last = skims.first else { return [] }
    var entries: [JPEG.ScanEntry] = []
    // What the MCU numbers and predictions of the present skim lack.
    var (unit, correction) = (0, SIMD4<Int32>.zero)
    func add(_ point: JPEG.ScanSkim.Point) {
      // Within what a decoder loads first.
      guard point.bit < 8 * 16_384 else { return }
      entries.append(
        JPEG.ScanEntry(
          unit: point.unit + unit, offset: point.offset, bit: point.bit,
          predictors: point.predictors &+ correction))
    }
    for next in skims.dropFirst() {
      guard let (here, there) = last.join(next, self, source) else { break }
      unit += here.unit - there.unit
      correction &+= here.predictors &- there.predictors
      add(there)
      for point in next.points.dropFirst() { add(point) }
      last = next
    }
    return entries
  }

  /// Those of `entries` that divide what is left into `count` parts that take like time.
  func balanced(_ entries: [JPEG.ScanEntry], count: Int) -> [JPEG.ScanEntry] {
    // Bytes, and six for each block.
    func cost(_ entry: JPEG.ScanEntry) -> Int { entry.offset + 6 * plan.count * entry.unit }
    guard let first = entries.first, let last = entries.last else { return [] }
    let start = cost(first) - 6 * plan.count * (first.unit - row * unitsAcross - column)
    let blocksLeft = (unitsAcross * rowCount - last.unit) * plan.count
    let end = cost(last) + 6 * blocksLeft
    return (1..<count).compactMap { i in
      let wanted = start + (end - start) / count * i
      return entries.first { cost($0) >= wanted }
    }
  }
}
