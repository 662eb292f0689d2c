// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Everything before the pixels: file header, bitmap header, masks, palette.
  struct Header: Sendable {
    /// How the pixels are stored.
    enum Encoding: Sendable, Hashable {
      case rows, fields, rle8, rle4, rle24, huffman, jpeg, png
    }

    /// Where the file header begins: 14 in a bitmap array; `nil` in a bitmap without one.
    var fileHeaderStart: Int?
    var bitmapHeaderStart: Int
    var bitmapHeaderByteCount: Int
    /// OS/2 2: other compression numbers, no masks.
    var isOS2 = false

    var width = 0
    var height = 0
    var isTopDown = false
    var bitsPerPixel = 0
    var compressionID: UInt32 = 0
    var encoding = Encoding.rows
    var encodedByteCount = 0
    var pixelsPerMetre: (x: Int32, y: Int32) = (0, 0)
    var colorsUsed: UInt32 = 0

    /// Red, green, blue, alpha; zero when absent.
    var masks = SIMD4<UInt32>(repeating: 0)
    /// Masks that follow a 40-byte header.
    var maskRange = 0..<0
    /// The colours as `red | green << 8 | blue << 16 | 0xFF << 24`, at most 256.
    var palette: [UInt32] = []
    var paletteRange = 0..<0
    var dataStart = 0

    /// V5: where an ICC profile lies, from the start of the bitmap header.
    var profile: (isEmbedded: Bool, range: Range<Int>)?
    /// V4: chromaticities (x, y of red, green, blue) and gammas, when calibrated.
    var calibration: Calibration?

    struct Calibration: Sendable {
      /// x, y, z of red, green and blue as 2.30 fixed-point numbers.
      var endpoints: [Double]
      /// Gamma of red, green and blue.
      var gamma: [Double]
    }
  }
}

extension BMP.Header {
  /// Bytes of a row without its padding, and from one row to the next.
  ///
  /// - Throws: `limitExceeded` when the numbers pass the machine's.
  func rowByteCounts() throws(CodecError) -> (used: Int, stride: Int) {
    let bitCount = UInt64(width).multipliedReportingOverflow(by: UInt64(bitsPerPixel))
    guard !bitCount.overflow, let used = Int(exactly: (bitCount.partialValue + 7) / 8),
      let stride = Int(exactly: (bitCount.partialValue + 31) / 32 * 4)
    else { throw CodecError(.limitExceeded(.imageBytes), codec: BMP.name) }
    return (used, stride)
  }

  /// Whether pixels are indices into the palette.
  var isIndexed: Bool {
    switch encoding {
    case .rows: bitsPerPixel <= 8
    case .rle8, .rle4, .huffman: true
    case .fields, .rle24, .jpeg, .png: false
    }
  }

  /// Whether the palette says black, white and there are only these two.
  var isBlackAndWhite: Bool {
    bitsPerPixel == 1 && palette == [0xFF00_0000, 0xFFFF_FFFF]
  }

  /// Whether each index is its own grey: a palette that changes nothing.
  var isGreyRamp: Bool {
    guard bitsPerPixel > 1, palette.count > 2 else { return false }
    for (i, color) in palette.enumerated()
    where color != 0xFF00_0000 | UInt32(truncatingIfNeeded: i) &* 0x01_0101 { return false }
    return true
  }

  /// Metres from one pixel to the next, down and across; `nil` when not stored.
  var spacing: [Double]? {
    guard pixelsPerMetre.x > 0, pixelsPerMetre.y > 0 else { return nil }
    return [1 / Double(pixelsPerMetre.y), 1 / Double(pixelsPerMetre.x)]
  }
}

// MARK: - Parsing

extension BMP.Header {
  /// Reads everything before the pixels.
  init(
    parsing source: RawSpan, policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    var reader = ByteReader(source, codec: BMP.name)
    let (fileHeaderStart, dataOffset) = try Self.parseFileHeader(&reader)
    let start = reader.offset
    let byteCount = Int(clamping: try reader.u32le("header size"))
    guard byteCount == 12 || byteCount >= 16 else {
      throw BMP.corrupt("header size", "is none of a bitmap header's", at: start)
    }
    self.fileHeaderStart = fileHeaderStart
    bitmapHeaderStart = start
    bitmapHeaderByteCount = byteCount
    // A header is read as far as it goes: sizes that no specification has are prefixes.
    var fields = try reader.sub(byteCount - 4, "header")
    if byteCount == 12 {
      try parseCoreHeader(&fields)
    } else {
      isOS2 = byteCount <= 64 && byteCount != 40 && byteCount != 52 && byteCount != 56
      try parseInfoHeader(&fields, policy: policy, diagnostics: &diagnostics)
    }
    guard width > 0, height > 0 else {
      throw BMP.corrupt("width or height", "is zero or negative", at: start + 4)
    }
    encoding = try encoding(source, dataOffset: dataOffset)
    if encoding == .fields, compressionID != 0 { try parseTrailingMasks(&reader) }
    try parsePalette(
      &reader, dataOffset: dataOffset, policy: policy, diagnostics: &diagnostics)
  }

