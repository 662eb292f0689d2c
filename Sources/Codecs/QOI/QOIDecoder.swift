// SPDX-License-Identifier: Apache-2.0

extension QOI {
  /// Decodes the image: uint8 `[height, width, 3]` or `[height, width, 4]`, as the header says.
  ///
  /// - Throws: `truncated`, `corrupt`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: NoFormatOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try checkedHeader(source, policy.limits)
    return try NDArray(shape: header.shape, dtype: .uint8, limits: policy.limits, codec: name) {
      (output) throws(CodecError) in
      try appendPixels(of: source, header, to: &output, policy, &diagnostics)
    }
  }

  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoFormatOptions = .init(),
    policy: DecodePolicy = .default, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let header = try checkedHeader(source, policy.limits)
    try output.require(header.height * header.rowByteCount, codec: name)
    try appendPixels(of: source, header, to: &output, policy, &diagnostics)
  }

  /// The header of a file whose bytes can hold its pixels, so that memory may be asked for them.
  private static func checkedHeader(
    _ source: RawSpan, _ limits: Limits
  ) throws(CodecError) -> Header {
    let header = try Header(parsing: source, limits: limits)
    let missing = header.width * header.height / longestRun - (source.byteCount - headerByteCount)
    guard missing <= 0 else {
      throw CodecError(
        .truncated(needed: missing), codec: name, part: "pixels", at: source.byteCount)
    }
    return header
  }

  private static func appendPixels(
    of source: RawSpan, _ header: Header, to output: inout OutputRawSpan, _ policy: DecodePolicy,
    _ diagnostics: inout Diagnostics
  ) throws(CodecError) {
    let body = source.extracting(headerByteCount..<source.byteCount)
    var decoder = PixelDecoder()
    // Bands keep the progress handler informed; the decoder goes on where it stopped.
    for y in stride(from: 0, to: header.height, by: 64) {
      try policy.report(Double(y) / Double(header.height), codec: name)
      let byteCount = min(64, header.height - y) * header.rowByteCount
      let done = decoder.append(
        byteCount, of: body, to: &output, channelCount: header.channelCount)
      guard done == byteCount else {
        try diagnostics.salvage(
          CodecError(
            .truncated(needed: 1), codec: name, part: "pixels",
            at: headerByteCount + decoder.position),
          rowCount: y + done / header.rowByteCount, policy: policy)
        let missing = (header.height - y) * header.rowByteCount - done
        return output.append(zeroByteCount: missing)
      }
    }
    try checkEnd(source, headerByteCount + decoder.position, &diagnostics, policy)
  }

  /// Warns when something else than the end marker follows the pixels.
  private static func checkEnd(
    _ source: RawSpan, _ offset: Int, _ diagnostics: inout Diagnostics, _ policy: DecodePolicy
  ) throws(CodecError) {
    var reader = ByteReader(source, codec: name)
    try reader.seek(to: offset)
    guard !reader.isNext(endMarker) || reader.remaining != endMarker.count else { return }
    try diagnostics.warn(
      Warning(
        codec: name, part: "end marker", "the pixels are not followed by it alone", at: offset),
      policy: policy)
  }
}
