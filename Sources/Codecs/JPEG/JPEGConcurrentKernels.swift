// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What a job says when its rows are done.
  private struct JobResult: Sendable {
    var scan: Scan
    var offset: Int
  }

  /// All coefficients, for jobs. Unchecked: they only read them, and they last as long as the jobs.
  @safe private struct SharedCoefficients: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Int16>
    let maps: UnsafeMutableBufferPointer<UInt64>
  }
}

extension JPEG.Decoder {
  /// Decodes what is left of a whole file's only scan, or makes the pixels of what several scans
  /// have given, with several jobs at a time. Pixels, warnings and errors are those of ``advance``.
  ///
  /// - Parameter output: the whole image.
  /// - Returns: `false` when nothing was done, because that is not worth it or the limits have no
  ///   room for it.
  mutating func decodeConcurrently(
    _ source: RawSpan, into output: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) -> Bool {
    guard policy.concurrency.width > 1, let frame, !frame.process.isLossless,
      frame.unitsDown > 1, frame.width * frame.height >= policy.concurrency.leastPixelCount
    else { return false }
    if var bands = bands8 {
      bands8 = nil
      defer { bands8 = bands }
      return try decodeConcurrently(&bands, source, into: &output, rowStride: rowStride)
    }
    guard var bands = bands16 else { return false }
    bands16 = nil
    defer { bands16 = bands }
    return try decodeConcurrently(&bands, source, into: &output, rowStride: rowStride)
  }

  private mutating func decodeConcurrently<S: JPEG.Sample>(
    _ bands: inout JPEG.Bands<S>, _ source: RawSpan, into output: inout MutableRawSpan,
    rowStride: Int
  ) throws(CodecError) -> Bool {
    if coefficients != nil {
      guard hasAllScans, outputBand == 0 else { return false }
      return try emitConcurrently(bands, into: &output, rowStride: rowStride)
    }
    guard let scan, scan.row == 0, scan.column == 0 else { return false }
    if let entries = scan.entries(jobCount, in: source, at: offset) {
      let jobs = scan.jobs(from: entries, hasContext: bands.hasContext)
      if jobs.count > 1, hasRoom(for: bands, scan) {
        try decode(jobs, bands, source, into: &output, rowStride: rowStride)
        return true
      }
    }
    if let entries = try findEntries(&bands, source, into: &output, rowStride: rowStride),
      let scan = self.scan
    {
      guard !scan.isDone else {
        endScan(scan)
        return true
      }
      let count = policy.progress == nil ? policy.concurrency.width : jobCount
      let jobs = scan.jobs(
        from: scan.balanced(entries, count: count), hasContext: bands.hasContext)
      try decode(jobs, bands, source, into: &output, rowStride: rowStride)
      return true
    }
    return try decodePipelined(bands, source, into: &output, rowStride: rowStride)
  }

  /// Into how many jobs an image is divided: more when progress is told between them.
  ///
  /// A row of MCUs may be needed by two jobs, so each has several.
  private var jobCount: Int {
    let most = max((frame?.unitsDown ?? 0) / 4, 2)
    return min(policy.concurrency.width * (policy.progress == nil ? 2 : 6), most)
  }

  /// Whether the limits have room for what the jobs that run at the same time work with.
  func hasRoom<S: JPEG.Sample>(for bands: JPEG.Bands<S>, _ scan: JPEG.Scan?) -> Bool {
    let each =
      bands.samples.count * MemoryLayout<S>.size + (scan?.segment.bytes.count ?? 0)
      + (scan?.arithmetic?.bins.count ?? 0) * MemoryLayout<UInt64>.size
    let (total, isTooMuch) = each.multipliedReportingOverflow(by: policy.concurrency.width)
    return !isTooMuch && total <= policy.limits.maxScratchBytes
  }

  /// Runs `count` jobs, in groups when progress is to be told.
  private func run<T: Sendable>(
    _ count: Int, progress: ClosedRange<Double>,
    _ job: @Sendable (Int) -> T
  ) throws(CodecError) -> [T] {
    let most = policy.progress == nil ? count : policy.concurrency.width
    var results: [T] = []
    while results.count < count {
      let first = results.count
      results += try policy.concurrency.map(min(most, count - first)) { job(first + $0) }
      let done = Double(results.count) / Double(count)
      try policy.report(
        progress.lowerBound + done * (progress.upperBound - progress.lowerBound),
        codec: JPEG.name)
    }
    return results
  }