  /// Reads the header of a bitmap array and the file header, when there are any.
  private static func parseFileHeader(
    _ reader: inout ByteReader
  ) throws(CodecError) -> (start: Int?, dataOffset: Int) {
    if reader.isNext(Array("BA".utf8)) { try reader.skip(14, "bitmap array header") }
    let start = reader.offset
    if reader.isNext(Array("BM".utf8)) {
      try reader.skip(10, "file header")
      return (start, Int(clamping: try reader.u32le("data offset")))
    }
    for magic in ["IC", "PT", "CI", "CP"] where reader.isNext(Array(magic.utf8)) {
      throw CodecError(
        .unsupported, codec: BMP.name, part: "file header", "OS/2 icon or pointer", at: start)
    }
    guard start == 0, BMP.isBitmapHeader(reader.bytes) else {
      throw BMP.corrupt("file header", "not a bitmap", at: start)
    }
    return (nil, 0)
  }

  private mutating func parseCoreHeader(_ fields: inout ByteReader) throws(CodecError) {
    width = Int(try fields.u16le("width"))
    height = Int(try fields.u16le("height"))
    try fields.skip(2, "planes")
    bitsPerPixel = Int(try fields.u16le("bits per pixel"))
  }

  private mutating func parseInfoHeader(
    _ fields: inout ByteReader, policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    width = Int(try fields.i32le("width"))
    let signedHeight = try fields.i32le("height")
    isTopDown = signedHeight < 0
    height = Int(clamping: signedHeight.magnitude)
    let planes = try fields.u16le("planes")
    if planes != 1 {
      try diagnostics.warn(
        Warning(codec: BMP.name, part: "planes", "is not 1; taken as 1", at: fields.fileOffset - 2),
        policy: policy)
    }
    bitsPerPixel = Int(try fields.u16le("bits per pixel"))
    // OS/2 2 headers may end after any field; what is missing is zero.
    if fields.remaining >= 4 { compressionID = try fields.u32le() }
    if fields.remaining >= 4 { encodedByteCount = Int(clamping: try fields.u32le()) }
    if fields.remaining >= 8 { pixelsPerMetre = (try fields.i32le(), try fields.i32le()) }
    if fields.remaining >= 4 { colorsUsed = try fields.u32le() }
    guard !isOS2, fields.remaining >= 4 else { return }
    try fields.skip(4, "colours important")
    try parseExtensions(&fields)
  }

  /// What Windows V2 to V5 add to the 40 bytes of V1.
  private mutating func parseExtensions(_ fields: inout ByteReader) throws(CodecError) {
    guard fields.remaining >= 12 else { return }
    for channel in 0..<3 { masks[channel] = try fields.u32le("mask") }
    guard fields.remaining >= 4 else { return }
    masks[3] = try fields.u32le("alpha mask")
    guard fields.remaining >= 52 else { return }
    let colorSpace = try fields.u32le("colour space")
    var endpoints: [Double] = []
    for _ in 0..<9 { endpoints.append(Double(try fields.i32le("endpoints")) / 1_073_741_824) }
    var gamma: [Double] = []
    for _ in 0..<3 { gamma.append(Double(try fields.u32le("gamma")) / 65_536) }
    if colorSpace == 0 { calibration = Calibration(endpoints: endpoints, gamma: gamma) }
    guard fields.remaining >= 16 else { return }
    try fields.skip(4, "intent")
    let offset = Int(clamping: try fields.u32le("profile offset"))
    let count = Int(clamping: try fields.u32le("profile size"))
    let (start, startOverflow) = offset.addingReportingOverflow(bitmapHeaderStart)
    let (end, endOverflow) = start.addingReportingOverflow(count)
    guard !startOverflow, !endOverflow, count > 0 else { return }
    if colorSpace == 0x4D42_4544 { profile = (true, start..<end) }  // 'MBED'
    if colorSpace == 0x4C49_4E4B { profile = (false, start..<end) }  // 'LINK'
  }

