// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// One of the pictures of a Multi-Picture file, such as a stereo pair or a preview.
  ///
  /// Source: CIPA DC-007 §5.2.3.3.
  public struct Picture: Sendable, Equatable {
    /// Where the picture, a JPEG file of its own, lies in the file.
    public let range: Range<Int>
    /// The MP type code: `0x030000` the primary picture, `0x010001` and `0x010002` previews,
    /// `0x020001` a part of a panorama, `0x020002` of a stereo pair, `0x020003` of several angles.
    public let type: UInt32
    /// Whether it stands for all of them.
    public let isRepresentative: Bool
  }

  /// The pictures that a Multi-Picture file lists, the first included; empty for other files.
  ///
  /// Entries that do not lie in the file, or where no JPEG file begins, are left out.
  public static func pictures(_ source: RawSpan, policy: DecodePolicy = .default) -> [Picture] {
    var walk = SegmentWalk(source)
    while let stretch = walk.next(), stretch.content != .marker(.eoi) {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      if marker == .sos { break }
      guard marker == .app(2),
        ByteReader(source.extracting(payload), codec: name).isNext(Signature.mpf)
      else { continue }
      let start = payload.lowerBound + Signature.mpf.count
      let index = try? PictureIndex(source.extracting(start..<payload.upperBound), policy.limits)
      return index?.entries.compactMap { $0.picture(in: source, indexStart: start) } ?? []
    }
    return []
  }

  /// The MP index directory: a TIFF structure of its own.
  private struct PictureIndex {
    struct Entry {
      var attributes: UInt32
      var byteCount: Int
      /// From the start of the index; 0 for the first picture, which begins with the file.
      var offset: Int

      func picture(in source: RawSpan, indexStart: Int) -> Picture? {
        let start = offset == 0 ? 0 : indexStart + offset
        guard start <= source.byteCount - byteCount, byteCount >= 2,
          source[byteAt: start] == 0xFF, source[byteAt: start + 1] == 0xD8
        else { return nil }
        return Picture(
          range: start..<start + byteCount, type: attributes & 0xFF_FFFF,
          isRepresentative: attributes & 1 << 29 != 0)
      }
    }
    private(set) var entries: [Entry] = []

    init(_ bytes: RawSpan, _ limits: Limits) throws(CodecError) {
      var reader = ByteReader(bytes, codec: JPEG.name)
      let isBig = try reader.u16be("MPF") == 0x4D4D
      try reader.skip(2)
      let directory = Int(try reader.integer(UInt32.self, bigEndian: isBig))
      try reader.seek(to: directory)
      let count = Int(try reader.integer(UInt16.self, bigEndian: isBig))
      for i in 0..<count {
        try reader.seek(to: directory + 2 + 12 * i)
        // MPEntry: 16 bytes for each picture.
        guard try reader.integer(UInt16.self, bigEndian: isBig) == 0xB002 else { continue }
        try reader.skip(2)
        let entryCount = Int(try reader.integer(UInt32.self, bigEndian: isBig)) / 16
        try limits.check(entryCount, .metadataItems, codec: JPEG.name, part: "MPF")
        try reader.seek(to: Int(try reader.integer(UInt32.self, bigEndian: isBig)))
        for _ in 0..<entryCount {
          let attributes = try reader.integer(UInt32.self, bigEndian: isBig)
          let byteCount = Int(try reader.integer(UInt32.self, bigEndian: isBig))
          let offset = Int(try reader.integer(UInt32.self, bigEndian: isBig))
          try reader.skip(4)
          entries.append(Entry(attributes: attributes, byteCount: byteCount, offset: offset))
        }
        return
      }
    }
  }
}
