// SPDX-License-Identifier: Apache-2.0

/// Radiance pictures: three float channels with one exponent, as they are or in runs.
///
/// A pixel is three bytes of mantissa and one of exponent: 1 % of precision from 1e-38 to 1e38.
///
/// Source: Ward, "Real Pixels", Graphics Gems II, 1991; "The RADIANCE Picture File Format".
public enum RGBE {
  /// Widths whose rows can be in runs, plane by plane.
  static var runWidths: ClosedRange<Int> { 8...32_767 }

  /// What a file's header does not say, for data without one.
  public struct DecodeOptions: FormatOptions, Hashable {
    /// `[height, width, 3]` of data that begin with the pixels; `nil` for files.
    public var shape: [Int]?
    /// Whether data without a header can be in runs.
    public var usesRuns: Bool

    public init(shape: [Int]?, usesRuns: Bool = false) {
      self.shape = shape
      self.usesRuns = usesRuns
    }
    public init() { self.init(shape: nil) }

    public static var options: [OptionInfo] { [] }

    public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      throw Self.unknownOption(RGBE.name)
    }
  }

  /// How to write an image.
  public struct EncodeOptions: FormatOptions, Hashable {
    /// Whether the pixels come behind a header that says their size.
    public var storesHeader: Bool
    /// Whether rows of 8 to 32,767 pixels are written in runs.
    public var usesRuns: Bool

    public init(storesHeader: Bool = true, usesRuns: Bool = true) {
      self.storesHeader = storesHeader
      self.usesRuns = usesRuns
    }
    public init() { self.init(storesHeader: true) }

    public static var options: [OptionInfo] {
      [OptionInfo("runs", "false: write pixels as they are, not in runs")]
    }

    public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      guard name == "runs" else { throw Self.unknownOption(RGBE.name) }
      guard let flag = value.boolValue else {
        throw CodecError(
          .invalidArgument, codec: RGBE.name, part: "options", "not a value of this option")
      }
      usesRuns = flag
    }
  }
}

extension RGBE: AppendingImageCodec {
  public static var name: CodecError.Name { "HDR" }

  public static func inspect(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let header = try Header(source, options: options, limits: policy.limits)
    return ImageProperties(shape: options.shape ?? header.shape, dtype: .float32)
  }

  /// `format`: "32-bit_rle_rgbe" or "32-bit_rle_xyze"; every variable of the header under its name,
  /// e.g. `EXPOSURE`, as text.
  public static func metadata(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    try Header(source, options: options, limits: policy.limits).metadata
  }

  /// Encodes float32 `[…, width, 3]`; all axes before the last two are rows. Negative values and
  /// NaN become 0, what is beyond 1.7e38 becomes that.
  ///
  /// `metadata` may hold variables of ``variables`` as text; `format` is
  /// "32-bit_rle_xyze" for CIE XYZ.
  ///
  /// - Throws: `invalidArgument` for other arrays and variables of more than a line.
  public static func encode(
    _ image: NDArray, metadata: Metadata, options: EncodeOptions
  ) throws(CodecError) -> [UInt8] {
    guard image.dtype == .float32, image.rank >= 2, image.shape[image.rank - 1] == 3 else {
      throw CodecError(.invalidArgument, codec: name, "the image is not float32 [height, width, 3]")
    }
    let width = image.shape[image.rank - 2]
    let height = image.shape.dropLast(2).reduce(1, *)
    let header = options.storesHeader ? try headerText(width, height, metadata) : []
    return try [UInt8](capacity: header.count + pixelByteCountBound(width, height)) {
      (output) throws(CodecError) in
      output.append(header.rawSpan)
      encodePixels(
        image.bytes, width: width, height: height,
        inRuns: options.usesRuns && runWidths.contains(width), into: &output)
    }
  }

  /// Encodes float32 `[…, width, 3]`.
  ///
  /// - Throws: `invalidArgument` for other arrays.
  public static func encode(
    _ image: NDArray, options: EncodeOptions = .init()
  ) throws(CodecError) -> [UInt8] {
    try encode(image, metadata: [:], options: options)
  }

  /// Most bytes that pixels take: literals of 128 bytes behind a count, four bytes before a row.
  static func pixelByteCountBound(_ width: Int, _ height: Int) -> Int {
    width == 0 ? 0 : height * (4 + 4 * (width + width / 128 + 1))
  }
}
