// SPDX-License-Identifier: Apache-2.0

extension QOI {
  /// The fields of the header, the pixels, the end marker.
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in
      try walker.qoi(policy)
    }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func qoi(_ policy: DecodePolicy) throws(CodecError) {
    let header = try QOI.Header(parsing: reader.bytes, limits: policy.limits)
    try field("magic") { (reader) throws(CodecError) in
      try reader.skip(4)
      return "qoif"
    }
    try field("width") { (reader) throws(CodecError) in "\(try reader.u32be())" }
    try field("height") { (reader) throws(CodecError) in "\(try reader.u32be())" }
    try field("channels") { (reader) throws(CodecError) in "\(try reader.u8())" }
    try field("colorspace") { (reader) throws(CodecError) in
      "\(try reader.u8()) (\(header.isLinear ? "linear" : "sRGB"))"
    }
    group("header", since: 0)
    let count = QOI.pixelByteCount(
      reader.bytes.extracting(reader.offset..<reader.bytes.byteCount),
      pixelCount: header.width * header.height)
    try field("pixels") { (reader) throws(CodecError) in
      try reader.skip(count, "pixels")
      return ""
    }
    guard reader.isNext(QOI.endMarker) else { return }
    try field("end marker") { (reader) throws(CodecError) in
      try reader.skip(QOI.endMarker.count)
      return ""
    }
  }
}

extension QOI {
  /// Bytes that hold `pixelCount` pixels: what their tags ask for.
  fileprivate static func pixelByteCount(_ body: RawSpan, pixelCount: Int) -> Int {
    var position = 0
    var left = pixelCount
    while left > 0, position < body.byteCount {
      let tag = body[byteAt: position]
      switch tag {
      case 0xFF: position += 5
      case 0xFE: position += 4
      case 0x80..<0xC0: position += 2
      default: position += 1
      }
      left -= 0xC0..<0xFE ~= tag ? Int(tag & 0x3F) + 1 : 1
    }
    return position
  }
}
