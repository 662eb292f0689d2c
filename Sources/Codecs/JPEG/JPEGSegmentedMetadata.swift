// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The part of an XMP packet that did not fit into one segment.
  /// Source: XMP specification part 3, 1.1.3.1.
  struct ExtendedXMP {
    private var parts: [(offset: Int, bytes: [UInt8])] = []
    private var guid: [UInt8] = []
    private var byteCount = 0

    /// Takes a segment, whose signature has been read; those of another packet are left out.
    mutating func add(_ reader: inout ByteReader) throws(CodecError) {
      guard reader.remaining >= 40 else { return }
      let name = try reader.array(32)
      let total = Int(try reader.u32be())
      let offset = Int(try reader.u32be())
      if parts.isEmpty { (guid, byteCount) = (name, total) }
      guard name == guid, total == byteCount else { return }
      parts.append((offset, try reader.array(reader.remaining)))
    }

    /// The whole, when all parts are there and the packet names it; else `nil`.
    func joined(namedIn packet: [UInt8]) -> [UInt8]? {
      guard !parts.isEmpty, packet.contains(guid) else { return nil }
      var bytes: [UInt8] = []
      for part in parts.sorted(by: { $0.offset < $1.offset }) {
        guard part.offset == bytes.count else { return nil }
        bytes += part.bytes
      }
      return bytes.count == byteCount ? bytes : nil
    }
  }

  /// Photoshop's image resources, of which IPTC's record is one.
  /// Source: Adobe Photoshop File Formats Specification, Image Resources.
  enum PhotoshopResources {
    /// The content of resource `identifier`; `nil` when there is none, or damage before it.
    static func resource(_ identifier: UInt16, in bytes: [UInt8]) -> [UInt8]? {
      var reader = ByteReader(bytes.rawSpan, codec: JPEG.name)
      do throws(CodecError) {
        while reader.remaining >= 12, reader.isNext(Array("8BIM".utf8)) {
          try reader.skip(4)
          let found = try reader.u16be()
          // The name and its length take an even number of bytes, and so does the content.
          let nameByteCount = Int(try reader.u8())
          try reader.skip(nameByteCount + (nameByteCount + 1) % 2)
          let count = Int(try reader.u32be())
          guard count <= reader.remaining else { return nil }
          if found == identifier { return try reader.array(count) }
          try reader.skip(min(count + count % 2, reader.remaining))
        }
      } catch { return nil }
      return nil
    }
  }
}

extension [UInt8] {
  /// Whether `other` occurs in it.
  fileprivate func contains(_ other: [UInt8]) -> Bool {
    guard !other.isEmpty, count >= other.count else { return false }
    for start in 0...(count - other.count) where self[start] == other[0] {
      var length = 1
      while length < other.count, self[start + length] == other[length] { length += 1 }
      if length == other.count { return true }
    }
    return false
  }
}