  /// The masks that follow a 40-byte header.
  private mutating func parseTrailingMasks(_ reader: inout ByteReader) throws(CodecError) {
    guard bitmapHeaderByteCount == 40 else { return }
    let start = reader.offset
    for channel in 0..<(compressionID == 6 ? 4 : 3) { masks[channel] = try reader.u32le("mask") }
    maskRange = start..<reader.offset
  }

  /// How the pixels are stored, from two fields that are not independent.
  private func encoding(_ source: RawSpan, dataOffset: Int) throws(CodecError) -> Encoding {
    switch (compressionID, bitsPerPixel) {
    case (0, 1), (0, 2), (0, 4), (0, 8), (0, 24), (0, 64): return .rows
    case (0, 16), (0, 32): return .fields
    case (1, 8): return .rle8
    case (2, 4): return .rle4
    case (3, 1): return .huffman
    case (3, 16), (3, 24), (3, 32), (6, 16), (6, 24), (6, 32):
      if !isOS2 { return .fields }
    case (4, 24) where isOS2 || !Self.isJPEG(source, at: dataOffset): return .rle24
    case (4, _) where !isOS2: return .jpeg
    case (5, _) where !isOS2: return .png
    case (11, _), (12, _), (13, _):
      throw CodecError(
        .unsupported, codec: BMP.name, part: "compression", "CMYK", at: bitmapHeaderStart + 16)
    default: break
    }
    throw BMP.corrupt(
      "compression", "does not go with the bits per pixel", at: bitmapHeaderStart + 14)
  }

  private static func isJPEG(_ source: RawSpan, at offset: Int) -> Bool {
    offset <= source.byteCount - 2 && source[byteAt: offset] == 0xFF
      && source[byteAt: offset + 1] == 0xD8
  }

  /// Reads the palette and decides where the pixels begin.
  private mutating func parsePalette(
    _ reader: inout ByteReader, dataOffset: Int, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let start = reader.offset
    let fileEnd = reader.bytes.byteCount
    let entryByteCount = bitmapHeaderByteCount == 12 ? 3 : 4
    let capacity = isIndexed ? 1 << bitsPerPixel : 0
    let declared = colorsUsed == 0 ? capacity : Int(clamping: colorsUsed)
    // The header's offset counts unless it points into the headers or past the end. Some indexed
    // files point right behind the headers, where the palette is.
    let isOffsetUsable =
      dataOffset >= start && dataOffset <= fileEnd && !(isIndexed && dataOffset == start)
    if !isOffsetUsable, fileHeaderStart != nil {
      try diagnostics.warn(
        Warning(
          codec: BMP.name, part: "data offset", "is wrong; the pixels follow the palette",
          at: start),
        policy: policy)
    }
    let room = ((isOffsetUsable ? dataOffset : fileEnd) - start) / entryByteCount
    if declared > room {
      // OS/2 1 cannot say how many colours there are, so fewer are no fault.
      let isCut = isIndexed && entryByteCount == 4
      guard declared <= 256 || !isIndexed else {
        throw BMP.corrupt("palette", "is larger than its place in the file", at: start)
      }
      if isCut {
        try diagnostics.warn(
          Warning(codec: BMP.name, part: "palette", "is cut by the pixels", at: start),
          policy: policy)
      }
    }
    let present = isIndexed || isOffsetUsable ? min(declared, room) : 0
    paletteRange = start..<(start + present * entryByteCount)
    for _ in 0..<min(present, capacity) {
      let blue = UInt32(try reader.u8("palette"))
      let green = UInt32(try reader.u8("palette"))
      let red = UInt32(try reader.u8("palette"))
      if entryByteCount == 4 { try reader.skip(1, "palette") }
      palette.append(red | green << 8 | blue << 16 | 0xFF00_0000)
    }
    dataStart = isOffsetUsable ? dataOffset : paletteRange.upperBound
  }
}

extension BMP {
  /// Whether bytes begin like a bitmap header that has no file header before it.
  static func isBitmapHeader(_ head: RawSpan) -> Bool {
    guard head.byteCount >= 16 else { return false }
    let byteCount = UInt32(littleEndian: head.loadUnaligned(UInt32.self, at: 0))
    let isCore = byteCount == 12
    guard isCore || [40, 52, 56, 64, 108, 124].contains(byteCount) else { return false }
    let planes = UInt16(littleEndian: head.loadUnaligned(UInt16.self, at: isCore ? 8 : 12))
    let bits = UInt16(littleEndian: head.loadUnaligned(UInt16.self, at: isCore ? 10 : 14))
    return planes == 1 && [0, 1, 2, 4, 8, 16, 24, 32, 64].contains(bits)
  }
}
