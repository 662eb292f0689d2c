// SPDX-License-Identifier: Apache-2.0

extension PNG.Info {
  /// Takes what PNG can hold out of `metadata`, under the names that reading gives.
  ///
  /// Fields of other formats are left out; a field with a PNG name and a value that PNG cannot hold
  /// is an error.
  init(_ metadata: Metadata, _ picture: PNG.Picture) throws(CodecError) {
    self.init()
    try setColorSpace(metadata)
    try setDensity(metadata)
    if let value = metadata["exif"] {
      guard let bytes = value.bytesValue?.array else { throw Self.wrong("exif") }
      let prefix = Array("Exif\0\0".utf8)
      exif = Bytes(bytes.starts(with: prefix) ? Array(bytes.dropFirst(prefix.count)) : bytes)
    }
    if let value = metadata["significant_bits"] {
      let count = picture.header.colorType == .palette ? 3 : picture.header.colorType.channelCount
      let bits = value.integers(UInt8.self) ?? []
      let depth = picture.header.colorType == .palette ? 8 : picture.header.bitDepth
      if bits.count == count, bits.allSatisfy({ (1...depth).contains(Int($0)) }) {
        significantBits = bits
      }
    }
    if let value = metadata["background"] {
      let samples =
        value.integers(UInt16.self) ?? value.intValue.map { [UInt16(clamping: $0)] } ?? []
      let isColor = picture.header.colorType == .rgb || picture.header.colorType == .rgba
      let isPalette = picture.header.colorType == .palette
      let end = isPalette ? picture.palette.count / 3 : 1 << picture.header.bitDepth
      if samples.count == (isColor ? 3 : 1), samples.allSatisfy({ $0 < end }) {
        background = samples
      }
    }
    if let value = metadata["histogram"], !picture.palette.isEmpty {
      let counts = value.integers(UInt16.self) ?? []
      if counts.count == picture.palette.count / 3 { histogram = counts }
    }
    if let value = metadata["time"] {
      guard let time = value.stringValue.flatMap({ PNG.Time($0) }) else { throw Self.wrong("time") }
      modificationTime = time
    }
    setTexts(metadata)
    for value in metadata["private_chunks"]?.arrayValue ?? [] {
      unknownChunks.append(try PNG.UnknownChunk(value))
    }
    suggestedPalettes = (metadata["suggested_palettes"]?.arrayValue ?? []).compactMap {
      PNG.SuggestedPalette($0)
    }
  }

  private static func wrong(_ part: CodecError.Name) -> CodecError {
    PNG.invalidArgument(part, "the value is of another kind")
  }

  private mutating func setColorSpace(_ metadata: Metadata) throws(CodecError) {
    if let value = metadata["gamma"] {
      guard let number = value.doubleValue, number > 0, number < 20_000 else {
        throw Self.wrong("gamma")
      }
      gamma = UInt32((number * 100_000).rounded())
    }
    if let value = metadata["chromaticity"] {
      let numbers = value.arrayValue?.compactMap { $0.doubleValue } ?? []
      guard numbers.count == 8, numbers.allSatisfy({ abs($0) < 20_000 }) else {
        throw Self.wrong("chromaticity")
      }
      chromaticities = numbers.map { Int32(($0 * 100_000).rounded()) }
    }
    if let value = metadata["srgb"] {
      guard let intent = value.intValue, (0...3).contains(intent) else { throw Self.wrong("srgb") }
      renderingIntent = UInt8(intent)
      // For decoders that know these chunks only. Source: PNG 3rd edition §11.3.2.5.
      gamma = gamma ?? 45_455
      chromaticities =
        chromaticities ?? [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]
    }
    if let value = metadata["icc_profile"] {
      guard let bytes = value.bytesValue else { throw Self.wrong("icc_profile") }
      iccProfile = PNG.ICCProfile(name: "ICC Profile", profile: bytes.array)
    }
    if let value = metadata["cicp"] {
      guard let points = value.integers(UInt8.self), points.count == 4 else {
        throw Self.wrong("cicp")
      }
      codingIndependentCodePoints = points
    }
    if case .dictionary(let fields)? = metadata["mastering_display"] {
      let numbers = fields["chromaticity"]?.arrayValue?.compactMap { $0.doubleValue } ?? []
      guard numbers.count == 8, let most = fields["maximum_luminance"]?.doubleValue,
        let least = fields["minimum_luminance"]?.doubleValue
      else { throw Self.wrong("mastering_display") }
      masteringDisplay = PNG.MasteringDisplay(
        chromaticities: numbers.map { UInt16(clamping: Int(saturating: $0 * 50_000 + 0.5)) },
        maximumLuminance: UInt32(clamping: Int(saturating: most * 10_000 + 0.5)),
        minimumLuminance: UInt32(clamping: Int(saturating: least * 10_000 + 0.5)))
    }
    if let value = metadata["content_light_level"] {
      let numbers = value.arrayValue?.compactMap { $0.doubleValue } ?? []
      guard numbers.count == 2 else { throw Self.wrong("content_light_level") }
      contentLightLevel = numbers.map { UInt32(clamping: Int(saturating: $0 * 10_000 + 0.5)) }
    }
  }

