// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Turns the zlib stream of one image into rows of pixels, as far as its bytes have arrived.
  ///
  /// It never holds the whole inflated image: rows are unfiltered as soon as they are complete.
  struct RowDecoder: Sendable {
    let header: Header
    let presentation: Presentation
    /// The part of the image that is delivered.
    let region: Region
    private let passes: [Pass]
    /// The pass that comes next, and the row of it.
    private var passIndex = 0
    private var row = 0

    private var inflater: Inflater
    private var buffer: RowBuffer
    /// Whether rows are held back until a group for the unfilter is complete.
    private let waitsForGroups: Bool
    /// Where the image data begins in the file: the place of what is wrong with a row, as nothing
    /// tells from which byte of it a decompressed one came.
    var dataStart: Int
    /// Unfiltered rows; `nil` when rows are unfiltered right into the image.
    private let samples: RowScratch?
    /// Converted rows that have to be cut or spread.
    private let pixels: RowScratch?
    private let zeros: RowScratch

    /// - Parameters:
    ///   - region: `nil` for the whole image; inside the image otherwise.
    ///   - isBanded: the rows do not all go into one piece of memory.
    /// - Throws: `limitExceeded(.scratchBytes)` when one row is too long.
    init(
      _ prologue: Prologue, header: Header, stored: Bool, region: Region? = nil,
      isBanded: Bool = false, policy: DecodePolicy
    ) throws(CodecError) {
      self.header = header
      dataStart = prologue.dataStart
      presentation = Presentation(prologue, stored: stored)
      let whole = Region(x: 0, y: 0, width: header.width, height: header.height)
      self.region = region ?? whole
      passes = PNG.passes(
        width: header.width, height: header.height, isInterlaced: header.isInterlaced)
      inflater = Inflater(
        prologue.isCgBI ? .raw : .zlib,
        options: Deflate.DecodeOptions(verifiesChecksum: policy.verifiesChecksums))

      let longest = header.rowByteCount(width: header.width)
      let group = PNG.rowsPerGroup(pixelByteCount: header.pixelByteCount)
      let wanted = min(max(group * (longest + 1), 96 << 10), 1 << 20)
      let capacity = RowBuffer.windowByteCount + max(wanted, longest + 1) + Self.slack
      waitsForGroups = group * (longest + 1) <= wanted
      let isDirect =
        !header.isInterlaced && self.region == whole && presentation.conversion.isCopy
        && !isBanded
      let rows = isDirect ? 0 : max(group, min((32 << 10) / longest, 64))
      try policy.limits.check(
        capacity + (rows + 3) * longest + header.width * presentation.pixelByteCount,
        .scratchBytes, codec: PNG.name, part: "row")

      buffer = try RowBuffer(
        capacity: min(capacity, Self.rawByteCount(header, passes) + Self.slack))
      zeros = try RowScratch(rowByteCount: longest + 8, rowCapacity: 0)
      samples = isDirect ? nil : try RowScratch(rowByteCount: longest, rowCapacity: rows)
      let needsPixels = header.isInterlaced || self.region != whole
      pixels =
        needsPixels
        ? try RowScratch(
          rowByteCount: header.width * presentation.pixelByteCount, rowCapacity: 0) : nil
    }

    /// Room for the fast loop of the inflater at the end of the data, and to see that there is more
    /// data than pixels.
    private static var slack: Int { 512 }

    /// Bytes that all rows have in the file before compression.
    ///
    /// The sizes have passed the limits: a row is below `scratchBytes`, the image below `imageBytes`.
    private static func rawByteCount(_ header: Header, _ passes: [Pass]) -> Int {
      var total = 0
      for pass in passes {
        let row = header.rowByteCount(width: pass.width) + 1
        let (count, overflow) = row.multipliedReportingOverflow(by: pass.height)
        total += overflow ? 1 << 60 : min(count, 1 << 60)
      }
      return total
    }
    var rawByteCount: Int { Self.rawByteCount(header, passes) }

    /// Whether every row has been delivered.
    var isComplete: Bool { passIndex == passes.count }

    /// Rows of the image all of whose pixels have been delivered.
    var completeRowCount: Int {
      guard !isComplete else { return header.height }
      guard header.isInterlaced else { return row }
      // The odd rows are those of the last pass; before that pass, no row is sure to be complete.
      return passes[passIndex].yStep == 2 && passes[passIndex].y == 1
        ? min(2 * row + 1, header.height) : 0
    }
    /// The part of all rows that has been delivered.
    var fractionDone: Double {
      Double(passIndex) / Double(passes.count)
        + (isComplete ? 0 : Double(row) / Double(passes[passIndex].height * passes.count))
    }
  }
}

extension PNG.Presentation.Conversion {
  var isCopy: Bool { if case .copy = self { true } else { false } }
}

extension PNG.RowDecoder {
  /// Inflates as much of `input` as there is room for.
  mutating func inflate(_ input: inout ByteReader) throws(CodecError) -> StreamStatus {
    buffer.makeRoom()
    let before = inflater.consumedByteCount
    let start = input.fileOffset
    let bytes = input.bytes.extracting(input.offset..<input.bytes.byteCount)
    var used = 0
    do throws(CodecError) {
      let status = try buffer.fill(with: &inflater, from: bytes, &used)
      try input.skip(used)
      return status
    } catch {
      try input.skip(used)
      // The inflater counts from the start of its stream.
      var error = error.rethrown(by: PNG.name, part: "IDAT", movedBy: start - before)
      // A preset dictionary: PNG has none.
      if error.kind == .invalidArgument { error.kind = .corrupt }
      throw error
    }
  }

