// SPDX-License-Identifier: Apache-2.0

extension PNG.Info {
  /// Reads the ancillary chunks of a file, before and behind the image data.
  ///
  /// - Parameter types: the only chunks to read, before the image data; `nil` for all.
  /// - Throws: `limitExceeded` when compressed items grow above their limits; what is wrong in a
  ///   chunk only under ``DecodePolicy/Leniency/strict``: otherwise the chunk is left out.
  init(
    parsing source: Bytes, _ prologue: PNG.Prologue, types: [PNG.ChunkType]? = nil,
    policy: DecodePolicy
  ) throws(CodecError) {
    self.init()
    var diagnostics = Diagnostics()
    var parser = InfoParser(source: source, prologue: prologue, policy: policy)
    let behind = types == nil ? try parser.chunksBehindData(&diagnostics) : []
    for chunk in prologue.chunks where types?.contains(chunk.type) ?? true {
      try parser.parse(chunk, isBehindData: false, into: &self, &diagnostics)
    }
    for chunk in behind { try parser.parse(chunk, isBehindData: true, into: &self, &diagnostics) }
  }
}

/// Reads one chunk after the other into an ``PNG/Info``.
private struct InfoParser {
  let source: Bytes
  let prologue: PNG.Prologue
  let policy: DecodePolicy
  /// Bytes of metadata so far, decompressed.
  var byteCount = 0

  /// Sound ancillary chunks behind the image data, up to the end or the first damage.
  func chunksBehindData(
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) -> [PNG.Chunk] {
    let span = source.span
    var reader = PNG.ChunkReader(span, at: prologue.dataStart)
    var chunks: [PNG.Chunk] = []
    while let chunk = try? reader.next(), chunk.end <= span.byteCount, chunk.type != .IEND {
      let isData = chunk.type == .IDAT || chunk.type == .fdAT || chunk.type == .fcTL
      if isData || chunk.type.isCritical { continue }
      if PNG.placement(of: chunk.type)?.isBeforeData == true { continue }
      if policy.verifiesChecksums {
        let (stored, computed) = reader.checksums(chunk)
        if stored != computed {
          let warning = Warning(
            codec: PNG.name, part: chunk.type.errorName,
            "the checksum is wrong; the chunk is ignored", at: chunk.start)
          try diagnostics.warn(warning, policy: policy)
          continue
        }
      }
      try policy.limits.check(
        prologue.chunks.count + chunks.count, .metadataItems, codec: PNG.name, part: "chunk",
        at: chunk.start)
      chunks.append(chunk)
    }
    return chunks
  }

  mutating func parse(
    _ chunk: PNG.Chunk, isBehindData: Bool, into info: inout PNG.Info,
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    guard let data = source.slice(chunk.data) else { return }
    let span = data.span
    var reader = ByteReader(span, codec: PNG.name, base: chunk.data.lowerBound)
    do throws(CodecError) {
      try parse(chunk, &reader, data, isBehindData, into: &info)
    } catch {
      guard error.isDamage else { throw error }
      let warning = Warning(
        codec: PNG.name, part: chunk.type.errorName, "the chunk is damaged and ignored",
        at: error.offset)
      try diagnostics.warn(warning, policy: policy)
    }
  }

  private mutating func parse(
    _ chunk: PNG.Chunk, _ reader: inout ByteReader, _ data: Bytes, _ isBehindData: Bool,
    into info: inout PNG.Info
  ) throws(CodecError) {
    switch chunk.type {
    case .PLTE, .tRNS, .acTL, .fcTL: break
    case .gAMA: info.gamma = try reader.u32be("gAMA")
    case .cHRM:
      info.chromaticities = try collect(8) { () throws(CodecError) in try reader.i32be("cHRM") }
    case .sRGB: info.renderingIntent = try reader.u8("sRGB")
    case .iCCP: info.iccProfile = try parseProfile(&reader)
    case .cICP: info.codingIndependentCodePoints = try reader.array(4, "cICP")
    case .mDCV: info.masteringDisplay = try parseMasteringDisplay(&reader)
    case .cLLI:
      info.contentLightLevel = try collect(2) { () throws(CodecError) in try reader.u32be("cLLI") }
    case .sBIT: info.significantBits = try parseSignificantBits(&reader)
    case .bKGD: info.background = try parseBackground(&reader)
    case .hIST:
      info.histogram = try collect(prologue.paletteCount) { () throws(CodecError) in
        try reader.u16be("hIST")
      }
    case .pHYs: info.pixelDensity = try parseDensity(&reader)
    case .sPLT: info.suggestedPalettes.append(try parseSuggestedPalette(&reader))
    case .eXIf:
      if info.exif == nil { info.exif = try parseExif(data, at: reader.base) }
    case .tIME:
      if info.modificationTime == nil { info.modificationTime = try parseTime(&reader) }
    case .tEXt, .zTXt, .iTXt: info.texts.append(try parseText(chunk.type, &reader))
    default:
      try count(data.count, at: chunk.start)
      info.unknownChunks.append(
        PNG.UnknownChunk(type: chunk.type, data: data, isBehindData: isBehindData))
    }
    if chunk.type.hasFixedSize, !reader.isAtEnd {
      throw PNG.corrupt(chunk.type.errorName, "the chunk is too long", at: chunk.start)
    }
  }

