// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Pillow's number of inches in a metre; its inverse keeps 72 and 96 dpi through a round trip.
  static var inchesPerMetre: Double { 39.3701 }

  /// `dpi` (horizontal, vertical), `compression` (the file's number), `icc_profile`; of calibrated
  /// files `gamma` (red, green, blue) and `endpoints` (x, y, z of each). With stored samples also
  /// `palette`, uint8 `[colours, 3]`, and `masks` (red, green, blue, alpha), unless excluded.
  public static func metadata(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    var diagnostics = Diagnostics()
    let header = try Header(parsing: source, policy: policy, diagnostics: &diagnostics)
    var result = Metadata()
    let resolution = header.pixelsPerMetre
    if resolution.x != 0 || resolution.y != 0 {
      result["dpi"] = .array([
        .double(Double(resolution.x) / inchesPerMetre),
        .double(Double(resolution.y) / inchesPerMetre),
      ])
    }
    result["compression"] = .int(Int64(header.compressionID))
    if let profile = header.profile, profile.isEmbedded,
      profile.range.upperBound <= source.byteCount
    {
      try policy.limits.check(
        profile.range.count, .metadataItemBytes, codec: name, part: "ICC profile",
        at: profile.range.lowerBound)
      result["icc_profile"] = .bytes(Bytes([UInt8](copying: source.extracting(profile.range))))
    }
    if let calibration = header.calibration {
      result["gamma"] = .array(calibration.gamma.map { .double($0) })
      result["endpoints"] = .array(calibration.endpoints.map { .double($0) })
    }
    if options.stored || !excludingApplied {
      if header.isIndexed { result["palette"] = .ndarray(try paletteArray(header)) }
      if header.encoding == .fields, header.compressionID != 0 {
        result["masks"] = .array((0..<4).map { .int(Int64(header.masks[$0])) })
      }
    }
    return result
  }

  private static func paletteArray(_ header: Header) throws(CodecError) -> NDArray {
    var samples: [UInt8] = []
    for color in header.palette {
      for shift in [UInt32(0), 8, 16] { samples.append(UInt8(truncatingIfNeeded: color >> shift)) }
    }
    return try NDArray(samples, shape: [header.palette.count, 3])
  }

  /// The colours of a `palette` field; `nil` when it is not uint8 `[1…256, 3]`.
  static func colors(_ value: MetadataValue) -> [UInt32]? {
    guard case .ndarray(let array) = value, array.dtype == .uint8, array.rank == 2,
      array.shape[1] == 3, (1...256).contains(array.shape[0])
    else { return nil }
    let samples = array.array(as: UInt8.self)
    return (0..<array.shape[0]).map { index in
      let (red, green, blue) = (samples[index * 3], samples[index * 3 + 1], samples[index * 3 + 2])
      return UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16 | 0xFF00_0000
    }
  }

  /// Dots per inch across and down, from one number or two; `nil` when not such a value.
  static func resolution(_ value: MetadataValue) -> [Double]? {
    let numbers: [Double]
    if let both = value.doubleValue {
      numbers = [both, both]
    } else if let pair = value.arrayValue, pair.count == 2, let x = pair[0].doubleValue,
      let y = pair[1].doubleValue
    {
      numbers = [x, y]
    } else {
      return nil
    }
    return numbers.allSatisfy { pixelsPerMetre($0) != nil } ? numbers : nil
  }

  /// Pixels per metre as the header holds them; `nil` when it cannot.
  static func pixelsPerMetre(_ dpi: Double) -> Int32? {
    let value = (dpi * inchesPerMetre + 0.5).rounded(.down)
    return value >= 0 && value <= 2_147_483_647 ? Int32(value) : nil
  }
}
