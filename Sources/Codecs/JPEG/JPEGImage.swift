// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Shape and type of what decoding would return, from the headers up to the first scan.
  public static func inspect(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy = .default
  ) throws(CodecError) -> ImageProperties {
    var decoder = Decoder(options: options, policy: policy)
    try decoder.advanceToHeader(source)
    return ImageProperties(shape: decoder.outputShape, dtype: decoder.outputType)
  }

  /// Decodes the image of a file.
  ///
  /// - Returns: uint8 `[height, width]` or `[height, width, channels]`; uint16 above 8 bits.
  /// - Throws: `corrupt`, `truncated`, `unsupported`, `limitExceeded`, `cancelled`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var decoder = Decoder(options: options, policy: policy)
    defer { diagnostics = decoder.diagnostics }
    try decoder.advanceToHeader(source)
    let shape = decoder.outputShape
    var image = try NDArray(
      zeros: shape, dtype: decoder.outputType, limits: policy.limits, codec: JPEG.name)
    let rowStride = shape.dropFirst().reduce(decoder.outputType.byteCount, *)
    try image.withMutableBytes { (output) throws(CodecError) in
      try decoder.decodeAll(source, into: &output, rowStride: rowStride)
    }
    return image
  }

  /// Decodes the image of a file into memory of the caller's.
  ///
  /// - Parameters:
  ///   - output: pixels from byte 0 on, in the shape that ``inspect(_:options:policy:)`` gives;
  ///     16-bit samples in machine byte order.
  ///   - rowStride: bytes from one row to the next; `nil` when there are none between them.
  /// - Throws: as ``decode(_:options:policy:diagnostics:)``; `outputFull` when the rows do not fit.
  public static func decode(
    _ source: RawSpan, into output: inout MutableRawSpan, rowStride: Int? = nil,
    options: DecodeOptions, policy: DecodePolicy = .default, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    var decoder = Decoder(options: options, policy: policy)
    defer { diagnostics = decoder.diagnostics }
    try decoder.advanceToHeader(source)
    let shape = decoder.outputShape
    let rowByteCount = shape.dropFirst().reduce(decoder.outputType.byteCount, *)
    let stride = rowStride ?? rowByteCount
    guard stride >= rowByteCount else {
      throw CodecError(.invalidArgument, codec: name, part: "output", "rows would overlap")
    }
    let needed = (shape[0] - 1) * stride + rowByteCount
    guard output.byteCount >= needed else {
      throw CodecError(.outputFull(needed: needed), codec: name, part: "output")
    }
    try decoder.decodeAll(source, into: &output, rowStride: stride)
  }
}

extension JPEG.Decoder {
  /// `[height, width]` or `[height, width, channels]` of the output.
  var outputShape: [Int] {
    guard let frame else { return [] }
    let channels = conversion.channelCount(componentCount: frame.components.count)
    return channels == 1 ? [frame.height, frame.width] : [frame.height, frame.width, channels]
  }

  var outputType: DType { frame?.dtype ?? .uint8 }

  /// Reads a whole file's header.
  mutating func advanceToHeader(_ source: RawSpan) throws(CodecError) {
    var nothing: [UInt8] = []
    var span = nothing.mutableSpan
    var output = span.rawBytes
    while true {
      let step = try advance(source, isFinal: true, into: &output, rowStride: 0, firstRow: 0)
      if step == .header { return }
      guard case .rows = step else { throw failure(.corrupt, "", "there is no image") }
    }
  }

  /// Decodes the rest of a whole file, whose header has been read.
  mutating func decodeAll(
    _ source: RawSpan, into output: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) {
    var rowCount = 0
    while true {
      do throws(CodecError) {
        let step = try advance(
          source, isFinal: true, into: &output, rowStride: rowStride, firstRow: 0)
        guard case .rows(let rows) = step else { return }
        rowCount = max(rowCount, rows.upperBound)
      } catch {
        try diagnostics.salvage(error, rowCount: rowCount, policy: policy)
        // What the scans so far have given is shown.
        guard rowCount == 0, beginOutput() else { return }
      }
    }
  }
}
