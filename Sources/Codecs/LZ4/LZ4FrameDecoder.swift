// SPDX-License-Identifier: Apache-2.0

extension LZ4Frame {
  /// Appends the content of the frame at the start of `source` and of all frames that follow it.
  ///
  /// - Throws: `truncated`, `corrupt`, `unsupported`, `checksumMismatch`, `outputFull`.
  /// - Returns: bytes of `source` that are frames.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init()
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    var isFirst = true
    while let magic = try nextMagic(&reader, isFirst: isFirst) {
      isFirst = false
      if isSkippable(magic) {
        try reader.skip(Int(try reader.u32le("skippable frame")), "skippable frame")
      } else if magic == legacyMagic {
        try decodeLegacy(&reader, into: &output, options)
      } else {
        try decodeFrame(&reader, into: &output, options)
      }
    }
    return reader.offset
  }

  /// The number of bytes that ``decode(_:into:options:)`` yields, from the blocks themselves:
  /// what a header states is not trusted.
  public static func decodedByteCount(
    of source: RawSpan, options: DecodeOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    var total = 0
    var isFirst = true
    while let magic = try nextMagic(&reader, isFirst: isFirst) {
      isFirst = false
      if isSkippable(magic) {
        try reader.skip(Int(try reader.u32le("skippable frame")), "skippable frame")
        continue
      }
      let isLegacy = magic == legacyMagic
      var header = Header()
      if !isLegacy {
        header = try Header(parsing: &reader, verifies: options.verifiesChecksums)
      }
      while let block = try isLegacy ? legacyBlock(&reader) : block(&reader, header) {
        total += block.isStored ? block.bytes.byteCount : try LZ4.blockSize(block.bytes)
        try limits.check(total, .outputBytes, codec: name, at: reader.offset)
      }
      if header.hasContentChecksum { try reader.skip(4, "content checksum") }
    }
    return total
  }

  /// The next magic number; `nil` at the end of the frames, which must not be the start.
  private static func nextMagic(
    _ reader: inout ByteReader, isFirst: Bool
  ) throws(CodecError) -> UInt32? {
    guard isFirst || reader.remaining >= 4 else { return nil }
    let start = reader.offset
    let magic = try reader.u32le("magic")
    if magic == self.magic || magic == legacyMagic || isSkippable(magic) { return magic }
    guard !isFirst else {
      throw CodecError(.corrupt, codec: name, part: "magic", "not an LZ4 frame", at: start)
    }
    try reader.seek(to: start)
    return nil
  }

  struct Block: ~Escapable {
    let bytes: RawSpan
    let isStored: Bool
    /// Where the bytes begin.
    let offset: Int

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, isStored: Bool, offset: Int) {
      self.bytes = bytes
      self.isStored = isStored
      self.offset = offset
    }
  }

  /// The next block, its checksum verified by ``verify(_:_:_:)``; `nil` for the end mark.
  @_lifetime(copy reader)
  private static func block(
    _ reader: inout ByteReader, _ header: Header
  ) throws(CodecError) -> Block? {
    let size = try reader.u32le("block size")
    if size == 0 { return nil }
    let count = Int(size & 0x7FFF_FFFF)
    guard count <= header.blockSize.byteCount else {
      throw CodecError(
        .corrupt, codec: name, part: "block size", "larger than the header allows",
        at: reader.offset - 4)
    }
    let offset = reader.offset
    let bytes = try reader.take(count, "block")
    if header.hasBlockChecksums { try reader.skip(4, "block checksum") }
    return Block(bytes, isStored: size >> 31 == 1, offset: offset)
  }

  /// The next block of a legacy frame; `nil` at the end of the input or before another frame.
  @_lifetime(copy reader)
  private static func legacyBlock(_ reader: inout ByteReader) throws(CodecError) -> Block? {
    guard reader.remaining >= 4 else { return nil }
    let start = reader.offset
    let size = try reader.u32le("block size")
    if size == magic || size == legacyMagic || isSkippable(size) {
      try reader.seek(to: start)
      return nil
    }
    guard Int(size) <= LZ4.encodedByteCountBound(for: legacyBlockByteCount) else {
      throw CodecError(
        .corrupt, codec: name, part: "block size", "larger than 8 MiB can take", at: start)
    }
    let offset = reader.offset
    return Block(try reader.take(Int(size), "block"), isStored: false, offset: offset)
  }

  private static func decodeLegacy(
    _ reader: inout ByteReader, into output: inout OutputRawSpan, _ options: DecodeOptions
  ) throws(CodecError) {
    while let block = try legacyBlock(&reader) {
      let start = output.byteCount
      let status = LZ4.decodeBlock(
        block.bytes, into: &output, historyStart: start, limit: legacyBlockByteCount,
        dictionary: RawSpan())
      try LZ4.check(status, base: block.offset, codec: name)
    }
  }

  private static func decodeFrame(
    _ reader: inout ByteReader, into output: inout OutputRawSpan, _ options: DecodeOptions
  ) throws(CodecError) {
    let header = try Header(parsing: &reader, verifies: options.verifiesChecksums)
    let start = output.byteCount
    if let size = header.contentSize, size > UInt64(output.freeCapacity) {
      let needed = Int(clamping: size).addingReportingOverflow(start)
      throw CodecError(
        .outputFull(needed: needed.overflow ? nil : needed.partialValue), codec: name,
        part: "content size", at: reader.offset)
    }
    while let block = try block(&reader, header) {
      if header.hasBlockChecksums, options.verifiesChecksums {
        let place = block.offset + block.bytes.byteCount
        try verify(
          block.bytes, UInt32(littleEndian: reader.bytes.loadUnaligned(UInt32.self, at: place)),
          "block checksum", place)
      }
      if block.isStored {
        guard block.bytes.byteCount <= output.freeCapacity else {
          throw CodecError(.outputFull(needed: nil), codec: name, part: "block", at: block.offset)
        }
        output.append(block.bytes)
      } else {
        let before = output.byteCount
        let history = header.isLinked ? start : before
        let status = LZ4.decodeBlock(
          block.bytes, into: &output, historyStart: history, limit: header.blockSize.byteCount,
          dictionary: options.dictionary.rawSpan)
        try LZ4.check(status, base: block.offset, codec: name)
      }
    }
    let count = output.byteCount - start
    if let size = header.contentSize, size != UInt64(count) {
      throw CodecError(
        .corrupt, codec: name, part: "content size", "the blocks hold another number of bytes",
        at: reader.offset)
    }
    guard header.hasContentChecksum else { return }
    let place = reader.offset
    let stored = try reader.u32le("content checksum")
    guard options.verifiesChecksums else { return }
    let computed = hash(of: output, from: start)
    if stored != computed {
      throw CodecError(
        .checksumMismatch(stored: stored, computed: computed), codec: name,
        part: "content checksum", at: place)
    }
  }

  private static func verify(
    _ bytes: RawSpan, _ stored: UInt32, _ part: CodecError.Name, _ offset: Int
  ) throws(CodecError) {
    let computed = XXHash32.hash(bytes)
    guard stored == computed else {
      throw CodecError(
        .checksumMismatch(stored: stored, computed: computed), codec: name, part: part,
        at: offset)
    }
  }

  private static func hash(of output: borrowing OutputRawSpan, from start: Int) -> UInt32 {
    let bytes = output.bytes
    return XXHash32.hash(bytes.extracting(start..<bytes.byteCount))
  }
}
