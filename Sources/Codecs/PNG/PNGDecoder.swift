// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Decodes the image data that begins at `dataStart` into `target`.
  ///
  /// - Parameter rowStride: bytes from one row of `target` to the next.
  /// - Returns: offset of the chunk behind the image data.
  /// - Throws: under ``DecodePolicy/Leniency/salvage`` only what is not damage; what was decoded
  ///   before the damage is in `target`.
  static func decodeRows(
    _ rows: inout RowDecoder, from source: RawSpan, at dataStart: Int, type: ChunkType = .IDAT,
    into target: inout MutableRawSpan, rowStride: Int, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> Int {
    rows.dataStart = dataStart
    var data = DataReader(source, at: dataStart, type: type, policy: policy)
    do throws(CodecError) {
      try refuseImpossible(rows, data.remainingByteCount(), data.truncated, policy: policy)
      try decodeRows(&rows, from: &data, into: &target, rowStride: rowStride, policy: policy)
      let isVerified = try finish(&rows, &data, policy: policy, diagnostics: &diagnostics)
      try data.checkSums(isVerified: isVerified, diagnostics: &diagnostics)
    } catch {
      // Rows complete in the buffer are good; a second error would only hide the first.
      _ = try? rows.deliver(into: &target, rowStride: rowStride, isFinal: true)
      try diagnostics.salvage(
        error.isDamage ? data.mismatch ?? error : error, rowCount: rows.completeRowCount,
        policy: policy)
    }
    // A chunk that is cut off would end behind the file.
    return min(data.offset, source.byteCount)
  }

  /// DEFLATE makes at most 1032 bytes of one, so a small file cannot hold a huge image.
  private static func refuseImpossible(
    _ rows: RowDecoder, _ available: Int, _ error: CodecError, policy: DecodePolicy
  ) throws(CodecError) {
    guard policy.leniency != .salvage, rows.rawByteCount > 1 << 20 else { return }
    guard available >= rows.rawByteCount / 1032 else { throw error }
  }

  private static func decodeRows(
    _ rows: inout RowDecoder, from data: inout DataReader, into target: inout MutableRawSpan,
    rowStride: Int, policy: DecodePolicy
  ) throws(CodecError) {
    while true {
      var status = StreamStatus.done
      var failure: CodecError?
      do throws(CodecError) { status = try rows.inflate(&data.piece) } catch { failure = error }
      let delivered = try rows.deliver(
        into: &target, rowStride: rowStride, isFinal: status == .done || failure != nil)
      if delivered > 0 { try policy.report(rows.fractionDone, codec: name) }
      if let failure {
        // What is behind the pixels does not count, however broken.
        guard rows.isComplete, rows.hasExcess else { throw failure }
      }
      guard !rows.isComplete else { return }
      switch status {
      case .needsOutput: continue
      case .needsInput:
        do throws(CodecError) {
          if try data.advance() { continue }
          failure = data.truncated
        } catch { failure = error }
      case .done: failure = data.truncated
      }
      // Damage in the rows that are left comes before what keeps the others away.
      _ = try rows.deliver(into: &target, rowStride: rowStride, isFinal: true)
      if let failure { throw failure }
    }
  }

  /// Reads the zlib stream behind the last row up to its checksum.
  ///
  /// As in libpng, it may go on behind the pixels, but not be broken.
  /// - Returns: whether the checksum of the data was found, and right.
  private static func finish(
    _ rows: inout RowDecoder, _ data: inout DataReader, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> Bool {
    func warn(_ text: CodecError.Name, at offset: Int) throws(CodecError) {
      try diagnostics.warn(Warning(codec: name, part: "IDAT", text, at: offset), policy: policy)
    }
    while true {
      if rows.dropExcess() {
        // Where it was noticed depends on the pieces: the place is that of all the data.
        try warn("there is more image data than pixels", at: data.start)
        return false
      }
      let status: StreamStatus
      do throws(CodecError) { status = try rows.inflate(&data.piece) } catch {
        guard rows.hasExcess else { throw error }
        continue
      }
      switch status {
      case .needsOutput: continue
      case .needsInput: guard try data.advance() else { throw data.truncated }
      case .done:
        if !data.piece.isAtEnd {
          try warn("there are bytes behind the compressed data", at: data.piece.fileOffset)
        }
        return rows.hasChecksum
      }
    }
  }
}

extension PNG.Reader {
  /// Decodes the still image into memory of the caller, without the conversions that the options
  /// ask for after decoding (`mode`, `rotate`, `apply_gamma`).
  ///
  /// - Parameters:
  ///   - target: receives the rows, `rowStride` bytes apart; the bytes between them stay as they
  ///     are. 16-bit samples are in machine order.
  ///   - rowStride: at least the bytes of one row.
  /// - Throws: besides what ``read(_:)`` throws, `outputFull` when `target` is too small.
  public mutating func decode(
    into target: inout MutableRawSpan, rowStride: Int
  ) throws(CodecError) {
    let header = prologue.header
    let presentation = PNG.Presentation(prologue, stored: options.stored)
    let size = try policy.limits.checkedImage(
      width: header.width, height: header.height, channels: presentation.channelCount,
      dtype: presentation.dtype, codec: PNG.name)
    let rowByteCount = size / header.height
    guard rowStride >= rowByteCount else {
      throw PNG.invalidArgument("rowStride", "it is less than a row")
    }
    let (most, overflow) = rowStride.multipliedReportingOverflow(by: header.height - 1)
    guard !overflow, target.byteCount >= rowByteCount, target.byteCount - rowByteCount >= most
    else {
      throw CodecError(.outputFull(needed: overflow ? nil : most + rowByteCount), codec: PNG.name)
    }
    var rows = try PNG.RowDecoder(
      prologue, header: header, stored: options.stored, policy: policy)
    var found = diagnostics
    defer { diagnostics = found }
    let span = source.span
    let end = try PNG.decodeRows(
      &rows, from: span, at: prologue.dataStart, into: &target, rowStride: rowStride,
      policy: policy, diagnostics: &found)
    if found.damage == nil {
      try PNG.checkEnd(span, at: end, policy: policy, diagnostics: &found)
    }
  }
}

extension PNG {
  /// Decodes the still image, or one frame, into a new array.
  static func decode(
    _ source: RawSpan, _ prologue: Prologue, frame: Frame? = nil, options: ReadOptions,
    region: Region? = nil, policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    var header = prologue.header
    if let frame { (header.width, header.height) = (frame.width, frame.height) }
    let presentation = Presentation(prologue, stored: options.stored)
    _ = try policy.limits.checkedImage(
      width: header.width, height: header.height, channels: presentation.channelCount,
      dtype: presentation.dtype, codec: name, at: signature.count + 8)
    var rows = try RowDecoder(
      prologue, header: header, stored: options.stored, region: region, policy: policy)
    var image = try NDArray(
      zeros: presentation.shape(width: rows.region.width, height: rows.region.height),
      dtype: presentation.dtype, limits: policy.limits, codec: name)
    let end = try image.withMutableBytes { (target) throws(CodecError) in
      try decodeRows(
        &rows, from: source, at: frame?.dataStart ?? prologue.dataStart,
        type: frame?.dataType ?? .IDAT, into: &target,
        rowStride: rows.region.width * presentation.pixelByteCount, policy: policy,
        diagnostics: &diagnostics)
    }
    if diagnostics.damage == nil, frame == nil {
      try checkEnd(source, at: end, policy: policy, diagnostics: &diagnostics)
    }
    return image
  }

  /// Looks at the chunks behind the image data. libpng does not: nothing here is worse than a
  /// warning.
  static func checkEnd(
    _ source: RawSpan, at offset: Int, policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError) {
    func warn(
      _ part: CodecError.Name, _ text: CodecError.Name, at offset: Int
    ) throws(CodecError) {
      try diagnostics.warn(Warning(codec: name, part: part, text, at: offset), policy: policy)
    }
    var reader = ChunkReader(source, at: offset)
    while true {
      let start = reader.offset
      var next: Chunk?
      do throws(CodecError) { next = try reader.next() } catch {
        return try warn("chunk", "there is no chunk behind the last one", at: start)
      }
      guard let chunk = next else {
        return try warn("IEND", "the file ends without IEND", at: start)
      }
      guard chunk.end <= source.byteCount else {
        return try warn(chunk.type.errorName, "the file ends inside the chunk", at: start)
      }
      if policy.leniency == .strict, policy.verifiesChecksums {
        let (stored, computed) = reader.checksums(chunk)
        if stored != computed {
          try warn(chunk.type.errorName, "the checksum is wrong", at: start)
        }
      }
      if chunk.type == .IDAT {
        try warn("IDAT", "image data follows behind other chunks", at: start)
      }
      guard chunk.type != .IEND else {
        if chunk.length > 0 { try warn("IEND", "the chunk is not empty", at: start) }
        if chunk.end < source.byteCount {
          try warn("IEND", "there are bytes behind the end", at: chunk.end)
        }
        return
      }
    }
  }
}
