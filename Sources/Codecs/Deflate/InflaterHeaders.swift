// SPDX-License-Identifier: Apache-2.0

// What surrounds the DEFLATE data, field by field: the input may end within any of them.

extension Inflater {
  /// Where in a header or trailer the input stopped.
  struct HeaderState: Sendable {
    /// The bytes of the current field so far, the first one lowest.
    var field: UInt64 = 0
    var fieldByteCount = 0
    /// FLG of the gzip header.
    var flags: UInt8 = 0
    /// Bytes of FEXTRA still to come.
    var extraByteCount = 0
    /// CRC-32 of the gzip header so far.
    var checksum: UInt32 = 0

    /// The next `count` bytes as a little-endian number, or `nil` when the input ends before.
    mutating func collect(_ count: Int, _ source: RawSpan, _ offset: inout Int) -> UInt64? {
      while fieldByteCount < count {
        guard offset < source.byteCount else { return nil }
        field |= UInt64(source[byteAt: offset]) << UInt64(fieldByteCount * 8)
        fieldByteCount += 1
        offset += 1
      }
      defer { (field, fieldByteCount) = (0, 0) }
      return field
    }
  }

  /// Goes through one field; `false` when the input ends before the field does.
  ///
  /// - Parameter start: where `source` begins in the stream.
  mutating func decodeField(
    _ source: RawSpan, _ offset: inout Int, _ start: Int
  ) throws(CodecError) -> Bool {
    let place = start &+ offset &- header.fieldByteCount
    switch stage {
    case .body, .done: return true
    case .zlibHeader, .dictionaryID:
      guard try readZlibField(source, &offset) else { return false }
      if stage == .body { beginBody(start &+ offset) }
      return true
    case .headerChecksum:
      guard try readHeaderChecksum(source, &offset, place) else { return false }
      beginBody(start &+ offset)
      return true
    case .trailer: return try readTrailer(source, &offset, place)
    case .nextMember: return findMember(source, &offset)
    default:
      let first = offset
      let isComplete = try readGzipField(source, &offset, place)
      // FHCRC covers everything before itself.
      header.checksum = CRC32.checksum(
        source.extracting(first..<offset), initial: header.checksum)
      return isComplete
    }
  }

  /// The DEFLATE data of a member begins.
  private mutating func beginBody(_ place: Int) {
    bodyStart = place
    checksum = wrapper == .zlib ? 1 : 0
    memberByteCount = 0
    stage = .body
  }

  private func corrupt(
    _ part: CodecError.Name, _ message: CodecError.Name, _ place: Int
  ) -> CodecError {
    CodecError(.corrupt, codec: wrapper.name, part: part, message, at: place)
  }

  // MARK: zlib

  private mutating func readZlibField(
    _ source: RawSpan, _ offset: inout Int
  ) throws(CodecError) -> Bool {
    if stage == .zlibHeader {
      guard let field = header.collect(2, source, &offset) else { return false }
      let header = try Zlib.Header(
        cmf: UInt8(truncatingIfNeeded: field), flg: UInt8(truncatingIfNeeded: field >> 8))
      stage = header.hasDictionary ? .dictionaryID : .body
      return true
    }
    guard let field = header.collect(4, source, &offset) else { return false }
    let id = UInt32(truncatingIfNeeded: field).byteSwapped
    guard let dictionary = options.dictionary, Adler32.checksum(dictionary.span) == id else {
      throw CodecError(
        .invalidArgument, codec: Zlib.name, part: "header",
        "the stream needs a preset dictionary other than the one given", at: 2)
    }
    core = DeflateDecoder(historyCount: options.historyByteCount)
    stage = .body
    return true
  }

  // MARK: gzip

