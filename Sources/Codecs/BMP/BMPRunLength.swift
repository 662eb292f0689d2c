// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Decodes the rows of BI_RLE8, BI_RLE4 and OS/2's RLE24, one after the other.
  ///
  /// Two bytes are a count and a value, or 0 and an escape: 0 ends the row, 1 the bitmap, 2 moves by
  /// the two bytes that follow, 3 and above count literal values, padded to 16 bits.
  struct RunLengthReader: Sendable {
    private let encoding: Header.Encoding
    private let width: Int
    private let tracksCoverage: Bool
    private var position = 0
    /// Rows down to where the next run goes, and the column there: a move not done yet.
    private var pendingRows = 0
    private var column = 0
    private var isAtEnd = false

    /// The row read last: an index per pixel, or blue, green and red.
    private(set) var values: [UInt8]
    /// 255 for pixels of that row that the file holds, 0 for those that it skips.
    private(set) var coverage: [UInt8]
    /// The data ended without saying so.
    private(set) var isTruncated = false
    /// The row read last was given to its end.
    var isRowFull: Bool { column == width }
    /// A run went beyond the row's end; the rest of it was dropped.
    private(set) var overflowed = false

    /// - Parameter tracksCoverage: whether ``coverage`` is wanted.
    init(header: Header, tracksCoverage: Bool) {
      encoding = header.encoding
      self.tracksCoverage = tracksCoverage
      width = header.width
      values = [UInt8](
        repeating: 0, count: header.encoding == .rle24 ? width * 3 : width)
      coverage = [UInt8](repeating: 0, count: tracksCoverage ? width : 0)
    }
  }
}

extension BMP.RunLengthReader {
  /// Reads the next row into ``values`` and ``coverage``.
  mutating func readRow(_ source: RawSpan) {
    for i in values.indices { values[i] = 0 }
    for i in coverage.indices { coverage[i] = 0 }
    if isAtEnd { return }
    if pendingRows > 1 {
      pendingRows -= 1
      return
    }
    pendingRows = 0
    while let (count, value) = pair(source) {
      if count > 0 {
        guard encoded(count, value, source) else { break }
        continue
      }
      switch value {
      case 0:
        column = 0
        return
      case 1:
        isAtEnd = true
        return
      case 2:
        guard let (right, up) = pair(source) else { break }
        column = min(width, column + right)
        if up > 0 {
          pendingRows = up
          return
        }
        continue
      default:
        guard literal(value, source) else { break }
        continue
      }
      break
    }
    isTruncated = true
    isAtEnd = true
  }

  private mutating func pair(_ source: RawSpan) -> (Int, Int)? {
    guard source.byteCount - position >= 2 else { return nil }
    defer { position += 2 }
    return (Int(source[byteAt: position]), Int(source[byteAt: position + 1]))
  }

  /// How many of `count` pixels the row still holds.
  private mutating func fitting(_ count: Int) -> Int {
    let room = width - column
    if count > room { overflowed = true }
    return min(count, room)
  }

  /// `count` pixels of one value; two values in turn for RLE4.
  private mutating func encoded(_ count: Int, _ value: Int, _ source: RawSpan) -> Bool {
    let value = UInt8(truncatingIfNeeded: value)
    let end = column + fitting(count)
    switch encoding {
    case .rle24:
      guard source.byteCount - position >= 2 else { return false }
      let (green, red) = (source[byteAt: position], source[byteAt: position + 1])
      position += 2
      for x in column..<end {
        values[x * 3] = value
        values[x * 3 + 1] = green
        values[x * 3 + 2] = red
      }
    case .rle4:
      for x in column..<end { values[x] = (x - column) & 1 == 0 ? value >> 4 : value & 15 }
    default:
      for x in column..<end { values[x] = value }
    }
    cover(to: end)
    return true
  }

