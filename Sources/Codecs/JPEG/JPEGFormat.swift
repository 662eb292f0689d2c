// SPDX-License-Identifier: Apache-2.0

extension JPEG: ReadableFormat, OutlinedFormat {
  public static var formatName: String { "JPEG" }
  public static var summary: String { "Joint Photographic Experts Group, JFIF and Exif" }
  public static var fileExtensions: [String] { ["jpg", "jpeg", "jpe", "jfif", "jif", "mpo"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    let reader = ByteReader(head, codec: name)
    if reader.isNext([0xFF, 0xD8, 0xFF]) { return .certain }
    return reader.isNext([0xFF, 0xD8]) ? .maybe : .no
  }

  public static func makeReader(
    _ source: Bytes, options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> Reader {
    try Reader(source, options: options, policy: policy)
  }
}

extension JPEG {
  /// How to read a file.
  public struct ReadOptions: FormatOptions {
    /// How the pixels are decoded. As in imageio, ink is not left as the complement that Adobe's
    /// programs store.
    public var decoding: DecodeOptions
    /// The colours and channels to convert to, as Pillow does; `nil` for the file's own.
    public var mode: ColorMode?
    /// Whether the image is turned as its Exif orientation says.
    public var rotates = false

    public init() {
      decoding = DecodeOptions()
      decoding.invertsAdobeCMYK = true
    }
  }
}

extension JPEG.ReadOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo("rotate", "true: turn the image as its Exif orientation says; false"),
      OptionInfo("exifrotate", "as rotate; 2 leaves the turning to the caller"),
      OptionInfo("mode", "L, LA, RGB or RGBA: convert to 8 bits and these channels"),
      OptionInfo("output", "automatic, components, grey, rgb, bgr, rgba or bgra"),
      OptionInfo("stored", "true: inks as stored, which in Adobe files is their complement"),
      OptionInfo("fancy_upsampling", "false: repeat chroma samples instead of interpolating"),
      OptionInfo("block_smoothing", "false: leave cut-off progressive files blocky"),
      OptionInfo("quickread", "true: faster and coarser; as fancy_upsampling false"),
      OptionInfo("scale", "1, 2, 4 or 8 divides width and height; or 1/8 to 8/8 of them"),
      OptionInfo("tables", "bytes: a stream with the tables of an abbreviated one"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "rotate": rotates = try value.flag("rotate")
    // FreeImage's 2: the caller looks at the metadata.
    case "exifrotate": rotates = try value.intValue == 2 ? false : value.flag("exifrotate")
    case "stored": decoding.invertsAdobeCMYK = try !value.flag("stored")
    case "fancy_upsampling": decoding.interpolatesChroma = try value.flag("fancy_upsampling")
    case "block_smoothing": decoding.smoothsBlocks = try value.flag("block_smoothing")
    case "quickread": decoding.interpolatesChroma = try !value.flag("quickread")
    case "mode":
      guard let text = value.stringValue, let mode = ColorMode(rawValue: text) else {
        throw JPEG.invalidArgument("mode", "must be L, LA, RGB or RGBA")
      }
      self.mode = mode
    case "output":
      guard let output = JPEG.Output(value.stringValue ?? "") else {
        throw JPEG.invalidArgument("output", "unknown output")
      }
      decoding.output = output
    case "scale":
      guard let reduction = JPEG.Reduction(value) else {
        throw JPEG.invalidArgument("scale", "must be 1, 2, 4, 8, or 1/8 to 8/8")
      }
      decoding.reduction = reduction
    case "tables":
      guard let bytes = value.bytesValue else {
        throw JPEG.invalidArgument("tables", "must be bytes")
      }
      decoding.tables = bytes.array
    default: throw Self.unknownOption(JPEG.name)
    }
  }
}

extension JPEG {
  static func invalidArgument(_ part: CodecError.Name, _ text: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: name, part: part, text)
  }
}

extension MetadataValue {
  fileprivate func flag(_ name: CodecError.Name) throws(CodecError) -> Bool {
    if let value = boolValue { return value }
    guard let value = intValue else { throw JPEG.invalidArgument(name, "must be true or false") }
    return value != 0
  }
}

extension JPEG.Reduction {
  /// By a divisor, or by a fraction as text, such as "5/8" or "3/4".
  init?(_ value: MetadataValue) {
    if let divisor = value.intValue {
      guard divisor > 0, JPEG.blockSize % divisor == 0 else { return nil }
      self.init(rawValue: JPEG.blockSize / divisor)
      return
    }
    let text = [UInt8]((value.stringValue ?? "").utf8)
    guard text.count == 3, text[1] == UInt8(ascii: "/"), (0x31...0x38).contains(text[0]),
      [0x31, 0x32, 0x34, 0x38].contains(text[2])
    else { return nil }
    self.init(rawValue: Int(text[0] - 0x30) * JPEG.blockSize / Int(text[2] - 0x30))
  }
}

extension JPEG.Output {
  /// The output called `name` in options.
  init?(_ name: String) {
    let all: [(String, JPEG.Output)] = [
      ("automatic", .automatic), ("components", .components), ("grey", .grey), ("rgb", .rgb),
      ("bgr", .bgr), ("rgba", .rgba), ("bgra", .bgra),
    ]
    guard let match = all.first(where: { $0.0 == name }) else { return nil }
    self = match.1
  }
}
