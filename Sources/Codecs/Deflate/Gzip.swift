// SPDX-License-Identifier: Apache-2.0

/// The gzip format: members of DEFLATE data with name, time, CRC-32 and size.
///
/// Members follow each other. What comes after the last one and does not begin with the signature
/// is left alone, as gzip and zlib's `gzread` do.
/// Source: RFC 1952.
public enum Gzip: ByteCodec {
  public static var name: CodecError.Name { "gzip" }
  public typealias DecodeOptions = Deflate.DecodeOptions

  public struct EncodeOptions: Sendable {
    public var deflate: Deflate.EncodeOptions
    public var header: Header

    public init(level: Int = 6, strategy: Deflate.Strategy = .default, header: Header = Header()) {
      deflate = Deflate.EncodeOptions(level: level, strategy: strategy)
      self.header = header
    }
  }

  /// What a member says about itself before its data.
  public struct Header: Sendable, Hashable {
    /// FTEXT: the encoder believes the data to be text.
    public var isText: Bool
    /// Seconds since 1970; 0 if unknown.
    public var modificationTime: UInt32
    /// XFL: 2 for slowest, 4 for fastest compression.
    public var extraFlags: UInt8
    /// OS: 3 for Unix, 255 if unknown.
    public var operatingSystem: UInt8
    /// FEXTRA: subfields of two name bytes, a length and data.
    public var extra: [UInt8]?
    /// FNAME: Latin-1, without the final zero.
    public var name: [UInt8]?
    /// FCOMMENT: Latin-1, without the final zero.
    public var comment: [UInt8]?
    /// FHCRC: whether two bytes of CRC-32 follow the header.
    public var hasChecksum: Bool

    public init(
      isText: Bool = false, modificationTime: UInt32 = 0, extraFlags: UInt8 = 0,
      operatingSystem: UInt8 = 255, extra: [UInt8]? = nil, name: [UInt8]? = nil,
      comment: [UInt8]? = nil, hasChecksum: Bool = false
    ) {
      self.isText = isText
      self.modificationTime = modificationTime
      self.extraFlags = extraFlags
      self.operatingSystem = operatingSystem
      self.extra = extra
      self.name = name
      self.comment = comment
      self.hasChecksum = hasChecksum
    }

    /// Reads the header of a member, and leaves `reader` at its DEFLATE data.
    ///
    /// - Throws: `truncated`, `corrupt`, `checksumMismatch` of FHCRC.
    public init(reading reader: inout ByteReader) throws(CodecError) {
      let start = reader.offset
      let fields = try reader.array(10, "header")
      guard fields[0] == 0x1F, fields[1] == 0x8B, fields[2] == 8, fields[3] & 0xE0 == 0 else {
        throw CodecError(
          .corrupt, codec: Gzip.name, part: "header", "not a gzip header this library knows",
          at: reader.fileOffset &- 10)
      }
      let time = (4..<8).reduce(0) { $0 | UInt32(fields[$1]) << UInt32(8 * ($1 - 4)) }
      self.init(
        isText: fields[3] & 1 != 0, modificationTime: time, extraFlags: fields[8],
        operatingSystem: fields[9], hasChecksum: fields[3] & 2 != 0)
      if fields[3] & 4 != 0 {
        let count = Int(try reader.u16le("FEXTRA"))
        extra = try reader.array(count, "FEXTRA")
      }
      if fields[3] & 8 != 0 { name = try Self.text(&reader, "FNAME") }
      if fields[3] & 16 != 0 { comment = try Self.text(&reader, "FCOMMENT") }
      guard hasChecksum else { return }
      let computed = CRC32.checksum(reader.bytes.extracting(start..<reader.offset)) & 0xFFFF
      let stored = UInt32(try reader.u16le("FHCRC"))
      guard stored == computed else {
        throw CodecError(
          .checksumMismatch(stored: stored, computed: computed), codec: Gzip.name, part: "FHCRC",
          at: reader.fileOffset &- 2)
      }
    }

    /// The bytes before the next zero, which is skipped.
    private static func text(
      _ reader: inout ByteReader, _ part: CodecError.Name
    ) throws(CodecError) -> [UInt8] {
      var bytes: [UInt8] = []
      while true {
        let byte = try reader.u8(part)
        if byte == 0 { return bytes }
        bytes.append(byte)
      }
    }
  }

  /// Appends the decoded data of all members to `output`.
  ///
  /// - Returns: bytes of `source` used: up to the end of the last member.
  /// - Throws: `truncated`, `corrupt`, `checksumMismatch`, `outputFull`, `limitExceeded(.outputBytes)`
  ///   by `maxRatio`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int {
    try Inflater.decode(source, .gzip, into: &output, options: options)
  }

  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, limits: Limits = .default, options: DecodeOptions = DecodeOptions()
  ) throws(CodecError) -> [UInt8] {
    try Inflater.decode(source, .gzip, limits: limits, options: options)
  }
}
