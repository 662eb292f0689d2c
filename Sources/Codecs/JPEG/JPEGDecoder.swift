// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Decodes one image, step by step, from input that may come in pieces.
  ///
  /// It is handed the input that it has not consumed yet at every step, and the memory for the
  /// rows that the step may emit. It holds tables, the present scan, and one band of samples (or
  /// all coefficients, when the file has several scans).
  struct Decoder: Sendable {
    enum Step: Sendable, Equatable {
      /// Nothing can be done before more input comes.
      case needsInput
      /// The header is complete: size and colours of the output are known. Comes once.
      case header
      /// Something was done; these rows of the output were written.
      case rows(Range<Int>)
      /// The image is complete.
      case finished
    }

    private enum Phase: Sendable { case start, markers, scan, output, trailer, finished }

    let options: DecodeOptions
    let policy: DecodePolicy
    var diagnostics = Diagnostics()

    /// The next byte of the input handed in that has not been consumed.
    var offset = 0
    /// Bytes of the file before the input handed in.
    var base = 0
    private var phase = Phase.start

    var tables = TableSet()
    var frame: Frame?
    var jfif: JFIF?
    var adobe: Adobe?
    var colorSpace = ColorSpace.unknown
    var conversion = Conversion.none
    var scanHeader: ScanHeader?
    /// What a DNL segment says about a frame whose header does not state its height.
    var lineCount: Int?
    /// Whether there were other bytes before the marker that is to be found next.
    var hasSkippedGarbage = false
    /// What the last scan did wrong, until the marker behind it is found: where the scan was left
    /// depends on how the input came.
    var scanDamage: ScanDamage?
    var scanCount = 0

    /// The present scan.
    var scan: Scan?
    var bands8: Bands<UInt8>?
    var bands16: Bands<UInt16>?
    /// Whether the coefficients are wanted instead of samples.
    var keepsCoefficients = false
    /// All coefficients, when there is more than one scan or they are wanted.
    var coefficients: Coefficients?
    /// All samples of a lossless frame, when there is more than one scan.
    var losslessStore: LosslessStore?
    /// How exactly scans have given each coefficient so far: its Al, or -1.
    var precision: [[Int]] = []
    /// The same before the last scan of the component.
    var earlierPrecision: [[Int]] = []
    /// The last row of MCUs for which the last scan had data.
    var lastGoodRow = 0
    /// What estimates coefficients that are missing at the end; `nil` when none are.
    private(set) var smoothing: Smoothing?
    /// The next band that is made of the coefficients.
    private(set) var outputBand = 0
    var quantization: [Int16] = []
    /// One bit for each component that has its divisors in ``quantization``.
    var latched: UInt16 = 0

    /// Whether all scans have been read into ``coefficients``.
    var hasAllScans: Bool { phase == .output || phase == .finished }

    init(options: DecodeOptions, policy: DecodePolicy) {
      self.options = options
      self.policy = policy
    }

    /// Does the next piece of work.
    ///
    /// - Parameters:
    ///   - source: the input from ``base`` on.
    ///   - isFinal: nothing follows `source`.
    ///   - output: row `firstRow` of the image is at its start; it must have room for the rows of
    ///     one band and one more. Nothing is written to it before ``Step/header``.
    ///   - isWhole: there is room for all rows: all bands that the input has may come at once.
    mutating func advance(
      _ source: RawSpan, isFinal: Bool, into output: inout MutableRawSpan, rowStride: Int,
      firstRow: Int, isWhole: Bool = false
    ) throws(CodecError) -> Step {
      switch phase {
      case .start:
        guard try parseStart(source, isFinal: isFinal) else { return .needsInput }
        phase = .markers
        return .rows(0..<0)
      case .markers:
        switch try parseMarkers(source, isFinal: isFinal) {
        case .needsInput: return .needsInput
        case .scan:
          let isFirst = scanCount == 0
          try beginScan(source, isFinal: isFinal)
          phase = .scan
          return isFirst ? .header : .rows(0..<0)
        case .end:
          return beginOutput() ? .rows(0..<0) : .finished
        }
      case .scan where coefficients != nil:
        guard try decodeCoefficients(source, isFinal: isFinal) else { return .needsInput }
        return .rows(0..<0)
      case .scan where losslessStore != nil:
        guard try decodeLossless(source, isFinal: isFinal) else { return .needsInput }
        if let scan, scan.isDone {
          finish(scan)
          phase = .markers
        }
        return .rows(0..<0)
      case .output:
        return try emitBand(into: &output, rowStride: rowStride, firstRow: firstRow)
      case .scan:
        return try decodeBands(
          source, isFinal: isFinal, into: &output, rowStride: rowStride, firstRow: firstRow,
          isWhole: isWhole)
      case .trailer:
        guard try parseTrailer(source, isFinal: isFinal) else { return .needsInput }
        phase = .finished
        return .finished
      case .finished:
        return .finished
      }
    }

    /// Goes on to emitting what several scans have given.
    ///
    /// - Returns: whether there is anything.
    mutating func beginOutput() -> Bool {
      let isThere = coefficients != nil || losslessStore != nil
      phase = isThere ? .output : .finished
      if options.smoothsBlocks { smoothing = Smoothing(self) }
      return isThere
    }

    /// Notes that all coefficients have become pixels.
    mutating func endOutput() {
      outputBand = frame?.unitsDown ?? 0
      phase = .finished
    }

    /// Reads what follows the last scan, up to EOI.
    private mutating func parseTrailer(
      _ source: RawSpan, isFinal: Bool
    ) throws(CodecError) -> Bool {
      do throws(CodecError) {
        switch try parseMarkers(source, isFinal: isFinal) {
        case .needsInput: return false
        case .end: return true
        case .scan: throw failure(.corrupt, "SOS", "a scan behind the last one")
        }
      } catch {
        // The image is complete.
        guard policy.leniency == .salvage, error.kind != .cancelled else { throw error }
        diagnostics.note(
          Warning(codec: error.codec, part: error.part, error.message, at: error.offset))
      }
      return true
    }

    /// The planes of the bands, which differ in the type of their samples alone.
    var planes: [Plane] { bands8?.planes ?? bands16?.planes ?? [] }

    /// Decodes one row of MCUs, or all, and emits what is ready.
    private mutating func decodeBands(
      _ source: RawSpan, isFinal: Bool, into output: inout MutableRawSpan, rowStride: Int,
      firstRow: Int, isWhole: Bool
    ) throws(CodecError) -> Step {
      // Moved out and back, so that they are not copied.
      if var bands = bands8 {
        bands8 = nil
        defer { bands8 = bands }
        return try decodeBands(
          &bands, source, isFinal: isFinal, into: &output, rowStride: rowStride,
          firstRow: firstRow, isWhole: isWhole)
      }
      guard var bands = bands16 else { return .finished }
      bands16 = nil
      defer { bands16 = bands }
      return try decodeBands(
        &bands, source, isFinal: isFinal, into: &output, rowStride: rowStride,
        firstRow: firstRow, isWhole: isWhole)
    }

    private mutating func decodeBands<S: Sample>(
      _ bands: inout Bands<S>, _ source: RawSpan, isFinal: Bool,
      into output: inout MutableRawSpan, rowStride: Int, firstRow: Int, isWhole: Bool
    ) throws(CodecError) -> Step {
      guard var scan, let frame else { return .finished }
      self.scan = nil
      defer { self.scan = scan }
      let (start, largest): (Int, S) = (bands.nextRow, frame.largestSample())
      repeat {
        if scan.lossless != nil {
          guard scan.decodeLosslessRow(source: source, at: &offset, isFinal: isFinal) else {
            return .needsInput
          }
          bands.fill(from: scan)
        } else {
          let isComplete = scan.decodeRow(
            into: &bands.samples, quantization: quantization, source: source, at: &offset,
            isFinal: isFinal)
          guard isComplete else { return .needsInput }
        }
        bands.emit(
          band: scan.row, conversion, largest: largest, into: &output, rowStride: rowStride,
          firstRow: firstRow)
        scan.finishRow()
        try policy.report(Double(bands.nextRow) / Double(bands.imageHeight), codec: JPEG.name)
      } while isWhole && !scan.isDone
      if scan.isDone {
        endScan(scan)
      }
      return .rows(start..<bands.nextRow)
    }

    /// Goes on behind the only scan of the file.
    mutating func endScan(_ scan: Scan) {
      finish(scan)
      phase = .trailer
    }

    /// Decodes one row of MCUs into the coefficients.
    ///
    /// - Returns: `false` when more input has to come first.
    private mutating func decodeCoefficients(
      _ source: RawSpan, isFinal: Bool
    ) throws(CodecError) -> Bool {
      guard var scan, var store = coefficients else { return true }
      (self.scan, coefficients) = (nil, nil)
      defer { (self.scan, coefficients) = (scan, store) }
      guard
        scan.decodeRow(
          into: &store, pass: scan.pass, source: source, at: &offset, isFinal: isFinal)
      else { return false }
      scan.finishRow()
      let done = Double(base + offset) / Double(max(source.byteCount + base, 1))
      try policy.report(done * 0.75, codec: JPEG.name)
      if scan.isDone {
        lastGoodRow =
          scan.isInterleaved || frame == nil
          ? scan.lastGoodRow
          : scan.lastGoodRow / (frame?.components[scan.components[0]].verticalSampling ?? 1)
        finish(scan)
        phase = .markers
      }
      return true
    }

    /// Makes one band of samples of the coefficients and emits what is ready.
    private mutating func emitBand(
      into output: inout MutableRawSpan, rowStride: Int, firstRow: Int
    ) throws(CodecError) -> Step {
      if var bands = bands8 {
        bands8 = nil
        defer { bands8 = bands }
        return try emitBand(&bands, into: &output, rowStride: rowStride, firstRow: firstRow)
      }
      guard var bands = bands16 else { return .finished }
      bands16 = nil
      defer { bands16 = bands }
      return try emitBand(&bands, into: &output, rowStride: rowStride, firstRow: firstRow)
    }

    private mutating func emitBand<S: Sample>(
      _ bands: inout Bands<S>, into output: inout MutableRawSpan, rowStride: Int, firstRow: Int
    ) throws(CodecError) -> Step {
      guard let frame else { return .finished }
      if var store = coefficients {
        coefficients = nil
        defer { coefficients = store }
        if let smoothing {
          Coefficients.transform(
            store.values.span, store.firstBlocks, band: outputBand, frame: frame,
            quantization: quantization, smoothing: smoothing, into: &bands)
        } else {
          store.transform(
            band: outputBand, frame: frame, quantization: quantization, into: &bands)
        }
      } else if let losslessStore {
        losslessStore.fill(&bands, band: outputBand, frame: frame)
      }
      let rows = bands.readyRows(band: outputBand)
      bands.emit(
        band: outputBand, conversion, largest: frame.largestSample(), into: &output,
        rowStride: rowStride, firstRow: firstRow)
      outputBand += 1
      try policy.report(
        0.75 + Double(rows.upperBound) / Double(bands.imageHeight) / 4, codec: JPEG.name)
      if outputBand == frame.unitsDown { phase = .finished }
      return .rows(rows)
    }
  }
}
