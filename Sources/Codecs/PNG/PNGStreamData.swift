// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Finds the data of consecutive IDAT chunks in bytes that arrive in pieces: what ``DataReader``
  /// does for a file that is there.
  struct DataFeed: Sendable {
    enum Next {
      /// Where data is in the file.
      case data(Range<Int>)
      case needsInput
      /// Another chunk follows, or none.
      case ended
    }

    /// Bytes of the current chunk's data not used yet; `nil` between chunks.
    private(set) var left: Int?
    private var checksum: UInt32 = 0
    /// The first wrong chunk checksum.
    private(set) var mismatch: CodecError?

    /// What comes next in `span`, the bytes of the file from `base` on.
    mutating func next(
      _ span: RawSpan, _ base: Int, _ offset: inout Int, isFinal: Bool, policy: DecodePolicy
    ) throws(CodecError) -> Next {
      while true {
        if let left {
          let available = base + span.byteCount - offset
          if left > 0 {
            return available > 0 ? .data(offset..<(offset + min(left, available))) : .needsInput
          }
          guard try endChunk(span, base, &offset, policy: policy) else { return .needsInput }
        }
        guard isFinal || base + span.byteCount - offset >= 8 else { return .needsInput }
        var reader = ChunkReader(span, at: offset - base)
        let chunk: Chunk?
        do throws(CodecError) { chunk = try reader.next() } catch { throw error.moved(by: base) }
        guard let chunk, chunk.type == .IDAT else { return .ended }
        offset += 8
        left = chunk.length
        checksum = CRC32.checksum(chunk.type.bytes)
      }
    }

    /// Notes that the next `count` bytes have been used.
    mutating func use(
      _ count: Int, _ span: RawSpan, _ base: Int, _ offset: inout Int, policy: DecodePolicy
    ) {
      guard let left, count > 0 else { return }
      if policy.verifiesChecksums {
        let start = offset - base
        checksum = CRC32.checksum(span.extracting(start..<(start + count)), initial: checksum)
      }
      self.left = left - count
      offset += count
    }

    /// Goes to the end of the current chunk; `false` when it has not come.
    mutating func skipChunk(
      _ span: RawSpan, _ base: Int, _ offset: inout Int, policy: DecodePolicy
    ) throws(CodecError) -> Bool {
      guard let left else { return true }
      use(min(left, base + span.byteCount - offset), span, base, &offset, policy: policy)
      guard self.left == 0 else { return false }
      return try endChunk(span, base, &offset, policy: policy)
    }

    /// Compares the checksum behind the data; `false` when it has not come.
    private mutating func endChunk(
      _ span: RawSpan, _ base: Int, _ offset: inout Int, policy: DecodePolicy
    ) throws(CodecError) -> Bool {
      guard base + span.byteCount - offset >= 4 else { return false }
      let stored = UInt32(bigEndian: span.loadUnaligned(UInt32.self, at: offset - base))
      left = nil
      offset += 4
      guard policy.verifiesChecksums, stored != checksum, mismatch == nil else { return true }
      let error = CodecError(
        .checksumMismatch(stored: stored, computed: checksum), codec: PNG.name, part: "IDAT",
        at: offset - 4)
      guard policy.leniency != .strict else { throw error }
      mismatch = error
      return true
    }
  }
}

extension PNG.StreamMachine {
  /// The error for image data that ends too early.
  var truncated: CodecError {
    CodecError(
      .truncated(needed: 1), codec: PNG.name, part: "IDAT",
      "the image data ends before the image", at: offset)
  }

  private mutating func warn(
    _ part: CodecError.Name, _ text: CodecError.Name, at offset: Int
  ) throws(CodecError) {
    try diagnostics.warn(
      Warning(codec: PNG.name, part: part, text, at: offset), policy: policy)
  }

  /// Inflates what there is; notes as ``failure`` what ends the data early.
  mutating func inflate(
    _ decoder: inout PNG.RowDecoder, _ span: RawSpan, _ base: Int
  ) throws(CodecError) -> Bool {
    do throws(CodecError) {
      let next = try feed.next(span, base, &offset, isFinal: isFinal, policy: policy)
      switch next {
      case .needsInput where !isFinal: return false
      case .needsInput, .ended: failure = truncated
      case .data(let range):
        let bytes = span.extracting((range.lowerBound - base)..<(range.upperBound - base))
        var reader = ByteReader(bytes, codec: PNG.name, base: range.lowerBound)
        defer { feed.use(reader.offset, span, base, &offset, policy: policy) }
        isStreamDone = try decoder.inflate(&reader) == .done
      }
    } catch {
      guard error.isDamage else { throw error }
      failure = error
    }
    return true
  }

