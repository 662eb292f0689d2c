// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  public static func outline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    var outline = Outline(format: "JPEG", byteCount: source.count)
    var walk = SegmentWalk(source.span)
    var isAfterEnd = false
    while let stretch = walk.next() {
      try policy.limits.check(outline.nodes.count, .metadataItems, codec: name)
      if isAfterEnd {
        // What follows EOI (thumbnails, other pictures, video) is not this image's.
        outline.nodes.append(
          Outline.Node("trailing bytes", stretch.range.lowerBound..<source.count))
        break
      }
      outline.nodes.append(node(of: stretch, in: source.span))
      if stretch.content == .marker(.eoi) { isAfterEnd = true }
    }
    return outline
  }

  private static func node(of stretch: Stretch, in source: RawSpan) -> Outline.Node {
    let range = stretch.range
    switch stretch.content {
    case .marker(let marker): return Outline.Node(marker.description, range)
    case .data: return Outline.Node("entropy-coded data", range)
    case .fill: return Outline.Node("fill", range)
    case .garbage: return Outline.Node("unknown bytes", range)
    case .cutOff(let marker):
      return Outline.Node("error", range, value: "\(marker) is cut off or has no valid length")
    case .segment(let marker, let payload):
      let head = [
        Outline.Node("marker", range.lowerBound..<range.lowerBound + 2, value: marker.description),
        Outline.Node(
          "length", range.lowerBound + 2..<range.lowerBound + 4, value: "\(payload.count + 2)"),
      ]
      let fields = self.fields(of: marker, payload, in: source)
      return Outline.Node(marker.description, range, children: head + fields)
    }
  }

  /// The fields of a segment; its whole payload as one node when they cannot be told apart.
  private static func fields(
    of marker: Marker, _ payload: Range<Int>, in source: RawSpan
  ) -> [Outline.Node] {
    if payload.isEmpty { return [] }
    var walker = OutlineReader(source.extracting(0..<payload.upperBound), codec: name)
    do throws(CodecError) {
      try walker.reader.seek(to: payload.lowerBound)
      if marker.process != nil {
        try walker.frameHeader()
      } else {
        switch marker {
        case .sos: try walker.scanHeader()
        case .dqt: while !walker.reader.isAtEnd { try walker.quantizationTable() }
        case .dht: while !walker.reader.isAtEnd { try walker.huffmanTable() }
        case .dri: try walker.number("restart interval", bytes: 2)
        case .dnl: try walker.number("number of lines", bytes: 2)
        default: try walker.identifier()
        }
      }
      let rest = walker.reader.offset..<payload.upperBound
      if !rest.isEmpty { walker.nodes.append(Outline.Node("data", rest)) }
      return walker.nodes
    } catch {
      return [Outline.Node("payload", payload, value: error.description)]
    }
  }
}

extension OutlineReader {
  @_lifetime(self: copy self)
  fileprivate mutating func number(_ name: String, bytes: Int) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in
      bytes == 1 ? "\(try reader.u8())" : "\(try reader.u16be())"
    }
  }

  @_lifetime(self: copy self)
  fileprivate mutating func frameHeader() throws(CodecError) {
    try number("precision", bytes: 1)
    try number("height", bytes: 2)
    try number("width", bytes: 2)
    try number("component count", bytes: 1)
    while reader.remaining >= 3 {
      let start = nodes.count
      try number("identifier", bytes: 1)
      try halves("sampling", separator: "x")
      try number("quantisation table", bytes: 1)
      group("component", since: start)
    }
  }

  @_lifetime(self: copy self)
  fileprivate mutating func scanHeader() throws(CodecError) {
    try number("component count", bytes: 1)
    while reader.remaining >= 5 {
      let start = nodes.count
      try number("identifier", bytes: 1)
      try halves("DC and AC table", separator: ", ")
      group("component", since: start)
    }
    try number("spectral start", bytes: 1)
    try number("spectral end", bytes: 1)
    try halves("approximation high and low", separator: ", ")
  }

  @_lifetime(self: copy self)
  fileprivate mutating func quantizationTable() throws(CodecError) {
    let start = nodes.count
    var isWide = false
    var index = 0
    try field("precision and index") { (reader) throws(CodecError) in
      let value = try reader.u8()
      (isWide, index) = (value >> 4 != 0, Int(value & 15))
      return "\(isWide ? 16 : 8) bits, \(index)"
    }
    try field("divisors") { (reader) throws(CodecError) in
      var text: [String] = []
      for _ in 0..<64 { text.append("\(isWide ? Int(try reader.u16be()) : Int(try reader.u8()))") }
      return text.joined(separator: " ")
    }
    group("table", since: start, value: "\(index)")
  }

  @_lifetime(self: copy self)
  fileprivate mutating func huffmanTable() throws(CodecError) {
    let start = nodes.count
    var name = ""
    var total = 0
    try field("class and index") { (reader) throws(CodecError) in
      let value = try reader.u8()
      name = "\(value >> 4 == 0 ? "DC" : "AC") \(value & 15)"
      return name
    }
    try field("codes of 1 to 16 bits") { (reader) throws(CodecError) in
      let counts = try reader.array(16)
      for count in counts { total += Int(count) }
      return JPEG.numbers(counts)
    }
    try field("symbols") { (reader) throws(CodecError) in JPEG.numbers(try reader.array(total)) }
    group("table", since: start, value: name)
  }

  /// The name that an APPn segment begins with.
  @_lifetime(self: copy self)
  fileprivate mutating func identifier() throws(CodecError) {
    var length = 0
    while length < min(reader.remaining, 40),
      (0x20...0x7E).contains(reader.bytes[byteAt: reader.offset + length])
    { length += 1 }
    guard length >= 3, length < reader.remaining,
      reader.bytes[byteAt: reader.offset + length] == 0
    else { return }
    try field("identifier") { (reader) throws(CodecError) in
      let bytes = try reader.array(length + 1)
      return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
  }

  @_lifetime(self: copy self)
  private mutating func halves(_ name: String, separator: String) throws(CodecError) {
    try field(name) { (reader) throws(CodecError) in
      let value = try reader.u8()
      return "\(value >> 4)\(separator)\(value & 15)"
    }
  }
}

extension JPEG {
  fileprivate static func numbers(_ bytes: [UInt8]) -> String {
    bytes.map { "\($0)" }.joined(separator: " ")
  }
}
