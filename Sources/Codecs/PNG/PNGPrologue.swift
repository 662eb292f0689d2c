// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// What the tRNS chunk says.
  ///
  /// Source: PNG 3rd edition §11.3.1.1.
  enum Transparency: Sendable, Hashable {
    /// Alpha of the first palette entries; the others are opaque.
    case palette([UInt8])
    /// Pixels with this stored sample are transparent.
    case grey(UInt16)
    /// Pixels with these stored samples are transparent.
    case rgb(UInt16, UInt16, UInt16)
  }

  /// What stands before the image data, as far as the pixels depend on it.
  struct Prologue: Sendable {
    var header: Header
    /// Apple's variant: no zlib header, blue first, alpha multiplied in.
    var isCgBI = false
    /// Red, green and blue of each entry; empty when there is no palette.
    var palette: [UInt8] = []
    var transparency: Transparency?
    /// The chunks before the image data that are sound and in their place.
    var chunks: [Chunk] = []
    /// Offset of the first IDAT chunk.
    var dataStart = 0

    var paletteCount: Int { palette.count / 3 }
  }
}

extension PNG.Prologue {
  /// Reads up to the first IDAT chunk.
  ///
  /// - Throws: what makes the image undecodable; other violations are warnings, as in libpng.
  init(
    parsing source: RawSpan, policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    var parser = PrologueParser(source, policy: policy)
    self = try parser.parse(&diagnostics)
  }
}

/// Reads the chunks before the image data.
private struct PrologueParser: ~Escapable {
  var reader: PNG.ChunkReader
  let policy: DecodePolicy
  var seen: [PNG.ChunkType] = []
  var hasPalette = false

  @_lifetime(copy source)
  init(_ source: RawSpan, policy: DecodePolicy) {
    reader = PNG.ChunkReader(source, at: PNG.signature.count)
    self.policy = policy
  }

  @_lifetime(self: copy self)
  mutating func parse(_ diagnostics: inout Diagnostics) throws(CodecError) -> PNG.Prologue {
    try checkSignature()
    var prologue = try parseHeader()
    while true {
      guard let chunk = try reader.next() else { throw truncated }
      if chunk.type == .IDAT {
        prologue.dataStart = chunk.start
        break
      }
      guard chunk.type != .IEND else {
        throw PNG.corrupt("IEND", "there is no image data", at: chunk.start)
      }
      try parse(chunk, into: &prologue, &diagnostics)
    }
    guard prologue.header.colorType != .palette || hasPalette else {
      throw PNG.corrupt("PLTE", "the image needs a palette and has none", at: prologue.dataStart)
    }
    return prologue
  }

  private var truncated: CodecError {
    CodecError(
      .truncated(needed: 12), codec: PNG.name, part: "chunk", "the file ends before the image data",
      at: reader.source.byteCount)
  }

  private func checkSignature() throws(CodecError) {
    let signature = PNG.signature
    let count = min(signature.count, reader.source.byteCount)
    for i in 0..<count where reader.source[byteAt: i] != signature[i] {
      throw PNG.corrupt("signature", "not a PNG file", at: i)
    }
    guard count == signature.count else {
      throw CodecError(
        .truncated(needed: signature.count - count), codec: PNG.name, part: "signature", at: count)
    }
  }

  @_lifetime(self: copy self)
  private mutating func parseHeader() throws(CodecError) -> PNG.Prologue {
    guard var chunk = try reader.next() else { throw truncated }
    let isCgBI = chunk.type == .CgBI
    if isCgBI {
      _ = try reader.data(chunk)
      guard let next = try reader.next() else { throw truncated }
      chunk = next
    }
    guard chunk.type == .IHDR else {
      throw PNG.corrupt("IHDR", "the first chunk is not IHDR", at: chunk.start + 4)
    }
    guard chunk.length == 13 else {
      throw PNG.corrupt("IHDR", "the length is not 13", at: chunk.start)
    }
    let data = try reader.data(chunk)
    try checkCritical(chunk, "IHDR")
    var fields = ByteReader(data, codec: PNG.name, base: chunk.data.lowerBound)
    return PNG.Prologue(header: try PNG.Header(parsing: &fields), isCgBI: isCgBI)
  }

  /// Throws when the checksum of `chunk` is wrong.
  private func checkCritical(
    _ chunk: PNG.Chunk, _ part: CodecError.Name
  ) throws(CodecError) {
    guard policy.verifiesChecksums else { return }
    let (stored, computed) = reader.checksums(chunk)
    guard stored == computed else {
      throw CodecError(
        .checksumMismatch(stored: stored, computed: computed), codec: PNG.name, part: part,
        at: chunk.data.upperBound)
    }
  }