  private func collect<T>(
    _ count: Int, _ next: () throws(CodecError) -> T
  ) throws(CodecError) -> [T] {
    var values: [T] = []
    for _ in 0..<count { values.append(try next()) }
    return values
  }

  /// Counts metadata against its limits.
  private mutating func count(_ added: Int, at offset: Int) throws(CodecError) {
    try policy.limits.check(added, .metadataItemBytes, codec: PNG.name, part: "chunk", at: offset)
    byteCount += added
    try policy.limits.check(byteCount, .metadataBytes, codec: PNG.name, part: "chunk", at: offset)
  }

  // MARK: The chunks

  private func parseMasteringDisplay(
    _ reader: inout ByteReader
  ) throws(CodecError) -> PNG.MasteringDisplay {
    PNG.MasteringDisplay(
      chromaticities: try collect(8) { () throws(CodecError) in try reader.u16be("mDCV") },
      maximumLuminance: try reader.u32be("mDCV"), minimumLuminance: try reader.u32be("mDCV"))
  }

  private func parseSignificantBits(_ reader: inout ByteReader) throws(CodecError) -> [UInt8] {
    let color = prologue.header.colorType
    let bits = try reader.array(color == .palette ? 3 : color.channelCount, "sBIT")
    let most = color == .palette ? 8 : prologue.header.bitDepth
    guard bits.allSatisfy({ $0 > 0 && $0 <= most }) else {
      throw PNG.corrupt("sBIT", "a channel has no such number of bits", at: reader.base)
    }
    return bits
  }

  private func parseBackground(_ reader: inout ByteReader) throws(CodecError) -> [UInt16] {
    switch prologue.header.colorType {
    case .palette: [UInt16(try reader.u8("bKGD"))]
    case .grey, .greyAlpha: [try reader.u16be("bKGD")]
    case .rgb, .rgba: try collect(3) { () throws(CodecError) in try reader.u16be("bKGD") }
    }
  }

  private func parseDensity(_ reader: inout ByteReader) throws(CodecError) -> PNG.PixelDensity {
    PNG.PixelDensity(
      x: try reader.u32be("pHYs"), y: try reader.u32be("pHYs"),
      isPerMetre: try reader.u8("pHYs") == 1)
  }

  private mutating func parseSuggestedPalette(
    _ reader: inout ByteReader
  ) throws(CodecError) -> PNG.SuggestedPalette {
    let name = try keyword(&reader, "sPLT")
    let depth = Int(try reader.u8("sPLT"))
    let entryByteCount = depth == 8 ? 6 : 10
    guard depth == 8 || depth == 16, reader.remaining % entryByteCount == 0 else {
      throw PNG.corrupt("sPLT", "the depth or length is wrong", at: reader.fileOffset)
    }
    try count(reader.remaining, at: reader.base)
    var entries: [[UInt16]] = []
    while !reader.isAtEnd {
      var entry: [UInt16] = []
      for _ in 0..<4 {
        entry.append(depth == 8 ? UInt16(try reader.u8("sPLT")) : try reader.u16be("sPLT"))
      }
      entry.append(try reader.u16be("sPLT"))
      entries.append(entry)
    }
    return PNG.SuggestedPalette(name: name, depth: depth, entries: entries)
  }

  private mutating func parseExif(_ data: Bytes, at offset: Int) throws(CodecError) -> Bytes {
    let start = data.count >= 4 ? data.slice(0..<4)?.array : nil
    guard start == [0x49, 0x49, 0x2A, 0] || start == [0x4D, 0x4D, 0, 0x2A] else {
      throw PNG.corrupt("eXIf", "it does not begin as a TIFF structure", at: offset)
    }
    try count(data.count, at: offset)
    return data
  }

  private func parseTime(_ reader: inout ByteReader) throws(CodecError) -> PNG.Time {
    let time = PNG.Time(
      year: Int(try reader.u16be("tIME")), month: Int(try reader.u8("tIME")),
      day: Int(try reader.u8("tIME")), hour: Int(try reader.u8("tIME")),
      minute: Int(try reader.u8("tIME")), second: Int(try reader.u8("tIME")))
    guard (1...12).contains(time.month), (1...31).contains(time.day), time.hour < 24,
      time.minute < 60, time.second <= 60
    else { throw PNG.corrupt("tIME", "not a time", at: reader.base) }
    return time
  }

