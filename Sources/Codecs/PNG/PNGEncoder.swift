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
    let passes = PNG.passes(
      width: header.width, height: header.height, isInterlaced: header.isInterlaced)
    let byteCount = passes.reduce(0) { $0 + $1.height * (header.rowByteCount(width: $1.width) + 1) }
    let filter = options.filter ?? header.usualFilter
    var raw = try NDArray(
      zeros: [byteCount], dtype: .uint8, limits: .unbounded, codec: PNG.name)
    try raw.withMutableBytes { (raw) throws(CodecError) in
      var offset = 0
      for pass in passes { try append(pass, filter, to: &raw, at: &offset) }
    }
    let strategy: Deflate.Strategy =
      filter == .none ? .default : .filtered
    return try Deflate.Encoder(
      .zlib, options: Deflate.EncodeOptions(level: options.compressionLevel, strategy: strategy)
    ).encode(raw.bytes)
  }

  /// Filters the rows of one pass.
  private func append(
    _ pass: PNG.Pass, _ filter: PNG.FilterChoice, to raw: inout MutableRawSpan,
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
        PNG.Filter.append(
          source.extracting(start..<start + rowByteCount), above: above,
          pixelByteCount: header.pixelByteCount, filter, to: &raw, at: offset)
      } else {
        gathered.withMutableBytes {
          PNG.Pack.gather(
            source, at: start, step: pass.xStep * pixelByteCount, count: pass.width,
            pixelByteCount: pixelByteCount, into: &$0)
        }
        guard pack(gathered, pass.width, into: rows) else {
          throw PNG.invalidArgument("bit_depth", "a sample does not fit")
        }
        rows.withRow(0) { row in
          rows.withRow(-1) { above in
            PNG.Filter.append(
              row, above: above, pixelByteCount: header.pixelByteCount, filter, to: &raw,
              at: offset)
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

extension PNG.Header {
  /// Filters rarely help indices and samples of less than a byte.
  ///
  /// Source: PNG 3rd edition §12.7.
  fileprivate var usualFilter: PNG.FilterChoice {
    colorType == .palette || bitDepth < 8 ? .none : .adaptive
  }
}
