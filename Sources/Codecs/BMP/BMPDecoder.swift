// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Decodes the pixels, row by row in the order of the file.
  struct Decoder {
    let header: Header
    let layout: Layout
    let policy: DecodePolicy
    private var converter: RowConverter

    /// Checks the limits before anything is allocated by the header's sizes.
    init(header: Header, layout: Layout, policy: DecodePolicy) throws(CodecError) {
      let offset = header.bitmapHeaderStart + 4
      _ = try policy.limits.checkedImage(
        width: header.width, height: header.height, channels: max(layout.channelCount, 1),
        dtype: layout.dtype, codec: BMP.name, at: offset)
      // Rows of indices, of run values and of coverage.
      let scratch = header.width.multipliedReportingOverflow(by: 8)
      if header.isIndexed || header.encoding == .rle24 {
        try policy.limits.check(
          scratch.overflow ? .max : scratch.partialValue, .scratchBytes, codec: BMP.name,
          at: offset)
      }
      self.header = header
      self.layout = layout
      self.policy = policy
      converter = RowConverter(layout: layout, header: header)
    }

    mutating func decode(
      _ source: RawSpan, diagnostics: inout Diagnostics
    ) throws(CodecError) -> NDArray {
      switch header.encoding {
      case .rows, .fields: return try decodeRows(source, diagnostics: &diagnostics)
      case .huffman: return try decodeHuffman(source, diagnostics: &diagnostics)
      default: return try decodeRuns(source, diagnostics: &diagnostics)
      }
    }
  }
}

extension BMP.Decoder {
  private var rowByteCount: Int {
    header.width * max(layout.channelCount, 1) * layout.dtype.byteCount
  }

  private func zeros() throws(CodecError) -> NDArray {
    try NDArray(
      zeros: layout.shape(width: header.width, height: header.height), dtype: layout.dtype,
      limits: policy.limits, codec: BMP.name)
  }

  /// Where the `index`-th row of the file begins in the image.
  private func rowStart(_ index: Int) -> Int {
    (header.isTopDown ? index : header.height - 1 - index) * rowByteCount
  }

  /// Tells the progress handler, and asks it whether to go on, every 64 rows.
  private func report(row index: Int) throws(CodecError) {
    if index % 64 == 0 {
      try policy.report(Double(index) / Double(header.height), codec: BMP.name)
    }
  }

  private mutating func decodeRows(
    _ source: RawSpan, diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let (used, stride) = try header.rowByteCounts()
    let available = source.byteCount - header.dataStart
    // The last row may lack its padding.
    let (skipped, overflow) = stride.multipliedReportingOverflow(by: header.height - 1)
    guard !overflow else { throw CodecError(.limitExceeded(.imageBytes), codec: BMP.name) }
    var rowCount = header.height
    if available < skipped || available - skipped < used {
      rowCount = available / stride
      let needed = skipped.addingReportingOverflow(used).partialValue - available
      try diagnostics.salvage(
        CodecError(
          .truncated(needed: needed), codec: BMP.name, part: "pixels", at: source.byteCount),
        rowCount: rowCount, policy: policy)
    }
    let pixels = source.extracting(header.dataStart..<source.byteCount)
    var image = try zeros()
    var converter = self.converter
    try image.withMutableBytes { (target) throws(CodecError) in
      for index in 0..<rowCount {
        try report(row: index)
        let row = pixels.extracting((index * stride)..<(index * stride + used))
        converter.convert(row, into: &target, at: rowStart(index))
      }
    }
    return image
  }

  private mutating func decodeRuns(
    _ source: RawSpan, diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var runs = BMP.RunLengthReader(
      header: header, tracksCoverage: layout.channelCount == 4)
    let pixels = source.extracting(header.dataStart..<source.byteCount)
    var image = try zeros()
    var converter = self.converter
    var damage: (error: CodecError, rowCount: Int)?
    try image.withMutableBytes { (target) throws(CodecError) in
      for index in 0..<header.height {
        try report(row: index)
        runs.readRow(pixels)
        converter.convert(runs, into: &target, at: rowStart(index))
        guard runs.isTruncated, index < header.height - 1 || !runs.isRowFull else { continue }
        let error = CodecError(
          .truncated(needed: 1), codec: BMP.name, part: "pixels", at: source.byteCount)
        damage = (error, index)
        break
      }
    }
    if let damage {
      try diagnostics.salvage(damage.error, rowCount: damage.rowCount, policy: policy)
    }
    if runs.overflowed {
      try diagnostics.warn(
        Warning(codec: BMP.name, part: "pixels", "runs beyond the row's end are cut"),
        policy: policy)
    }
    return image
  }

  private mutating func decodeHuffman(
    _ source: RawSpan, diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var reader = BMP.HuffmanReader(width: header.width)
    let pixels = source.extracting(header.dataStart..<source.byteCount)
    var image = try zeros()
    var converter = self.converter
    var rowCount = header.height
    try image.withMutableBytes { (target) throws(CodecError) in
      for index in 0..<header.height {
        try report(row: index)
        reader.readRow(pixels, dataStart: header.dataStart)
        if reader.failure != nil {
          rowCount = index
          break
        }
        converter.convert(reader.values.rawSpan, into: &target, at: rowStart(index))
      }
    }
    if let failure = reader.failure {
      try diagnostics.salvage(failure, rowCount: rowCount, policy: policy)
    }
    return image
  }
}
