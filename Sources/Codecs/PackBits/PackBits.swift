// SPDX-License-Identifier: Apache-2.0

/// PackBits run-length coding: TIFF compression 32773, PSD, ILBM, one byte plane of DICOM RLE.
///
/// Source: TIFF 6.0 specification, section 9; Apple Technical Note TN1023.
public enum PackBits: MeasurableCodec {
  public static var name: CodecError.Name { "packbits" }

  /// How the bytes are cut into runs.
  public struct EncodeOptions: Sendable, Hashable {
    /// Each run of this many bytes becomes a stream of its own, as TIFF asks for image rows;
    /// `nil` makes one stream. The last one may be shorter.
    public var rowByteCount: Int?
    public init(rowByteCount: Int? = nil) { self.rowByteCount = rowByteCount }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    byteCount + (byteCount + 127) / 128
  }

  public static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int {
    guard let row = options.rowByteCount, row > 0 else {
      return encodedByteCountBound(for: byteCount)
    }
    return byteCount / row * encodedByteCountBound(for: row)
      + encodedByteCountBound(for: byteCount % row)
  }

  /// Appends the packets of `source` to `output`, as imagecodecs chooses them.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when the row length is not positive.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    let row = options.rowByteCount ?? max(source.byteCount, 1)
    guard row > 0 else {
      throw CodecError(.invalidArgument, codec: name, "the row length is not positive")
    }
    var start = 0
    while start < source.byteCount {
      let end = row < source.byteCount &- start ? start &+ row : source.byteCount
      try encodeRow(source.extracting(start..<end), into: &output)
      start = end
    }
  }

  /// Appends the unpacked bytes; a zero header that ends the input is padding.
  ///
  /// - Throws: `truncated` when a packet needs more input, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) -> Int {
    let status = unpack(source, into: &output)
    switch status {
    case .done: return source.byteCount
    case .truncated(let offset):
      throw CodecError(.truncated(needed: 1), codec: name, part: "packet", at: offset)
    case .outputFull(let offset):
      throw CodecError(.outputFull(needed: nil), codec: name, part: "packet", at: offset)
    }
  }

  /// The number of bytes that ``decode(_:into:options:)`` yields.
  public static func decodedByteCount(
    of source: RawSpan, options: NoOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    var total = 0
    var i = 0
    while i < source.byteCount {
      let header = Int(Int8(bitPattern: source[byteAt: i]))
      if header >= 0 {
        i &+= header &+ 2
        if i > source.byteCount {
          if header == 0, i == source.byteCount &+ 1 { break }
          throw CodecError(
            .truncated(needed: i &- source.byteCount), codec: name, part: "packet",
            at: i &- header &- 2)
        }
        total += header &+ 1
      } else if header != -128 {
        guard i &+ 1 < source.byteCount else {
          throw CodecError(.truncated(needed: 1), codec: name, part: "packet", at: i)
        }
        i &+= 2
        total += 1 &- header
      } else {
        i &+= 1
      }
    }
    try limits.check(total, .outputBytes, codec: name)
    return total
  }

  private static func encodeRow(
    _ source: RawSpan, into output: inout OutputRawSpan
  ) throws(CodecError) {
    let bound = encodedByteCountBound(for: source.byteCount)
    // The pure-literal form is the fallback and as large as the bound, which packing asks for.
    guard output.freeCapacity < bound else { return pack(source, into: &output) }
    let packed = try [UInt8](capacity: bound) { output throws(CodecError) in
      pack(source, into: &output)
    }
    try output.require(packed.count, codec: name)
    output.append(packed.rawSpan)
  }
}
