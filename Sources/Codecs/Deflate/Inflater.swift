// SPDX-License-Identifier: Apache-2.0

/// A DEFLATE, zlib or gzip decoder for input that arrives in pieces, whose output buffer the caller
/// manages as a sliding window.
///
/// Matches are copied from the bytes that the buffer holds before the position, so nothing is copied
/// twice and the fastest loop runs on the caller's memory. The caller may move the buffer's contents
/// between two calls, as long as the last ``windowByteCount`` bytes of output (or all, when there are
/// fewer) lie directly before the position. ``InflateStream`` takes that care away for the price of
/// one copy.
///
/// A value: a copy continues on its own.
public struct Inflater: Sendable {
  /// How far back matches may reach.
  public static var windowByteCount: Int { 32_768 }

  public let wrapper: Deflate.Wrapper
  let options: Deflate.DecodeOptions
  /// Bytes of input used so far, up to the last byte of which a bit was needed.
  public internal(set) var consumedByteCount = 0
  /// Bytes of output so far, of all members.
  public internal(set) var producedByteCount = 0

  enum Stage: Sendable {
    case zlibHeader, dictionaryID
    case gzipStart, gzipTime, extraLength, extra, name, comment, headerChecksum
    case body, trailer, nextMember, done
  }
  var stage: Stage
  var core: DeflateDecoder
  /// Where the DEFLATE data of this member began.
  var bodyStart = 0
  /// Of this member.
  var checksum: UInt32 = 0
  var memberByteCount = 0
  var header = HeaderState()

  /// - Parameter options: a preset dictionary of `n` bytes must lie, its last 32 KiB at least, in
  ///   the buffer directly before the position of the first call.
  public init(
    _ wrapper: Deflate.Wrapper = .raw, options: Deflate.DecodeOptions = Deflate.DecodeOptions()
  ) {
    self.wrapper = wrapper
    self.options = options
    core = DeflateDecoder(historyCount: wrapper == .raw ? options.historyByteCount : 0)
    switch wrapper {
    case .raw: stage = .body
    case .zlib: stage = .zlibHeader
    case .gzip: stage = .gzipStart
    }
  }

  /// Decodes into `buffer` from `position` on, until the stream ends, `input` is used up or the
  /// buffer is full.
  ///
  /// - Parameter isFinal: no input follows; running out of it is then `truncated`.
  /// - Throws: `truncated`, `corrupt`, `checksumMismatch`, `limitExceeded(.outputBytes)` by the
  ///   options' ratio, `invalidArgument` for a dictionary missing. What was decoded before the
  ///   error is in the buffer, and `position` behind it.
  @_lifetime(input: copy input)
  @_lifetime(buffer: copy buffer)
  public mutating func decode(
    _ input: inout ByteReader, into buffer: inout MutableRawSpan, at position: inout Int,
    isFinal: Bool = false
  ) throws(CodecError) -> StreamStatus {
    let source = input.bytes.extracting(input.offset..<input.bytes.byteCount)
    let distance = input.fileOffset &- consumedByteCount
    var used = 0
    do throws(CodecError) {
      let status = try decode(source, &used, &buffer, &position, isFinal)
      try input.skip(used)
      return status
    } catch {
      try input.skip(used)
      throw error.moved(by: distance)
    }
  }

  /// Appends to `output`; the bytes already there are the history.
  @_lifetime(input: copy input)
  @_lifetime(output: copy output)
  public mutating func decode(
    _ input: inout ByteReader, into output: inout OutputRawSpan, isFinal: Bool = false
  ) throws(CodecError) -> StreamStatus {
    let source = input.bytes.extracting(input.offset..<input.bytes.byteCount)
    let distance = input.fileOffset &- consumedByteCount
    var used = 0
    do throws(CodecError) {
      let status = try output.withAllBytes { (buffer, count) throws(CodecError) in
        try decode(source, &used, &buffer, &count, isFinal)
      }
      try input.skip(used)
      return status
    } catch {
      try input.skip(used)
      throw error.moved(by: distance)
    }
  }

  /// - Parameter offset: how much of `source` has been used: 0 at the call.
  @_lifetime(buffer: copy buffer)
  mutating func decode(
    _ source: RawSpan, _ offset: inout Int, _ buffer: inout MutableRawSpan,
    _ position: inout Int, _ isFinal: Bool
  ) throws(CodecError) -> StreamStatus {
    let start = consumedByteCount
    defer { consumedByteCount = start &+ offset }
    while stage != .done {
      if stage == .body {
        let status = try decodeBody(source, &offset, &buffer, &position)
        if status == .needsInput, isFinal { throw truncated(source.byteCount &- offset) }
        guard status == .done else { return status }
        stage = wrapper == .raw ? .done : .trailer
      } else {
        let isComplete = try decodeField(source, &offset, start)
        consumedByteCount = start &+ offset
        if isComplete { continue }
        guard isFinal else { return .needsInput }
        guard stage == .nextMember else { throw truncated(0) }
        endMembers(&offset)
      }
    }
    return .done
  }

  @_lifetime(buffer: copy buffer)
  private mutating func decodeBody(
    _ source: RawSpan, _ offset: inout Int, _ buffer: inout MutableRawSpan,
    _ position: inout Int
  ) throws(CodecError) -> StreamStatus {
    let first = position
    var end = buffer.byteCount
    if let ratio = options.maxRatio {
      // The bound grows with the input seen; reaching one byte beyond it is passing it.
      let seen = consumedByteCount &+ source.byteCount &- offset
      let (bound, overflow) = seen.multipliedReportingOverflow(by: max(ratio, 1))
      let free = overflow ? Int.max : max(bound, 4_096) &- producedByteCount
      if free < end &- position { end = position &+ free &+ 1 }
    }
    let piece = source.extracting(offset..<source.byteCount)
    var used = 0
    var result = Result<StreamStatus, CodecError>.success(.done)
    do throws(CodecError) {
      var window = buffer._mutatingExtracting(0..<end)
      result = .success(try core.decode(piece, &used, into: &window, &position))
    } catch {
      result = .failure(error.rethrown(by: wrapper.name, part: error.part, movedBy: bodyStart))
    }
    offset &+= used
    consumedByteCount &+= used
    producedByteCount &+= position &- first
    memberByteCount &+= position &- first
    let new = buffer.bytes.extracting(first..<position)
    if options.verifiesChecksum {
      switch wrapper {
      case .raw: break
      case .zlib: checksum = Adler32.checksum(new, initial: checksum)
      case .gzip: checksum = CRC32.checksum(new, initial: checksum)
      }
    }
    if end < buffer.byteCount, position == end {
      throw CodecError(
        .limitExceeded(.outputBytes), codec: wrapper.name, part: "data",
        "the output passes the allowed ratio to the input", at: consumedByteCount)
    }
    return try result.get()
  }

  /// The input ended `distance` bytes further on.
  private func truncated(_ distance: Int) -> CodecError {
    let part: CodecError.Name =
      switch stage {
      case .body: "data"
      case .trailer: "trailer"
      default: "header"
      }
    return CodecError(
      .truncated(needed: 1), codec: wrapper.name, part: part, at: consumedByteCount &+ distance)
  }
}

extension Deflate.DecodeOptions {
  /// How many bytes of the dictionary matches can reach.
  var historyByteCount: Int { min(dictionary?.count ?? 0, Inflater.windowByteCount) }
}