  /// Moves on to `end`, having written the pixels before it.
  private mutating func cover(to end: Int) {
    if tracksCoverage { for x in column..<end { coverage[x] = 255 } }
    column = end
  }

  /// `count` pixels as they are.
  private mutating func literal(_ count: Int, _ source: RawSpan) -> Bool {
    let byteCount =
      switch encoding {
      case .rle24: count * 3
      case .rle4: (count + 1) / 2
      default: count
      }
    guard source.byteCount - position >= byteCount else { return false }
    let fittingCount = fitting(count)
    let data = source.extracting(position..<(position + byteCount))
    let (encoding, column) = (self.encoding, self.column)
    var target = values.mutableRawSpan
    switch encoding {
    case .rle24:
      BMPKernels.unpack(data, bits: 8, count: fittingCount * 3, into: &target, at: column * 3)
    case .rle4: BMPKernels.unpack(data, bits: 4, count: fittingCount, into: &target, at: column)
    default: BMPKernels.unpack(data, bits: 8, count: fittingCount, into: &target, at: column)
    }
    cover(to: column + fittingCount)
    // The padding may be missing at the end of the file.
    position = min(source.byteCount, position + (byteCount + 1) / 2 * 2)
    return true
  }
}

// MARK: - Encoding

extension BMP {
  /// The indices of `image` as BI_RLE8 or BI_RLE4, last row first.
  static func runLengthEncoded(_ image: NDArray, bits: Int) -> [UInt8] {
    var writer = RunLengthWriter(bits: bits)
    for y in (0..<image.shape[0]).reversed() {
      writer.writeRow(image[y].array(as: UInt8.self), isLast: y == 0)
    }
    return writer.bytes
  }

  private struct RunLengthWriter {
    private(set) var bytes: [UInt8] = []
    /// Values that alternate in a run: RLE4 packs two into the byte that it repeats.
    let period: Int
    /// The shortest run that is worth ending a stretch of literal values for.
    let worthwhile: Int

    init(bits: Int) {
      period = bits == 4 ? 2 : 1
      worthwhile = bits == 4 ? 7 : 4
    }

    mutating func writeRow(_ row: [UInt8], isLast: Bool) {
      var start = 0
      while start < row.count {
        let length = run(row, from: start)
        if length >= worthwhile {
          encode(row, start, length)
          start += length
          continue
        }
        // Values up to the next worthwhile run, at most 255 of them, go as they are.
        var end = start + length
        while end < row.count, end - start < 255 {
          let next = run(row, from: end)
          if next >= worthwhile { break }
          end += next
        }
        end = min(end, start + 255)
        if end - start >= 3 {
          literal(row[start..<end])
          start = end
        } else {
          // One or two values: 0 and a count below 3 would be an escape.
          encode(row, start, length)
          start += length
        }
      }
      bytes += isLast ? [0, 1] : [0, 0]
    }

    /// How many values from `start` on repeat with ``period``, at most 255.
    private func run(_ row: [UInt8], from start: Int) -> Int {
      var end = start + 1
      if period == 2, end < row.count { end += 1 }
      while end < row.count, end - start < 255, row[end] == row[end - period] { end += 1 }
      return end - start
    }

    private mutating func encode(_ row: [UInt8], _ start: Int, _ count: Int) {
      bytes.append(UInt8(count))
      if period == 1 {
        bytes.append(row[start])
      } else {
        bytes.append(row[start] << 4 | (count > 1 ? row[start + 1] : 0))
      }
    }

    private mutating func literal(_ values: ArraySlice<UInt8>) {
      bytes += [0, UInt8(values.count)]
      if period == 1 {
        bytes += values
      } else {
        for i in stride(from: values.startIndex, to: values.endIndex, by: 2) {
          bytes.append(values[i] << 4 | (i + 1 < values.endIndex ? values[i + 1] : 0))
        }
      }
      if bytes.count % 2 == 1 { bytes.append(0) }
    }
  }
}
