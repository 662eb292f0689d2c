// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What was counted while the coefficients of a scan were decoded.
  struct ScanStatistics: Sendable {
    /// Blocks of each component of the scan, in its order, and the bits of their codes.
    var blockCounts: [Int]
    var bitCounts: [Int]
    /// Runs of blocks that a progressive scan says nothing about, of two blocks or more.
    var runCount = 0
    var runBlockCount = 0
    var longestRun = 0

    init(componentCount: Int) {
      blockCounts = [Int](repeating: 0, count: componentCount)
      bitCounts = blockCounts
    }
  }

  /// A scan with what was counted in it.
  struct MeasuredScan: Sendable {
    /// Where its data begin.
    var offset: Int
    /// Identifiers of its components.
    var components: [UInt8]
    var unitCount: Int
    var restartInterval: Int
    /// `nil` where codes have no length of their own: in arithmetic coding and lossless frames.
    var statistics: ScanStatistics?
    /// Whether all MCUs were gone through.
    var isComplete = false
  }
}

extension JPEG.Scan {
  /// Decodes the next MCU block by block and counts; or as many MCUs as a run says nothing about.
  ///
  /// - Parameter most: MCUs that may be decoded.
  /// - Returns: the number of the MCU after the last one decoded.
  mutating func measure(
    _ most: Int, limit: Int, into coefficients: inout JPEG.Coefficients
  ) -> Int {
    guard var counts = statistics else { return column }
    let units = column..<(column + max(min(most, endOfBandRun), 1))
    var reached = column
    // A plan of one block at a time.
    var single: [JPEG.BlockPlan] = []
    // A lone MCU began within the limit; what is behind that is enough for all of its blocks.
    let limit = units.count == 1 ? .max : limit
    for block in plan {
      single.append(block)
      swap(&plan, &single)
      let (bits, run) = (reader.consumedBitCount, endOfBandRun)
      reached = decodeUnits(units, limit: limit, into: &coefficients, pass: pass)
      swap(&plan, &single)
      single.removeAll(keepingCapacity: true)
      counts.blockCounts[block.component] += reached - column
      counts.bitCounts[block.component] += reader.consumedBitCount - bits
      if run == 0, endOfBandRun > 0 {
        counts.runCount += 1
        counts.runBlockCount += endOfBandRun + 1
        counts.longestRun = max(counts.longestRun, endOfBandRun + 1)
      }
    }
    statistics = counts
    return reached
  }
}

extension JPEG {
  /// Counts what is in the scans of a file, up to the first error.
  ///
  /// The work is bound by the file's length: a short file can claim many large scans.
  static func measureScans(_ source: RawSpan, policy: DecodePolicy) -> [MeasuredScan] {
    var policy = policy
    policy.concurrency = .serial
    let most = 1 << 20 + 256 * min(source.byteCount, 1 << 40)
    policy.limits.maxScratchBytes = min(policy.limits.maxScratchBytes, 200 * most)
    var decoder = Decoder(options: DecodeOptions(), policy: policy)
    decoder.keepsCoefficients = true
    var nothing: [UInt8] = []
    var span = nothing.mutableSpan
    var output = span.rawBytes
    var (scans, unitCount): ([MeasuredScan], Int) = ([], 0)
    while unitCount < most, !decoder.hasAllScans {
      let number = decoder.scanCount
      do throws(CodecError) {
        let step = try decoder.advance(
          source, isFinal: true, into: &output, rowStride: 0, firstRow: 0)
        if step == .needsInput { break }
      } catch { break }
      guard let frame = decoder.frame, let scan = decoder.scan else { continue }
      if decoder.scanCount > number {
        let isCounted = !frame.process.isArithmetic && !frame.process.isLossless
        if isCounted {
          decoder.scan?.statistics = ScanStatistics(componentCount: scan.components.count)
        }
        scans.append(
          MeasuredScan(
            offset: decoder.offset,
            components: scan.components.map { frame.components[$0].identifier },
            unitCount: scan.unitsAcross * scan.rowCount,
            restartInterval: scan.restartInterval))
        // Their samples are of no use here.
        if frame.process.isLossless { break }
      } else if let last = scans.indices.last {
        unitCount += scan.unitsAcross
        scans[last].statistics = scan.statistics
        scans[last].isComplete = scan.isDone
      }
    }
    return scans
  }
}
