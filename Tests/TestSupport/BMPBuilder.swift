// SPDX-License-Identifier: Apache-2.0

internal import Codecs

/// Bitmaps put together field by field, for what our encoder does not write.
public struct BMPBuilder: Sendable {
  public var headerByteCount = 40
  public var width: Int
  public var height: Int
  public var planes = 1
  public var bits: Int
  public var compression = 0
  /// Red, green, blue, alpha: in the header from V2 on, else behind it.
  public var masks: [UInt32] = []
  /// Blue, green, red of each colour.
  public var palette: [[UInt8]] = []
  public var colorsUsed: Int?
  /// Bytes between the palette and the pixels.
  public var gap = 0
  public var dataOffset: Int?
  public var pixels: [UInt8]
  public var hasFileHeader = true

  public init(width: Int, height: Int, bits: Int, pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.bits = bits
    self.pixels = pixels
  }

  public var bytes: [UInt8] {
    var header = ByteWriter()
    header.u32le(UInt32(headerByteCount))
    if headerByteCount == 12 {
      for value in [width, height, planes, bits] { header.u16le(UInt16(truncatingIfNeeded: value)) }
    } else {
      header.i32le(Int32(width))
      header.i32le(Int32(height))
      header.u16le(UInt16(planes))
      header.u16le(UInt16(bits))
      for value in [compression, pixels.count, 0, 0, colorsUsed ?? palette.count, 0] {
        header.u32le(UInt32(value))
      }
    }
    if headerByteCount == 40 || headerByteCount > 40 && headerByteCount != 64 {
      for mask in masks { header.u32le(mask) }
    }
    let missing = headerByteCount - header.count
    if missing > 0 { header.zeros(missing) }
    var body =
      headerByteCount < 40 ? Array(header.bytes[..<headerByteCount]) : header.bytes
    for color in palette { body += headerByteCount == 12 ? color : color + [0] }
    body += [UInt8](repeating: 0xEE, count: gap)
    var file = ByteWriter()
    if hasFileHeader {
      file.append("BM")
      file.u32le(UInt32(14 + body.count + pixels.count))
      file.u32le(0)
      file.u32le(UInt32(dataOffset ?? 14 + body.count))
    }
    return file.bytes + body + pixels
  }
}
