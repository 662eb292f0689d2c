// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The tables that marker segments have defined so far.
  struct TableSet: Sendable {
    typealias Huffman = InlineArray<4, HuffmanTable?>

    var quantization: InlineArray<4, QuantizationTable?> = [nil, nil, nil, nil]
    var dc: Huffman = [nil, nil, nil, nil]
    var ac: Huffman = [nil, nil, nil, nil]
    /// `nil` stands for the defaults.
    var conditioning: ArithmeticConditioning?
    var restartInterval = 0
  }
}

extension JPEG.Decoder {
  /// Where ``parseMarkers(_:isFinal:)`` stopped.
  enum MarkerOutcome { case needsInput, scan, end }

  func failure(
    _ kind: CodecError.Kind, _ part: CodecError.Name, _ message: CodecError.Name
  ) -> CodecError {
    CodecError(kind, codec: JPEG.name, part: part, message, at: base + offset)
  }

  mutating func warn(_ part: CodecError.Name, _ text: CodecError.Name) throws(CodecError) {
    try diagnostics.warn(
      Warning(codec: JPEG.name, part: part, text, at: base + offset), policy: policy)
  }

  /// Reads SOI, which must come first.
  mutating func parseStart(_ source: RawSpan, isFinal: Bool) throws(CodecError) -> Bool {
    guard source.byteCount >= offset + 2 else {
      if isFinal { throw failure(.truncated(needed: 2), "SOI", "") }
      return false
    }
    guard source[byteAt: offset] == 0xFF, source[byteAt: offset + 1] == 0xD8 else {
      throw failure(.corrupt, "SOI", "the file does not begin with SOI")
    }
    offset += 2
    try parseTables()
    return true
  }

  /// Reads the tables that an abbreviated stream is decoded with. Source: T.81 B.5.
  private mutating func parseTables() throws(CodecError) {
    let bytes = options.tables
    var walk = JPEG.SegmentWalk(bytes.rawSpan)
    while let stretch = walk.next() {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      var reader = ByteReader(
        bytes.rawSpan.extracting(payload), codec: JPEG.name, base: payload.lowerBound)
      switch marker {
      case .dqt, .dht, .dac, .dri: try parseSegment(marker, &reader)
      default: break
      }
    }
  }

  /// Reads segments up to and including the next SOS.
  mutating func parseMarkers(
    _ source: RawSpan, isFinal: Bool
  ) throws(CodecError) -> MarkerOutcome {
    while true {
      let start = offset
      let isFound = JPEG.skipToMarker(in: source, at: &offset, isFinal: isFinal)
      // Up to the marker behind a scan everything is data of that scan.
      if scanDamage == nil { noteGarbage(source, from: start) }
      guard isFound else { return .needsInput }
      if let scanDamage {
        self.scanDamage = nil
        try report(scanDamage)
      }
      if hasSkippedGarbage {
        hasSkippedGarbage = false
        try warn("", "bytes between segments were skipped")
      }
      guard let marker = JPEG.marker(in: source, at: offset) else {
        try warn("EOI", "the file ends without EOI")
        return try end()
      }
      if marker.standsAlone {
        offset += 2
        if marker == .eoi { return try end() }
        if marker == .soi { throw failure(.corrupt, "SOI", "a second SOI") }
        continue
      }
      guard marker.isKnown else { throw failure(.unsupported, "", "unknown marker") }
      // Also when the end of the file cuts it off.
      guard marker.process == nil || frame == nil else {
        throw failure(.corrupt, "SOF", "a second frame header")
      }
      guard let payload = try payload(source, isFinal: isFinal) else {
        if isFinal { return try endWithin(marker, source) }
        return .needsInput
      }
      var reader = ByteReader(
        source.extracting(payload), codec: JPEG.name, base: base + payload.lowerBound)
      if marker.process != nil, payload.count >= 3, source[byteAt: payload.lowerBound + 1] == 0,
        source[byteAt: payload.lowerBound + 2] == 0
      {
        lineCount = JPEG.lineCount(in: source, from: payload.upperBound)
        if lineCount == nil, !isFinal { return .needsInput }
      }
      try parseSegment(marker, &reader)
      offset = payload.upperBound
      if marker == .sos { return .scan }
    }
  }

  /// Notes bytes between segments, but not padding with FF.
  private mutating func noteGarbage(_ source: RawSpan, from start: Int) {
    for i in start..<offset where source[byteAt: i] != 0xFF { hasSkippedGarbage = true }
  }

