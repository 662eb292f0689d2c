// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The segments between SOI and the tables: JFIF or Adobe, Exif, XMP, ICC profile, comment.
  struct MetadataSegments {
    private(set) var jfif = JFIF()
    /// All but JFIF and Adobe, complete and in order.
    private(set) var segments = ByteWriter()

    /// Most bytes of one segment's payload.
    private static var largestPayload: Int { 65_533 }

    /// - Parameter metadata: under the names that reading gives; other fields are left out.
    /// - Throws: `invalidArgument` for a field of the wrong type, or too long for JPEG.
    init(_ metadata: Metadata) throws(CodecError) {
      setDensity(metadata)
      if let exif = try Self.bytes(metadata, "exif", "exif") {
        let head = exif.starts(with: Signature.exif) ? [] : Signature.exif
        try append(.app(1), head, exif[...], "exif")
      }
      if let xmp = try Self.bytes(metadata, "xmp", "xmp") {
        try append(.app(1), Signature.xmp, xmp[...], "xmp")
      }
      if let profile = try Self.bytes(metadata, "icc_profile", "icc_profile") {
        try appendProfile(profile)
      }
      if let comment = try Self.bytes(metadata, "comment", "comment") {
        try append(.com, [], comment[...], "comment")
      }
    }

    /// The value of a field that holds bytes or text; `nil` when there is none.
    private static func bytes(
      _ metadata: Metadata, _ name: String, _ part: CodecError.Name
    ) throws(CodecError) -> [UInt8]? {
      switch metadata[name] {
      case nil, .null: return nil
      case .bytes(let bytes): return bytes.count == 0 ? nil : bytes.array
      case .string(let text): return text.isEmpty ? nil : Array(text.utf8)
      default: throw JPEG.invalidArgument(part, "must be bytes")
      }
    }

    private mutating func append(
      _ marker: Marker, _ head: [UInt8], _ content: ArraySlice<UInt8>, _ part: CodecError.Name
    ) throws(CodecError) {
      guard head.count + content.count <= Self.largestPayload else {
        throw JPEG.invalidArgument(part, "does not fit into a segment of 65533 bytes")
      }
      JPEG.writeHead(marker, payloadByteCount: head.count + content.count, to: &segments)
      segments.append(head)
      segments.append(content)
    }

    /// An ICC profile in as many segments as it needs. Source: ICC.1:2022 B.4.
    private mutating func appendProfile(_ profile: [UInt8]) throws(CodecError) {
      let most = Self.largestPayload - Signature.icc.count - 2
      let count = JPEG.ceilingDivision(profile.count, most)
      guard count <= 255 else {
        throw JPEG.invalidArgument("icc_profile", "does not fit into 255 segments")
      }
      for number in 0..<count {
        let part = profile[(number * most)..<min((number + 1) * most, profile.count)]
        let head = Signature.icc + [UInt8(number + 1), UInt8(count)]
        try append(.app(2), head, part, "icc_profile")
      }
    }

    /// Dots per inch when they are known, else the aspect ratio of pixels that JFIF may have given.
    /// What is no 16-bit count is left out.
    private mutating func setDensity(_ metadata: Metadata) {
      if let (x, y) = Self.pair(metadata["dpi"]) {
        (jfif.unit, jfif.xDensity, jfif.yDensity) = (1, x, y)
      } else if let unit = metadata["jfif_unit"]?.intValue, (0...2).contains(unit),
        let (x, y) = Self.pair(metadata["jfif_density"])
      {
        (jfif.unit, jfif.xDensity, jfif.yDensity) = (UInt8(unit), x, y)
      }
    }

    /// Two positive numbers, or one for both.
    static func pair(_ value: MetadataValue?) -> (UInt16, UInt16)? {
      let values =
        value?.arrayValue?.map { $0.doubleValue } ?? [value?.doubleValue, value?.doubleValue]
      guard values.count == 2, let x = values[0], let y = values[1] else { return nil }
      let (rx, ry) = (x.rounded(.toNearestOrEven), y.rounded(.toNearestOrEven))
      guard rx >= 1, ry >= 1, rx <= 65_535, ry <= 65_535 else { return nil }
      return (UInt16(rx), UInt16(ry))
    }
  }
}
