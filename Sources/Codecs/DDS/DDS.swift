// SPDX-License-Identifier: Apache-2.0

/// Microsoft's textures: block-compressed (``BCn``) or plain pixels. The first texture is read, at
/// its full size; plain uint8 images are written.
///
/// Source: Microsoft, "Programming Guide for DDS" and "DDS_HEADER_DXT10".
public enum DDS {
  static var magic: [UInt8] { Array("DDS ".utf8) }
  static var headerByteCount: Int { 128 }
  static var extendedHeaderByteCount: Int { 20 }

  /// How the pixels are stored.
  enum Pixels: Sendable, Hashable {
    case blocks(BCn.Format)
    /// Bit fields of pixels of 1 to 4 bytes: red, green, blue, and alpha if there is any.
    case fields(masks: [UInt32], byteCount: Int)
    /// One byte of grey, and one of alpha.
    case grey(hasAlpha: Bool)
    /// Indices into 256 colours before them.
    case palette

    var channelCount: Int {
      switch self {
      case .blocks(let format): format.channelCount
      case .fields(let masks, _): masks.count
      case .grey(let hasAlpha): hasAlpha ? 2 : 1
      case .palette: 4
      }
    }

    var dtype: DType {
      if case .blocks(let format) = self { return format.dtype }
      return .uint8
    }

    /// Bytes of one texture, without a palette.
    func byteCount(width: Int, height: Int) -> Int {
      switch self {
      case .blocks(let format): format.byteCount(width: width, height: height)
      case .fields(_, let byteCount): width * height * byteCount
      case .grey(let hasAlpha): width * height * (hasAlpha ? 2 : 1)
      case .palette: width * height
      }
    }
  }

  struct Header {
    var width: Int
    var height: Int
    var mipmapCount: Int
    var pixels: Pixels
    /// `DXT1`, or `DXGI` and a number; empty for plain pixels.
    var code: String
    var hasExtension: Bool

    /// Where the palette or the pixels begin.
    var dataStart: Int {
      DDS.headerByteCount + (hasExtension ? DDS.extendedHeaderByteCount : 0)
    }
    var pixelStart: Int { dataStart + (pixels == .palette ? 1024 : 0) }

    var shape: [Int] {
      pixels.channelCount == 1 ? [height, width] : [height, width, pixels.channelCount]
    }

    init(parsing source: RawSpan, limits: Limits) throws(CodecError) {
      var reader = ByteReader(source, codec: name)
      guard reader.isNext(DDS.magic) else {
        throw CodecError(.corrupt, codec: name, part: "magic", "is not DDS", at: 0)
      }
      try reader.skip(4)
      guard try reader.u32le("header") == 124 else {
        throw CodecError(.corrupt, codec: name, part: "header", "does not have 124 bytes", at: 4)
      }
      try reader.skip(4, "header")
      height = Int(try reader.u32le("height"))
      width = Int(try reader.u32le("width"))
      try reader.skip(8, "header")
      mipmapCount = Int(try reader.u32le("mipmaps"))
      try reader.skip(44, "header")
      guard try reader.u32le("pixel format") == 32 else {
        throw CodecError(
          .corrupt, codec: name, part: "pixel format", "does not have 32 bytes", at: 76)
      }
      let flags = try reader.u32le("pixel format")
      let code = try reader.array(4, "pixel format")
      let bitCount = Int(try reader.u32le("pixel format"))
      var masks: [UInt32] = []
      for _ in 0..<4 { masks.append(try reader.u32le("pixel format")) }
      try reader.skip(20, "header")
      (self.code, hasExtension) = ("", false)
      if flags & 4 != 0 {
        self.code = String(decoding: code, as: UTF8.self)
        hasExtension = code == Array("DX10".utf8)
        if hasExtension {
          let number = try reader.u32le("DXGI format")
          try reader.skip(16, "extension")
          self.code = "DXGI \(number)"
          pixels = try Self.pixels(dxgi: number)
        } else {
          pixels = .blocks(try Self.format(code))
        }
      } else {
        pixels = try Self.pixels(flags: flags, bitCount: bitCount, masks: masks)
      }
      guard width > 0, height > 0 else {
        throw CodecError(.corrupt, codec: name, part: "header", "the image is empty", at: 12)
      }
      _ = try limits.checkedImage(
        width: width, height: height, channels: pixels.channelCount, dtype: pixels.dtype,
        codec: name, at: 12)
    }

    /// What a four-character code names.
    private static func format(_ code: [UInt8]) throws(CodecError) -> BCn.Format {
      for (names, format) in [
        (["DXT1", "BC1U"], .bc1), (["DXT2", "DXT3", "BC2U"], .bc2),
        (["DXT4", "DXT5", "BC3U"], .bc3), (["BC4U", "ATI1"], .bc4), (["BC5U", "ATI2"], .bc5),
      ] as [([String], BCn.Format)] where names.contains(where: { Array($0.utf8) == code }) {
        return format
      }
      throw CodecError(.unsupported, codec: name, part: "pixel format", "unknown code", at: 84)
    }

    private static func pixels(dxgi number: UInt32) throws(CodecError) -> Pixels {
      switch number {
      case 27, 28, 29: return .fields(masks: [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000], byteCount: 4)
      case 70...72: return .blocks(.bc1)
      case 73...75: return .blocks(.bc2)
      case 76...78: return .blocks(.bc3)
      case 79, 80: return .blocks(.bc4)
      case 82, 83: return .blocks(.bc5)
      case 95: return .blocks(.bc6h)
      case 96: return .blocks(.bc6hSigned)
      case 97...99: return .blocks(.bc7)
      default:
        throw CodecError(.unsupported, codec: name, part: "DXGI format", "unknown number", at: 128)
      }
    }

    private static func pixels(
      flags: UInt32, bitCount: Int, masks: [UInt32]
    ) throws(CodecError) -> Pixels {
      switch (flags & 0x2_0060, flags & 1 != 0, bitCount) {
      case (0x40, let hasAlpha, 8), (0x40, let hasAlpha, 16), (0x40, let hasAlpha, 24),
        (0x40, let hasAlpha, 32):
        return .fields(masks: Array(masks[..<(hasAlpha ? 4 : 3)]), byteCount: bitCount / 8)
      case (0x2_0000, false, 8): return .grey(hasAlpha: false)
      case (0x2_0000, true, 16): return .grey(hasAlpha: true)
      // Files give any number of bits here.
      case (0x20, _, _): return .palette
      default:
        throw CodecError(.unsupported, codec: name, part: "pixel format", "unknown flags", at: 80)
      }
    }
  }
}

extension DDS: SingleImageCodec {
  public static var name: CodecError.Name { "DDS" }

  public static func inspect(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let header = try Header(parsing: source, limits: policy.limits)
    return ImageProperties(shape: header.shape, dtype: header.pixels.dtype)
  }

  /// `compression`: the code of the blocks; `mipmaps`: how many sizes the file holds.
  public static func metadata(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    let header = try Header(parsing: source, limits: policy.limits)
    var result: Metadata = ["mipmaps": .int(Int64(max(header.mipmapCount, 1)))]
    if !header.code.isEmpty { result["compression"] = .string(header.code) }
    return result
  }
}