  private mutating func parseProfile(
    _ reader: inout ByteReader
  ) throws(CodecError) -> PNG.ICCProfile {
    let name = try keyword(&reader, "iCCP")
    guard try reader.u8("iCCP") == 0 else {
      throw PNG.corrupt("iCCP", "there is no such compression method", at: reader.fileOffset - 1)
    }
    let profile = try inflated(&reader, "iCCP")
    // Source: ICC.1 §7.2.2: the profile begins with its size.
    guard profile.count >= 128,
      profile[0..<4].reduce(0, { $0 << 8 | Int($1) }) == profile.count
    else { throw PNG.corrupt("iCCP", "the profile's size is wrong", at: reader.base) }
    return PNG.ICCProfile(name: name, profile: profile)
  }

  private mutating func parseText(
    _ type: PNG.ChunkType, _ reader: inout ByteReader
  ) throws(CodecError) -> PNG.Text {
    var text = PNG.Text(keyword: try keyword(&reader, type.errorName), text: "")
    switch type {
    case .iTXt:
      text.isInternational = true
      text.isCompressed = try reader.u8("iTXt") == 1
      let method = try reader.u8("iTXt")
      text.language = String(decoding: try terminated(&reader, "iTXt"), as: UTF8.self)
      text.translatedKeyword = String(decoding: try terminated(&reader, "iTXt"), as: UTF8.self)
      guard !text.isCompressed || method == 0 else {
        throw PNG.corrupt("iTXt", "there is no such compression method", at: reader.base)
      }
      let bytes = text.isCompressed ? try inflated(&reader, "iTXt") : try rest(&reader, "iTXt")
      text.text = String(decoding: bytes, as: UTF8.self)
    case .zTXt:
      text.isCompressed = true
      guard try reader.u8("zTXt") == 0 else {
        throw PNG.corrupt("zTXt", "there is no such compression method", at: reader.base)
      }
      text.text = String(latin1: try inflated(&reader, "zTXt"))
    default: text.text = String(latin1: try rest(&reader, "tEXt"))
    }
    return text
  }

  /// The bytes up to a zero, which is skipped.
  private func terminated(
    _ reader: inout ByteReader, _ part: CodecError.Name
  ) throws(CodecError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.u8(part)
      if byte == 0 { return bytes }
      bytes.append(byte)
    }
  }

  /// A keyword or name and the zero behind it. Bad characters are let through, as in libpng.
  private func keyword(
    _ reader: inout ByteReader, _ part: CodecError.Name
  ) throws(CodecError) -> String {
    let bytes = try terminated(&reader, part)
    guard (1...79).contains(bytes.count) else {
      throw PNG.corrupt(part, "the keyword is not 1 to 79 characters long", at: reader.base)
    }
    return String(latin1: bytes)
  }

  private mutating func rest(
    _ reader: inout ByteReader, _ part: CodecError.Name
  ) throws(CodecError) -> [UInt8] {
    try count(reader.remaining, at: reader.base)
    return try reader.array(reader.remaining, part)
  }

  private mutating func inflated(
    _ reader: inout ByteReader, _ part: CodecError.Name
  ) throws(CodecError) -> [UInt8] {
    let offset = reader.fileOffset
    var limits = policy.limits
    limits.maxOutputBytes = min(
      limits.maxMetadataItemBytes, limits.maxMetadataBytes - byteCount)
    do throws(CodecError) {
      let bytes = try Zlib.decode(
        reader.take(reader.remaining), limits: limits,
        options: Deflate.DecodeOptions(verifiesChecksum: policy.verifiesChecksums))
      try count(bytes.count, at: offset)
      return bytes
    } catch {
      if case .limitExceeded = error.kind {
        throw CodecError(
          .limitExceeded(.metadataItemBytes), codec: PNG.name, part: part, at: offset)
      }
      var error = error.rethrown(by: PNG.name, part: part, movedBy: offset)
      if error.kind == .invalidArgument { error.kind = .corrupt }
      throw error
    }
  }
}

extension PNG.ChunkType {
  /// Whether the data must end where its fields do.
  fileprivate var hasFixedSize: Bool {
    switch self {
    case .gAMA, .cHRM, .sRGB, .cICP, .mDCV, .cLLI, .sBIT, .bKGD, .hIST, .pHYs, .tIME: true
    default: false
    }
  }
}

extension String {
  /// Text of one byte a character.
  init(latin1 bytes: [UInt8]) {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    self = text
  }

  /// One byte a character; `nil` when a character has none.
  var latin1: [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
