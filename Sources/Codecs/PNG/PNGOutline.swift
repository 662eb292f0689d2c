// SPDX-License-Identifier: Apache-2.0

extension PNG: OutlinedFormat {
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    outline(source, codec: name) { (walker) throws(CodecError) in try walker.pngFile() }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func pngFile() throws(CodecError) {
    try field("signature") { (reader) throws(CodecError) in
      let bytes = try reader.array(8, "signature")
      for i in 0..<8 where bytes[i] != PNG.signature[i] {
        throw PNG.corrupt("signature", "not a PNG file", at: i)
      }
      return ""
    }
    var colorType = PNG.ColorType.grey
    while !reader.isAtEnd {
      let start = reader.offset
      var walker = PNG.ChunkReader(reader.bytes, at: start)
      guard let chunk = try walker.next() else { return }
      if chunk.type == .IHDR, chunk.end <= reader.bytes.byteCount, chunk.length == 13 {
        colorType = PNG.ColorType(rawValue: reader.bytes[byteAt: start + 17]) ?? .grey
      }
      try pngChunk(chunk, colorType)
      if chunk.type == .IEND { return }
    }
    throw CodecError(
      .truncated(needed: 12), codec: PNG.name, part: "IEND", "the file ends without IEND",
      at: reader.fileOffset)
  }

  @_lifetime(self: copy self)
  private mutating func pngChunk(
    _ chunk: PNG.Chunk, _ colorType: PNG.ColorType
  ) throws(CodecError) {
    let count = nodes.count
    let name = chunk.type.description
    try number("length", 4)
    try field("type") { (reader) throws(CodecError) in
      try reader.skip(4)
      let type = chunk.type
      return "\(type), \(type.isCritical ? "critical" : "ancillary")"
        + (type.isCritical || !type.isSafeToCopy ? "" : ", safe to copy")
    }
    // A damaged chunk is shown with what is there of its data.
    let dataEnd = min(chunk.data.upperBound, reader.bytes.byteCount)
    if (try? pngFields(chunk, colorType, end: dataEnd)) == nil || reader.offset < dataEnd {
      try field("data") { (reader) throws(CodecError) in
        try reader.seek(to: dataEnd)
        return ""
      }
    }
    guard chunk.end <= reader.bytes.byteCount else {
      group(name, since: count, value: "cut off")
      throw CodecError(
        .truncated(needed: chunk.end - reader.bytes.byteCount), codec: PNG.name,
        part: chunk.type.errorName, at: reader.fileOffset)
    }
    try field("crc") { (reader) throws(CodecError) in
      let (stored, computed) = PNG.ChunkReader(reader.bytes, at: 0).checksums(chunk)
      try reader.skip(4)
      return stored == computed
        ? hexadecimal(stored) : "\(hexadecimal(stored)), wrong: should be \(hexadecimal(computed))"
    }
    group(name, since: count, value: "\(chunk.length) bytes")
  }

  /// The fields of a chunk whose meaning is known; what they leave is shown as data.
  @_lifetime(self: copy self)
  private mutating func pngFields(
    _ chunk: PNG.Chunk, _ colorType: PNG.ColorType, end: Int
  ) throws(CodecError) {
    guard let size = chunk.type.fieldByteCount(colorType), chunk.length >= size,
      end == chunk.data.upperBound
    else { return }
    switch chunk.type {
    case .IHDR:
      try numbers([
        ("width", 4), ("height", 4), ("bit depth", 1), ("colour type", 1),
        ("compression", 1), ("filter", 1), ("interlace", 1),
      ])
    case .gAMA: try number("gamma × 100000", 4)
    case .cHRM:
      try numbers(
        ["white x", "white y", "red x", "red y", "green x", "green y", "blue x", "blue y"]
          .map { ($0 + " × 100000", 4) })
    case .sRGB: try number("rendering intent", 1)
    case .cICP:
      try numbers([("primaries", 1), ("transfer function", 1), ("matrix", 1), ("full range", 1)])
    case .mDCV:
      try numbers(
        ["red x", "red y", "green x", "green y", "blue x", "blue y", "white x", "white y"]
          .map { ($0 + " × 50000", 2) })
      try numbers([("maximum luminance", 4), ("minimum luminance", 4)])
    case .cLLI: try numbers([("maximum light level", 4), ("maximum average", 4)])
    case .sBIT: try numbers((0..<size).map { ("bits of channel \($0)", 1) })
    case .bKGD:
      if colorType == .palette {
        try number("index", 1)
      } else {
        try numbers((0..<size / 2).map { ("channel \($0)", 2) })
      }
    case .pHYs: try numbers([("x", 4), ("y", 4), ("unit", 1)])
    case .tIME:
      try numbers([
        ("year", 2), ("month", 1), ("day", 1), ("hour", 1), ("minute", 1), ("second", 1),
      ])
    case .acTL: try numbers([("frames", 4), ("plays", 4)])
    case .fcTL:
      try numbers([
        ("sequence number", 4), ("width", 4), ("height", 4), ("x", 4), ("y", 4),
        ("delay numerator", 2), ("delay denominator", 2), ("dispose", 1), ("blend", 1),
      ])
    case .fdAT: try number("sequence number", 4)
    case .tEXt, .iTXt, .sPLT: try keyword(end: end)
    case .zTXt, .iCCP:
      try keyword(end: end)
      if reader.offset < end { try number("compression", 1) }
    default: break
    }
  }

  @_lifetime(self: copy self)
  private mutating func number(_ name: String, _ byteCount: Int) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in
      switch byteCount {
      case 1: "\(try reader.u8())"
      case 2: "\(try reader.u16be())"
      default: "\(try reader.u32be())"
      }
    }
  }

  @_lifetime(self: copy self)
  private mutating func numbers(_ fields: [(String, Int)]) throws(CodecError) {
    for (name, byteCount) in fields { try number(name, byteCount) }
  }

  /// The keyword before a zero, with the zero.
  @_lifetime(self: copy self)
  private mutating func keyword(end: Int) throws(CodecError) {
    try field("keyword") { (reader) throws(CodecError) in
      var bytes: [UInt8] = []
      while reader.offset < end {
        let byte = try reader.u8()
        if byte == 0 { break }
        bytes.append(byte)
      }
      return String(latin1: bytes)
    }
  }
}

extension PNG.ChunkType {
  /// Bytes that the known fields take at the start of the data; `nil` when there are none.
  fileprivate func fieldByteCount(_ colorType: PNG.ColorType) -> Int? {
    switch self {
    case .IHDR: 13
    case .gAMA, .cICP, .fdAT: 4
    case .cHRM: 32
    case .sRGB, .tEXt, .zTXt, .iTXt, .iCCP, .sPLT: 1
    case .mDCV: 24
    case .cLLI, .acTL: 8
    case .sBIT: colorType == .palette ? 3 : colorType.channelCount
    case .bKGD: colorType == .palette ? 1 : colorType == .rgb || colorType == .rgba ? 6 : 2
    case .pHYs: 9
    case .tIME: 7
    case .fcTL: 26
    default: nil
    }
  }
}
