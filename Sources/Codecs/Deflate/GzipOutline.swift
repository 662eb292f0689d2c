// SPDX-License-Identifier: Apache-2.0

extension Gzip: DeepOutlinedFormat {
  public static var formatName: String { "GZIP" }
  public static var summary: String { "gzip members" }
  public static var fileExtensions: [String] { ["gz", "gzip"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    guard head.byteCount >= 3, head[byteAt: 0] == 0x1F, head[byteAt: 1] == 0x8B else {
      return .no
    }
    return head[byteAt: 2] == 8 ? .certain : .maybe
  }

  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, policy, isDeep: false)
  }

  public static func deepOutline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    outline(source, policy, isDeep: true)
  }

  private static func outline(_ source: Bytes, _ policy: DecodePolicy, isDeep: Bool) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in
      while walker.isAtGzipMember {
        try policy.limits.check(walker.nodes.count, .images, codec: name, part: "member")
        let count = walker.nodes.count
        var failure: CodecError?
        do throws(CodecError) {
          try walker.gzipMember(isDeep: isDeep, limits: policy.limits)
        } catch { failure = error }
        walker.group("member", since: count)
        if let failure { throw failure }
      }
    }
  }
}

extension OutlineReader {
  fileprivate var isAtGzipMember: Bool {
    // The first member need not be one: its header says what is wrong.
    reader.offset == 0
      || reader.remaining >= 2 && reader.bytes[byteAt: reader.offset] == 0x1F
        && reader.bytes[byteAt: reader.offset &+ 1] == 0x8B
  }

  /// Source: RFC 1952 §2.3.
  @_lifetime(self: copy self)
  fileprivate mutating func gzipMember(isDeep: Bool, limits: Limits) throws(CodecError) {
    let start = reader.offset
    let header = try gzipHeader()
    let headerChecksum = CRC32.checksum(reader.bytes.extracting(start..<reader.offset))
    if header & 2 != 0 {
      try field("header crc") { (reader) throws(CodecError) in
        let stored = UInt32(try reader.u16le())
        return stored == headerChecksum & 0xFFFF
          ? "\(stored)" : "\(stored), wrong: should be \(headerChecksum & 0xFFFF)"
      }
    }
    guard try deflateData(isDeep: isDeep, limits: limits) else { return }
    try field("crc") { (reader) throws(CodecError) in hexadecimal(try reader.u32le()) }
    try field("size") { (reader) throws(CodecError) in "\(try reader.u32le())" }
  }

  /// - Returns: FLG.
  @_lifetime(self: copy self)
  private mutating func gzipHeader() throws(CodecError) -> UInt8 {
    var flags: UInt8 = 0
    try field("signature") { (reader) throws(CodecError) in
      guard try reader.u16le() == 0x8B1F else {
        throw CodecError(
          .corrupt, codec: Gzip.name, part: "header", "the signature is not 1F 8B",
          at: reader.fileOffset &- 2)
      }
      return ""
    }
    try field("method") { (reader) throws(CodecError) in "\(try reader.u8())" }
    try field("flags") { (reader) throws(CodecError) in
      flags = try reader.u8()
      let names = ["FTEXT", "FHCRC", "FEXTRA", "FNAME", "FCOMMENT", "5", "6", "7"]
      return names.indices.filter { flags >> UInt8($0) & 1 != 0 }.map { names[$0] }
        .joined(separator: " ")
    }
    try field("time") { (reader) throws(CodecError) in "\(try reader.u32le())" }
    try field("extra flags") { (reader) throws(CodecError) in "\(try reader.u8())" }
    try field("operating system") { (reader) throws(CodecError) in "\(try reader.u8())" }
    if flags & 4 != 0 {
      try field("extra") { (reader) throws(CodecError) in
        let count = Int(try reader.u16le())
        try reader.skip(count)
        return "\(count) bytes"
      }
    }
    if flags & 8 != 0 { try gzipText("name") }
    if flags & 16 != 0 { try gzipText("comment") }
    return flags
  }

  @_lifetime(self: copy self)
  private mutating func gzipText(_ name: String) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in
      var bytes: [UInt8] = []
      while true {
        let byte = try reader.u8()
        if byte == 0 { return String(latin1: bytes) }
        bytes.append(byte)
      }
    }
  }
}