  /// Decodes the rows of `jobs`.
  private mutating func decode<S: JPEG.Sample>(
    _ jobs: [JPEG.BandJob], _ bands: JPEG.Bands<S>, _ source: RawSpan,
    into output: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) {
    guard let scan, let frame else { return }
    self.scan = nil
    let (conversion, quantization, start) = (conversion, quantization, offset)
    let results = try unsafe source.withUnsafeBytes { (input) throws(CodecError) in
      try unsafe output.withUnsafeMutableBytes { (target) throws(CodecError) in
        let memory = unsafe JPEG.PipelineMemory(input: input, output: target)
        return try run(jobs.count, progress: 0...1) { (index) in
          // The pointers are good until `run` returns, and no other job writes these rows.
          let source = unsafe RawSpan(_unsafeBytes: memory.input)
          var target = unsafe MutableRawSpan(_unsafeBytes: memory.output)
          let job = jobs[index]
          var (scan, bands, offset) = (scan, bands, start)
          if let entry = job.entry { offset = scan.begin(at: entry, source) }
          while scan.row < job.rows.upperBound {
            let band = scan.row
            if band == job.rows.lowerBound, job.entry != nil {
              bands.begin(at: band)
              // The rows before this one are for the job before to judge.
              (scan.lastGoodRow, scan.leastGoodRow) = (0, 0)
            }
            _ = scan.decodeRow(
              into: &bands.samples, quantization: quantization, source: source, at: &offset,
              isFinal: true)
            if band >= job.rows.lowerBound {
              bands.emit(
                band: band, conversion, largest: frame.largestSample(), into: &target,
                rowStride: rowStride, firstRow: 0)
            }
            scan.finishRow()
          }
          // Whether anything is left of an interval is known when the next one begins.
          if !scan.isDone { _ = scan.restartIfDue(from: source, at: &offset, isFinal: true) }
          return JPEG.JobResult(scan: scan, offset: offset)
        }
      }
    }
    guard var last = results.last else { return }
    var (goodRow, isRecovering) = (0, false)
    for result in results {
      let scan = result.scan
      goodRow = max(goodRow, isRecovering ? scan.leastGoodRow : scan.lastGoodRow)
      isRecovering = scan.isRecovering
    }
    last.scan.lastGoodRow = goodRow
    for result in results.dropLast() {
      last.scan.damage.add(result.scan.damage)
      last.scan.reader.badCodeCount += result.scan.reader.badCodeCount
    }
    offset = last.offset
    endScan(last.scan)
  }

  /// Makes pixels of all coefficients.
  private mutating func emitConcurrently<S: JPEG.Sample>(
    _ bands: JPEG.Bands<S>, into output: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) -> Bool {
    guard hasRoom(for: bands, nil), let frame, var store = coefficients else { return false }
    coefficients = nil
    defer { coefficients = store }
    let (conversion, quantization, smoothing) = (conversion, quantization, smoothing)
    let (count, firstBlocks) = (jobCount, store.firstBlocks)
    try unsafe store.values.withUnsafeMutableBufferPointer { (values) throws(CodecError) in
      try unsafe store.maps.withUnsafeMutableBufferPointer { (maps) throws(CodecError) in
        try unsafe output.withUnsafeMutableBytes { (target) throws(CodecError) in
          let shared = unsafe JPEG.SharedCoefficients(values: values, maps: maps)
          let memory = unsafe JPEG.PipelineMemory(
            input: UnsafeRawBufferPointer(start: nil, count: 0), output: target)
          _ = try run(count, progress: 0.75...1) { (index) in
            // The pointers are good until `run` returns; no other job writes these rows of the
            // output, and none the coefficients.
            var target = unsafe MutableRawSpan(_unsafeBytes: memory.output)
            var values = unsafe MutableSpan(_unsafeElements: shared.values)
            var maps = unsafe MutableSpan(_unsafeElements: shared.maps)
            var bands = bands
            let start = index * frame.unitsDown / count
            let end = (index + 1) * frame.unitsDown / count
            for band in (bands.hasContext ? max(start - 1, 0) : start)..<end {
              if band == start { bands.begin(at: band) }
              if let smoothing {
                JPEG.Coefficients.transform(
                  values.span, firstBlocks, band: band, frame: frame,
                  quantization: quantization, smoothing: smoothing, into: &bands)
              } else {
                JPEG.Coefficients.transform(
                  &values, &maps, firstBlocks, band: band, frame: frame,
                  quantization: quantization, into: &bands, clears: false)
              }
              guard band >= start else { continue }
              bands.emit(
                band: band, conversion, largest: frame.largestSample(), into: &target,
                rowStride: rowStride, firstRow: 0)
            }
          }
        }
      }
    }
    endOutput()
    return true
  }
}
