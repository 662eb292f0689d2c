// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What decodes the coefficients of some rows of MCUs.
  ///
  /// Unchecked: one job works with it at a time, and nobody else until the jobs have ended.
  private final class EntropyStage: @unchecked Sendable {
    var scan: Scan
    var offset: Int
    var store: Coefficients

    init(_ scan: Scan, _ offset: Int, _ store: Coefficients) {
      self.scan = scan
      self.offset = offset
      self.store = store
    }

    func decode(_ rows: Range<Int>, _ source: RawSpan) {
      scan.firstStoredRow = rows.lowerBound
      for _ in rows {
        let isComplete = scan.decodeRow(
          into: &store, pass: .sequential, source: source, at: &offset, isFinal: true)
        guard isComplete else { return }
        scan.finishRow()
      }
    }
  }

  /// What makes pixels of them. Unchecked: as ``EntropyStage``.
  private final class OutputStage<S: Sample>: @unchecked Sendable {
    var bands: Bands<S>
    var store: Coefficients
    let frame: Frame
    let quantization: [Int16]
    let conversion: Conversion

    init(
      _ bands: Bands<S>, _ store: Coefficients, _ frame: Frame, _ quantization: [Int16],
      _ conversion: Conversion
    ) {
      self.bands = bands
      self.store = store
      self.frame = frame
      self.quantization = quantization
      self.conversion = conversion
    }

    func emit(_ rows: Range<Int>, into output: inout MutableRawSpan, rowStride: Int) {
      for row in rows {
        store.transform(
          band: row - rows.lowerBound, frame: frame, quantization: quantization, into: &bands,
          clears: true)
        bands.emit(
          band: row, conversion, largest: frame.largestSample(), into: &output,
          rowStride: rowStride, firstRow: 0)
      }
    }
  }

  /// The file and the pixels, for jobs.
  ///
  /// Unchecked: they last as long as the jobs, which only read the one, and of which no two write
  /// the same rows of the other.
  @safe struct PipelineMemory: @unchecked Sendable {
    let input: UnsafeRawBufferPointer
    let output: UnsafeMutableRawBufferPointer
  }
}

extension JPEG.Decoder {
  /// Decodes the scan in two stages at the same time: the coefficients of some rows of MCUs, and
  /// the pixels of the rows before them. The pixels are those of ``advance``.
  ///
  /// - Parameter output: the whole image.
  /// - Returns: whether that was done; not when the limits have no room for the coefficients.
  mutating func decodePipelined<S: JPEG.Sample>(
    _ bands: JPEG.Bands<S>, _ source: RawSpan, into output: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) -> Bool {
    guard var scan, let frame else { return false }
    // Twelve pieces: more cost more threads, and fewer more time in which one stage waits.
    let blocksPerRow = frame.components.reduce(0) {
      $0 + $1.storedBlocksAcross * $1.verticalSampling
    }
    let most = max(1, 32_768 / max(blocksPerRow, 1))
    let rowCount = min(most, JPEG.ceilingDivision(frame.unitsDown, 12))
    guard
      let store = try? JPEG.Coefficients(frame: frame, unitRows: rowCount, limits: policy.limits)
    else { return false }
    self.scan = nil
    scan.place(in: store, frame)
    let first = JPEG.EntropyStage(scan, offset, store)
    let second = JPEG.OutputStage<S>(bands, store, frame, quantization, conversion)
    try unsafe source.withUnsafeBytes { (input) throws(CodecError) in
      try unsafe output.withUnsafeMutableBytes { (target) throws(CodecError) in
        let memory = unsafe JPEG.PipelineMemory(input: input, output: target)
        try run(first, second, memory, rowCount: rowCount, of: frame.unitsDown, rowStride)
      }
    }
    offset = first.offset
    endScan(first.scan)
    return true
  }
}

extension JPEG.Decoder {
  private func run<S: JPEG.Sample>(
    _ first: JPEG.EntropyStage, _ second: JPEG.OutputStage<S>, _ memory: JPEG.PipelineMemory,
    rowCount: Int, of unitsDown: Int, _ rowStride: Int
  ) throws(CodecError) {
    var rows = 0..<min(rowCount, unitsDown)
    var ready = 0..<0
    while !rows.isEmpty || !ready.isEmpty {
      let (next, known) = (rows, ready)
      policy.concurrency.perform(2) { job in
        // The pointers are good until `perform` returns; no other job uses these values.
        if job == 0 {
          first.decode(next, unsafe RawSpan(_unsafeBytes: memory.input))
        } else {
          var target = unsafe MutableRawSpan(_unsafeBytes: memory.output)
          second.emit(known, into: &target, rowStride: rowStride)
        }
      }
      swap(&first.store, &second.store)
      ready = rows
      rows = rows.upperBound..<min(rows.upperBound + rowCount, unitsDown)
      try policy.report(Double(known.upperBound) / Double(unitsDown), codec: JPEG.name)
    }
  }
}

extension JPEG.Scan {
  /// Points the plan to the blocks of `store`.
  fileprivate mutating func place(in store: JPEG.Coefficients, _ frame: JPEG.Frame) {
    var position = 0
    for member in components {
      let component = frame.components[member]
      let across = component.storedBlocksAcross
      let (h, v) = (component.horizontalSampling, component.verticalSampling)
      for y in 0..<v {
        for x in 0..<h {
          plan[position].target = store.firstBlocks[member] + y * across + x
          plan[position].step = h
          plan[position].stride = v * across
          position += 1
        }
      }
    }
  }
}
