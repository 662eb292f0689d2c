// SPDX-License-Identifier: Apache-2.0

extension RGBE {
  /// Decodes the image: float32 `[height, width, 3]`, RGB or XYZ as the file has them.
  ///
  /// - Throws: `truncated`, `corrupt`, `unsupported`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try checkedHeader(source, options, policy.limits)
    return try NDArray(
      shape: options.shape ?? header.shape, dtype: .float32, limits: policy.limits, codec: name
    ) { (output) throws(CodecError) in
      try appendPixels(of: source, header, to: &output, policy, &diagnostics)
    }
  }

  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions = .init(),
    policy: DecodePolicy = .default, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let header = try checkedHeader(source, options, policy.limits)
    try output.require(header.width * header.height * 12, codec: name)
    try appendPixels(of: source, header, to: &output, policy, &diagnostics)
  }

  /// The header of a file whose bytes can hold its pixels, so that memory may be asked for them.
  private static func checkedHeader(
    _ source: RawSpan, _ options: DecodeOptions, _ limits: Limits
  ) throws(CodecError) -> Header {
    let header = try Header(source, options: options, limits: limits)
    // A row in runs takes at least two bytes for each 127 of a plane, an old run any number.
    guard header.usesRuns || source.byteCount / 4 >= header.width * header.height else {
      throw CodecError(
        .truncated(needed: header.width * header.height * 4 - source.byteCount), codec: name,
        part: "pixels", at: source.byteCount)
    }
    return header
  }

  private static func appendPixels(
    of source: RawSpan, _ header: Header, to output: inout OutputRawSpan, _ policy: DecodePolicy,
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    var decoder = PixelDecoder(
      width: header.width, position: header.byteCount, usesRuns: header.usesRuns)
    let pixelCount = header.width * header.height
    var done = 0
    do throws(CodecError) {
      while done < pixelCount {
        if done >> 16 != (done - decoder.partCount) >> 16 {
          try policy.report(Double(done) / Double(pixelCount), codec: name)
        }
        let count = min(decoder.partCount, pixelCount - done)
        try decoder.decode(count, of: source)
        expand(decoder.planes, count, to: &output)
        done += count
      }
    } catch {
      try diagnostics.salvage(error, rowCount: done / header.width, policy: policy)
      output.append(zeroByteCount: (pixelCount - done) * 12)
    }
  }

  /// Appends floats made of planes of mantissas and exponents.
  private static func expand(
    _ planes: [UInt8], _ count: Int, to output: inout OutputRawSpan
  ) {
    let stride = planes.count / 4
    for x in 0..<count {
      let unit = unit(ofExponent: planes[x + 3 * stride])
      for channel in 0..<3 {
        output.append(element: Float(planes[x + channel * stride]) * unit)
      }
    }
  }

  /// What one of a mantissa stands for: 2^(exponent - 136), and nothing under exponent 0.
  static func unit(ofExponent exponent: UInt8) -> Float {
    let exponent = UInt32(exponent)
    if exponent > 9 { return Float(bitPattern: (exponent - 9) << 23) }
    return exponent == 0 ? 0 : Float(bitPattern: 1 << (exponent + 13))
  }

  /// Unpacks pixels one row after the other, wide rows in parts.
  struct PixelDecoder {
    /// Bytes of the last part: all red, all green, all blue, all exponents.
    private(set) var planes: [UInt8]
    private(set) var position: Int
    /// Most pixels of a part: a row when rows can be in runs.
    let partCount: Int
    /// Whether the rest can be in runs of planes.
    private var hasPlanes: Bool
    private let usesRuns: Bool
    /// The pixel that an old run repeats, how often it still does, and the place of the next count.
    private var pixel: UInt32?
    private var repeats = 0
    private var shift = 0

    init(width: Int, position: Int, usesRuns: Bool) {
      self.position = position
      self.usesRuns = usesRuns
      hasPlanes = usesRuns && runWidths.contains(width)
      partCount = hasPlanes ? width : 4_096
      planes = [UInt8](repeating: 0, count: 4 * partCount)
    }

    /// Unpacks the next `count` pixels, at most ``partCount``; all of a row that can be in runs.
    mutating func decode(_ count: Int, of source: RawSpan) throws(CodecError) {
      if hasPlanes {
        guard position + 4 <= source.byteCount else { throw truncated(source) }
        // A pixel of this look is not normalised, so that rows as they are never begin with it.
        if source[byteAt: position] == 2, source[byteAt: position + 1] == 2,
          source[byteAt: position + 2] < 128
        {
          let stated =
            Int(source[byteAt: position + 2]) << 8 | Int(source[byteAt: position + 3])
          guard stated == count else { throw corrupt("a row has another width", position + 2) }
          position += 4
          for plane in 0..<4 { try decodePlane(source, plane * count..<(plane + 1) * count) }
          return
        }
        // As the reference, which takes the whole rest as it is.
        hasPlanes = false
      }
      try decodePixels(source, count)
    }

    private mutating func decodePlane(
      _ source: RawSpan, _ range: Range<Int>
    ) throws(CodecError) {
      var x = range.lowerBound
      while x < range.upperBound {
        guard position + 2 <= source.byteCount else { throw truncated(source) }
        let tag = Int(source[byteAt: position])
        let count = tag > 128 ? tag - 128 : tag
        guard count > 0, count <= range.upperBound - x else {
          throw corrupt("a run is empty or longer than its row", position)
        }
        position += 1
        if tag > 128 {
          for i in x..<x + count { planes[i] = source[byteAt: position] }
          position += 1
        } else {
          guard position + count <= source.byteCount else { throw truncated(source) }
          for i in 0..<count { planes[x + i] = source[byteAt: position + i] }
          position += count
        }
        x += count
      }
    }

    /// Whole pixels, and runs as they were before 1991: 1, 1, 1, count.
    private mutating func decodePixels(_ source: RawSpan, _ total: Int) throws(CodecError) {
      var x = 0
      while x < total {
        if repeats == 0 {
          guard position + 4 <= source.byteCount else { throw truncated(source) }
          let next = UInt32(littleEndian: source.loadUnaligned(UInt32.self, at: position))
          if usesRuns, next & 0xFF_FFFF == 0x01_0101 {
            guard pixel != nil, shift < 32 else {
              throw corrupt("a run without a pixel before it, or too long", position)
            }
            repeats = Int(next >> 24) << shift
            shift += 8
          } else {
            (pixel, repeats, shift) = (next, 1, 0)
          }
          position += 4
        }
        let count = min(repeats, total - x)
        for plane in 0..<4 {
          let byte = UInt8(truncatingIfNeeded: (pixel ?? 0) >> UInt32(8 * plane))
          for i in x..<x + count { planes[plane * partCount + i] = byte }
        }
        repeats -= count
        x += count
      }
    }

    private func truncated(_ source: RawSpan) -> CodecError {
      CodecError(
        .truncated(needed: 1), codec: RGBE.name, part: "pixels", at: source.byteCount)
    }

    private func corrupt(_ message: CodecError.Name, _ offset: Int) -> CodecError {
      CodecError(.corrupt, codec: RGBE.name, part: "pixels", message, at: offset)
    }
  }
}
