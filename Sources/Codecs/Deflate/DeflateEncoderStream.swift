// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// An encoder for input that arrives in pieces.
  ///
  /// What it writes depends on the bytes and on where they are flushed, not on how they are cut into
  /// pieces.
  public final class StreamEncoder {
    /// What shall be complete when a call returns.
    public enum Flush: Sendable {
      /// Nothing: input may wait for more.
      case none
      /// All input so far can be decoded, and the output ends at a byte.
      case sync
      /// The same, and nothing that follows refers to what came before.
      case full
      /// The stream. No input may follow.
      case finish
    }

    /// Input bytes that are encoded together.
    static let segmentByteCount = 262_144

    private let encoder: Encoder
    /// Up to a window of input encoded before, then what waits.
    private var window: [UInt8] = []
    private var start = 0
    /// Bytes before `start` that the match finder does not know yet.
    private var unentered = 0
    private var hasBegun = false
    private var isFinished = false
    private var checksum: UInt32
    private var byteCount = 0

    /// - Throws: as ``Encoder``.
    public init(
      _ wrapper: Wrapper = .raw, options: EncodeOptions = EncodeOptions(),
      gzipHeader: Gzip.Header = Gzip.Header()
    ) throws(CodecError) {
      encoder = try Encoder(wrapper, options: options, gzipHeader: gzipHeader)
      checksum = wrapper == .zlib ? 1 : 0
      encoder.bits = BitBuffer()
      encoder.tables.beginStream()
      if let dictionary = options.dictionary {
        window = dictionary.span.extracting(last: min(dictionary.count, windowSize - 1)).copied
        start = window.count
        unentered = start
      }
    }

    /// Takes `input`, and returns the bytes of the stream that are ready.
    ///
    /// - Throws: `invalidArgument` after ``Flush/finish``.
    public func encode(
      _ input: RawSpan, flush: Flush = .none
    ) throws(CodecError) -> [UInt8] {
      guard !isFinished else {
        throw CodecError(.invalidArgument, codec: encoder.wrapper.name, "the stream is finished")
      }
      var output = hasBegun ? [] : encoder.prefix
      hasBegun = true
      switch encoder.wrapper {
      case .raw: break
      case .zlib: checksum = Adler32.checksum(input, initial: checksum)
      case .gzip: checksum = CRC32.checksum(input, initial: checksum)
      }
      byteCount += input.byteCount
      var taken = 0
      while taken < input.byteCount {
        let count = min(
          input.byteCount - taken, Self.segmentByteCount - (window.count - start))
        window += input.extracting(taken..<(taken + count)).copied
        taken += count
        if window.count - start == Self.segmentByteCount {
          output += try encodeWaiting(isFinal: false, isFlushed: false)
        }
      }
      switch flush {
      case .none: break
      case .sync, .full: output += try encodeWaiting(isFinal: false, isFlushed: true)
      case .finish: output += try encodeWaiting(isFinal: true, isFlushed: false) + suffix
      }
      if flush == .full { forget() }
      isFinished = flush == .finish
      return output
    }

    private var suffix: [UInt8] {
      switch encoder.wrapper {
      case .raw: []
      case .zlib: Zlib.trailer(checksum: checksum)
      case .gzip: Gzip.trailer(checksum: checksum, byteCount: byteCount)
      }
    }

    private func encodeWaiting(isFinal: Bool, isFlushed: Bool) throws(CodecError) -> [UInt8] {
      let waiting = window.count - start
      let output = try encoder.encodePiece(
        Bytes(window).span, from: start, unentered: unentered, isFinal: isFinal,
        isFlushed: isFlushed)
      if waiting > 0 {
        // The last bytes had too few after them to be entered.
        unentered = min(unentered + waiting, encoder.tables.lookahead)
        encoder.tables.position -= unentered
        let kept = min(window.count, windowSize - 1)
        window.removeFirst(window.count - kept)
        start = kept
      }
      return output
    }

    private func forget() {
      encoder.tables.position += unentered
      encoder.tables.beginStream()
      window = []
      start = 0
      unentered = 0
    }
  }
}

extension Deflate.Encoder {
  /// The blocks of `window[start...]` as bytes; fewer than 8 bits stay in ``bits``.
  ///
  /// - Parameter isFlushed: whether an empty stored block shall fill the last byte.
  func encodePiece(
    _ window: RawSpan, from start: Int, unentered: Int, isFinal: Bool, isFlushed: Bool
  ) throws(CodecError) -> [UInt8] {
    let count = window.byteCount - start
    return try [UInt8](capacity: Deflate.encodedByteCountBound(for: count) + 8) {
      (output) throws(CodecError) in
      if count > 0 || isFinal {
        try encodeSegment(
          window, from: start, unentered: unentered, isFinal: isFinal, into: &output)
      }
      if isFlushed {
        bits.put(0, 3, to: &output)
        bits.align(to: &output)
        bits.put(0xFFFF << 16, 32, to: &output)
      }
    }
  }
}

extension RawSpan {
  /// The bytes as an array.
  fileprivate var copied: [UInt8] { [UInt8](copying: self) }
}
