// SPDX-License-Identifier: Apache-2.0

/// A transform from bytes to bytes that is known one way only, as those of LZO and EER are.
public protocol ByteDecoder: Sendable {
  associatedtype DecodeOptions: Sendable = NoOptions

  /// The name used in errors and by the registry, e.g. `"packbits"`.
  static var name: CodecError.Name { get }

  /// Appends the decoded form of `source` to `output` and stops at the end of the data.
  ///
  /// - Returns: bytes of `source` consumed.
  @discardableResult
  static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int

  /// Decodes data of unknown size into a new array of at most `limits.maxOutputBytes`.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8]
}

/// A transform from bytes to bytes and back: DEFLATE, LZW, PackBits, LZ4, delta, byte shuffle.
public protocol ByteCodec: ByteDecoder {
  associatedtype EncodeOptions: Sendable = NoOptions

  /// Appends the encoded form of `source` to `output`.
  static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError)

  /// An upper bound on the encoded size of any `byteCount` bytes.
  static func encodedByteCountBound(for byteCount: Int) -> Int

  /// An upper bound on the encoded size of any `byteCount` bytes under `options`.
  static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int
}

/// A codec that can tell the decoded size before it decodes.
public protocol MeasurableCodec: ByteCodec {
  /// The number of bytes that `source` decodes to.
  ///
  /// - Throws: what decoding `source` would throw, where that shows without its output;
  ///   `limitExceeded(.outputBytes)`.
  static func decodedByteCount(
    of source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> Int
}

extension MeasurableCodec {
  /// Decodes into a new array of the size that `source` calls for.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let byteCount = try decodedByteCount(of: source, options: options, limits: limits)
    return try decode(source, byteCount: byteCount, options: options)
  }

}

/// Options of a codec that has none.
public struct NoOptions: Sendable, Hashable { public init() {} }

/// A decoder that accepts its input in pieces. It holds state only; buffers are passed in.
public protocol ByteStreamDecoder: Sendable {
  /// Decodes until `input` is used up, `output` is full, or the stream ends.
  ///
  /// - Parameter isFinal: no input follows; running out of it is then `truncated`.
  mutating func decode(
    _ input: inout ByteReader, into output: inout OutputRawSpan, isFinal: Bool
  ) throws(CodecError) -> StreamStatus
}

/// Why a ``ByteStreamDecoder`` came back.
public enum StreamStatus: Sendable { case needsInput, needsOutput, done }

extension ByteDecoder {
  /// Tries with more and more room. A codec that knows its size, or can go on where it stopped,
  /// has its own.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let limit = limits.maxOutputBytes
    var capacity = min(limit, max(1 << 16, source.byteCount &* 4))
    while true {
      do throws(CodecError) {
        return try decode(source, byteCount: capacity, options: options)
      } catch {
        guard case .outputFull(let needed) = error.kind else { throw error }
        guard capacity < limit, needed ?? 0 <= limit else {
          throw CodecError(.limitExceeded(.outputBytes), codec: name, at: error.offset)
        }
        capacity = min(limit, max(needed ?? 0, capacity &* 4))
      }
    }
  }

  /// Decodes an array of bytes whose decoded size is not known.
  public static func decode(
    _ source: [UInt8], options: DecodeOptions, limits: Limits = .default
  ) throws(CodecError) -> [UInt8] {
    try decode(source.rawSpan, options: options, limits: limits)
  }

  /// Decodes into a new array of at most `byteCount` bytes.
  public static func decode(
    _ source: RawSpan, byteCount: Int, options: DecodeOptions
  ) throws(CodecError) -> [UInt8] {
    try [UInt8](capacity: byteCount) { (output) throws(CodecError) in
      try decode(source, into: &output, options: options)
    }
  }

  /// Decodes an array into a new array of at most `byteCount` bytes.
  public static func decode(
    _ source: [UInt8], byteCount: Int, options: DecodeOptions
  ) throws(CodecError) -> [UInt8] {
    try decode(source.rawSpan, byteCount: byteCount, options: options)
  }
}

extension ByteCodec {
  public static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int {
    encodedByteCountBound(for: byteCount)
  }

  /// Encodes into a new array.
  public static func encode(_ source: RawSpan, options: EncodeOptions) throws(CodecError) -> [UInt8]
  {
    try [UInt8](capacity: encodedByteCountBound(for: source.byteCount, options: options)) {
      (output) throws(CodecError) in
      try encode(source, into: &output, options: options)
    }
  }

  /// Encodes an array into a new array.
  public static func encode(_ source: [UInt8], options: EncodeOptions) throws(CodecError) -> [UInt8]
  {
    try encode(source.rawSpan, options: options)
  }
}

extension ByteCodec {
  /// Lets `body` append to `output` when the bound fits there, else to an array beside it of which
  /// only what was written must fit: inner loops then need no checks.
  ///
  /// - Throws: `outputFull`, and what `body` throws.
  static func encodeWithinBound(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions,
    _ body: (inout OutputRawSpan) throws(CodecError) -> Void
  ) throws(CodecError) {
    let bound = encodedByteCountBound(for: source.byteCount, options: options)
    guard output.freeCapacity < bound else { return try body(&output) }
    let encoded = try [UInt8](capacity: bound, body)
    try output.require(encoded.count, codec: name)
    output.append(encoded.rawSpan)
  }
}

extension [UInt8] {
  /// An array of what `body` appends, at most `capacity` bytes.
  ///
  /// - Note: a `capacity` that a file states must have passed ``Limits`` before.
  public init(
    capacity: Int, _ body: (inout OutputRawSpan) throws(CodecError) -> Void
  ) throws(CodecError) {
    var failure: CodecError?
    let array = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      var output = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
      do throws(CodecError) { try body(&output) } catch { failure = error }
      count = unsafe output.finalize(for: raw)
    }
    if let failure { throw failure }
    self = array
  }
}

extension OutputRawSpan {
  /// Throws `outputFull` unless `byteCount` more bytes fit.
  func require(_ byteCount: Int, codec: CodecError.Name) throws(CodecError) {
    guard freeCapacity >= byteCount else {
      throw CodecError(.outputFull(needed: self.byteCount + byteCount), codec: codec)
    }
  }

  /// Stores `value`, in machine byte order, over the bytes written at `offset`.
  @_lifetime(self: copy self)
  mutating func overwrite(_ value: UInt32, at offset: Int) {
    var bytes = mutableBytes
    bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }
}
