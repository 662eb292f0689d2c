// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The metadata of a file under imageio's names: `jfif`, `jfif_version`, `jfif_unit`,
  /// `jfif_density`, `dpi`, `adobe`, `adobe_transform`, `exif`, `xmp`, `xmp_extended`, `photoshop`,
  /// `iptc`, `icc_profile`, `comment`, `progressive`; the fields of Exif's first directory under
  /// their own, `exif_ifd`, `gps_ifd`, `exif_thumbnail`; and `pictures`, where those of a
  /// Multi-Picture file lie: their `offset`, `size` and MP `type`.
  ///
  /// - Parameter isRotationApplied: the pixels have been turned, so that the orientation is 1.
  static func metadata(
    _ source: RawSpan, policy: DecodePolicy, isRotationApplied: Bool = false
  ) throws(CodecError) -> Metadata {
    var metadata = Metadata()
    var profile = ProfileParts()
    var extended = ExtendedXMP()
    var resources: [UInt8] = []
    var walk = SegmentWalk(source)
    var (count, total) = (0, 0)
    while let stretch = walk.next(), stretch.content != .marker(.eoi) {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      if marker == .sos { break }
      count += 1
      total += payload.count
      try policy.limits.check(count, .metadataItems, codec: name)
      try policy.limits.check(total, .metadataBytes, codec: name)
      var reader = ByteReader(
        source.extracting(payload), codec: name, base: payload.lowerBound)
      if marker.process?.isProgressive == true {
        metadata["progressive"] = 1
        metadata["progression"] = 1
      }
      if marker == .app(1), reader.isNext(Signature.extendedXMP) {
        try reader.skip(Signature.extendedXMP.count)
        try extended.add(&reader)
      } else if marker == .app(13), reader.isNext(Signature.photoshop) {
        try reader.skip(Signature.photoshop.count)
        resources += try reader.array(reader.remaining)
      } else {
        try add(marker, &reader, to: &metadata, &profile)
      }
    }
    if let packet = metadata["xmp"]?.bytesValue,
      let bytes = extended.joined(namedIn: packet.array)
    {
      try policy.limits.check(bytes.count, .metadataItemBytes, codec: name, part: "APP1")
      metadata["xmp_extended"] = .bytes(Bytes(bytes))
    }
    if !resources.isEmpty {
      try policy.limits.check(resources.count, .metadataItemBytes, codec: name, part: "APP13")
      metadata["photoshop"] = .bytes(Bytes(resources))
      if let record = PhotoshopResources.resource(0x0404, in: resources) {
        metadata["iptc"] = .bytes(Bytes(record))
      }
    }
    if let bytes = profile.joined {
      try policy.limits.check(bytes.count, .metadataItemBytes, codec: name, part: "ICC")
      metadata["icc_profile"] = .bytes(Bytes(bytes))
    }
    if let bytes = metadata["exif"]?.bytesValue {
      if isRotationApplied {
        metadata["exif"] = .bytes(Bytes(Exif.clearingOrientation(bytes.array)))
      }
      Exif(bytes.span, limits: policy.limits)?.present(
        in: &metadata, of: bytes, isRotationApplied: isRotationApplied)
    }
    let pictures = pictures(source, policy: policy)
    if !pictures.isEmpty {
      metadata["pictures"] = .array(pictures.map { $0.metadata })
    }
    return metadata
  }

  /// The Exif structure of a file's headers; `nil` when there is none that can be read.
  static func exif(_ source: RawSpan, policy: DecodePolicy) -> Exif? {
    var walk = SegmentWalk(source)
    while let stretch = walk.next(), stretch.content != .marker(.eoi) {
      guard case .segment(let marker, let payload) = stretch.content else { continue }
      if marker == .sos { break }
      let segment = source.extracting(payload)
      guard marker == .app(1), ByteReader(segment, codec: name).isNext(Signature.exif) else {
        continue
      }
      return Exif(segment, limits: policy.limits)
    }
    return nil
  }

  private static func add(
    _ marker: Marker, _ reader: inout ByteReader, to metadata: inout Metadata,
    _ profile: inout ProfileParts
  ) throws(CodecError) {
    switch marker {
    case .app(0):
      guard let jfif = JFIF(parsing: &reader) else { return }
      metadata["jfif"] = .int(Int64(jfif.majorVersion) << 8 | Int64(jfif.minorVersion))
      metadata["jfif_version"] = .array([
        .int(Int64(jfif.majorVersion)), .int(Int64(jfif.minorVersion)),
      ])
      let density: [MetadataValue] = [.int(Int64(jfif.xDensity)), .int(Int64(jfif.yDensity))]
      if jfif.unit == 1 { metadata["dpi"] = .array(density) }
      if jfif.unit == 2 {
        metadata["dpi"] = .array([
          .double(Double(jfif.xDensity) * 2.54), .double(Double(jfif.yDensity) * 2.54),
        ])
      }
      metadata["jfif_unit"] = .int(Int64(jfif.unit))
      metadata["jfif_density"] = .array(density)
    case .app(1):
      if reader.isNext(Signature.exif) {
        if metadata["exif"] == nil {
          metadata["exif"] = .bytes(Bytes(try reader.array(reader.remaining)))
        }
      } else if reader.isNext(Signature.xmp) {
        try reader.skip(Signature.xmp.count)
        if metadata["xmp"] == nil {
          metadata["xmp"] = .bytes(Bytes(try reader.array(reader.remaining)))
        }
      }
    case .app(2):
      guard reader.isNext(Signature.icc), reader.remaining >= 14 else { return }
      try reader.skip(12)
      try profile.add(&reader)
    case .app(14):
      guard let adobe = Adobe(parsing: &reader) else { return }
      metadata["adobe"] = .int(Int64(adobe.version))
      metadata["adobe_transform"] = .int(Int64(adobe.transform))
    case .com:
      metadata["comment"] = .bytes(Bytes(try reader.array(reader.remaining)))
    default: break
    }
  }

  /// An ICC profile in several segments. Source: ICC.1:2022 B.4.
  private struct ProfileParts {
    private var parts: [(number: Int, bytes: [UInt8])] = []
    private var count: Int?
    private var isSound = true

    mutating func add(_ reader: inout ByteReader) throws(CodecError) {
      let number = Int(try reader.u8())
      let total = Int(try reader.u8())
      if let count, count != total { isSound = false }
      count = total
      for part in parts where part.number == number { isSound = false }
      if number == 0 || number > total { isSound = false }
      parts.append((number, try reader.array(reader.remaining)))
    }

    /// The profile; `nil` when parts are missing, doubled or disagree on their number.
    var joined: [UInt8]? {
      guard isSound, let count, parts.count == count, count > 0 else { return nil }
      var bytes: [UInt8] = []
      for number in 1...count {
        for part in parts where part.number == number { bytes += part.bytes }
      }
      return bytes
    }
  }
}

extension JPEG.Picture {
  fileprivate var metadata: MetadataValue {
    var fields = Metadata()
    fields["offset"] = .int(Int64(range.lowerBound))
    fields["size"] = .int(Int64(range.count))
    fields["type"] = .int(Int64(type))
    return .dictionary(fields)
  }
}
