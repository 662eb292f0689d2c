// SPDX-License-Identifier: Apache-2.0

extension DICOMRLE {
  /// Appends the header and the segments, most significant byte first.
  ///
  /// - Throws: `outputFull`; `invalidArgument` when `source` is not as the options say, or would
  ///   take more than 15 segments or 4 GiB.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) {
    try options.check()
    let (size, samples) = (options.elementByteCount, options.sampleCount)
    let segmentCount = size.multipliedReportingOverflow(by: samples)
    guard samples > 0, !segmentCount.overflow, segmentCount.partialValue <= segmentLimit else {
      throw CodecError(
        .invalidArgument, codec: name, part: "options", "there are not 1 to 15 segments")
    }
    guard source.byteCount % segmentCount.partialValue == 0 else {
      throw CodecError(
        .invalidArgument, codec: name, part: "options", "the bytes are not whole samples")
    }
    let pixelCount = source.byteCount / segmentCount.partialValue
    let planes = try byteSegments(of: source, pixelCount: pixelCount, options)
    var offsets: [Int] = []
    var segments = ByteWriter()
    for index in 0..<segmentCount.partialValue {
      offsets.append(headerByteCount + segments.count)
      let plane = planes.rawSpan.extracting(index * pixelCount..<(index + 1) * pixelCount)
      segments.append(
        try PackBits.encode(plane, options: .init(rowByteCount: options.columnCount)))
      if segments.count % 2 != 0 { segments.u8(0) }
    }
    guard UInt32(exactly: headerByteCount + segments.count) != nil else {
      throw CodecError(.invalidArgument, codec: name, "offsets do not fit 32 bits")
    }
    try output.require(headerByteCount + segments.count, codec: name)
    output.append(littleEndian: UInt32(truncatingIfNeeded: offsets.count))
    for index in 0..<segmentLimit {
      let offset = index < offsets.count ? offsets[index] : 0
      output.append(littleEndian: UInt32(truncatingIfNeeded: offset))
    }
    output.append(segments.bytes.rawSpan)
  }

  /// The bytes of `source` in the order of the segments.
  private static func byteSegments(
    of source: RawSpan, pixelCount: Int, _ options: Options
  ) throws(CodecError) -> [UInt8] {
    let size = options.elementByteCount
    return try [UInt8](capacity: source.byteCount) { output throws(CodecError) in
      for sample in 0..<options.sampleCount {
        let start = sample * pixelCount * size
        let plane = source.extracting(start..<start + pixelCount * size)
        if size == 1 {
          output.append(plane)
        } else {
          try ByteShuffle.encode(plane, into: &output, options: options.shuffle)
        }
      }
    }
  }
}

extension DICOMRLE.Options {
  /// How the byte planes of one sample become its elements.
  var shuffle: ByteShuffle.Options {
    #if _endian(little)
      let isReversed = !isBigEndian
    #else
      let isReversed = false
    #endif
    return ByteShuffle.Options(
      layout: RowLayout(elementByteCount: elementByteCount),
      planeOrder: isReversed ? .mostSignificantFirst : .stored)
  }
}
