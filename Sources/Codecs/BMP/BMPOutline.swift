// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Every field of the headers, the palette, the pixels, a profile, and the gaps between them.
  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    let source = source.span
    var walker = OutlineReader(source, codec: name)
    var failure: CodecError?
    do throws(CodecError) { try walker.bitmapHeaders() } catch { failure = error }
    var nodes = walker.nodes
    var diagnostics = Diagnostics()
    var tolerant = policy
    tolerant.leniency = .standard
    if failure == nil {
      do throws(CodecError) {
        let header = try Header(parsing: source, policy: tolerant, diagnostics: &diagnostics)
        nodes += try payloads(of: header, from: walker.reader.offset, in: source)
      } catch { failure = error }
    }
    if let failure {
      let end = nodes.last?.range.upperBound ?? 0
      nodes.append(
        Outline.Node("error", end..<source.byteCount, value: failure.description))
    }
    return Outline(format: "BMP", byteCount: source.byteCount, nodes: nodes)
  }

  /// What follows the headers, in file order, with the gaps.
  private static func payloads(
    of header: Header, from start: Int, in source: RawSpan
  ) throws(CodecError) -> [Outline.Node] {
    let end = source.byteCount
    var pieces: [Outline.Node] = []
    if !header.maskRange.isEmpty {
      let masks = (0..<4).map { "0x" + String(header.masks[$0], radix: 16) }
      pieces.append(
        Outline.Node("masks", header.maskRange, value: masks.joined(separator: " ")))
    }
    if !header.paletteRange.isEmpty {
      let count = header.paletteRange.count / (header.bitmapHeaderByteCount == 12 ? 3 : 4)
      pieces.append(Outline.Node("palette", header.paletteRange, value: "\(count) colours"))
    }
    let profile = header.profile.map { profile in
      Outline.Node(profile.isEmbedded ? "ICC profile" : "linked profile", profile.range)
    }
    var dataEnd = end
    if header.encoding == .rows || header.encoding == .fields {
      let (used, stride) = try header.rowByteCounts()
      let (rows, overflow) = stride.multipliedReportingOverflow(by: header.height)
      let available = end - header.dataStart
      // The last row's padding belongs to it, when it is there.
      dataEnd = overflow || rows > available ? end : header.dataStart + rows
      if !overflow, rows - (stride - used) > available {
        pieces.append(Outline.Node("error", end..<end, value: "the pixels are cut short"))
      }
    } else if header.encodedByteCount > 0,
      header.encodedByteCount <= end - header.dataStart
    {
      dataEnd = header.dataStart + header.encodedByteCount
    } else if let profile, profile.range.lowerBound >= header.dataStart {
      dataEnd = min(end, profile.range.lowerBound)
    }
    pieces.append(Outline.Node("pixels", header.dataStart..<dataEnd))
    if let profile { pieces.append(profile) }
    return withoutOverlaps(pieces, from: start, to: end)
  }

  /// The pieces in file order, each cut where the one before it ends, and the gaps between them.
  private static func withoutOverlaps(
    _ pieces: [Outline.Node], from start: Int, to end: Int
  ) -> [Outline.Node] {
    var position = start
    var result: [Outline.Node] = []
    for piece in pieces.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      let lower = min(max(piece.range.lowerBound, position), end)
      let upper = min(max(piece.range.upperBound, lower), end)
      if lower > position { result.append(Outline.Node("gap", position..<lower)) }
      if lower < upper || piece.name == "error" {
        result.append(Outline.Node(piece.name, lower..<upper, value: piece.value))
      }
      position = upper
    }
    if position < end { result.append(Outline.Node("gap", position..<end)) }
    return result
  }
}

/// A field of a header: its name, its size, and how its value is written.
private struct HeaderField {
  enum Style { case signed, unsigned, mask, text, opaque }
  var name: String
  var byteCount: Int
  var style: Style

  init(_ name: String, _ byteCount: Int, _ style: Style = .unsigned) {
    self.name = name
    self.byteCount = byteCount
    self.style = style
  }

