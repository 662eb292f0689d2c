// SPDX-License-Identifier: Apache-2.0

/// LZ4 blocks: no header, no checksum. ``LZ4Frame`` is the file format, ``LZ4H5`` HDF5's.
///
/// Source: LZ4 block format description.
public enum LZ4: MeasurableCodec {
  public static var name: CodecError.Name { "lz4" }

  /// How hard the encoder looks for matches.
  public enum Effort: Sendable, Hashable {
    /// One candidate per position; 1 looks at the most positions, up to 65,537 at ever fewer.
    case fast(acceleration: Int = 1)
    /// Levels 1 to 12 of the high-compression encoder; 10 to 12 parse optimally.
    case high(level: Int = 9)

    /// The level and acceleration within their ranges: values outside are clamped.
    var clamped: Effort {
      switch self {
      case .fast(let acceleration): .fast(acceleration: min(max(acceleration, 1), 65_537))
      case .high(let level): .high(level: min(max(level, 1), 12))
      }
    }
  }

  public struct EncodeOptions: Sendable, Hashable {
    public var effort: Effort
    /// Store the decoded size in four bytes before the block, least significant first.
    public var storesSize: Bool
    /// Bytes that the decoder will also have; the last 64 KiB count.
    public var dictionary: [UInt8]
    public init(effort: Effort = .fast(), storesSize: Bool = false, dictionary: [UInt8] = []) {
      self.effort = effort
      self.storesSize = storesSize
      self.dictionary = dictionary
    }
  }

  public struct DecodeOptions: Sendable, Hashable {
    /// The decoded size stands in four bytes before the block.
    public var storesSize: Bool
    /// The bytes that the encoder had; the last 64 KiB count.
    public var dictionary: [UInt8]
    public init(storesSize: Bool = false, dictionary: [UInt8] = []) {
      self.storesSize = storesSize
      self.dictionary = dictionary
    }
  }

  /// Largest input of one block.
  public static var maxByteCount: Int { 0x7E00_0000 }
  /// How far back a match can reach.
  static var windowByteCount: Int { 65_535 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    byteCount + expansionBound(for: byteCount)
  }

  /// Bytes that a block takes more than it has, at most, or the encoder writes behind it.
  static func expansionBound(for byteCount: Int) -> Int { byteCount / 255 + 16 }

  public static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int {
    encodedByteCountBound(for: byteCount) + (options.storesSize ? 4 : 0)
  }

  /// Appends one block.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when `source` is larger than ``maxByteCount``.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    guard source.byteCount <= maxByteCount else {
      throw CodecError(.invalidArgument, codec: name, "a block holds at most 0x7E000000 bytes")
    }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      try encodeBlock(source, into: &output, options: options)
    }
  }

  private static func encodeBlock(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError) {
    if options.storesSize {
      output.append(littleEndian: UInt32(truncatingIfNeeded: source.byteCount))
    }
    let encoder = BlockEncoder(options.effort)
    if options.dictionary.isEmpty {
      try encoder.encode(source, start: 0, into: &output)
    } else {
      // Matches into the dictionary are ordinary ones when it lies before the source.
      let dictionary = options.dictionary.suffix(windowByteCount + 1)
      var joined = ByteWriter()
      joined.append(dictionary)
      joined.append(source)
      encoder.prime(joined.bytes.rawSpan, count: dictionary.count)
      try encoder.encode(joined.bytes.rawSpan, start: dictionary.count, into: &output)
    }
  }

  /// Appends the bytes of one block, which is all of `source`.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init()
  ) throws(CodecError) -> Int {
    var start = 0
    var limit = Int.max
    if options.storesSize {
      limit = try storedSize(source)
      start = 4
      guard limit <= output.freeCapacity else {
        let needed = output.byteCount + limit
        throw CodecError(.outputFull(needed: needed), codec: name)
      }
    }
    let before = output.byteCount
    let dictionary = options.dictionary
    let status = decodeBlock(
      source.extracting(start..<source.byteCount), into: &output, historyStart: before,
      limit: limit, dictionary: dictionary.rawSpan)
    try check(status, base: start, codec: name)
    if options.storesSize, output.byteCount - before != limit {
      throw CodecError(.corrupt, codec: name, "fewer bytes than the stored size", at: 0)
    }
    return source.byteCount
  }

  /// The number of bytes that ``decode(_:into:options:)`` yields.
  public static func decodedByteCount(
    of source: RawSpan, options: DecodeOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    let size = options.storesSize ? try storedSize(source) : try blockSize(source)
    try limits.check(size, .outputBytes, codec: name, at: 0)
    return size
  }

  private static func storedSize(_ source: RawSpan) throws(CodecError) -> Int {
    try StoredSize.read(source, expansion: 255, codec: name)
  }

  /// Adds up the lengths of a block's sequences.
  static func blockSize(_ source: RawSpan) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    var total = 0
    while true {
      let token = Int(try reader.u8("token"))
      let literals = try length(&reader, token >> 4)
      try reader.skip(literals, "literals")
      total += literals
      if reader.isAtEnd { return total }
      try reader.skip(2, "offset")
      total += try length(&reader, token & 15) + 4
    }
  }

  private static func length(_ reader: inout ByteReader, _ nibble: Int) throws(CodecError) -> Int {
    var length = nibble
    guard nibble == 15 else { return length }
    var byte: UInt8
    repeat {
      byte = try reader.u8("length")
      length += Int(byte)
    } while byte == 255
    return length
  }

  /// Throws what `status` stands for; offsets count from `base`.
  static func check(
    _ status: BlockStatus, base: Int, codec: CodecError.Name
  ) throws(CodecError) {
    switch status {
    case .done: return
    case .truncated(let offset):
      throw CodecError(
        .truncated(needed: 1), codec: codec, part: "sequence", at: base + offset)
    case .zeroOffset(let offset):
      throw CodecError(
        .corrupt, codec: codec, part: "sequence", "a match has offset 0", at: base + offset)
    case .farOffset(let offset):
      throw CodecError(
        .corrupt, codec: codec, part: "sequence", "a match reaches before the data",
        at: base + offset)
    case .outputFull(let offset):
      throw CodecError(
        .outputFull(needed: nil), codec: codec, part: "sequence", at: base + offset)
    }
  }
}
