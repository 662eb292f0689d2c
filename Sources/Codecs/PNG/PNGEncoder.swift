// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// An image as it goes into a file: its samples with all that says what they mean.
  struct Picture {
    var header: Header
    /// `[height, width]` or `[height, width, channels]` of bool, uint8 or uint16.
    var pixels: NDArray
    /// What 1-, 2- and 4-bit samples are multiples of.
    var scale: UInt8 = 1
    var palette: [UInt8] = []
    var transparency: Transparency?
  }

  /// The longest IDAT and fdAT chunk written.
  static var longestDataChunk: Int { 1 << 20 }
}

extension PNG.Picture {
  /// The zlib stream of the filtered rows.
  ///
  /// - Throws: `invalidArgument` when a sample does not fit the bit depth; `outOfMemory`.
  func compressed(_ options: PNG.WriteOptions) throws(CodecError) -> [UInt8] {
    let choices = options.filter.map { [$0] } ?? options.preset.filters(for: header)
    var best = (raw: try filtered(choices[0]), choice: choices[0])
    if choices.count > 1 {
      let trial = try Deflate.Encoder(.raw, options: Deflate.EncodeOptions(level: 5))
      var least = try trial.encode(best.raw.bytes).count
      for choice in choices.dropFirst() {
        let raw = try filtered(choice)
        let byteCount = try trial.encode(raw.bytes).count
        if byteCount < least {
          least = byteCount
          best = (raw, choice)
        }
      }
    }
    let level = options.compressionLevel ?? options.preset.level
    var strategy = best.choice == .none ? Deflate.Strategy.default : .filtered
    if options.preset == .fast, level == 1, try PNG.runsSuffice(best.raw.bytes) {
      strategy = .runLength
    }
    return try Deflate.Encoder(
      .zlib, options: Deflate.EncodeOptions(level: level, strategy: strategy)
    ).encode(best.raw.bytes)
  }

  /// The rows of all passes, each behind the byte of its filter type.
  private func filtered(_ choice: PNG.FilterChoice) throws(CodecError) -> NDArray {
    let passes = PNG.passes(
      width: header.width, height: header.height, isInterlaced: header.isInterlaced)
    let byteCount = passes.reduce(0) { $0 + $1.height * (header.rowByteCount(width: $1.width) + 1) }
    var filter = try PNG.RowFilter(choice, pixelByteCount: header.pixelByteCount)
    var raw = try NDArray(
      zeros: [byteCount], dtype: .uint8, limits: .unbounded, codec: PNG.name)
    try raw.withMutableBytes { (raw) throws(CodecError) in
      var offset = 0
      for pass in passes { try append(pass, &filter, to: &raw, at: &offset) }
    }
    return raw
  }

  /// Filters the rows of one pass.
  private func append(
    _ pass: PNG.Pass, _ filter: inout PNG.RowFilter, to raw: inout MutableRawSpan,
    at offset: inout Int
  ) throws(CodecError) {
    let rowByteCount = header.rowByteCount(width: pass.width)
    let pixelByteCount = header.colorType.channelCount * pixels.dtype.byteCount
    let rowStride = header.width * pixelByteCount
    let isDirect = pass.xStep == 1 && header.bitDepth == 8
    let gathered = try PNG.RowScratch(rowByteCount: pass.width * pixelByteCount, rowCapacity: 0)
    let rows = try PNG.RowScratch(rowByteCount: rowByteCount, rowCapacity: 1)
    let source = pixels.bytes
    for y in 0..<pass.height {
      let start = (pass.y + y * pass.yStep) * rowStride + pass.x * pixelByteCount
      if isDirect, y > 0 {
        let above = source.extracting(
          start - pass.yStep * rowStride..<start - pass.yStep * rowStride + rowByteCount)
        try filter.append(
          source.extracting(start..<start + rowByteCount), above: above, to: &raw, at: offset)
      } else {
        gathered.withMutableBytes {
          PNG.Pack.gather(
            source, at: start, step: pass.xStep * pixelByteCount, count: pass.width,
            pixelByteCount: pixelByteCount, into: &$0)
        }
        guard pack(gathered, pass.width, into: rows) else {
          throw PNG.invalidArgument("bit_depth", "a sample does not fit")
        }
        try rows.withRow(0) { (row) throws(CodecError) in
          try rows.withRow(-1) { (above) throws(CodecError) in
            try filter.append(row, above: above, to: &raw, at: offset)
          }
        }
        rows.keep(0)
      }
      offset += rowByteCount + 1
    }
  }

  /// Turns the elements of a row into its bytes in the file; `false` when a sample does not fit.
  private func pack(_ gathered: PNG.RowScratch, _ width: Int, into rows: PNG.RowScratch) -> Bool {
    let channels = header.colorType.channelCount
    return gathered.withRow(-1) { source in
      rows.withMutableBytes { target in
        let offset = rows.rowByteCount
        switch header.bitDepth {
        case 16: PNG.Pack.bigEndian(source, count: width * channels, into: &target, at: offset)
        case 8:
          PNG.Pack.gather(
            source, at: 0, step: channels, count: width, pixelByteCount: channels, into: &target,
            at: offset)
        default:
          return PNG.Pack.bits(
            source, count: width, depth: header.bitDepth, scale: scale, into: &target, at: offset)
        }
        return true
      }
    }
  }
}
