// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// A whole PNG file in the place of the pixels (BI_PNG); the bitmap's palette means nothing then.
  ///
  /// - Throws: what PNG throws, with offsets in this file.
  static func embeddedReader(
    _ source: RawSpan, _ header: Header, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> PNG.Reader {
    let available = source.byteCount - header.dataStart
    let isCountUsable = header.encodedByteCount > 0 && header.encodedByteCount <= available
    let byteCount = isCountUsable ? header.encodedByteCount : available
    let payload = source.extracting(header.dataStart..<(header.dataStart + byteCount))
    var pngOptions = PNG.ReadOptions()
    pngOptions.stored = options.stored
    do throws(CodecError) {
      return try PNG.Reader(Bytes([UInt8](copying: payload)), options: pngOptions, policy: policy)
    } catch { throw error.moved(by: header.dataStart) }
  }

  static func embeddedProperties(
    _ source: RawSpan, _ header: Header, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let reader = try embeddedReader(source, header, options: options, policy: policy)
    do throws(CodecError) { return try reader.properties(0) } catch {
      throw error.moved(by: header.dataStart)
    }
  }

  static func decodeEmbedded(
    _ source: RawSpan, _ header: Header, options: DecodeOptions, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var reader = try embeddedReader(source, header, options: options, policy: policy)
    let image: NDArray
    do throws(CodecError) { image = try reader.read(0) } catch {
      throw error.moved(by: header.dataStart)
    }
    if let damage = reader.diagnostics.damage {
      try diagnostics.salvage(
        damage.error.moved(by: header.dataStart), rowCount: damage.rowCount, policy: policy)
    }
    for warning in reader.diagnostics.warnings {
      var moved = warning
      moved.offset = warning.offset.map { $0 + header.dataStart }
      diagnostics.note(moved)
    }
    if image.shape[0] != header.height || image.shape[1] != header.width {
      try diagnostics.warn(
        Warning(
          codec: name, part: "width or height", "is not that of the embedded file, which counts",
          at: header.bitmapHeaderStart + 4),
        policy: policy)
    }
    return image
  }
}
