// SPDX-License-Identifier: Apache-2.0

internal import Codecs

/// PNG files made chunk by chunk, sound or broken on purpose.
public struct PNGBuilder {
  public private(set) var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  public init() {}

  /// A file with this header and the zlib stream of `raw`: rows with their filter bytes.
  public init(
    width: Int, height: Int, depth: UInt8 = 8, color: UInt8 = 0, interlace: UInt8 = 0,
    raw: [UInt8], before: [(StaticString, [UInt8])] = []
  ) {
    header(width: width, height: height, depth: depth, color: color, interlace: interlace)
    for (type, data) in before { chunk(type, data) }
    chunk("IDAT", Self.stored(raw))
    chunk("IEND", [])
  }

  public mutating func header(
    width: Int, height: Int, depth: UInt8 = 8, color: UInt8 = 0, interlace: UInt8 = 0
  ) {
    chunk(
      "IHDR", Self.u32(UInt32(width)) + Self.u32(UInt32(height)) + [depth, color, 0, 0, interlace])
  }

  /// Appends a chunk; `damage` is XORed into its checksum.
  public mutating func chunk(_ type: StaticString, _ data: [UInt8], damage: UInt32 = 0) {
    let name = Array(type.description.utf8)
    let checksum = CRC32.checksum(name + data) ^ damage
    bytes += Self.u32(UInt32(data.count)) + name + data + Self.u32(checksum)
  }

  public static func u32(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A zlib stream of stored blocks; `damage` is XORed into its checksum.
  public static func stored(_ raw: [UInt8], damage: UInt32 = 0) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 65_535, raw.count)
      let count = UInt16(end - start)
      stream.append(end == raw.count ? 1 : 0)
      for value in [count, ~count] { stream += [UInt8(value & 255), UInt8(value >> 8)] }
      stream += raw[start..<end]
      start = end
    } while start < raw.count
    return stream + u32(Adler32.checksum(raw) ^ damage)
  }

  /// Raw rows of grey 8-bit samples, filter 0.
  public static func rows(width: Int, height: Int, sample: (Int, Int) -> UInt8) -> [UInt8] {
    (0..<height).flatMap { y in [0] + (0..<width).map { x in sample(x, y) } }
  }
}
