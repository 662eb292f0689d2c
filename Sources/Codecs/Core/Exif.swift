// SPDX-License-Identifier: Apache-2.0

/// An Exif structure: what is said of the image, of how it was taken and where, and a thumbnail.
///
/// Source: CIPA DC-008 (Exif 2.32) §4.6; TIFF 6.0 §2.
public struct Exif: Sendable {
  /// The fields of IFD 0 under the names that imageio gives them, in file order.
  public private(set) var fields = Metadata()
  /// The fields of the Exif IFD: how and when the picture was taken.
  public private(set) var details = Metadata()
  /// The fields of the GPS IFD.
  public private(set) var position = Metadata()
  /// Where a thumbnail, a JPEG file of its own, lies in the bytes given.
  public private(set) var thumbnail: Range<Int>?
  /// How the image must be turned for display, 1 to 8; 1 when the field is missing or wrong.
  public private(set) var orientation = 1
  /// Where the value of the orientation is stored, from the start of the structure.
  private(set) var orientationOffset: Int?
  private(set) var isBigEndian = false

  /// Reads a structure that begins with `II` or `MM`, or with `Exif\0\0` before that.
  ///
  /// Entries that are damaged are left out; `nil` when there is no directory at all.
  public init?(_ bytes: RawSpan, limits: Limits = .default) {
    var bytes = bytes
    if bytes.byteCount >= 6, bytes[byteAt: 0] == 0x45, bytes[byteAt: 4] == 0 {
      bytes = bytes.extracting(6..<bytes.byteCount)
      structureStart = 6
    }
    guard (try? parse(ByteReader(bytes, codec: "Exif"), limits)) != nil else { return nil }
  }

  /// 6 when `Exif\0\0` comes first.
  private var structureStart = 0

  private mutating func parse(
    _ start: consuming ByteReader, _ limits: Limits
  ) throws(CodecError) {
    var reader = start
    let order = try reader.u16be("header")
    guard order == 0x4949 || order == 0x4D4D else {
      throw CodecError(.corrupt, codec: "Exif", part: "header", at: 0)
    }
    isBigEndian = order == 0x4D4D
    guard try reader.integer(UInt16.self, bigEndian: isBigEndian) == 42 else {
      throw CodecError(.corrupt, codec: "Exif", part: "header", at: 2)
    }
    var budget = reader.bytes.byteCount
    let first = try directory(
      Int(try reader.integer(UInt32.self, bigEndian: isBigEndian)), .image, &reader, &budget, limits
    )
    fields = first.fields
    if let entry = first.orientation {
      (orientation, orientationOffset) = (entry.value, structureStart + entry.offset)
    }
    // What is damaged from here on is as if it were not there.
    if let place = fields["ExifOffset"]?.intValue {
      let found = try? directory(place, .details, &reader, &budget, limits)
      details = found?.fields ?? Metadata()
    }
    if let place = fields["GPSInfo"]?.intValue {
      let found = try? directory(place, .position, &reader, &budget, limits)
      position = found?.fields ?? Metadata()
    }
    if let place = first.next,
      let found = try? directory(place, .image, &reader, &budget, limits).fields,
      let start = found["JpegIFOffset"]?.intValue, let count = found["JpegIFByteCount"]?.intValue,
      start > 0, count > 0, start <= reader.bytes.byteCount - count
    {
      thumbnail = structureStart + start..<structureStart + start + count
    }
  }

  /// Which tags a directory has.
  enum Kind { case image, details, position }

  private struct Directory {
    var fields = Metadata()
    /// A valid orientation, and where it is stored.
    var orientation: (value: Int, offset: Int)?
    /// Where the next directory is.
    var next: Int?
  }

  /// - Parameter budget: bytes that values may still take. All of them together take no more than
  ///   the structure has; else many entries could each have the same megabytes.
  private func directory(
    _ offset: Int, _ kind: Kind, _ reader: inout ByteReader, _ budget: inout Int, _ limits: Limits
  ) throws(CodecError) -> Directory {
    var result = Directory()
    try reader.seek(to: offset)
    let count = Int(try reader.integer(UInt16.self, bigEndian: isBigEndian))
    try limits.check(count, .metadataItems, codec: "Exif", part: "IFD")
    for i in 0..<count {
      try reader.seek(to: offset + 2 + 12 * i)
      let tag = try reader.integer(UInt16.self, bigEndian: isBigEndian)
      let type = try reader.integer(UInt16.self, bigEndian: isBigEndian)
      let valueCount = Int(try reader.integer(UInt32.self, bigEndian: isBigEndian))
      guard let name = Self.name(of: tag, in: kind), let size = Self.size(of: type),
        valueCount <= limits.maxMetadataItemBytes, size * valueCount <= budget
      else { continue }
      if size * valueCount > 4 {
        let offset = Int(try reader.integer(UInt32.self, bigEndian: isBigEndian))
        guard (try? reader.seek(to: offset)) != nil else { continue }
      }
      let valueOffset = reader.offset
      guard let value = try? self.value(type, valueCount, &reader) else { continue }
      budget -= size * valueCount
      result.fields[name] = value
      if tag == 0x0112, let number = value.intValue, (1...8).contains(number), type == 3 {
        result.orientation = (number, valueOffset)
      }
    }
    try? reader.seek(to: offset + 2 + 12 * count)
    let next = try? reader.integer(UInt32.self, bigEndian: isBigEndian)
    if let next, next != 0 { result.next = Int(next) }
    return result
  }

