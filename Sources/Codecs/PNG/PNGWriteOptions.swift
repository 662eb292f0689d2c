// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// How to write.
  ///
  /// Fields that are also metadata (`dpi`, `exif` and so on) may be given as options, where they win.
  public struct WriteOptions: FormatOptions {
    /// 0 (stored) to 12, as ``Deflate/EncodeOptions/level``; `nil`: as the preset says.
    public var compressionLevel: Int?
    /// How the filter of each row is chosen; `nil`: by the preset and the kind of image.
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
    /// The most colours the file may have, 1 to 256: the image's are replaced by the nearest of so
    /// many in a palette, for all frames of an animation. `nil`: nothing is lost.
    public var colorCount: Int?
    /// What counts more, time or size.
    public var preset = Preset.default
    /// Which ways to store the same picture in fewer bits are looked for; `nil`: `exact` under the
    /// preset `small`, else none.
    public var reduction: PNG.Reduction?
    /// How long each frame of an animation is shown; `nil`: as the metadata of each image says.
    public var delays: PerFrame<FrameDelay>?
    /// How often an animation is shown, 0 for ever; `nil`: as the metadata says, or for ever.
    public var playCount: Int?
    /// Whether the first image is only for viewers without animation; `nil`: as the metadata says.
    public var hasSeparateImage: Bool?
    /// What happens to each frame's region before the next; `nil`: what takes the fewest bytes.
    public var disposal: PerFrame<AnimationCanvas.Disposal>?
    /// How each frame is drawn; `nil`: what takes the fewest bytes and shows the image given.
    /// Under ``AnimationCanvas/Blend/over``, what half-transparent pixels cover shows through.
    public var blend: PerFrame<AnimationCanvas.Blend>?
    /// Whether equal frames in a row become one that is shown as long as all of them.
    public var mergesEqualFrames = false
    /// Metadata that is written besides the image's own, and wins over it.
    public var metadata = Metadata()

    public init() {}
  }

  /// What counts more, time or size.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Huffman codes and runs where they suffice, as in photographs, else level 1.
    case fast
    case `default`
    /// Level 12, the best of several choices of filters, and ``PNG/Reduction/exact``.
    case small
  }

  /// How the encoder chooses the filter of each row.
  public enum FilterChoice: String, Sendable, Hashable, CaseIterable {
    case none, sub, up, average, paeth
    /// The filter whose results have the least sum of absolute values, as libpng chooses.
    case adaptive
    /// The filter whose results have the least entropy.
    case entropy
    /// The filter with which DEFLATE makes the fewest bytes of the row; slow.
    case brute
  }
}

extension PNG.WriteOptions {
  /// ``reduction``, or what the preset says.
  var reductionInUse: PNG.Reduction { reduction ?? (preset == .small ? .exact : .none) }

  public static var options: [OptionInfo] {
    [
      OptionInfo("preset", "fast, default or small"),
      OptionInfo("compress_level", "0 (none) to 12 (smallest); by the preset 1, 6 or 12"),
      OptionInfo("optimize", "true: compress_level 9; false"),
      OptionInfo(
        "filter", "none, sub, up, average, paeth, adaptive, entropy or brute; by preset and image"),
      OptionInfo(
        "reduce", "true: fewer bits and channels where nothing seen changes; exact; false"),
      OptionInfo(
        "quantize", "1 to 256: a palette of so many colours at most stands for the image's"),
      OptionInfo("bits", "1 to 8: the same for 2 to 256 colours"),
      OptionInfo("interlace", "true: write the seven passes of Adam7; false"),
      OptionInfo("bit_depth", "1, 2, 4 or 8, for uint8 images of one channel"),
      OptionInfo("stored", "true: samples of 1, 2 and 4 bits are not scaled to 0…255; false"),
      OptionInfo("palette", "uint8 [entries, 3 or 4]: the image holds indices"),
      OptionInfo("transparency", "alpha of palette entries, an index, or a sample of each channel"),
      OptionInfo("duration", "milliseconds of each frame of an animation: one number, or several"),
      OptionInfo("fps", "frames of an animation per second"),
      OptionInfo("loop", "how often an animation is shown; 0, for ever"),
      OptionInfo("disposal", "0 none, 1 background or 2 previous, or several; the smallest"),
      OptionInfo("blend", "0 source or 1 over, or several; the smallest"),
      OptionInfo("default_image", "true: the first image is not a part of the animation; false"),
      OptionInfo("merge", "true: equal frames in a row become one; false"),
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
    case "preset":
      guard let preset = value.stringValue.flatMap({ PNG.Preset(rawValue: $0) }) else {
        throw PNG.invalidArgument("preset", "must be fast, default or small")
      }
      self.preset = preset
    case "compress_level":
      guard let level = value.intValue, (0...12).contains(level) else {
        throw PNG.invalidArgument("compress_level", "must be 0 to 12")
      }
      compressionLevel = level
    case "optimize": if try value.bool("optimize") { compressionLevel = 9 }
    case "reduce":
      if let isAsked = value.boolValue {
        reduction = isAsked ? .visible : PNG.Reduction.none
      } else if let text = value.stringValue, let reduction = PNG.Reduction(rawValue: text) {
        self.reduction = reduction
      } else {
        throw PNG.invalidArgument("reduce", "must be true, false, none, exact or visible")
      }
    case "filter":
      guard let text = value.stringValue, let choice = PNG.FilterChoice(rawValue: text) else {
        throw PNG.invalidArgument(
          "filter", "must be none, sub, up, average, paeth, adaptive, entropy or brute")
      }
      filter = choice
    case "quantize":
      guard let count = value.intValue, (1...256).contains(count) else {
        throw PNG.invalidArgument("quantize", "must be 1 to 256")
      }
      colorCount = count
    case "bits":
      guard let bits = value.intValue, (1...8).contains(bits) else {
        throw PNG.invalidArgument("bits", "must be 1 to 8")
      }
      colorCount = 1 << bits
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
    default: try setAnimation(name, to: value)
    }
  }

  private mutating func setAnimation(
    _ name: String, to value: MetadataValue
  ) throws(CodecError) {
    switch name {
    case "duration":
      delays = PerFrame(value) { FrameDelay(milliseconds: $0) }
      guard delays != nil else {
        throw PNG.invalidArgument("duration", "must be milliseconds from 0 to 65535000")
      }
    case "fps":
      guard let rate = value.doubleValue, let delay = FrameDelay(rate: rate) else {
        throw PNG.invalidArgument("fps", "must be 1/65535 to 65535")
      }
      delays = .all(delay)
    case "loop":
      guard let count = value.intValue, (0...Int(PNG.largestInteger)).contains(count) else {
        throw PNG.invalidArgument("loop", "must be 0 (for ever) to 2147483647")
      }
      playCount = count
    case "disposal":
      disposal = PerFrame(value) {
        $0.intValue.flatMap { UInt8(exactly: $0) }.flatMap {
          AnimationCanvas.Disposal(rawValue: $0)
        }
      }
      guard disposal != nil else {
        throw PNG.invalidArgument("disposal", "must be 0, 1 or 2, or an array of these")
      }
    case "blend":
      blend = PerFrame(value) {
        $0.intValue.flatMap { UInt8(exactly: $0) }.flatMap { AnimationCanvas.Blend(rawValue: $0) }
      }
      guard blend != nil else {
        throw PNG.invalidArgument("blend", "must be 0 or 1, or an array of these")
      }
    case "default_image": hasSeparateImage = try value.bool("default_image")
    case "merge": mergesEqualFrames = try value.bool("merge")
    default: throw Self.unknownOption(PNG.name)
    }
  }
}
