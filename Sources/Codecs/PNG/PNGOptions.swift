// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// How to read.
  public struct ReadOptions: FormatOptions {
    /// Samples as in the file: palette indices, no scaling, no tRNS.
    public var stored = false
    /// Frames of an animation as in the file, not drawn onto the canvas.
    public var rawFrames = false
    /// Whether half-transparent frames are laid over others by the formula of the specification;
    /// imageio's and imagecodecs' decoders, and so this one by default, let alpha fade instead.
    public var blendsExactly = false
    /// The colours and channels to convert to; `nil` for the file's own.
    public var mode: ColorMode?
    /// Whether samples are raised to the power that the gAMA chunk gives.
    public var appliesGamma = false
    /// Whether the image is turned as its Exif orientation says.
    public var rotates = false

    public init() {}
  }

  /// How to write.
  ///
  /// Fields that are also metadata (`dpi`, `exif` and so on) may be given as options, where they win.
  public struct WriteOptions: FormatOptions {
    /// 0 (stored) to 12, as ``Deflate/EncodeOptions/level``.
    public var compressionLevel = 6
    /// How the filter of each row is chosen; `nil`: by the kind of image.
    public var filter: FilterChoice?
    /// Whether the rows are written in the seven passes of Adam7.
    public var isInterlaced = false
    /// Bits of a sample, for uint8 images of one channel: 1, 2, 4 or 8; `nil`: 8, and the fewest
    /// that can name the entries of a palette.
    public var bitDepth: Int?
    /// Whether samples of 1, 2 and 4 bits are given as in the file, not scaled to 0...255.
    public var stored = false
    /// Colours for a uint8 image of indices: uint8 `[entries, 3 or 4]`.
    public var palette: MetadataValue?
    /// What is transparent: alpha of the palette entries (bytes), an index, a grey sample, or red,
    /// green and blue.
    public var transparency: MetadataValue?
    /// Metadata that is written besides the image's own, and wins over it.
    public var metadata = Metadata()

    public init() {}
  }

  /// How the encoder chooses the filter of each row.
  public enum FilterChoice: String, Sendable, Hashable, CaseIterable {
    case none, sub, up, average, paeth
    /// The filter whose results have the least sum of absolute values, as libpng chooses.
    case adaptive
  }
}

extension PNG.ReadOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo("stored", "true: samples as in the file (palette indices, no scaling, no tRNS)"),
      OptionInfo("mode", "L, LA, RGB or RGBA: convert to 8 bits and these channels"),
      OptionInfo("apply_gamma", "true: raise the samples to the file's gamma"),
      OptionInfo("rotate", "true: turn the image as its Exif orientation says"),
      OptionInfo("exact_blend", "true: alpha of overlaid frames as in the specification; false"),
      OptionInfo("raw_frames", "true: frames of an animation as in the file, not composited"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "stored": stored = try value.bool("stored")
    case "raw_frames": rawFrames = try value.bool("raw_frames")
    case "exact_blend": blendsExactly = try value.bool("exact_blend")
    case "apply_gamma": appliesGamma = try value.bool("apply_gamma")
    case "rotate": rotates = try value.bool("rotate")
    case "mode":
      guard let text = value.stringValue, let mode = ColorMode(rawValue: text) else {
        throw PNG.invalidArgument("mode", "must be L, LA, RGB or RGBA")
      }
      self.mode = mode
    default: throw Self.unknownOption(PNG.name)
    }
  }
}

extension PNG.WriteOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo("compress_level", "0 (none) to 12 (smallest); 6"),
      OptionInfo("optimize", "true: compress_level 9; false"),
      OptionInfo("filter", "none, sub, up, average, paeth or adaptive; by the kind of image"),
      OptionInfo("interlace", "true: write the seven passes of Adam7; false"),
      OptionInfo("bit_depth", "1, 2, 4 or 8, for uint8 images of one channel"),
      OptionInfo("stored", "true: samples of 1, 2 and 4 bits are not scaled to 0…255; false"),
      OptionInfo("palette", "uint8 [entries, 3 or 4]: the image holds indices"),
      OptionInfo("transparency", "alpha of palette entries, an index, or a sample of each channel"),
      OptionInfo("dpi", "pixels per inch: a number, or across and down"),
      OptionInfo("gamma", "the image's gamma, e.g. 0.45455"),
      OptionInfo("icc_profile", "bytes of an ICC profile"),
      OptionInfo("exif", "bytes of an Exif structure"),
      OptionInfo("xmp", "an XMP packet"),
      OptionInfo("pnginfo", "a dictionary of texts by keyword"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "compress_level":
      guard let level = value.intValue, (0...12).contains(level) else {
        throw PNG.invalidArgument("compress_level", "must be 0 to 12")
      }
      compressionLevel = level
    case "optimize": if try value.bool("optimize") { compressionLevel = 9 }
    case "filter":
      guard let text = value.stringValue, let choice = PNG.FilterChoice(rawValue: text) else {
        throw PNG.invalidArgument("filter", "must be none, sub, up, average, paeth or adaptive")
      }
      filter = choice
    case "interlace": isInterlaced = try value.bool("interlace")
    case "bit_depth":
      guard let depth = value.intValue, [1, 2, 4, 8].contains(depth) else {
        throw PNG.invalidArgument("bit_depth", "must be 1, 2, 4 or 8")
      }
      bitDepth = depth
    case "stored": stored = try value.bool("stored")
    case "palette": palette = value
    case "transparency": transparency = value
    case "dpi", "gamma", "icc_profile", "exif", "xmp": metadata[name] = value
    case "pnginfo":
      guard case .dictionary(let texts) = value else {
        throw PNG.invalidArgument("pnginfo", "must be a dictionary of texts")
      }
      metadata.merge(texts)
    default: throw Self.unknownOption(PNG.name)
    }
  }
}

extension MetadataValue {
  fileprivate func bool(_ name: CodecError.Name) throws(CodecError) -> Bool {
    guard let value = boolValue else { throw PNG.invalidArgument(name, "must be true or false") }
    return value
  }
}