  /// The range of the payload of the segment at `offset`; `nil` when it is not all there.
  private mutating func payload(
    _ source: RawSpan, isFinal: Bool
  ) throws(CodecError) -> Range<Int>? {
    guard offset + 4 <= source.byteCount else { return nil }
    let length = Int(UInt16(bigEndian: source.loadUnaligned(UInt16.self, at: offset + 2)))
    if length < 2, let marker = JPEG.marker(in: source, at: offset), marker.isSkippable {
      try warn("", "segment length is below 2")
      return offset + 4..<offset + 4
    }
    guard length >= 2 else { throw failure(.corrupt, "", "segment length is below 2") }
    guard offset + 2 + length <= source.byteCount else { return nil }
    return offset + 4..<offset + 2 + length
  }

  /// The end of the image's data.
  private mutating func end() throws(CodecError) -> MarkerOutcome {
    guard scanCount > 0 else {
      throw failure(.corrupt, "EOI", frame == nil ? "there is no image" : "there is no scan")
    }
    return .end
  }

  /// A segment that the end of the file cuts off.
  private mutating func endWithin(
    _ marker: JPEG.Marker, _ source: RawSpan
  ) throws(CodecError) -> MarkerOutcome {
    let truncation = failure(.truncated(needed: 1), "", "within a segment")
    guard scanCount > 0 || marker == .sos, policy.leniency != .strict else { throw truncation }
    try warn("", "the file ends within a segment")
    // libjpeg reads on as if one EOI after another followed, and refuses what comes of that.
    var bytes = [UInt8](copying: source.extracting((offset + 2)..<source.byteCount))
    while bytes.count < 2 || bytes.count < Int(bytes[0]) << 8 | Int(bytes[1]) {
      bytes += [0xFF, JPEG.Marker.eoi.rawValue]
    }
    var reader = ByteReader(
      bytes.rawSpan.extracting(2..<max(2, Int(bytes[0]) << 8 | Int(bytes[1]))), codec: JPEG.name,
      base: base + offset + 4)
    do throws(CodecError) {
      try parseSegment(marker, &reader)
    } catch {
      guard scanCount > 0 else { throw truncation }
      let end = base + source.byteCount
      throw error.moved(by: min(0, end - (error.offset ?? end)))
    }
    offset = source.byteCount
    return marker == .sos ? .scan : .end
  }

  /// Reads one segment's payload.
  private mutating func parseSegment(
    _ marker: JPEG.Marker, _ reader: inout ByteReader
  ) throws(CodecError) {
    if let process = marker.process {
      var header = try JPEG.FrameHeader(parsing: &reader, process: process)
      if header.height == 0, let lineCount { header.height = lineCount }
      frame = try JPEG.Frame(header, policy: policy, at: base + offset)
      return
    }
    switch marker {
    case .dqt:
      while !reader.isAtEnd {
        let (index, table) = try JPEG.QuantizationTable.parse(&reader)
        tables.quantization[index] = table
      }
    case .dht:
      while !reader.isAtEnd {
        let (kind, index, table) = try JPEG.HuffmanTable.parse(&reader)
        if kind == .dc { tables.dc[index] = table } else { tables.ac[index] = table }
      }
    case .dac:
      var conditioning = tables.conditioning ?? JPEG.ArithmeticConditioning()
      try conditioning.update(parsing: &reader)
      tables.conditioning = conditioning
    case .dri:
      guard reader.remaining == 2 else { throw failure(.corrupt, "DRI", "length is not 4") }
      tables.restartInterval = Int(try reader.u16be("DRI"))
    case .sos:
      guard frame != nil else { throw failure(.corrupt, "SOS", "there is no frame header") }
      scanHeader = try JPEG.ScanHeader(parsing: &reader)
    case .app(0):
      if let found = JPEG.JFIF(parsing: &reader) { jfif = found }
    case .app(14):
      if let found = JPEG.Adobe(parsing: &reader) { adobe = found }
    case .com, .dnl: break
    default: break
    }
  }
}

extension JPEG {
  /// The number of lines that a DNL segment behind the first scan states; `nil` when there is none.
  ///
  /// - Parameter offset: where the segment behind the frame header begins.
  /// Source: T.81 B.2.5.
  static func lineCount(in source: RawSpan, from offset: Int) -> Int? {
    let rest = source.extracting(offset..<source.byteCount)
    var walk = SegmentWalk(rest)
    var hasScan = false
    while let stretch = walk.next(), stretch.content != .marker(.eoi) {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      if marker == .sos {
        if hasScan { return nil }
        hasScan = true
      } else if marker == .dnl, hasScan, payload.count == 2 {
        return Int(
          UInt16(bigEndian: rest.loadUnaligned(UInt16.self, at: payload.lowerBound)))
      }
    }
    return nil
  }
}