  static var arrayHeader: [HeaderField] {
    [
      HeaderField("type", 2, .text), HeaderField("size", 4), HeaderField("next", 4),
      HeaderField("display width", 2), HeaderField("display height", 2),
    ]
  }
  static var fileHeader: [HeaderField] {
    [
      HeaderField("type", 2, .text), HeaderField("file size", 4), HeaderField("hotspot x", 2),
      HeaderField("hotspot y", 2), HeaderField("data offset", 4),
    ]
  }
  static var coreHeader: [HeaderField] {
    [
      HeaderField("header size", 4), HeaderField("width", 2), HeaderField("height", 2),
      HeaderField("planes", 2), HeaderField("bits per pixel", 2),
    ]
  }
  static var infoHeader: [HeaderField] {
    [
      HeaderField("header size", 4), HeaderField("width", 4, .signed),
      HeaderField("height", 4, .signed), HeaderField("planes", 2), HeaderField("bits per pixel", 2),
      HeaderField("compression", 4), HeaderField("image size", 4),
      HeaderField("pixels per metre x", 4, .signed), HeaderField("pixels per metre y", 4, .signed),
      HeaderField("colours used", 4), HeaderField("colours important", 4),
    ]
  }
  static var windowsExtension: [HeaderField] {
    [
      HeaderField("red mask", 4, .mask), HeaderField("green mask", 4, .mask),
      HeaderField("blue mask", 4, .mask), HeaderField("alpha mask", 4, .mask),
      HeaderField("colour space", 4, .mask), HeaderField("endpoints", 36, .opaque),
      HeaderField("gamma red", 4), HeaderField("gamma green", 4), HeaderField("gamma blue", 4),
      HeaderField("intent", 4), HeaderField("profile offset", 4), HeaderField("profile size", 4),
      HeaderField("reserved", 4),
    ]
  }
  static var os2Extension: [HeaderField] {
    [
      HeaderField("units", 2), HeaderField("reserved", 2), HeaderField("recording", 2),
      HeaderField("rendering", 2), HeaderField("size 1", 4), HeaderField("size 2", 4),
      HeaderField("colour encoding", 4), HeaderField("identifier", 4),
    ]
  }
}

extension OutlineReader {
  /// Notes the fields of the file header and the bitmap header.
  @_lifetime(self: copy self)
  fileprivate mutating func bitmapHeaders() throws(CodecError) {
    if reader.isNext(Array("BA".utf8)) {
      try list(HeaderField.arrayHeader, name: "bitmap array header", byteCount: 14)
    }
    if reader.isNext(Array("BM".utf8)) {
      try list(HeaderField.fileHeader, name: "file header", byteCount: 14)
    }
    guard reader.remaining >= 4 else { throw reader.truncated(4, "header size") }
    let size = UInt32(littleEndian: reader.bytes.loadUnaligned(UInt32.self, at: reader.offset))
    let byteCount = Int(clamping: size)
    guard byteCount >= 12, byteCount <= reader.remaining else {
      throw reader.truncated(max(byteCount, 12), "header")
    }
    let isOS2 = byteCount <= 64 && byteCount != 40 && byteCount != 52 && byteCount != 56
    let fields =
      byteCount == 12
      ? HeaderField.coreHeader
      : HeaderField.infoHeader
        + (isOS2 ? HeaderField.os2Extension : HeaderField.windowsExtension)
    try list(fields, name: "bitmap header", byteCount: byteCount)
  }

  /// Notes as many of `fields` as fit into `byteCount` bytes, and the bytes left over.
  @_lifetime(self: copy self)
  private mutating func list(
    _ fields: [HeaderField], name: String, byteCount: Int
  ) throws(CodecError) {
    let first = nodes.count
    var rest = byteCount
    for item in fields {
      guard item.byteCount <= rest else { break }
      rest -= item.byteCount
      try field(item.name) { (bytes) throws(CodecError) in
        Self.text(try bytes.array(item.byteCount), item.style)
      }
    }
    if rest > 0 {
      try field("other") { (bytes) throws(CodecError) in
        try bytes.skip(rest)
        return ""
      }
    }
    group(name, since: first)
  }

  private static func text(_ bytes: [UInt8], _ style: HeaderField.Style) -> String {
    if style == .opaque { return "" }
    if style == .text { return String(decoding: bytes, as: UTF8.self) }
    let value = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    switch style {
    case .mask: return hexadecimal(value)
    case .signed: return String(Int32(bitPattern: value))
    default: return String(value)
    }
  }
}
