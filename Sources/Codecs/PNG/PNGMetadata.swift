// SPDX-License-Identifier: Apache-2.0

extension PNG.Info {
  /// The metadata under imageio's names, which are Pillow's.
  ///
  /// - Parameter excludingApplied: leave out what reading with `options` puts into the pixels.
  func metadata(
    _ prologue: PNG.Prologue, options: PNG.ReadOptions, shape: [Int], excludingApplied: Bool,
    limits: Limits
  ) throws(CodecError) -> Metadata {
    var fields = Metadata()
    if prologue.header.isInterlaced { fields["interlace"] = 1 }
    if let gamma, !(excludingApplied && options.appliesGamma) {
      fields["gamma"] = .double(Double(gamma) / 100_000)
    }
    addColorSpace(to: &fields)
    if !excludingApplied || options.stored {
      fields["transparency"] = prologue.transparency?.metadata
      if prologue.header.colorType == .palette {
        fields["palette"] = .ndarray(
          try NDArray(prologue.palette, shape: [prologue.paletteCount, 3]))
      }
    }
    addDensity(to: &fields)
    fields["background"] = background.map { Self.numbers($0) }
    fields["significant_bits"] = significantBits.map { Self.numbers($0) }
    fields["histogram"] = histogram.map { Self.numbers($0) }
    if let time = modificationTime { fields["time"] = .string(time.description) }
    for text in texts {
      fields[text.keyword] = .string(text.text)
      if text.keyword == PNG.Text.xmpKeyword {
        fields["xmp"] = .bytes(Bytes(Array(text.text.utf8)))
      }
    }
    if !suggestedPalettes.isEmpty {
      fields["suggested_palettes"] = .array(suggestedPalettes.map { $0.metadata })
    }
    if !unknownChunks.isEmpty {
      fields["private_chunks"] = .array(unknownChunks.map { $0.metadata })
    }
    fields["mode"] = .string(prologue.modeName)
    fields["shape"] = Self.numbers(shape)
    addExif(to: &fields, isRotationApplied: excludingApplied && options.rotates, limits: limits)
    return fields
  }

  private static func numbers(_ values: [some BinaryInteger]) -> MetadataValue {
    .array(values.map { .int(Int64($0)) })
  }

  private func addColorSpace(to fields: inout Metadata) {
    if let chromaticities {
      fields["chromaticity"] = .array(chromaticities.map { .double(Double($0) / 100_000) })
    }
    fields["srgb"] = renderingIntent.map { .int(Int64($0)) }
    fields["icc_profile"] = iccProfile.map { .bytes(Bytes($0.profile)) }
    fields["cicp"] = codingIndependentCodePoints.map { Self.numbers($0) }
    if let display = masteringDisplay {
      fields["mastering_display"] = [
        "chromaticity": .array(display.chromaticities.map { .double(Double($0) / 50_000) }),
        "maximum_luminance": .double(Double(display.maximumLuminance) / 10_000),
        "minimum_luminance": .double(Double(display.minimumLuminance) / 10_000),
      ]
    }
    fields["content_light_level"] = contentLightLevel.map {
      .array($0.map { .double(Double($0) / 10_000) })
    }
  }

  private func addDensity(to fields: inout Metadata) {
    guard let density = pixelDensity else { return }
    if density.isPerMetre {
      fields["dpi"] = .array([density.x, density.y].map { .double(Double($0) * 0.0254) })
    } else {
      fields["aspect"] = Self.numbers([density.x, density.y])
    }
  }

  private func addExif(to fields: inout Metadata, isRotationApplied: Bool, limits: Limits) {
    guard let structure = exifStructure else { return }
    let parsed = Exif(structure.span, limits: limits)
    var bytes = structure.array
    if isRotationApplied { bytes = Exif.clearingOrientation(bytes) }
    fields["exif"] = .bytes(Bytes(Array("Exif\0\0".utf8) + bytes))
    parsed?.present(in: &fields, of: structure, isRotationApplied: isRotationApplied)
  }

  /// How the image must be turned for display.
  var orientation: Orientation {
    guard let exif = exifStructure.flatMap({ Exif($0.span) }) else { return .upright }
    return Orientation(rawValue: exif.orientation) ?? .upright
  }

  /// The Exif structure of eXIf, or of the text in which ImageMagick keeps it.
  var exifStructure: Bytes? {
    if let exif { return exif }
    let names: Set<String> = ["Raw profile type exif", "Raw profile type APP1"]
    guard let text = texts.first(where: { names.contains($0.keyword) })?.text else { return nil }
    // Three lines: the profile's name, its size, and hexadecimal digits.
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in lines.dropFirst(2).joined() {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue.map({ UInt8($0) }) else {
        continue
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    let prefix = Array("Exif\0\0".utf8)
    if bytes.starts(with: prefix) { bytes.removeFirst(prefix.count) }
    return bytes.isEmpty ? nil : Bytes(bytes)
  }
}

extension PNG.Transparency {
  /// As Pillow has it: an index when one entry is transparent and the rest is opaque.
  fileprivate var metadata: MetadataValue {
    switch self {
    case .grey(let sample): return .int(Int64(sample))
    case .rgb(let r, let g, let b): return .array([r, g, b].map { .int(Int64($0)) })
    case .palette(let alpha):
      if let index = alpha.firstIndex(of: 0),
        alpha.enumerated().allSatisfy({ $0.offset == index || $0.element == 255 })
      {
        return .int(Int64(index))
      }
      return .bytes(Bytes(alpha))
    }
  }
}

extension PNG.SuggestedPalette {
  fileprivate var metadata: MetadataValue {
    [
      "name": .string(name), "depth": .int(Int64(depth)),
      "entries": .array(entries.map { .array($0.map { .int(Int64($0)) }) }),
    ]
  }
}

extension PNG.UnknownChunk {
  /// As Pillow's `private_chunks`: type, data, and whether it stands behind the image data.
  fileprivate var metadata: MetadataValue {
    .array([.string(type.description), .bytes(data), .bool(isBehindData)])
  }
}

extension PNG.Prologue {
  /// Pillow's name for what the file holds.
  fileprivate var modeName: String {
    switch (header.colorType, header.bitDepth) {
    case (.grey, 1): "1"
    case (.grey, 16): "I;16"
    case (.grey, _): "L"
    case (.greyAlpha, _): "LA"
    case (.palette, _): "P"
    case (.rgb, _): "RGB"
    case (.rgba, _): "RGBA"
    }
  }
}

extension PNG.Time: CustomStringConvertible {
  /// `YYYY-MM-DDThh:mm:ssZ`
  public var description: String {
    func padded(_ value: Int, _ digits: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
      + "T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))Z"
  }

  /// Reads what ``description`` writes; `nil` for anything else.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let pattern = Array("0000-00-00T00:00:00Z".utf8)
    guard bytes.count == pattern.count else { return nil }
    var numbers = [0]
    for (byte, expected) in zip(bytes, pattern) {
      if expected == UInt8(ascii: "0") {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - 0x30)
      } else {
        guard byte == expected else { return nil }
        numbers.append(0)
      }
    }
    self.init(
      year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
      second: numbers[5])
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
  }
}