  private mutating func readGzipField(
    _ source: RawSpan, _ offset: inout Int, _ place: Int
  ) throws(CodecError) -> Bool {
    switch stage {
    case .gzipStart:
      guard let field = header.collect(4, source, &offset) else { return false }
      guard field & 0xFFFF == 0x8B1F else {
        throw corrupt("header", "the signature is not 1F 8B", place)
      }
      guard field >> 16 & 0xFF == 8 else {
        throw corrupt("header", "the compression method is not 8", place &+ 2)
      }
      header.flags = UInt8(truncatingIfNeeded: field >> 24)
      guard header.flags & 0xE0 == 0 else {
        throw corrupt("header", "reserved flags are set", place &+ 3)
      }
      stage = .gzipTime
    case .gzipTime:
      guard header.collect(6, source, &offset) != nil else { return false }
      stage = header.flags & 4 != 0 ? .extraLength : .name
    case .extraLength:
      guard let count = header.collect(2, source, &offset) else { return false }
      header.extraByteCount = Int(count)
      stage = .extra
    case .extra:
      let count = min(header.extraByteCount, source.byteCount - offset)
      offset += count
      header.extraByteCount -= count
      guard header.extraByteCount == 0 else { return false }
      stage = .name
    case .name:
      guard header.flags & 8 == 0 || skipText(source, &offset) else { return false }
      stage = .comment
    default:
      guard header.flags & 16 == 0 || skipText(source, &offset) else { return false }
      stage = .headerChecksum
    }
    return true
  }

  /// Goes behind the next zero byte.
  private func skipText(_ source: RawSpan, _ offset: inout Int) -> Bool {
    while offset < source.byteCount {
      offset += 1
      if source[byteAt: offset - 1] == 0 { return true }
    }
    return false
  }

  private mutating func readHeaderChecksum(
    _ source: RawSpan, _ offset: inout Int, _ place: Int
  ) throws(CodecError) -> Bool {
    guard header.flags & 2 != 0 else { return true }
    guard let field = header.collect(2, source, &offset) else { return false }
    let stored = UInt32(truncatingIfNeeded: field)
    guard stored == header.checksum & 0xFFFF || !options.verifiesChecksum else {
      throw CodecError(
        .checksumMismatch(stored: stored, computed: header.checksum & 0xFFFF),
        codec: wrapper.name, part: "header", at: place)
    }
    return true
  }

  /// A member follows, or something else, or nothing.
  private mutating func findMember(_ source: RawSpan, _ offset: inout Int) -> Bool {
    let isOther =
      header.fieldByteCount == 0 && offset < source.byteCount
      && source[byteAt: offset] != 0x1F
    if !isOther {
      guard let field = header.collect(2, source, &offset) else { return false }
      if field == 0x8B1F {
        header = HeaderState(field: field, fieldByteCount: 2)
        core = DeflateDecoder()
        stage = .gzipStart
        return true
      }
      header.fieldByteCount = 2
    }
    endMembers(&offset)
    return true
  }

  /// What follows the last member is not ours. (A byte that came in an earlier piece stays used.)
  mutating func endMembers(_ offset: inout Int) {
    offset = max(offset - header.fieldByteCount, 0)
    stage = .done
  }

  // MARK: Trailers

  private mutating func readTrailer(
    _ source: RawSpan, _ offset: inout Int, _ place: Int
  ) throws(CodecError) -> Bool {
    guard let field = header.collect(wrapper == .zlib ? 4 : 8, source, &offset) else {
      return false
    }
    var stored = UInt32(truncatingIfNeeded: field)
    if wrapper == .zlib { stored = stored.byteSwapped }
    guard stored == checksum || !options.verifiesChecksum else {
      throw CodecError(
        .checksumMismatch(stored: stored, computed: checksum), codec: wrapper.name,
        part: "trailer", at: place)
    }
    if wrapper == .gzip, options.verifiesChecksum,
      UInt32(truncatingIfNeeded: field >> 32) != UInt32(truncatingIfNeeded: memberByteCount)
    {
      throw corrupt("trailer", "the size is not that of the data", place &+ 4)
    }
    stage = wrapper == .zlib ? .done : .nextMember
    return true
  }
}
