// SPDX-License-Identifier: Apache-2.0

/// Windows and OS/2 bitmaps.
///
/// Reads every header from the 12 bytes of OS/2 1 to the 124 of Windows V5, 1 to 64 bits per pixel,
/// the run-length and Huffman encodings, bit fields of any shape, embedded PNG and JPEG, and bitmaps without
/// file header.
///
/// Source: Microsoft "Bitmap Storage" and [MS-WMF] §2.2.2; IBM "OS/2 Presentation Manager
/// Programming Reference" (BITMAPINFOHEADER2); bmpsuite 2.8 for what files really hold.
public enum BMP {
  /// How to read a bitmap.
  public struct DecodeOptions: FormatOptions, Hashable {
    /// Which bits of a file are taken as alpha.
    public enum Alpha: Sendable, Hashable {
      /// What an alpha mask declares. The default.
      case declared
      /// None: three channels always.
      case ignored
      /// Also bits that no mask claims, and 0 for the pixels that a run-length encoding skips.
      case any
    }

    /// Samples as in the file: palette indices, bit fields not scaled, linear 16-bit channels.
    ///
    /// Otherwise as shown: palettes are applied, and bit fields become 8 bits.
    public var stored: Bool
    public var alpha: Alpha

    public init(stored: Bool, alpha: Alpha = .declared) {
      self.stored = stored
      self.alpha = alpha
    }
    public init() { self.init(stored: false) }

    public static var options: [OptionInfo] {
      [
        OptionInfo("stored", "true: palette indices and bit fields as in the file"),
        OptionInfo("alpha", "declared, ignored or any: which bits are taken as alpha"),
      ]
    }

    public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      switch (name, value.boolValue, value.stringValue) {
      case ("stored", let flag?, _): stored = flag
      case ("alpha", _, "declared"): alpha = .declared
      case ("alpha", _, "ignored"): alpha = .ignored
      case ("alpha", _, "any"): alpha = .any
      case ("stored", _, _), ("alpha", _, _): throw BMP.badOption()
      default: throw Self.unknownOption(BMP.name)
      }
    }
  }

  /// How to write a bitmap.
  public struct EncodeOptions: FormatOptions, Hashable {
    /// Bits per pixel: 1, 4, 8, 16, 24 or 32; `nil`: what the image needs.
    ///
    /// 16 bits keep five bits of a channel and are never chosen for you.
    public var bitsPerPixel: Int?
    /// Run-length encoding; for images of 4 and 8 bits.
    public var compression: Bool
    /// First row first. Not together with ``compression``.
    public var topDown: Bool
    /// Dots per inch, horizontally and vertically.
    public var dpi: [Double]?

    public init(
      bitsPerPixel: Int? = nil, compression: Bool = false, topDown: Bool = false,
      dpi: [Double]? = nil
    ) {
      self.bitsPerPixel = bitsPerPixel
      self.compression = compression
      self.topDown = topDown
      self.dpi = dpi
    }
    public init() { self.init(bitsPerPixel: nil) }

    public static var options: [OptionInfo] {
      [
        OptionInfo("bits", "bits per pixel: 1, 4, 8, 16, 24 or 32 (default: what the image needs)"),
        OptionInfo("compression", "true: run-length encoding of 4- and 8-bit images"),
        OptionInfo("top_down", "true: store the first row first"),
        OptionInfo("dpi", "dots per inch: a number, or two (horizontal, vertical)"),
      ]
    }

    public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      switch (name, value.boolValue, value.intValue) {
      case ("bits", _, let count?): bitsPerPixel = count
      case ("compression", let flag?, _): compression = flag
      case ("top_down", let flag?, _): topDown = flag
      case ("dpi", _, _):
        guard let pair = BMP.resolution(value) else { throw BMP.badOption() }
        dpi = pair
      case ("bits", _, _), ("compression", _, _), ("top_down", _, _): throw BMP.badOption()
      default: throw Self.unknownOption(BMP.name)
      }
    }
  }

  static func badOption() -> CodecError {
    CodecError(.invalidArgument, codec: name, part: "options", "not a value of this option")
  }

  static func corrupt(
    _ part: CodecError.Name, _ message: CodecError.Name, at offset: Int? = nil
  ) -> CodecError {
    CodecError(.corrupt, codec: name, part: part, message, at: offset)
  }
}

extension BMP: SingleImageCodec {
  public static var name: CodecError.Name { "BMP" }

  /// Shape and type of what decoding with the same options returns.
  public static func inspect(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    var diagnostics = Diagnostics()
    let header = try Header(parsing: source, policy: policy, diagnostics: &diagnostics)
    if header.encoding == .png || header.encoding == .jpeg {
      return try embeddedProperties(source, header, options: options, policy: policy)
    }
    let layout = try Layout(header, options: options, policy: policy, diagnostics: &diagnostics)
    return ImageProperties(
      shape: layout.shape(width: header.width, height: header.height), dtype: layout.dtype,
      spacing: header.spacing, spacingUnit: header.spacing == nil ? nil : "m")
  }

  /// Decodes the image, or the first one of a bitmap array.
  ///
  /// - Returns: bool `[height, width]` for 1-bit black and white; uint8 `[height, width]` for a grey
  ///   ramp; else uint8 `[height, width, 3]`, or `4` with alpha. With ``DecodeOptions/stored``: uint8
  ///   indices `[height, width]`, or unscaled fields of the smallest type that holds them.
  /// - Throws: `truncated`, `corrupt`, `unsupported`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions = DecodeOptions(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try Header(parsing: source, policy: policy, diagnostics: &diagnostics)
    if header.encoding == .png || header.encoding == .jpeg {
      return try decodeEmbedded(
        source, header, options: options, policy: policy, diagnostics: &diagnostics)
    }
    let layout = try Layout(header, options: options, policy: policy, diagnostics: &diagnostics)
    var decoder = try Decoder(header: header, layout: layout, policy: policy)
    return try decoder.decode(source, diagnostics: &diagnostics)
  }

  /// Encodes a bool or uint8 image.
  ///
  /// - Throws: `invalidArgument` when BMP cannot hold the image without loss.
  public static func encode(
    _ image: NDArray, options: EncodeOptions = EncodeOptions()
  ) throws(CodecError) -> [UInt8] {
    try encode(image, metadata: [:], options: options)
  }
}
