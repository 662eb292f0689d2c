// SPDX-License-Identifier: Apache-2.0

extension Zlib: DeepOutlinedFormat {
  public static var formatName: String { "ZLIB" }
  public static var summary: String { "a zlib stream" }
  public static var fileExtensions: [String] { ["zlib", "zz"] }

  /// Two bytes with a weak check are all that a stream begins with.
  public static func recognize(_ head: RawSpan) -> Confidence {
    guard head.byteCount >= 2 else { return .no }
    do throws(CodecError) {
      _ = try Header(cmf: head[byteAt: 0], flg: head[byteAt: 1])
      return .maybe
    } catch { return .no }
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
      try walker.zlibStream(isDeep: isDeep, limits: policy.limits)
    }
  }
}

extension OutlineReader {
  /// Source: RFC 1950 §2.2.
  @_lifetime(self: copy self)
  fileprivate mutating func zlibStream(isDeep: Bool, limits: Limits) throws(CodecError) {
    var hasDictionary = false
    try field("header") { (reader) throws(CodecError) in
      let header = try Zlib.Header(cmf: try reader.u8(), flg: try reader.u8())
      hasDictionary = header.hasDictionary
      return "window \(1 << header.windowBits), level hint \(header.levelHint)"
    }
    if hasDictionary {
      try field("dictionary's adler-32") { (reader) throws(CodecError) in
        hexadecimal(try reader.u32be())
      }
    }
    // A dictionary is not at hand here; its matches may reach as far as any.
    let isSound = try deflateData(
      isDeep: isDeep, historyByteCount: hasDictionary ? Inflater.windowByteCount : 0,
      limits: limits)
    guard isSound else { return }
    try field("adler-32") { (reader) throws(CodecError) in hexadecimal(try reader.u32be()) }
  }
}
