// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// What ``StreamDecoder`` has understood so far. The bytes are passed in: each call gets those
  /// from some place in the file on, and uses what it can.
  struct StreamMachine: Sendable {
    let options: ReadOptions
    let region: Region?
    let policy: DecodePolicy
    /// No bytes follow those of the current call.
    var isFinal = false
    /// How much of the file has been used.
    var offset = 0
    private(set) var prologue: Prologue?
    var diagnostics = Diagnostics()
    private(set) var canvas: NDArray?
    /// The row of the region that is delivered next.
    private(set) var nextRow = 0

    enum Stage {
      case prologue
      /// Rows come out of the image data.
      case rows
      /// All rows have come; the compressed data is read to its end.
      case end
      /// The chunk in which it ended is read to its end.
      case closing
      /// Chunks behind the image data, and bytes behind the last one.
      case tail, behind
      case done
      case failed(CodecError)
    }
    var stage = Stage.prologue
    private var rows: RowDecoder?
    var feed = DataFeed()
    /// What ended the image data early; rows before it are delivered first.
    var failure: CodecError?
    /// Whether the compressed data has been read to its end.
    var isStreamDone = false
    /// Whether the checksum of the data was found, and right.
    var isVerified = false
    /// The chunk behind the image data that is being skipped.
    var skipped: Chunk?
    /// Where the chunk begins that is being waited for.
    private var walk = PNG.signature.count

    init(
      _ options: ReadOptions, _ region: Region?, _ policy: DecodePolicy
    ) throws(CodecError) {
      guard !options.rotates else {
        throw PNG.invalidArgument("rotate", "rows cannot be turned one by one")
      }
      self.options = options
      self.region = region
      self.policy = policy
    }

    var isAtEnd: Bool { if case .done = stage { true } else { false } }

    // MARK: What is known of the image

    private var presentation: Presentation? { rows?.presentation }
    var dtype: DType { presentation?.dtype ?? .uint8 }
    /// The shape before the conversions that the options ask for.
    var storedShape: [Int]? {
      guard let rows else { return nil }
      return rows.presentation.shape(width: rows.region.width, height: rows.region.height)
    }
    var rowByteCount: Int { rows.map { $0.region.width * $0.presentation.pixelByteCount } ?? 0 }
    var properties: ImageProperties? {
      guard let rows, let shape = storedShape else { return nil }
      guard let mode = options.mode else {
        return ImageProperties(shape: shape, dtype: rows.presentation.dtype)
      }
      return ImageProperties(
        shape: mode.shape(width: rows.region.width, height: rows.region.height), dtype: .uint8)
    }
    private var gamma: UInt32?

    /// What the options ask for after decoding.
    func converted(_ band: NDArray) throws(CodecError) -> NDArray {
      var band = band
      if let mode = options.mode {
        band = try band.converted(to: mode, limits: policy.limits, codec: PNG.name)
      }
      if let gamma { band = try band.applyingGamma(Double(gamma) / 100_000) }
      return band
    }
  }
}

// MARK: Before the image data

extension PNG.StreamMachine {
  /// Reads up to the image data when all of it is in `span`, the start of the file.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  mutating func readPrologue(_ span: RawSpan) throws(CodecError) -> Bool {
    if case .failed(let error) = stage { throw error }
    do throws(CodecError) {
      guard try isPrologueThere(span) else { return false }
      try parsePrologue(span)
      return true
    } catch {
      stage = .failed(error)
      throw error
    }
  }

  /// Whether what stands before the image data, or something wrong in it, is in `span`.
  private mutating func isPrologueThere(_ span: RawSpan) throws(CodecError) -> Bool {
    guard !isFinal else { return true }
    let signature = PNG.signature
    for i in 0..<min(signature.count, span.byteCount) where span[byteAt: i] != signature[i] {
      return true
    }
    while walk + 8 <= span.byteCount {
      var reader = PNG.ChunkReader(span, at: walk)
      guard let chunk = try? reader.next(), chunk.type != .IDAT, chunk.type != .IEND else {
        return true
      }
      // What is held back here is metadata; a length alone must not make it grow.
      let (bytes, bound) = (chunk.end, policy.limits.maxMetadataBytes)
      guard bytes <= bound || bytes - bound <= 1 << 16 else {
        throw CodecError(
          .limitExceeded(.metadataBytes), codec: PNG.name, part: chunk.type.errorName,
          at: chunk.start)
      }
      guard chunk.end <= span.byteCount else { return false }
      walk = chunk.end
    }
    return false
  }

  private mutating func parsePrologue(_ span: RawSpan) throws(CodecError) {
    let found = try PNG.Prologue(parsing: span, policy: policy, diagnostics: &diagnostics)
    let header = found.header
    let presentation = PNG.Presentation(found, stored: options.stored)
    _ = try policy.limits.checkedImage(
      width: header.width, height: header.height, channels: presentation.channelCount,
      dtype: presentation.dtype, codec: PNG.name, at: PNG.signature.count + 8)
    try region?.check(imageWidth: header.width, imageHeight: header.height, codec: PNG.name)
    if options.appliesGamma {
      let head = Bytes([UInt8](copying: span.extracting(0..<found.dataStart)))
      gamma = try PNG.Info(parsing: head, found, types: [.gAMA], policy: policy).gamma
    }
    let decoder = try PNG.RowDecoder(
      found, header: header, stored: options.stored, region: region, isBanded: true,
      policy: policy)
    if header.isInterlaced {
      canvas = try NDArray(
        zeros: presentation.shape(width: decoder.region.width, height: decoder.region.height),
        dtype: presentation.dtype, limits: policy.limits, codec: PNG.name)
    }
    rows = decoder
    prologue = found
    offset = found.dataStart
    stage = .rows
  }
}