  private func value(
    _ type: UInt16, _ count: Int, _ reader: inout ByteReader
  ) throws(CodecError) -> MetadataValue {
    switch type {
    case 2:
      var text = try reader.array(count)
      while text.last == 0 { text.removeLast() }
      return .string(String(decoding: text, as: UTF8.self))
    case 1, 7: return .bytes(Bytes(try reader.array(count)))
    default: break
    }
    // What is not there cannot be asked for: every value takes at least a byte.
    guard count <= reader.remaining else {
      throw CodecError(.truncated(needed: count), codec: "Exif", at: reader.offset)
    }
    var values: [MetadataValue] = []
    for _ in 0..<count { values.append(try number(type, &reader)) }
    return values.count == 1 ? values[0] : .array(values)
  }

  private func number(
    _ type: UInt16, _ reader: inout ByteReader
  ) throws(CodecError) -> MetadataValue {
    switch type {
    case 3: .int(Int64(try reader.integer(UInt16.self, bigEndian: isBigEndian)))
    case 4, 13: .int(Int64(try reader.integer(UInt32.self, bigEndian: isBigEndian)))
    case 5:
      .rational(
        numerator: Int64(try reader.integer(UInt32.self, bigEndian: isBigEndian)),
        denominator: Int64(try reader.integer(UInt32.self, bigEndian: isBigEndian)))
    case 6: .int(Int64(try reader.i8()))
    case 8: .int(Int64(try reader.integer(Int16.self, bigEndian: isBigEndian)))
    case 9: .int(Int64(try reader.integer(Int32.self, bigEndian: isBigEndian)))
    case 10:
      .rational(
        numerator: Int64(try reader.integer(Int32.self, bigEndian: isBigEndian)),
        denominator: Int64(try reader.integer(Int32.self, bigEndian: isBigEndian)))
    case 11:
      .double(
        Double(Float(bitPattern: try reader.integer(UInt32.self, bigEndian: isBigEndian))))
    default:
      .double(Double(bitPattern: try reader.integer(UInt64.self, bigEndian: isBigEndian)))
    }
  }

  /// Bytes of one value of a field type. Source: TIFF 6.0 §2, "Types".
  private static func size(of type: UInt16) -> Int? {
    switch type {
    case 1, 2, 6, 7: 1
    case 3, 8: 2
    case 4, 9, 11, 13: 4
    case 5, 10, 12: 8
    default: nil
    }
  }

  /// The same structure with the orientation set to 1, for pixels that have been turned.
  static func clearingOrientation(_ bytes: [UInt8]) -> [UInt8] {
    guard let exif = Exif(bytes.rawSpan), let offset = exif.orientationOffset,
      offset + 1 < bytes.count
    else { return bytes }
    var result = bytes
    result[offset] = exif.isBigEndian ? 0 : 1
    result[offset + 1] = exif.isBigEndian ? 1 : 0
    return result
  }

  /// Adds what a decoder presents: the fields of IFD 0 that `metadata` does not have yet, the other
  /// directories as `exif_ifd` and `gps_ifd`, and `exif_thumbnail`.
  ///
  /// - Parameter bytes: those that this was read from.
  func present(in metadata: inout Metadata, of bytes: Bytes, isRotationApplied: Bool) {
    for (name, value) in fields.fields
    where metadata[name] == nil && !(isRotationApplied && name == "Orientation") {
      metadata[name] = value
    }
    if !details.fields.isEmpty { metadata["exif_ifd"] = .dictionary(details) }
    if !position.fields.isEmpty { metadata["gps_ifd"] = .dictionary(position) }
    if let thumbnail, let file = bytes.slice(thumbnail) {
      metadata["exif_thumbnail"] = .bytes(file)
    }
  }
}
