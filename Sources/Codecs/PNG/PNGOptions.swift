// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// How to read.
  public struct ReadOptions: FormatOptions {
    /// Samples as in the file: palette indices, no scaling, no tRNS.
    public var stored = false
    /// Frames of an animation as in the file, not drawn onto the canvas.
    public var rawFrames = false
    /// The colours and channels to convert to; `nil` for the file's own.
    public var mode: ColorMode?
    /// Whether samples are raised to the power that the gAMA chunk gives.
    public var appliesGamma = false
    /// Whether the image is turned as its Exif orientation says.
    public var rotates = false

    public init() {}
  }

  /// How to write.
  public struct WriteOptions: FormatOptions {
    /// 0 (stored) to 12, as ``Deflate/EncodeOptions/level``.
    public var compressionLevel = 6
    /// How the filter of each row is chosen; `nil`: by the kind of image.
    public var filter: FilterChoice?
    public var isInterlaced = false

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
      OptionInfo("raw_frames", "true: frames of an animation as in the file, not composited"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "stored": stored = try value.bool("stored")
    case "raw_frames": rawFrames = try value.bool("raw_frames")
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
      OptionInfo("filter", "none, sub, up, average, paeth or adaptive; by the kind of image"),
      OptionInfo("interlace", "true: write the seven passes of Adam7; false"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    switch name {
    case "compress_level":
      guard let level = value.intValue, (0...12).contains(level) else {
        throw PNG.invalidArgument("compress_level", "must be 0 to 12")
      }
      compressionLevel = level
    case "filter":
      guard let text = value.stringValue, let choice = PNG.FilterChoice(rawValue: text) else {
        throw PNG.invalidArgument("filter", "must be none, sub, up, average, paeth or adaptive")
      }
      filter = choice
    case "interlace": isInterlaced = try value.bool("interlace")
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
