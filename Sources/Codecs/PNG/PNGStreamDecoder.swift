// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Decodes the still image of a file row by row, from bytes that arrive in pieces or from a whole
  /// file, and never holds the image.
  ///
  /// Only interlaced images are held: their rows are complete, and delivered, in the last pass.
  /// ``canvas`` shows what there is before.
  public struct StreamDecoder: ImageStreamDecoder {
    private var machine: StreamMachine
    /// Bytes pushed and not used yet, after some that have been used.
    private var queue: [UInt8] = []
    /// Where the queue begins in the file.
    private var queueStart = 0
    /// The file, when it is there from the start.
    private let file: Bytes?

    /// For bytes that will be pushed.
    ///
    /// - Parameter region: the part of the image that is delivered; `nil` for all of it.
    /// - Throws: `invalidArgument` for options that need the whole image (`rotate`).
    public init(
      options: ReadOptions = ReadOptions(), region: Region? = nil, policy: DecodePolicy = .default
    ) throws(CodecError) {
      machine = try StreamMachine(options, region, policy)
      file = nil
    }

    /// For a file that is there, which is not copied.
    ///
    /// - Throws: `invalidArgument`, and what is wrong before the image data.
    public init(
      _ source: Bytes, options: ReadOptions = ReadOptions(), region: Region? = nil,
      policy: DecodePolicy = .default
    ) throws(CodecError) {
      machine = try StreamMachine(options, region, policy)
      machine.isFinal = true
      file = source
      let span = source.span
      try machine.readPrologue(span)
    }

    /// The IHDR chunk; `nil` until everything before the image data has come.
    public var header: Header? { machine.prologue?.header }
    public var properties: ImageProperties? { machine.properties }
    public var isAtEnd: Bool { machine.isAtEnd }
    public var diagnostics: Diagnostics { machine.diagnostics }
    /// The pixels so far of an interlaced image, zero where none have come; `nil` for others.
    public var canvas: NDArray? { machine.canvas }

    public mutating func push(_ bytes: RawSpan) throws(CodecError) {
      guard file == nil, !machine.isFinal else {
        throw PNG.invalidArgument("push", "the file has ended")
      }
      let used = machine.offset - queueStart
      if used > 0, used >= queue.count / 2 {
        queue.removeSubrange(0..<used)
        queueStart += used
      }
      try machine.policy.limits.check(
        queue.count + bytes.byteCount, .inputBytes, codec: PNG.name, part: "push")
      queue += [UInt8](copying: bytes)
    }

    public mutating func finish() { machine.isFinal = true }

    /// Decodes the rows that come next into memory of the caller, without the conversions that the
    /// options ask for after decoding (`mode`, `apply_gamma`).
    ///
    /// - Parameters:
    ///   - target: receives the rows, `rowStride` bytes apart.
    ///   - limit: rows to decode at most: those that `target` has room for.
    /// - Returns: the numbers of the rows decoded; `nil` when they need more bytes, or at the end.
    public mutating func decode(
      into target: inout MutableRawSpan, rowStride: Int, limit: Int = .max
    ) throws(CodecError) -> Range<Int>? {
      let first = machine.nextRow
      guard try prepare() else { return nil }
      let rowByteCount = machine.rowByteCount
      guard rowStride >= rowByteCount else {
        throw PNG.invalidArgument("rowStride", "it is less than a row")
      }
      guard target.byteCount >= rowByteCount else {
        throw CodecError(.outputFull(needed: rowByteCount), codec: PNG.name)
      }
      let room = (target.byteCount - rowByteCount) / rowStride + 1
      let count = try decode(into: &target, rowStride, min(limit, room))
      return count > 0 ? first..<(first + count) : nil
    }

    public mutating func next(limit: Int) throws(CodecError) -> ImageRows? {
      guard try prepare(), var shape = machine.storedShape else { return nil }
      let first = machine.nextRow
      let rowByteCount = machine.rowByteCount
      // Some rows at once, but no more than fit the processor's caches.
      shape[0] = min(limit, shape[0] - first, max(1, (64 << 10) / rowByteCount))
      guard shape[0] > 0 else {
        _ = try decodeNothing()
        return nil
      }
      var band = try NDArray(
        zeros: shape, dtype: machine.dtype, limits: machine.policy.limits, codec: PNG.name)
      let most = shape[0]
      var count = 0
      try band.withMutableBytes { (target) throws(CodecError) in
        count = try decode(into: &target, rowByteCount, most)
      }
      guard count > 0 else { return nil }
      return ImageRows(first: first, pixels: try machine.converted(band[0..<count]))
    }

    /// Reads up to the image data; `false` when more bytes are needed for that, or at the end.
    private mutating func prepare() throws(CodecError) -> Bool {
      guard machine.prologue == nil else { return !machine.isAtEnd }
      var bytes: [UInt8] = []
      swap(&bytes, &queue)
      defer { swap(&bytes, &queue) }
      let span = bytes.rawSpan
      return try machine.readPrologue(span)
    }

    /// Looks at the rest of the file when there are no rows left.
    private mutating func decodeNothing() throws(CodecError) -> Int {
      var none: [UInt8] = []
      var result = 0
      try none.withMutableBytes { (target) throws(CodecError) in
        result = try decode(into: &target, 1, 0)
      }
      return result
    }

    private mutating func decode(
      into target: inout MutableRawSpan, _ rowStride: Int, _ limit: Int
    ) throws(CodecError) -> Int {
      if let file {
        let span = file.span
        return try machine.decode(span, at: 0, into: &target, rowStride, limit)
      }
      var bytes: [UInt8] = []
      swap(&bytes, &queue)
      defer { swap(&bytes, &queue) }
      let span = bytes.rawSpan
      return try machine.decode(span, at: queueStart, into: &target, rowStride, limit)
    }
  }
}

extension PNG: StreamedFormat {
  public static func makeStreamDecoder(
    options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> StreamDecoder {
    try StreamDecoder(options: options, policy: policy)
  }
}
