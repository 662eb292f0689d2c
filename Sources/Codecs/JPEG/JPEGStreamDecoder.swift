// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Decodes an image row by row, from bytes that arrive in pieces or from a whole file.
  ///
  /// It holds a band of rows; of files with several scans, such as progressive ones, also all
  /// coefficients, and their rows come with the last scan.
  public struct StreamDecoder: ImageStreamDecoder {
    private let options: ReadOptions
    private var decoder: Decoder
    /// Bytes pushed and not consumed yet, after some that have been.
    private var queue: [UInt8] = []
    private var isFinal = false
    /// The file, when it is there from the start.
    private let file: Bytes?
    /// Decoded rows, of which ``ready`` are still to be delivered.
    private var band: [UInt8] = []
    private var ready = 0..<0
    /// The number of the first row of ``band``.
    private var firstRow = 0
    private var failure: CodecError?
    private var hasHeader = false
    public private(set) var isAtEnd = false

    /// For bytes that will be pushed.
    ///
    /// - Throws: `invalidArgument` for options that need the whole image (`rotate`).
    public init(
      options: ReadOptions = ReadOptions(), policy: DecodePolicy = .default
    ) throws(CodecError) {
      try self.init(file: nil, options, policy)
    }

    /// For a file that is there, which is not copied.
    ///
    /// - Throws: `invalidArgument`, and what is wrong before the first scan.
    public init(
      _ source: Bytes, options: ReadOptions = ReadOptions(), policy: DecodePolicy = .default
    ) throws(CodecError) {
      try self.init(file: source, options, policy)
      while !hasHeader, !isAtEnd, try step() {}
    }

    private init(
      file: Bytes?, _ options: ReadOptions, _ policy: DecodePolicy
    ) throws(CodecError) {
      guard !options.rotates else {
        throw JPEG.invalidArgument("rotate", "rows cannot be turned one by one")
      }
      self.options = options
      decoder = Decoder(options: options.decoding, policy: policy)
      self.file = file
      isFinal = file != nil
    }

    public var properties: ImageProperties? {
      guard hasHeader else { return nil }
      let shape = decoder.outputShape
      guard let mode = options.mode else {
        return ImageProperties(shape: shape, dtype: decoder.outputType)
      }
      return ImageProperties(shape: mode.shape(width: shape[1], height: shape[0]), dtype: .uint8)
    }

    public var diagnostics: Diagnostics { decoder.diagnostics }

    public mutating func push(_ bytes: RawSpan) throws(CodecError) {
      guard !isFinal else { throw JPEG.invalidArgument("push", "the file has ended") }
      let used = decoder.offset
      if used > 0, used >= queue.count / 2 {
        queue.removeSubrange(0..<used)
        decoder.base += used
        decoder.offset = 0
      }
      try decoder.policy.limits.check(
        queue.count + bytes.byteCount, .inputBytes, codec: JPEG.name, part: "push")
      queue += [UInt8](copying: bytes)
    }

    public mutating func finish() { isFinal = true }

    public mutating func next(limit: Int) throws(CodecError) -> ImageRows? {
      guard limit > 0, try prepare() else { return nil }
      let rows =
        ready.lowerBound..<min(ready.upperBound, ready.lowerBound + min(limit, ready.count))
      var shape = decoder.outputShape
      shape[0] = rows.count
      var pixels = try NDArray(
        zeros: shape, dtype: decoder.outputType, limits: decoder.policy.limits, codec: JPEG.name)
      let rowByteCount = rowByteCount
      try pixels.withMutableBytes { (target) throws(CodecError) in
        copy(rows, into: &target, rowByteCount)
      }
      ready = rows.upperBound..<ready.upperBound
      return ImageRows(
        first: rows.lowerBound, pixels: try options.converted(pixels, policy: decoder.policy))
    }

    /// Decodes the rows that come next into memory of the caller, without the conversion to `mode`.
    ///
    /// - Parameters:
    ///   - target: receives the rows, `rowStride` bytes apart.
    ///   - limit: rows to decode at most: those that `target` has room for.
    /// - Returns: the numbers of the rows decoded; `nil` when they need more bytes, or at the end.
    public mutating func decode(
      into target: inout MutableRawSpan, rowStride: Int, limit: Int = .max
    ) throws(CodecError) -> Range<Int>? {
      guard limit > 0, try prepare() else { return nil }
      let rowByteCount = rowByteCount
      guard rowStride >= rowByteCount else {
        throw JPEG.invalidArgument("rowStride", "it is less than a row")
      }
      guard target.byteCount >= rowByteCount else {
        throw CodecError(.outputFull(needed: rowByteCount), codec: JPEG.name)
      }
      let room = (target.byteCount - rowByteCount) / rowStride + 1
      let count = min(limit, room, ready.count)
      let rows = ready.lowerBound..<(ready.lowerBound + count)
      copy(rows, into: &target, rowStride)
      ready = rows.upperBound..<ready.upperBound
      return rows
    }

    private var rowByteCount: Int {
      decoder.outputShape.dropFirst().reduce(decoder.outputType.byteCount, *)
    }

    private func copy(_ rows: Range<Int>, into target: inout MutableRawSpan, _ stride: Int) {
      let (source, count) = (band.span, rowByteCount)
      for y in rows {
        ColorKernels.copyRow(
          source, (y - firstRow) * count, into: &target, at: (y - rows.lowerBound) * stride,
          count: count)
      }
    }

    /// Decodes until there are rows to deliver; `false` when more bytes are needed, or at the end.
    private mutating func prepare() throws(CodecError) -> Bool {
      if let failure { throw failure }
      while ready.isEmpty, !isAtEnd {
        guard try step() else { return false }
      }
      return !ready.isEmpty
    }

    /// - Returns: `false` when more bytes have to come first.
    private mutating func step() throws(CodecError) -> Bool {
      let next = ready.upperBound
      do throws(CodecError) {
        switch try advance(next) {
        case .needsInput:
          // The end of the file is never waited for.
          isAtEnd = isFinal
          return isFinal
        case .header:
          hasHeader = true
          let count = rowByteCount * min(decoder.bandHeight + 1, decoder.outputShape[0])
          try decoder.policy.limits.check(count, .scratchBytes, codec: JPEG.name)
          band = [UInt8](repeating: 0, count: count)
        case .rows(let rows):
          if !rows.isEmpty { (firstRow, ready) = (next, rows) }
        case .finished: isAtEnd = true
        }
      } catch {
        do throws(CodecError) {
          guard hasHeader else { throw error }
          try decoder.diagnostics.salvage(error, rowCount: next, policy: decoder.policy)
        } catch {
          failure = error
          throw error
        }
        // What the scans so far have given is shown.
        if next > 0 || !decoder.beginOutput() { isAtEnd = true }
      }
      return true
    }

    private mutating func advance(_ next: Int) throws(CodecError) -> Decoder.Step {
      // Moved out and back, so that neither is copied.
      var (bytes, rows): ([UInt8], [UInt8]) = ([], [])
      swap(&bytes, &queue)
      swap(&rows, &band)
      defer {
        swap(&bytes, &queue)
        swap(&rows, &band)
      }
      let stride = hasHeader ? rowByteCount : 0
      var span = rows.mutableSpan
      var output = span.rawBytes
      if let file {
        return try decoder.advance(
          file.span, isFinal: true, into: &output, rowStride: stride, firstRow: next)
      }
      return try decoder.advance(
        bytes.rawSpan, isFinal: isFinal, into: &output, rowStride: stride, firstRow: next)
    }
  }
}

extension JPEG: StreamedFormat {
  public static func makeStreamDecoder(
    options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> StreamDecoder {
    try StreamDecoder(options: options, policy: policy)
  }
}
