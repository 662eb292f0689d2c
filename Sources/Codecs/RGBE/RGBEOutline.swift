// SPDX-License-Identifier: Apache-2.0

extension RGBE {
  /// The lines of the header, then the pixels.
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in
      try walker.rgbe(policy)
    }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func rgbe(_ policy: DecodePolicy) throws(CodecError) {
    let header = try RGBE.Header(parsing: reader.bytes, limits: policy.limits)
    while reader.offset < header.byteCount {
      try field(nodes.isEmpty ? "mark" : "line") { (reader) throws(CodecError) in
        String(decoding: try reader.line(policy.limits), as: UTF8.self)
      }
    }
    group("header", since: 0)
    var decoder = RGBE.PixelDecoder(
      width: header.width, position: header.byteCount, usesRuns: true)
    var left = header.width * header.height
    while left > 0 {
      let count = min(decoder.partCount, left)
      try decoder.decode(count, of: reader.bytes)
      left -= count
    }
    try field("pixels") { (reader) throws(CodecError) in
      try reader.seek(to: decoder.position)
      return ""
    }
  }
}
