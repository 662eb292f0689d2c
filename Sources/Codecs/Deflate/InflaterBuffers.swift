// SPDX-License-Identifier: Apache-2.0

// Decoding of whole buffers: what `Deflate`, `Zlib` and `Gzip` offer.

extension Inflater {
  /// Appends the decoded form of `source` to `output`; returns how much of `source` it used.
  static func decode(
    _ source: RawSpan, _ wrapper: Deflate.Wrapper, into output: inout OutputRawSpan,
    options: Deflate.DecodeOptions
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: wrapper.name)
    let status: StreamStatus
    if options.dictionary == nil {
      var inflater = Inflater(wrapper, options: options)
      status = try inflater.decode(&reader, into: &output, isFinal: true)
    } else {
      // The history is not in `output`.
      var stream = try InflateStream(wrapper, options: options)
      status = try stream.decode(&reader, into: &output, isFinal: true)
    }
    guard status == .done else {
      throw CodecError(
        .outputFull(needed: nil), codec: wrapper.name, part: "data", at: reader.offset)
    }
    return reader.offset
  }

  /// Decodes `source` into an array that doubles whenever it is full.
  static func decode(
    _ source: RawSpan, _ wrapper: Deflate.Wrapper, limits: Limits,
    options: Deflate.DecodeOptions
  ) throws(CodecError) -> [UInt8] {
    guard options.dictionary == nil else {
      var stream = try InflateStream(wrapper, options: options)
      return try collect(source, wrapper, limits) { (reader, output) throws(CodecError) in
        try stream.decode(&reader, into: &output, isFinal: true)
      }
    }
    var inflater = Inflater(wrapper, options: options)
    return try collect(source, wrapper, limits) { (reader, output) throws(CodecError) in
      try inflater.decode(&reader, into: &output, isFinal: true)
    }
  }

  /// What `decode` appends until it is done; each time it finds before it what it appended so far.
  private static func collect(
    _ source: RawSpan, _ wrapper: Deflate.Wrapper, _ limits: Limits,
    _ decode: (inout ByteReader, inout OutputRawSpan) throws(CodecError) -> StreamStatus
  ) throws(CodecError) -> [UInt8] {
    var reader = ByteReader(source, codec: wrapper.name)
    // One byte more than allowed shows that the bound is passed.
    let bound = min(max(limits.maxOutputBytes, 0), Int.max / 4) &+ 1
    var capacity = min(bound, max(source.byteCount, 64) &* 4)
    var result: [UInt8] = []
    while true {
      var soFar: [UInt8] = []
      swap(&soFar, &result)
      var status = StreamStatus.needsOutput
      result = try [UInt8](capacity: capacity) { (output) throws(CodecError) in
        output.append(soFar.rawSpan)
        status = try decode(&reader, &output)
      }
      guard result.count < bound else {
        throw CodecError(
          .limitExceeded(.outputBytes), codec: wrapper.name, part: "data", at: reader.offset)
      }
      if status == .done { return result }
      capacity = min(bound, capacity &* 2)
    }
  }
}
