// SPDX-License-Identifier: Apache-2.0

/// A DEFLATE, zlib or gzip decoder whose input and output come in pieces of any size.
///
/// It decodes into a window of its own and copies from there; ``Inflater`` does without the copy
/// when the caller's buffer can hold the history.
public struct InflateStream: ByteStreamDecoder {
  /// The history and what was decoded after it: 32 KiB of history stay when it is moved down.
  private var window: [UInt8]
  /// End of what has been decoded into the window.
  private var position: Int
  /// Start of what the caller has not been given yet.
  private var delivered: Int
  private var inflater: Inflater
  private var status = StreamStatus.needsInput
  /// The error that comes after what is in the window.
  private var failure: CodecError?

  private static var windowByteCount: Int { 1 << 17 }

  /// - Throws: `invalidArgument` for a dictionary with gzip.
  public init(
    _ wrapper: Deflate.Wrapper = .raw, options: Deflate.DecodeOptions = Deflate.DecodeOptions()
  ) throws(CodecError) {
    guard wrapper != .gzip || options.dictionary == nil else {
      throw CodecError(
        .invalidArgument, codec: Gzip.name, part: "options", "gzip has no preset dictionary")
    }
    inflater = Inflater(wrapper, options: options)
    window = [UInt8](repeating: 0, count: Self.windowByteCount)
    position = options.historyByteCount
    delivered = position
    if let dictionary = options.dictionary {
      let first = dictionary.count - position
      try window.withMutableBytes { (window) throws(CodecError) in
        window.copy(dictionary.span.extracting(first..<dictionary.count), at: 0)
      }
    }
  }

  /// Bytes of input used so far.
  public var consumedByteCount: Int { inflater.consumedByteCount }
  /// Bytes of output decoded so far; some may not have been handed out yet.
  public var producedByteCount: Int { inflater.producedByteCount }

  /// Decodes until `input` is used up, `output` is full, or the stream ends.
  ///
  /// - Throws: as ``Inflater/decode(_:into:at:isFinal:)``, after everything before the error has
  ///   been handed out.
  public mutating func decode(
    _ input: inout ByteReader, into output: inout OutputRawSpan, isFinal: Bool
  ) throws(CodecError) -> StreamStatus {
    // Taken out, so that the closures below do not hold `self` twice.
    var window: [UInt8] = []
    swap(&window, &self.window)
    defer { swap(&window, &self.window) }
    while true {
      try window.withMutableBytes { (window) throws(CodecError) in
        let count = min(position &- delivered, output.freeCapacity)
        output.append(window.bytes.extracting(delivered..<(delivered &+ count)))
        delivered &+= count
      }
      if delivered < position { return .needsOutput }
      if let failure { throw failure }
      if status == .done { return .done }
      if status == .needsInput, input.isAtEnd, !isFinal { return .needsInput }
      try window.withMutableBytes { (window) throws(CodecError) in
        let history = Inflater.windowByteCount
        if window.byteCount &- position < history {
          window.move((position &- history)..<position, to: 0)
          position = history
          delivered = history
        }
        do throws(CodecError) {
          status = try inflater.decode(&input, into: &window, at: &position, isFinal: isFinal)
        } catch { failure = error }
      }
    }
  }
}
