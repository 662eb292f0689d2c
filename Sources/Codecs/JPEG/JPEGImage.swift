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

extension JPEG {
  /// Decodes a rectangle of the image: rows below it are not decoded.
  ///
  /// - Parameter region: in pixels of the output, which ``DecodeOptions/reduction`` makes smaller.
  /// - Returns: as ``decode(_:options:policy:diagnostics:)``, of the region's size.
  public static func decode(
    _ source: RawSpan, region: Region, options: DecodeOptions, policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var decoder = Decoder(options: options, policy: policy)
    defer {
      diagnostics = decoder.diagnostics
      diagnostics.restrictDamage(to: region.y..<region.y + region.height)
    }
    try decoder.advanceToHeader(source)
    let (shape, dtype) = (decoder.outputShape, decoder.outputType)
    try region.check(imageWidth: shape[1], imageHeight: shape[0], codec: name)
    let pixelByteCount = shape.dropFirst(2).reduce(dtype.byteCount, *)
    var image = try NDArray(
      zeros: [region.height, region.width] + shape.dropFirst(2), dtype: dtype,
      limits: policy.limits, codec: name)
    // One band of whole rows, and the row that waits for it.
    let rowStride = shape[1] * pixelByteCount
    let bandHeight = min(decoder.bandHeight + 1, shape[0])
    try policy.limits.check(rowStride * bandHeight, .scratchBytes, codec: name)
    var band = [UInt8](repeating: 0, count: rowStride * bandHeight)
    let end = region.y + region.height
    try image.withMutableBytes { (output) throws(CodecError) in
      var next = 0
      while next < end {
        var rows = 0..<0
        do throws(CodecError) {
          var span = band.mutableSpan
          var bytes = span.rawBytes
          let step = try decoder.advance(
            source, isFinal: true, into: &bytes, rowStride: rowStride, firstRow: next)
          guard case .rows(let ready) = step else { return }
          rows = ready
        } catch {
          try decoder.diagnostics.salvage(error, rowCount: next, policy: policy)
          guard next == 0, decoder.beginOutput() else { return }
        }
        for y in rows where y >= region.y && y < end {
          let from = (y - next) * rowStride + region.x * pixelByteCount
          let to = (y - region.y) * region.width * pixelByteCount
          for i in 0..<region.width * pixelByteCount {
            output.storeBytes(of: band[from &+ i], toByteOffset: to &+ i, as: UInt8.self)
          }
        }
        next = max(next, rows.upperBound)
      }
      try decoder.reportUnfinishedScan()
    }
    return image
  }
}

extension JPEG.Decoder {
  /// Rows of the output that one row of MCUs makes.
  var bandHeight: Int { bands8?.bandHeight ?? bands16?.bandHeight ?? 0 }

  /// `[height, width]` or `[height, width, channels]` of the output.
  var outputShape: [Int] {
    guard let frame else { return [] }
    let channels = conversion.channelCount(componentCount: frame.components.count)
    let scale = frame.scale(options.reduction)
    let (height, width) = (
      frame.scaled(frame.height, by: scale), frame.scaled(frame.width, by: scale)
    )
    return channels == 1 ? [height, width] : [height, width, channels]
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
        if try decodeConcurrently(source, into: &output, rowStride: rowStride) {
          rowCount = outputShape[0]
          continue
        }
        let step = try advance(
          source, isFinal: true, into: &output, rowStride: rowStride, firstRow: 0,
          isWhole: true)
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
