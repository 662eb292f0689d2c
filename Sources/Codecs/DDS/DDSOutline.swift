// SPDX-License-Identifier: Apache-2.0

extension DDS {
  /// The fields of the headers, the palette, the first texture, and what follows it.
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in
      try walker.dds(policy)
    }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func dds(_ policy: DecodePolicy) throws(CodecError) {
    let header = try DDS.Header(parsing: reader.bytes, limits: policy.limits)
    try field("magic") { (reader) throws(CodecError) in
      try reader.skip(4)
      return "DDS"
    }
    for name in ["size", "flags", "height", "width", "pitch", "depth", "mipmaps"] {
      try word(name)
    }
    try skip("reserved", 44)
    let format = nodes.count
    for name in ["size", "flags"] { try word(name) }
    try field("code") { (reader) throws(CodecError) in
      String(decoding: try reader.array(4), as: UTF8.self)
    }
    for name in ["bits", "red", "green", "blue", "alpha"] { try word(name) }
    group("pixel format", since: format)
    for name in ["caps", "caps2", "caps3", "caps4"] { try word(name) }
    try skip("reserved", 4)
    group("header", since: 0)
    if header.hasExtension {
      let start = nodes.count
      for name in ["DXGI format", "dimension", "flags", "textures", "flags"] { try word(name) }
      group("extension", since: start)
    }
    if header.pixels == .palette { try skip("palette", 1024) }
    let needed = header.pixels.byteCount(width: header.width, height: header.height)
    try skip("pixels", min(needed, reader.remaining), "\(header.width) x \(header.height)")
    if reader.remaining > 0 {
      try skip("mipmaps and other textures", reader.remaining)
    }
  }

  @_lifetime(self: copy self)
  private mutating func word(_ name: String) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in "\(try reader.u32le())" }
  }

  @_lifetime(self: copy self)
  private mutating func skip(
    _ name: String, _ count: Int, _ value: String = ""
  ) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in
      try reader.skip(count)
      return value
    }
  }
}
