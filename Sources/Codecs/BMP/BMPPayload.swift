// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Decodes a whole PNG or JPEG file in the place of the pixels; the bitmap's palette means nothing
  /// then. What these formats throw is thrown, with offsets in this file.
  static func decodeEmbedded(
    _ source: RawSpan, _ header: Header, options: DecodeOptions, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let payload = embeddedFile(source, header)
    let result: (image: NDArray, diagnostics: Diagnostics)
    do throws(CodecError) {
      if header.encoding == .jpeg {
        result = try read(try JPEG.Reader(payload, options: jpegOptions(options), policy: policy))
      } else {
        result = try read(try PNG.Reader(payload, options: pngOptions(options), policy: policy))
      }
    } catch { throw error.moved(by: header.dataStart) }
    if let damage = result.diagnostics.damage {
      try diagnostics.salvage(
        damage.error.moved(by: header.dataStart), rowCount: damage.rowCount, policy: policy)
    }
    for warning in result.diagnostics.warnings {
      var moved = warning
      moved.offset = warning.offset.map { $0 + header.dataStart }
      diagnostics.note(moved)
    }
    if result.image.shape[0] != header.height || result.image.shape[1] != header.width {
      try diagnostics.warn(
        Warning(
          codec: name, part: "width or height", "is not that of the embedded file, which counts",
          at: header.bitmapHeaderStart + 4),
        policy: policy)
    }
    return result.image
  }

  static func embeddedProperties(
    _ source: RawSpan, _ header: Header, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let payload = embeddedFile(source, header)
    do throws(CodecError) {
      if header.encoding == .jpeg {
        return try JPEG.Reader(payload, options: jpegOptions(options), policy: policy)
          .properties(0)
      }
      return try PNG.Reader(payload, options: pngOptions(options), policy: policy).properties(0)
    } catch { throw error.moved(by: header.dataStart) }
  }

  private static func embeddedFile(_ source: RawSpan, _ header: Header) -> Bytes {
    let available = source.byteCount - header.dataStart
    let isCountUsable = header.encodedByteCount > 0 && header.encodedByteCount <= available
    let byteCount = isCountUsable ? header.encodedByteCount : available
    let payload = source.extracting(header.dataStart..<(header.dataStart + byteCount))
    return Bytes([UInt8](copying: payload))
  }

  private static func read<Reader: ImageReader>(
    _ start: Reader
  ) throws(CodecError) -> (image: NDArray, diagnostics: Diagnostics) {
    var reader = start
    let image = try reader.read(0)
    return (image, reader.diagnostics)
  }

  private static func pngOptions(_ options: DecodeOptions) -> PNG.ReadOptions {
    var result = PNG.ReadOptions()
    result.stored = options.stored
    return result
  }

  private static func jpegOptions(_ options: DecodeOptions) -> JPEG.ReadOptions {
    var result = JPEG.ReadOptions()
    if options.stored { result.decoding.invertsAdobeCMYK = false }
    return result
  }
}
