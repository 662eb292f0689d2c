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

extension MetadataValue {
  /// The value of the option `name`, which must be true or false.
  func bool(_ name: CodecError.Name) throws(CodecError) -> Bool {
    guard let value = boolValue else { throw PNG.invalidArgument(name, "must be true or false") }
    return value
  }
}