  /// Reads the compressed data behind the last row up to its checksum; see `PNG.finish`.
  mutating func end(
    _ decoder: inout PNG.RowDecoder, _ span: RawSpan, _ base: Int
  ) throws(CodecError) -> Bool {
    if decoder.dropExcess() {
      try warn("IDAT", "there is more image data than pixels", at: prologue?.dataStart ?? 0)
      stage = .closing
      return true
    }
    if isStreamDone {
      // Whether anything stands behind the data in its chunk, the next byte tells.
      if let left = feed.left, left > 0 {
        guard base + span.byteCount > offset || isFinal else { return false }
        if base + span.byteCount > offset {
          try warn("IDAT", "there are bytes behind the compressed data", at: offset)
        }
      }
      isVerified = decoder.hasChecksum
      stage = .closing
      return true
    }
    guard try inflate(&decoder, span, base) else { return false }
    if failure != nil { stage = .rows }
    return true
  }

  /// Reads the chunk in which the data ended to its end, and decides about its checksum.
  mutating func close(
    _ span: RawSpan, _ base: Int, _ decoder: inout PNG.RowDecoder
  ) throws(CodecError) -> Bool {
    if try !feed.skipChunk(span, base, &offset, policy: policy) {
      guard isFinal else { return false }
      offset = base + span.byteCount
    }
    stage = .tail
    guard let mismatch = feed.mismatch else { return true }
    guard isVerified else { return try fail(mismatch, &decoder, span, base) }
    try warn(
      "IDAT", "the checksum of a chunk is wrong, but that of the data in it is right",
      at: mismatch.offset ?? offset)
    return true
  }

  /// The image data is damaged: a wrong checksum of its chunk explains more than what it led to.
  mutating func fail(
    _ error: CodecError, _ decoder: inout PNG.RowDecoder, _ span: RawSpan, _ base: Int
  ) throws(CodecError) -> Bool {
    // What is behind the pixels does not count, however broken.
    if decoder.isComplete, decoder.dropExcess() {
      failure = nil
      try warn("IDAT", "there is more image data than pixels", at: prologue?.dataStart ?? 0)
      stage = .closing
      return true
    }
    if try !feed.skipChunk(span, base, &offset, policy: policy) {
      guard isFinal else { return false }
      offset = base + span.byteCount
    }
    // Data that ends too early does so behind its chunk.
    var error = error
    if error.message == truncated.message { error = truncated }
    try diagnostics.salvage(
      feed.mismatch ?? error, rowCount: decoder.completeRowCount, policy: policy)
    stage = .done
    return true
  }

  /// Looks at the next chunk behind the image data; see `PNG.checkEnd`.
  mutating func readTail(_ span: RawSpan, _ base: Int) throws(CodecError) -> Bool {
    let end = base + span.byteCount
    if let chunk = skipped {
      offset = min(chunk.end, end)
      guard offset == chunk.end else {
        guard isFinal else { return false }
        try warn(chunk.type.errorName, "the file ends inside the chunk", at: chunk.start)
        stage = .done
        return true
      }
      skipped = nil
      if chunk.type == .IDAT {
        try warn("IDAT", "image data follows behind other chunks", at: chunk.start)
      }
      guard chunk.type == .IEND else { return true }
      if chunk.length > 0 { try warn("IEND", "the chunk is not empty", at: chunk.start) }
      stage = .behind
      return true
    }
    guard isFinal || end - offset >= 8 else { return false }
    var reader = PNG.ChunkReader(span, at: offset - base)
    var next: PNG.Chunk?
    do throws(CodecError) { next = try reader.next() } catch {
      stage = .done
      try warn("chunk", "there is no chunk behind the last one", at: offset)
      return true
    }
    guard let chunk = next else {
      stage = .done
      try warn("IEND", "the file ends without IEND", at: offset)
      return true
    }
    if policy.leniency == .strict, policy.verifiesChecksums {
      // Its checksum counts: all of it is waited for.
      guard isFinal || chunk.end <= span.byteCount else { return false }
      if chunk.end <= span.byteCount {
        let (stored, computed) = reader.checksums(chunk)
        if stored != computed {
          try warn(chunk.type.errorName, "the checksum is wrong", at: offset)
        }
      }
    }
    skipped = PNG.Chunk(type: chunk.type, start: chunk.start + base, length: chunk.length)
    return true
  }
}
