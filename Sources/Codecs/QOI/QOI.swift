// SPDX-License-Identifier: Apache-2.0

/// The Quite OK Image format: fast, lossless, 8-bit RGB and RGBA.
///
/// Source: "The Quite OK Image Format, Specification Version 1.0", 2022-01-05.
public enum QOI {
  static var magic: [UInt8] { Array("qoif".utf8) }
  static var headerByteCount: Int { 14 }
  /// Ends every file.
  static var endMarker: [UInt8] { [0, 0, 0, 0, 0, 0, 0, 1] }
  /// Most pixels that one byte of a file can stand for.
  static var longestRun: Int { 62 }

  /// How to write an image.
  public struct EncodeOptions: FormatOptions, Hashable {
    /// All channels are linear; otherwise sRGB with linear alpha. Pixels are not changed by it.
    public var isLinear: Bool

    public init(isLinear: Bool) { self.isLinear = isLinear }
    public init() { self.init(isLinear: false) }

    public static var options: [OptionInfo] {
      [OptionInfo("linear", "true: say that all channels are linear, not sRGB")]
    }

    public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
      guard name == "linear" else { throw Self.unknownOption(QOI.name) }
      guard let flag = value.boolValue else {
        throw CodecError(
          .invalidArgument, codec: QOI.name, part: "options", "not a value of this option")
      }
      isLinear = flag
    }
  }

  /// The first 14 bytes.
  struct Header {
    var width: Int
    var height: Int
    /// 3 or 4.
    var channelCount: Int
    var isLinear: Bool

    var shape: [Int] { [height, width, channelCount] }
    var rowByteCount: Int { width * channelCount }

    init(parsing source: RawSpan, limits: Limits) throws(CodecError) {
      var reader = ByteReader(source, codec: name)
      guard reader.isNext(QOI.magic) else {
        throw CodecError(.corrupt, codec: name, part: "magic", "is not qoif", at: 0)
      }
      try reader.skip(4)
      width = Int(try reader.u32be("width"))
      height = Int(try reader.u32be("height"))
      channelCount = Int(try reader.u8("channels"))
      guard channelCount == 3 || channelCount == 4 else {
        throw CodecError(.corrupt, codec: name, part: "channels", "neither 3 nor 4", at: 12)
      }
      isLinear = try reader.u8("colorspace") == 1
      _ = try limits.checkedImage(
        width: width, height: height, channels: channelCount, dtype: .uint8, codec: name, at: 4)
    }
  }
}

extension QOI: AppendingImageCodec {
  public static var name: CodecError.Name { "QOI" }

  public static func inspect(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let header = try Header(parsing: source, limits: policy.limits)
    return ImageProperties(shape: header.shape, dtype: .uint8)
  }

  /// `colorspace`: "sRGB" or "linear".
  public static func metadata(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    let header = try Header(parsing: source, limits: policy.limits)
    return ["colorspace": .string(header.isLinear ? "linear" : "sRGB")]
  }

  /// Encodes uint8 `[height, width, 3]` or `[height, width, 4]`; `metadata` may hold `colorspace`.
  ///
  /// - Throws: `invalidArgument` for other arrays.
  public static func encode(
    _ image: NDArray, metadata: Metadata, options: EncodeOptions
  ) throws(CodecError) -> [UInt8] {
    guard image.dtype == .uint8, image.rank == 3, image.shape[2] == 3 || image.shape[2] == 4,
      image.shape[0] > 0, image.shape[1] > 0, let width = UInt32(exactly: image.shape[1]),
      let height = UInt32(exactly: image.shape[0])
    else {
      throw CodecError(
        .invalidArgument, codec: name, "the image is not uint8 [height, width, 3 or 4]")
    }
    let isLinear = options.isLinear || metadata["colorspace"]?.stringValue == "linear"
    let (channels, pixels) = (image.shape[2], image.bytes)
    // A pixel takes a byte more than it has channels.
    let pixelBound = pixels.byteCount / channels * (channels + 1)
    return try [UInt8](capacity: headerByteCount + pixelBound + endMarker.count) {
      output throws(CodecError) in
      output.append(magic.rawSpan)
      output.append(bigEndian: width)
      output.append(bigEndian: height)
      output.append(UInt8(truncatingIfNeeded: channels))
      output.append(isLinear ? 1 : 0)
      encodePixels(pixels, channelCount: channels, into: &output)
      output.append(endMarker.rawSpan)
    }
  }

  /// Encodes uint8 `[height, width, 3]` or `[height, width, 4]`.
  ///
  /// - Throws: `invalidArgument` for other arrays.
  public static func encode(
    _ image: NDArray, options: EncodeOptions = .init()
  ) throws(CodecError) -> [UInt8] {
    try encode(image, metadata: [:], options: options)
  }
}
