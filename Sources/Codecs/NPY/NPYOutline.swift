// SPDX-License-Identifier: Apache-2.0

extension NPY {
  /// The header's fields, then the array.
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in
      try walker.npy(policy)
    }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func npy(_ policy: DecodePolicy) throws(CodecError) {
    let header = try NPY.Header(parsing: reader.bytes, limits: policy.limits)
    try field("magic") { (reader) throws(CodecError) in
      try reader.skip(NPY.magic.count)
      return "\\x93NUMPY"
    }
    let version = reader.bytes[byteAt: NPY.magic.count]
    try field("version") { (reader) throws(CodecError) in
      "\(try reader.u8()).\(try reader.u8())"
    }
    try field("size") { (reader) throws(CodecError) in
      version == 1 ? "\(try reader.u16le())" : "\(try reader.u32le())"
    }
    try field("dictionary") { (reader) throws(CodecError) in
      var text = try reader.array(header.start - reader.offset)
      while let last = text.last, last == 32 || last == 10 { text.removeLast() }
      return String(decoding: text, as: UTF8.self)
    }
    group("header", since: 0)
    try field("array") { (reader) throws(CodecError) in
      try reader.skip(header.byteCount, "array")
      return ""
    }
  }
}
