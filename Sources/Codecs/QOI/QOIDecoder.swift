// SPDX-License-Identifier: Apache-2.0

extension QOI {
  /// Decodes the image: uint8 `[height, width, 3]` or `[height, width, 4]`, as the header says.
  ///
  /// - Throws: `truncated`, `corrupt`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: NoFormatOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try Header(parsing: source, limits: policy.limits)
    let body = source.extracting(headerByteCount..<source.byteCount)
    // Nothing is allocated for pixels that the bytes cannot hold.
    guard header.width * header.height / longestRun <= body.byteCount else {
      throw CodecError(
        .truncated(needed: header.width * header.height / longestRun - body.byteCount), codec: name,
        part: "pixels", at: source.byteCount)
    }
    var image = try NDArray(
      zeros: header.shape, dtype: .uint8, limits: policy.limits, codec: name)
    var decoder = PixelDecoder()
    var rowCount = 0
    let rowByteCount = header.width * header.channelCount
    try image.withMutableBytes { (target) throws(CodecError) in
      // Bands keep the progress handler informed; the decoder goes on where it stopped.
      while rowCount < header.height {
        try policy.report(Double(rowCount) / Double(header.height), codec: name)
        let count = min(64, header.height - rowCount)
        let band = rowCount * rowByteCount..<(rowCount + count) * rowByteCount
        let done = decoder.decode(
          body, into: &target, at: band, channelCount: header.channelCount)
        guard done == band.count else {
          rowCount += done / rowByteCount
          return
        }
        rowCount += count
      }
    }
    if rowCount < header.height {
      try diagnostics.salvage(
        CodecError(
          .truncated(needed: 1), codec: name, part: "pixels",
          at: headerByteCount + decoder.position),
        rowCount: rowCount, policy: policy)
    } else {
      try checkEnd(source, headerByteCount + decoder.position, &diagnostics, policy)
    }
    return image
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
