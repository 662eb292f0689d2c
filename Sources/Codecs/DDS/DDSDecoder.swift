// SPDX-License-Identifier: Apache-2.0

extension DDS {
  /// Decodes the first texture, at its full size.
  ///
  /// - Returns: uint8 `[height, width]`, or with 2 to 4 channels; float16 `[height, width, 3]` for
  ///   BC6H. Palettes are applied and bit fields are eight bits.
  /// - Throws: `truncated`, `corrupt`, `unsupported`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: NoFormatOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try Header(parsing: source, limits: policy.limits)
    let needed = header.pixels.byteCount(width: header.width, height: header.height)
    var missing = header.pixelStart + needed - source.byteCount
    if case .fields(let masks, let size) = header.pixels, missing > 0, missing < size,
      masks.allSatisfy({ $0 >> UInt32(8 * (size - missing)) == 0 })
    {
      // Bytes that no field has: files without them are about.
      try diagnostics.warn(
        Warning(
          codec: name, part: "pixels", "the last pixel is cut in its padding",
          at: source.byteCount), policy: policy)
      missing = 0
    }
    guard missing <= 0 else {
      throw CodecError(
        .truncated(needed: missing), codec: name, part: "pixels", at: source.byteCount)
    }
    let data = source.extracting(header.pixelStart..<source.byteCount)
    switch header.pixels {
    case .blocks(let format):
      do throws(CodecError) {
        return try BCn.decode(
          data, format: format, width: header.width, height: header.height, policy: policy)
      } catch {
        throw error.rethrown(by: name, part: "pixels", movedBy: header.pixelStart)
      }
    case .grey: return try image(header, policy) { $0.append(data.extracting(0..<needed)) }
    case .palette:
      let palette = source.extracting(header.dataStart..<header.pixelStart)
      return try image(header, policy) { output in
        for i in 0..<needed {
          let color = palette.loadUnaligned(UInt32.self, at: Int(data[byteAt: i]) * 4)
          output.append(littleEndian: UInt32(littleEndian: color))
        }
      }
    case .fields(let masks, let size):
      let fields = masks.map { Field($0) }
      return try image(header, policy) { output in
        for i in 0..<header.width * header.height {
          let pixel = Self.pixel(data, at: i * size, byteCount: size)
          for field in fields { output.append(field.value(of: pixel)) }
        }
      }
    }
  }

  private static func image(
    _ header: Header, _ policy: DecodePolicy, _ body: (inout OutputRawSpan) -> Void
  ) throws(CodecError) -> NDArray {
    try NDArray(
      shape: header.shape, dtype: .uint8, limits: policy.limits, codec: name
    ) { output throws(CodecError) in body(&output) }
  }

  /// The bytes of a pixel, least significant first; those behind the end are zero.
  private static func pixel(_ data: RawSpan, at start: Int, byteCount: Int) -> UInt32 {
    var pixel: UInt32 = 0
    for k in 0..<min(byteCount, data.byteCount - start) {
      pixel |= UInt32(data[byteAt: start + k]) << UInt32(8 * k)
    }
    return pixel
  }

  /// A mask's bits as a number of eight bits.
  private struct Field {
    let mask: UInt32
    let shift: UInt32
    let largest: UInt32

    init(_ mask: UInt32) {
      self.mask = mask
      shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
      largest = mask >> shift
    }

    /// Rounded down, as Pillow does; a field without bits is 0.
    @inline(__always)
    func value(of pixel: UInt32) -> UInt8 {
      guard largest > 0 else { return 0 }
      return UInt8(truncatingIfNeeded: UInt64((pixel & mask) >> shift) * 255 / UInt64(largest))
    }
  }
}