  @_lifetime(self: copy self)
  private mutating func parse(
    _ chunk: PNG.Chunk, into prologue: inout PNG.Prologue, _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let data = try reader.data(chunk)
    try policy.limits.check(
      prologue.chunks.count, .metadataItems, codec: PNG.name, part: "chunk", at: chunk.start)
    if chunk.type == .PLTE {
      try parsePalette(chunk, data, into: &prologue, &diagnostics)
      return
    }
    guard chunk.type != .IHDR else {
      throw PNG.corrupt("IHDR", "there is a second IHDR", at: chunk.start)
    }
    guard !chunk.type.isCritical else {
      throw CodecError(
        .unsupported, codec: PNG.name, part: "chunk", "the file needs a chunk that is not known",
        at: chunk.start + 4)
    }
    if policy.verifiesChecksums {
      let (stored, computed) = reader.checksums(chunk)
      if stored != computed {
        return try warn("the checksum is wrong; the chunk is ignored", chunk, &diagnostics)
      }
    }
    if let placement = PNG.placement(of: chunk.type) {
      if placement.isSingle, seen.contains(chunk.type) {
        return try warn("there is a second such chunk; it is ignored", chunk, &diagnostics)
      }
      let isPaletteImage = prologue.header.colorType == .palette
      if placement.isBeforePalette && hasPalette
        || placement.isAfterPalette && isPaletteImage && !hasPalette
      {
        return try warn("the chunk is out of place; it is ignored", chunk, &diagnostics)
      }
      if placement.isSingle { seen.append(chunk.type) }
    }
    if chunk.type == .tRNS {
      guard try parseTransparency(chunk, data, into: &prologue, &diagnostics) else { return }
    }
    prologue.chunks.append(chunk)
  }

  @_lifetime(self: copy self)
  private mutating func parsePalette(
    _ chunk: PNG.Chunk, _ data: RawSpan, into prologue: inout PNG.Prologue,
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    guard !hasPalette else {
      throw PNG.corrupt("PLTE", "there is a second PLTE", at: chunk.start)
    }
    hasPalette = true
    let isNeeded = prologue.header.colorType == .palette
    if isNeeded {
      try checkCritical(chunk, "PLTE")
    } else if policy.verifiesChecksums {
      let (stored, computed) = reader.checksums(chunk)
      if stored != computed {
        return try warn("the checksum is wrong; the chunk is ignored", chunk, &diagnostics)
      }
    }
    guard prologue.header.colorType != .grey, prologue.header.colorType != .greyAlpha else {
      return try warn("a grey image may not have a palette; it is ignored", chunk, &diagnostics)
    }
    guard chunk.length % 3 == 0, chunk.length > 0, chunk.length <= 768 else {
      guard !isNeeded else {
        throw PNG.corrupt("PLTE", "the length is not 1 to 256 times 3", at: chunk.start)
      }
      return try warn("the length is not 1 to 256 times 3", chunk, &diagnostics)
    }
    var count = chunk.length
    let most = isNeeded ? 3 << prologue.header.bitDepth : 768
    if count > most {
      try warn("there are more entries than the bit depth can name", chunk, &diagnostics)
      count = most
    }
    prologue.palette = [UInt8](copying: data.extracting(0..<count))
    prologue.chunks.append(chunk)
  }

  /// - Returns: whether the chunk is usable.
  private func parseTransparency(
    _ chunk: PNG.Chunk, _ data: RawSpan, into prologue: inout PNG.Prologue,
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) -> Bool {
    // Only the low `bitDepth` bits count.
    let mask = UInt16(truncatingIfNeeded: (1 << prologue.header.bitDepth) - 1)
    func sample(_ i: Int) -> UInt16 {
      UInt16(bigEndian: data.loadUnaligned(UInt16.self, at: 2 * i)) & mask
    }
    switch (prologue.header.colorType, chunk.length) {
    case (.grey, 2): prologue.transparency = .grey(sample(0))
    case (.rgb, 6): prologue.transparency = .rgb(sample(0), sample(1), sample(2))
    case (.palette, 1...prologue.paletteCount):
      prologue.transparency = .palette([UInt8](copying: data))
    case (.greyAlpha, _), (.rgba, _):
      try warn("the image has an alpha channel; the chunk is ignored", chunk, &diagnostics)
      return false
    default:
      try warn("the length does not fit the image; the chunk is ignored", chunk, &diagnostics)
      return false
    }
    return true
  }

  private func warn(
    _ text: CodecError.Name, _ chunk: PNG.Chunk, _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let warning = Warning(codec: PNG.name, part: chunk.type.errorName, text, at: chunk.start)
    try diagnostics.warn(warning, policy: policy)
  }
}

extension PNG.ChunkType {
  /// The name as errors need it: a literal.
  var errorName: CodecError.Name {
    switch self {
    case .IHDR: "IHDR"
    case .PLTE: "PLTE"
    case .IDAT: "IDAT"
    case .IEND: "IEND"
    case .tRNS: "tRNS"
    case .gAMA: "gAMA"
    case .cHRM: "cHRM"
    case .sRGB: "sRGB"
    case .iCCP: "iCCP"
    case .cICP: "cICP"
    case .mDCV: "mDCV"
    case .cLLI: "cLLI"
    case .sBIT: "sBIT"
    case .bKGD: "bKGD"
    case .hIST: "hIST"
    case .pHYs: "pHYs"
    case .sPLT: "sPLT"
    case .eXIf: "eXIf"
    case .tIME: "tIME"
    case .tEXt: "tEXt"
    case .zTXt: "zTXt"
    case .iTXt: "iTXt"
    case .acTL: "acTL"
    case .fcTL: "fcTL"
    case .fdAT: "fdAT"
    case .CgBI: "CgBI"
    default: "chunk"
    }
  }
}
