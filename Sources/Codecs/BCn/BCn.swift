// SPDX-License-Identifier: Apache-2.0

/// Decoder of the block-compressed textures BC1 to BC7: blocks of 4 × 4 texels in 8 or 16 bytes.
///
/// Source: Khronos Data Format Specification 1.3, §18 (S3TC), §19 (RGTC), §20 (BPTC).
public enum BCn: ByteDecoder {
  public static var name: CodecError.Name { "bcn" }

  /// What the blocks hold.
  public enum Format: Sendable, Hashable, CaseIterable {
    /// Two colours of 5, 6 and 5 bits, and those between them; uint8, four channels.
    case bc1
    /// BC1 with four bits of alpha a texel; uint8, four channels.
    case bc2
    /// BC1 with alpha like BC4; uint8, four channels.
    case bc3
    /// Two values and six or four between them; uint8, one channel.
    case bc4
    /// Two channels like BC4; uint8.
    case bc5
    /// Half floats of at least 0; float16, three channels.
    case bc6h
    /// Half floats; float16, three channels.
    case bc6hSigned
    /// One to three pairs of colours; uint8, four channels.
    case bc7

    public var blockByteCount: Int { self == .bc1 || self == .bc4 ? 8 : 16 }

    public var channelCount: Int {
      switch self {
      case .bc1, .bc2, .bc3, .bc7: 4
      case .bc4: 1
      case .bc5: 2
      case .bc6h, .bc6hSigned: 3
      }
    }

    public var dtype: DType { self == .bc6h || self == .bc6hSigned ? .float16 : .uint8 }

    var texelByteCount: Int { channelCount * dtype.byteCount }

    /// `[height, width]` and the channels, unless there is one only.
    func shape(width: Int, height: Int) -> [Int] {
      channelCount == 1 ? [height, width] : [height, width, channelCount]
    }

    /// Bytes of the blocks of an image, whose last ones may reach over its edges.
    func byteCount(width: Int, height: Int) -> Int {
      (width + 3) / 4 * ((height + 3) / 4) * blockByteCount
    }
  }

  /// What ``decode(_:into:options:)`` decodes.
  public struct DecodeOptions: Sendable, Hashable {
    public var format: Format
    public var width: Int
    public var height: Int

    public init(format: Format, width: Int, height: Int) {
      self.format = format
      self.width = width
      self.height = height
    }
  }

  /// Appends the texels of an image, row after row.
  ///
  /// - Throws: `truncated`, `outputFull`; `invalidArgument` for an empty image.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int {
    let (format, width, height) = (options.format, options.width, options.height)
    let byteCount = try checkedByteCount(source, format, width, height, .unbounded)
    try output.require(byteCount, codec: name)
    for y in stride(from: 0, to: height, by: 4) {
      decodeRow(
        row(y, of: source, format, width), format, width: width, rowCount: min(4, height - y),
        into: &output)
    }
    return format.byteCount(width: width, height: height)
  }

  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let image = try decode(
      source, format: options.format, width: options.width, height: options.height,
      policy: DecodePolicy(limits: limits))
    return [UInt8](copying: image.bytes)
  }

  /// Decodes the blocks of an image, row after row.
  ///
  /// - Parameter width, height: of the image; the edges may cut blocks.
  /// - Returns: `[height, width, channels]` of the format's type, or `[height, width]` for BC4.
  /// - Throws: `truncated`, `limitExceeded`, `cancelled`; `invalidArgument` for an empty image.
  public static func decode(
    _ source: RawSpan, format: Format, width: Int, height: Int, policy: DecodePolicy = .default
  ) throws(CodecError) -> NDArray {
    _ = try checkedByteCount(source, format, width, height, policy.limits)
    var image = try NDArray(
      zeros: format.shape(width: width, height: height), dtype: format.dtype,
      limits: policy.limits, codec: name)
    try image.withMutableBytes { (target) throws(CodecError) in
      for y in stride(from: 0, to: height, by: 4) {
        if y % 256 == 0 { try policy.report(Double(y) / Double(height), codec: name) }
        decodeRow(
          row(y, of: source, format, width), format, width: width, rowCount: min(4, height - y),
          into: &target, at: y)
      }
    }
    return image
  }

  /// The bytes of an image that is not empty, and of which all blocks are there.
  private static func checkedByteCount(
    _ source: RawSpan, _ format: Format, _ width: Int, _ height: Int, _ limits: Limits
  ) throws(CodecError) -> Int {
    guard width > 0, height > 0 else {
      throw CodecError(.invalidArgument, codec: name, part: "shape", "the image is empty")
    }
    let byteCount = try limits.checkedImage(
      width: width, height: height, channels: format.channelCount, dtype: format.dtype, codec: name)
    let needed = format.byteCount(width: width, height: height)
    guard source.byteCount >= needed else {
      throw CodecError(
        .truncated(needed: needed - source.byteCount), codec: name, part: "blocks",
        at: source.byteCount)
    }
    return byteCount
  }

  /// The blocks that hold the row `y` of texels.
  @_lifetime(copy source)
  private static func row(
    _ y: Int, of source: RawSpan, _ format: Format, _ width: Int
  ) -> RawSpan {
    let byteCount = (width + 3) / 4 * format.blockByteCount
    return source.extracting(y / 4 * byteCount..<(y / 4 + 1) * byteCount)
  }
}