  /// Whether the data ends in a checksum.
  var hasChecksum: Bool { inflater.wrapper == .zlib }

  /// Whether anything has been inflated after the last row delivered.
  var hasExcess: Bool { buffer.count > 0 }

  /// Drops what has been inflated after the last row.
  ///
  /// - Returns: whether there was anything.
  mutating func dropExcess() -> Bool {
    let count = buffer.count
    buffer.take(count)
    return count > 0
  }

  /// Unfilters, converts and delivers the rows that are complete.
  ///
  /// - Parameters:
  ///   - target: row `y` of the region goes to `(y - firstRow) * rowStride`.
  ///   - limit: rows to deliver at most.
  ///   - isFinal: no more data comes: nothing is held back.
  /// - Returns: the rows delivered; 0 when more data is needed.
  /// - Throws: `corrupt` when a filter type is above 4; the rows before it have been delivered.
  mutating func deliver(
    into target: inout MutableRawSpan, rowStride: Int, firstRow: Int = 0, limit: Int = .max,
    isFinal: Bool = false
  ) throws(CodecError) -> Int {
    var delivered = 0
    while !isComplete, delivered < limit {
      let pass = passes[passIndex]
      let rowByteCount = header.rowByteCount(width: pass.width)
      var count = min(buffer.count / (rowByteCount + 1), pass.height - row)
      if waitsForGroups, !isFinal, count < pass.height - row {
        count -= count % PNG.rowsPerGroup(pixelByteCount: header.pixelByteCount)
      }
      count = min(count, limit - delivered)
      guard count > 0 else { break }
      let done =
        if let samples {
          unfilter(
            min(count, samples.rowCapacity), pass, samples, into: &target, rowStride, firstRow)
        } else {
          unfilter(
            count, rowByteCount, into: &target, (row - firstRow) * rowStride, rowStride, zeros)
        }
      buffer.take(done * (rowByteCount + 1))
      row += done
      delivered += done
      if row == pass.height {
        row = 0
        passIndex += 1
      }
      guard done == min(count, samples?.rowCapacity ?? count) else {
        throw PNG.corrupt("IDAT", "the filter type of a row is above 4", at: dataStart)
      }
    }
    return delivered
  }

  /// Unfilters `count` rows into `target`, which holds the row above them.
  private func unfilter(
    _ count: Int, _ rowByteCount: Int, into target: inout MutableRawSpan, _ offset: Int,
    _ rowStride: Int, _ zeros: PNG.RowScratch
  ) -> Int {
    let isFirst = row == 0
    let pixelByteCount = header.pixelByteCount
    return zeros.withRow(-1) { zeros in
      buffer.withRows { rows in
        PNG.unfilter(
          rows, into: &target, at: offset, rowStride: rowStride, rowCount: count,
          rowByteCount: rowByteCount, pixelByteCount: pixelByteCount, isFirst: isFirst,
          zeros: zeros)
      }
    }
  }

  /// Unfilters `count` rows into `samples` and converts them into `target`.
  private func unfilter(
    _ count: Int, _ pass: PNG.Pass, _ samples: PNG.RowScratch,
    into target: inout MutableRawSpan, _ rowStride: Int, _ firstRow: Int
  ) -> Int {
    let rowByteCount = header.rowByteCount(width: pass.width)
    let done = samples.withMutableBytes { bytes in
      unfilter(count, rowByteCount, into: &bytes, samples.rowByteCount, samples.rowByteCount, zeros)
    }
    for i in 0..<done {
      let y = pass.y + (row + i) * pass.yStep - region.y
      guard y >= 0, y < region.height else { continue }
      let offset = (y - firstRow) * rowStride
      samples.withRow(i) { source in
        if let pixels {
          pixels.withMutableBytes {
            presentation.convert(source, count: pass.width, header: header, into: &$0, at: 0)
          }
          place(pixels, pass, into: &target, at: offset)
        } else {
          presentation.convert(source, count: pass.width, header: header, into: &target, at: offset)
        }
      }
    }
    if done > 0 { samples.keep(done - 1) }
    return done
  }

  /// Puts those pixels of one row of `pass` that lie in the region into the row at `offset`.
  private func place(
    _ pixels: PNG.RowScratch, _ pass: PNG.Pass, into target: inout MutableRawSpan, at offset: Int
  ) {
    // Pixel i of the pass is pixel `pass.x + i * pass.xStep` of the image.
    let first = max(region.x - pass.x + pass.xStep - 1, 0) / pass.xStep
    let last = region.x + region.width - pass.x
    let end = min(last <= 0 ? 0 : (last + pass.xStep - 1) / pass.xStep, pass.width)
    let size = presentation.pixelByteCount
    let x = pass.x + first * pass.xStep - region.x
    pixels.withRow(-1) { source in
      movePixels(
        source, at: first * size, count: end - first, pixelByteCount: size, into: &target,
        at: offset + x * size, step: pass.xStep * size)
    }
  }
}
