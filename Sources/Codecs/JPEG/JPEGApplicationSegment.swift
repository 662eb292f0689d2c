// SPDX-License-Identifier: Apache-2.0

// The APPn segments that say how samples are meant, and the identifiers of those that carry
// metadata. Each is read from its payload and written whole.

extension JPEG {
  /// APP0 of JFIF: version and pixel density. Source: ITU-T T.871 clause 10.1.
  public struct JFIF: Sendable, Hashable {
    public enum Unit: UInt8, Sendable { case aspectRatio, inch, centimetre }

    public var majorVersion: UInt8 = 1
    public var minorVersion: UInt8 = 1
    /// 0 aspect ratio only, 1 dots per inch, 2 dots per centimetre; other values occur.
    public var unit: UInt8 = 0
    public var xDensity: UInt16 = 1
    public var yDensity: UInt16 = 1
    public init() {}
  }

  /// APP14 of Adobe: which colour transform was applied.
  /// Source: Adobe TN 5116, "Supporting the DCT Filters in PostScript Level 2".
  public struct Adobe: Sendable, Hashable {
    public var version: UInt16 = 100
    public var flags0: UInt16 = 0
    public var flags1: UInt16 = 0
    /// 0 none (RGB or CMYK), 1 YCbCr, 2 YCCK; other values occur.
    public var transform: UInt8
    public init(transform: UInt8) { self.transform = transform }
  }

  /// What the payload of an APPn segment begins with.
  enum Signature {
    static let jfif: [UInt8] = [0x4A, 0x46, 0x49, 0x46, 0]  // "JFIF\0"
    static let jfxx: [UInt8] = [0x4A, 0x46, 0x58, 0x58, 0]  // "JFXX\0"
    static let exif: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]  // "Exif\0\0"
    // "ICC_PROFILE\0"
    static let icc: [UInt8] = [
      0x49, 0x43, 0x43, 0x5F, 0x50, 0x52, 0x4F, 0x46, 0x49, 0x4C, 0x45, 0,
    ]
    // "http://ns.adobe.com/xap/1.0/\0"
    static let xmp: [UInt8] = [
      0x68, 0x74, 0x74, 0x70, 0x3A, 0x2F, 0x2F, 0x6E, 0x73, 0x2E, 0x61, 0x64, 0x6F, 0x62,
      0x65, 0x2E, 0x63, 0x6F, 0x6D, 0x2F, 0x78, 0x61, 0x70, 0x2F, 0x31, 0x2E, 0x30, 0x2F,
      0,
    ]
    // "http://ns.adobe.com/xmp/extension/\0"
    static let extendedXMP: [UInt8] = [
      0x68, 0x74, 0x74, 0x70, 0x3A, 0x2F, 0x2F, 0x6E, 0x73, 0x2E, 0x61, 0x64, 0x6F, 0x62,
      0x65, 0x2E, 0x63, 0x6F, 0x6D, 0x2F, 0x78, 0x6D, 0x70, 0x2F, 0x65, 0x78, 0x74, 0x65,
      0x6E, 0x73, 0x69, 0x6F, 0x6E, 0x2F, 0,
    ]
    // "Photoshop 3.0\0"
    static let photoshop: [UInt8] = [
      0x50, 0x68, 0x6F, 0x74, 0x6F, 0x73, 0x68, 0x6F, 0x70, 0x20, 0x33, 0x2E, 0x30, 0,
    ]
    static let adobe: [UInt8] = [0x41, 0x64, 0x6F, 0x62, 0x65]  // "Adobe"
    static let mpf: [UInt8] = [0x4D, 0x50, 0x46, 0]  // "MPF\0"
  }
}

extension JPEG.JFIF {
  /// Reads the payload of an APP0 segment; `nil` when it is not JFIF's.
  init?(parsing reader: inout ByteReader) {
    guard reader.remaining >= 14, reader.isNext(JPEG.Signature.jfif) else { return nil }
    do throws(CodecError) {
      try reader.skip(5)
      majorVersion = try reader.u8()
      minorVersion = try reader.u8()
      unit = try reader.u8()
      xDensity = try reader.u16be()
      yDensity = try reader.u16be()
      try reader.skip(2)  // thumbnail size
    } catch { return nil }
  }

  /// Writes the segment, without thumbnail.
  func write(to output: inout ByteWriter) {
    JPEG.writeHead(.app(0), payloadByteCount: 14, to: &output)
    output.append(JPEG.Signature.jfif)
    output.u8(majorVersion)
    output.u8(minorVersion)
    output.u8(unit)
    output.u16be(xDensity)
    output.u16be(yDensity)
    output.zeros(2)
  }
}

extension JPEG.Adobe {
  /// Reads the payload of an APP14 segment; `nil` when it is not Adobe's.
  init?(parsing reader: inout ByteReader) {
    guard reader.remaining >= 12, reader.isNext(JPEG.Signature.adobe) else { return nil }
    do throws(CodecError) {
      try reader.skip(5)
      version = try reader.u16be()
      flags0 = try reader.u16be()
      flags1 = try reader.u16be()
      transform = try reader.u8()
    } catch { return nil }
  }

  func write(to output: inout ByteWriter) {
    JPEG.writeHead(.app(14), payloadByteCount: 12, to: &output)
    output.append(JPEG.Signature.adobe)
    output.u16be(version)
    output.u16be(flags0)
    output.u16be(flags1)
    output.u8(transform)
  }
}