  private mutating func setDensity(_ metadata: Metadata) throws(CodecError) {
    if let value = metadata["dpi"] {
      let numbers = value.arrayValue?.compactMap { $0.doubleValue } ?? []
      let single = value.doubleValue
      guard let x = numbers.first ?? single, let y = numbers.last ?? single, x >= 0, y >= 0 else {
        throw Self.wrong("dpi")
      }
      pixelDensity = PNG.PixelDensity(
        x: UInt32(clamping: Int(saturating: x / 0.0254 + 0.5)),
        y: UInt32(clamping: Int(saturating: y / 0.0254 + 0.5)), isPerMetre: true)
    } else if let numbers = metadata["aspect"]?.integers(UInt32.self), numbers.count == 2 {
      pixelDensity = PNG.PixelDensity(x: numbers[0], y: numbers[1], isPerMetre: false)
    }
  }

  /// Text fields; those that are a part of the Exif structure are stored there.
  private mutating func setTexts(_ metadata: Metadata) {
    let own: Set<String> = ["mode", "time", "xmp", "version"]
    let exifFields = exif.flatMap { Exif($0.span) }?.fields
    for (name, value) in metadata.fields {
      guard let text = value.stringValue, !own.contains(name), PNG.Text.isKeyword(name),
        exifFields?[name] == nil, !text.utf8.contains(0)
      else { continue }
      texts.append(
        PNG.Text(
          keyword: name, text: text,
          isInternational: name == PNG.Text.xmpKeyword || text.latin1 == nil))
    }
    if metadata[PNG.Text.xmpKeyword] == nil, let packet = metadata["xmp"] {
      let text =
        packet.stringValue
        ?? packet.bytesValue.map {
          String(decoding: $0.array, as: UTF8.self)
        }
      if let text {
        texts.append(PNG.Text(keyword: PNG.Text.xmpKeyword, text: text, isInternational: true))
      }
    }
  }
}

extension PNG.UnknownChunk {
  /// Reads what ``PNG/Info`` gives as `private_chunks`.
  fileprivate init(_ value: MetadataValue) throws(CodecError) {
    let parts = value.arrayValue ?? []
    guard parts.count >= 2, let name = parts[0].stringValue, name.utf8.count == 4,
      let data = parts[1].bytesValue
    else { throw PNG.invalidArgument("private_chunks", "not a name of four letters and bytes") }
    let type = PNG.ChunkType(rawValue: name.utf8.reduce(0) { $0 << 8 | UInt32($1) })
    guard type.isValid, !type.isCritical, type.errorName == "chunk" else {
      throw PNG.invalidArgument("private_chunks", "the name is not that of a private chunk")
    }
    self.init(
      type: type, data: data, isBehindData: parts.count > 2 && parts[2].boolValue == true)
  }
}

extension PNG.SuggestedPalette {
  fileprivate init?(_ value: MetadataValue) {
    guard case .dictionary(let fields) = value, let name = fields["name"]?.stringValue,
      PNG.Text.isKeyword(name), let depth = fields["depth"]?.intValue, depth == 8 || depth == 16
    else { return nil }
    var entries: [[UInt16]] = []
    for entry in fields["entries"]?.arrayValue ?? [] {
      guard let values = entry.integers(UInt16.self), values.count == 5 else { return nil }
      entries.append(values)
    }
    self.init(name: name, depth: depth, entries: entries)
  }
}

extension MetadataValue {
  /// The elements of an array of integers that fit `type`.
  fileprivate func integers<T: FixedWidthInteger>(_ type: T.Type) -> [T]? {
    guard let values = arrayValue else { return nil }
    let numbers = values.compactMap { $0.intValue }.compactMap { T(exactly: $0) }
    return numbers.count == values.count ? numbers : nil
  }
}

extension Int {
  /// The nearest integer, the ends of the range for what lies outside.
  init(saturating value: Double) {
    self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value.rounded(.down), -1e15), 1e15))
  }
}