// MARK: The image data, and what follows it

extension PNG.StreamMachine {
  /// Delivers up to `limit` rows; with 0 rows, looks as far as the bytes go.
  ///
  /// - Parameters:
  ///   - span: the bytes of the file from `base` on, which is not behind ``offset``.
  ///   - target: receives the rows.
  /// - Returns: the rows delivered; 0 when more bytes are needed, or at the end.
  mutating func decode(
    _ span: RawSpan, at base: Int, into target: inout MutableRawSpan, _ rowStride: Int,
    _ limit: Int
  ) throws(CodecError) -> Int {
    if case .failed(let error) = stage { throw error }
    guard var decoder = rows else { return 0 }
    // The row decoder is large: it is taken out once, not copied.
    rows = nil
    defer { rows = decoder }
    do throws(CodecError) {
      while true {
        let delivered = try deliver(&decoder, into: &target, rowStride, limit)
        if delivered > 0 { return delivered }
        if limit <= 0, nextRow < decoder.region.height { return 0 }
        guard try advance(&decoder, span, base) else { return 0 }
      }
    } catch {
      stage = .failed(error)
      throw error
    }
  }

  /// Delivers rows that are complete in the buffer or on the canvas.
  private mutating func deliver(
    _ decoder: inout PNG.RowDecoder, into target: inout MutableRawSpan, _ rowStride: Int,
    _ limit: Int
  ) throws(CodecError) -> Int {
    let region = decoder.region
    let wanted = min(limit, region.height - nextRow)
    guard canvas == nil else {
      try draw(&decoder)
      let complete = min(decoder.completeRowCount - region.y, region.height)
      let count = min(wanted, complete - nextRow)
      guard count > 0, let canvas else { return 0 }
      let width = rowByteCount(decoder)
      for i in 0..<count {
        let start = (nextRow + i) * width
        target.copy(canvas.bytes.extracting(start..<(start + width)), at: i * rowStride)
      }
      nextRow += count
      return count
    }
    // Rows above the region are decoded, and go nowhere; so do those below it.
    let isBelow = nextRow == region.height
    let end = isBelow ? decoder.header.height : region.y + nextRow + max(wanted, 0)
    guard end > decoder.completeRowCount, isBelow || wanted > 0 else { return 0 }
    var done = 0
    do throws(CodecError) {
      done = try decoder.deliver(
        into: &target, rowStride: rowStride, firstRow: nextRow,
        limit: end - decoder.completeRowCount, isFinal: failure != nil || isStreamDone)
    } catch {
      // The rows before it have been delivered; what ended the data comes behind it.
      failure = error
    }
    if done > 0 { try policy.report(decoder.fractionDone, codec: PNG.name) }
    let reached = min(max(decoder.completeRowCount - region.y, 0), region.height)
    let count = max(reached - nextRow, 0)
    nextRow = max(reached, nextRow)
    return count
  }

  private func rowByteCount(_ decoder: PNG.RowDecoder) -> Int {
    decoder.region.width * decoder.presentation.pixelByteCount
  }

  /// Draws what is in the buffer onto the canvas of an interlaced image.
  private mutating func draw(_ decoder: inout PNG.RowDecoder) throws(CodecError) {
    guard !decoder.isComplete, var image = canvas else { return }
    canvas = nil
    defer { canvas = image }
    let width = rowByteCount(decoder)
    let isLast = failure != nil || isStreamDone
    var (done, wrong) = (0, CodecError?.none)
    try image.withMutableBytes { (target) throws(CodecError) in
      do throws(CodecError) {
        done = try decoder.deliver(into: &target, rowStride: width, isFinal: isLast)
      } catch { wrong = error }
    }
    if let wrong { failure = wrong }
    if done > 0 { try policy.report(decoder.fractionDone, codec: PNG.name) }
  }

  /// Goes one step on; `false` when that needs more bytes, or at the end.
  private mutating func advance(
    _ decoder: inout PNG.RowDecoder, _ span: RawSpan, _ base: Int
  ) throws(CodecError) -> Bool {
    switch stage {
    case .prologue, .done, .failed: return false
    case .rows:
      if let failure { return try fail(failure, &decoder, span, base) }
      if decoder.isComplete {
        stage = .end
      } else if isStreamDone {
        failure = truncated
      } else {
        return try inflate(&decoder, span, base)
      }
      return true
    case .end: return try end(&decoder, span, base)
    case .closing: return try close(span, base, &decoder)
    case .tail: return try readTail(span, base)
    case .behind:
      guard isFinal || offset - base < span.byteCount else { return false }
      stage = .done
      if offset - base < span.byteCount {
        try diagnostics.warn(
          Warning(codec: PNG.name, part: "IEND", "there are bytes behind the end", at: offset),
          policy: policy)
      }
      return true
    }
  }
}
