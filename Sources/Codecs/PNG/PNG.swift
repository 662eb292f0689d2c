// SPDX-License-Identifier: Apache-2.0

/// Portable Network Graphics, still and animated.
///
/// Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025.
public enum PNG: Sendable {
  public static var name: CodecError.Name { "PNG" }
}

extension PNG {
  /// What the samples of a pixel mean.
  public enum ColorType: UInt8, Sendable, Hashable {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    /// Samples of one pixel in the file.
    public var channelCount: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }
    public var hasAlpha: Bool { self == .greyAlpha || self == .rgba }

    /// Whether samples of this type may have `bitDepth` bits.
    public func allows(bitDepth: Int) -> Bool {
      switch self {
      case .grey: [1, 2, 4, 8, 16].contains(bitDepth)
      case .palette: [1, 2, 4, 8].contains(bitDepth)
      case .rgb, .greyAlpha, .rgba: bitDepth == 8 || bitDepth == 16
      }
    }
  }

  /// The IHDR chunk.
  ///
  /// Source: PNG 3rd edition §11.2.1.
  public struct Header: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// Bits of one sample: 1, 2, 4, 8 or 16.
    public var bitDepth: Int
    public var colorType: ColorType
    /// Whether the rows come in the seven passes of Adam7.
    public var isInterlaced: Bool

    public init(
      width: Int, height: Int, bitDepth: Int, colorType: ColorType, isInterlaced: Bool = false
    ) {
      self.width = width
      self.height = height
      self.bitDepth = bitDepth
      self.colorType = colorType
      self.isInterlaced = isInterlaced
    }

    /// Bits of one pixel.
    public var pixelBitCount: Int { bitDepth * colorType.channelCount }
    /// Distance in bytes to the pixel on the left, as the filters count it.
    var pixelByteCount: Int { max(pixelBitCount / 8, 1) }
    /// Bytes of a row of `width` pixels, without its filter byte.
    func rowByteCount(width: Int) -> Int { (width * pixelBitCount + 7) / 8 }
  }
}

extension PNG.Header {
  /// - Throws: `corrupt` when a field has a value the specification does not allow.
  init(parsing reader: inout ByteReader) throws(CodecError) {
    let start = reader.fileOffset
    let width = try reader.u32be("IHDR")
    let height = try reader.u32be("IHDR")
    let depth = try reader.u8("IHDR")
    let color = try reader.u8("IHDR")
    let compression = try reader.u8("IHDR")
    let filter = try reader.u8("IHDR")
    let interlace = try reader.u8("IHDR")
    guard width > 0, height > 0, width <= PNG.largestInteger, height <= PNG.largestInteger else {
      throw PNG.corrupt("IHDR", "width and height must be 1 to 2147483647", at: start)
    }
    guard let colorType = PNG.ColorType(rawValue: color) else {
      throw PNG.corrupt("IHDR", "there is no such colour type", at: start + 9)
    }
    guard colorType.allows(bitDepth: Int(depth)) else {
      throw PNG.corrupt("IHDR", "the colour type does not allow this bit depth", at: start + 8)
    }
    guard compression == 0 else {
      throw PNG.corrupt("IHDR", "there is no such compression method", at: start + 10)
    }
    guard filter == 0 else {
      throw PNG.corrupt("IHDR", "there is no such filter method", at: start + 11)
    }
    guard interlace <= 1 else {
      throw PNG.corrupt("IHDR", "there is no such interlace method", at: start + 12)
    }
    self.init(
      width: Int(width), height: Int(height), bitDepth: Int(depth), colorType: colorType,
      isInterlaced: interlace == 1)
  }

  func write(to writer: inout ByteWriter) {
    writer.u32be(UInt32(width))
    writer.u32be(UInt32(height))
    writer.u8(UInt8(bitDepth))
    writer.u8(colorType.rawValue)
    writer.u8(0)
    writer.u8(0)
    writer.u8(isInterlaced ? 1 : 0)
  }
}

extension PNG {
  /// 2³¹ - 1, the largest length and dimension.
  static var largestInteger: UInt32 { 0x7FFF_FFFF }

  static func corrupt(
    _ part: CodecError.Name, _ message: CodecError.Name, at offset: Int? = nil
  ) -> CodecError {
    CodecError(.corrupt, codec: name, part: part, message, at: offset)
  }

  static func invalidArgument(
    _ part: CodecError.Name, _ message: CodecError.Name
  ) -> CodecError {
    CodecError(.invalidArgument, codec: name, part: part, message)
  }
}
