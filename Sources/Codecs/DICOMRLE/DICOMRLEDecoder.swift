// SPDX-License-Identifier: Apache-2.0

extension DICOMRLE {
  /// Appends the samples, plane after plane.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`; `invalidArgument` when the segments are not
  ///   whole samples of the size that the options state.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) -> Int {
    let segments = try Segments(source, options)
    let size = options.elementByteCount
    // Without a stated number the first segment of bytes tells it while it is decoded.
    let pixelCount =
      if let stated = try segments.statedPixelCount(source, options) {
        stated
      } else if size == 1 {
        try segments.decodeFirst(of: source, into: &output)
      } else {
        try segments.pixelCount(source, options)
      }
    let done = size == 1 && options.pixelCount == nil ? 1 : 0
    let (total, overflow) = pixelCount.multipliedReportingOverflow(by: segments.count - done)
    guard !overflow else {
      throw CodecError(.invalidArgument, codec: name, part: "options", "too many pixels")
    }
    try output.require(total, codec: name)
    for sample in done..<segments.count / size {
      let first = sample * size
      if size == 1 {
        try segments.decode(first, of: source, pixelCount: pixelCount, options, into: &output)
        continue
      }
      let planes = try [UInt8](capacity: pixelCount * size) { planes throws(CodecError) in
        for index in first..<first + size {
          try segments.decode(index, of: source, pixelCount: pixelCount, options, into: &planes)
        }
      }
      try ByteShuffle.decode(planes.rawSpan, into: &output, options: options.shuffle)
    }
    return source.byteCount
  }

  /// The number of bytes that ``decode(_:into:options:)`` yields.
  public static func decodedByteCount(
    of source: RawSpan, options: Options = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    let segments = try Segments(source, options)
    let pixelCount = try segments.pixelCount(source, options)
    let (total, overflow) = pixelCount.multipliedReportingOverflow(by: segments.count)
    try limits.check(overflow ? .max : total, .outputBytes, codec: name, at: 0)
    return total
  }

  /// The segments that the header lists.
  struct Segments {
    /// Where each begins, and where the last one ends.
    private let offsets: [Int]
    var count: Int { offsets.count - 1 }

    init(_ source: RawSpan, _ options: Options) throws(CodecError) {
      try options.check()
      var reader = ByteReader(source, codec: DICOMRLE.name)
      let count = Int(try reader.u32le("header"))
      guard 1...segmentLimit ~= count else {
        throw CodecError(
          .corrupt, codec: name, part: "header", "there are not 1 to 15 segments", at: 0)
      }
      var offsets: [Int] = []
      for index in 0..<segmentLimit {
        let at = reader.offset
        let offset = Int(try reader.u32le("header"))
        guard index < count else { continue }
        guard index == 0 ? offset == headerByteCount : offset >= offsets[index - 1] else {
          throw CodecError(
            .corrupt, codec: name, part: "header", "segments are not in order", at: at)
        }
        guard offset <= source.byteCount else {
          throw CodecError(
            .truncated(needed: offset - source.byteCount), codec: name, part: "header", at: at)
        }
        offsets.append(offset)
      }
      guard count % options.elementByteCount == 0 else {
        throw CodecError(
          .invalidArgument, codec: name, part: "options",
          "the segments are not whole samples of this size")
      }
      self.offsets = offsets + [source.byteCount]
    }

    /// Pixels of a plane as the options say.
    func statedPixelCount(_ source: RawSpan, _ options: Options) throws(CodecError) -> Int? {
      guard let pixelCount = options.pixelCount else { return nil }
      // No packet yields more than 64 bytes for one of its own.
      guard pixelCount >= 0, pixelCount / 64 <= source.byteCount else {
        throw CodecError(
          .corrupt, codec: name, part: "segment", "holds fewer pixels than stated", at: 0)
      }
      return pixelCount
    }

    /// Pixels of a plane: as the options say, or as all segments hold.
    func pixelCount(_ source: RawSpan, _ options: Options) throws(CodecError) -> Int {
      if let stated = try statedPixelCount(source, options) { return stated }
      var pixelCount: Int?
      for index in 0..<count {
        let size: Int
        do throws(CodecError) {
          size = try PackBits.decodedByteCount(of: bytes(index, of: source), limits: .unbounded)
        } catch {
          throw error.rethrown(by: name, part: "segment", movedBy: offsets[index])
        }
        guard pixelCount ?? size == size else { throw anotherNumber(index) }
        pixelCount = size
      }
      return pixelCount ?? 0
    }

    private func anotherNumber(_ index: Int) -> CodecError {
      CodecError(
        .corrupt, codec: name, part: "segment", "holds another number of pixels",
        at: offsets[index])
    }

    @_lifetime(copy source)
    private func bytes(_ index: Int, of source: RawSpan) -> RawSpan {
      source.extracting(offsets[index]..<offsets[index + 1])
    }

    /// Appends all bytes of the first segment.
    ///
    /// - Returns: how many they are.
    func decodeFirst(
      of source: RawSpan, into output: inout OutputRawSpan
    ) throws(CodecError) -> Int {
      let before = output.byteCount
      try decodeAll(0, of: source, into: &output)
      return output.byteCount - before
    }

    /// Appends the bytes of a segment, of which there are `pixelCount`, or more when that number is
    /// a stated one.
    func decode(
      _ index: Int, of source: RawSpan, pixelCount: Int, _ options: Options,
      into output: inout OutputRawSpan
    ) throws(CodecError) {
      guard options.pixelCount != nil else {
        let before = output.byteCount
        // Another number may be too large a one.
        do throws(CodecError) { try decodeAll(index, of: source, into: &output) } catch {
          if case .outputFull = error.kind { throw anotherNumber(index) }
          throw error
        }
        guard output.byteCount - before == pixelCount else { throw anotherNumber(index) }
        return
      }
      // The packet of the last pixel may go on beyond it.
      let plane = try [UInt8](capacity: pixelCount + 127) { plane throws(CodecError) in
        do throws(CodecError) { try decodeAll(index, of: source, into: &plane) } catch {
          // What does not fit is padding.
          if case .outputFull = error.kind { return }
          throw error
        }
      }
      guard plane.count >= pixelCount else {
        throw CodecError(
          .corrupt, codec: name, part: "segment", "holds fewer pixels than stated",
          at: offsets[index])
      }
      output.append(plane.rawSpan.extracting(0..<pixelCount))
    }

    private func decodeAll(
      _ index: Int, of source: RawSpan, into output: inout OutputRawSpan
    ) throws(CodecError) {
      do throws(CodecError) {
        try PackBits.decode(bytes(index, of: source), into: &output)
      } catch {
        throw error.rethrown(by: name, part: "segment", movedBy: offsets[index])
      }
    }
  }
}
