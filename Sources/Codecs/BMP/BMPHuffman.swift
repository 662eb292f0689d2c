// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Decodes the rows of OS/2's "Huffman 1D": Group 3 facsimile, one-dimensional, high bits first.
  ///
  /// Each row is white and black runs in turn, and may have an end-of-line code before it. White is
  /// index 0.
  struct HuffmanReader: Sendable {
    private let width: Int
    private let codes = CCITTRunTable()
    private var bitPosition = 0
    /// The indices of the row read last.
    private(set) var values: [UInt8]
    /// What ended the data early, if anything did.
    private(set) var failure: CodecError?

    init(width: Int) {
      self.width = width
      values = [UInt8](repeating: 0, count: width)
    }
  }
}

extension BMP.HuffmanReader {
  /// Reads the next row into ``values``; `dataStart` is where `source` begins in the file.
  mutating func readRow(_ source: RawSpan, dataStart: Int) {
    for x in 0..<width { values[x] = 0 }
    skipEndOfLine(source)
    var column = 0
    var isBlack = false
    var isOpen = true
    while column < width || isOpen {
      let offset = dataStart + min(bitPosition / 8, source.byteCount)
      let code = codes.code(peek(source), isBlack: isBlack)
      bitPosition += code?.bitCount ?? 0
      guard bitPosition <= source.byteCount * 8, code != nil || bitPosition < source.byteCount * 8
      else {
        failure = CodecError(.truncated(needed: 1), codec: BMP.name, part: "pixels", at: offset)
        return
      }
      guard let code, code.run <= width - column else {
        failure = BMP.corrupt("pixels", "no run that fits the row", at: offset)
        return
      }
      if isBlack { for x in column..<(column + code.run) { values[x] = 1 } }
      column += code.run
      // Runs of 64 and more go on with another code of the same colour, perhaps for 0 pixels.
      isOpen = code.run >= 64
      if !isOpen { isBlack.toggle() }
    }
  }

  /// The next 13 bits; zeros behind the end.
  private func peek(_ source: RawSpan) -> Int {
    var bits = 0
    for i in 0..<3 {
      let byte = bitPosition / 8 + i
      bits = bits << 8 | (byte < source.byteCount ? Int(source[byteAt: byte]) : 0)
    }
    return bits >> (24 - CCITTRunTable.bitCount - bitPosition % 8) & 0x1FFF
  }

  /// Skips 11 or more zeros and the one after them, when they come next.
  private mutating func skipEndOfLine(_ source: RawSpan) {
    guard peek(source) >> 2 == 0 else { return }
    let end = source.byteCount * 8
    while bitPosition < end, peek(source) >> 12 == 0 { bitPosition += 1 }
    bitPosition = min(bitPosition + 1, end)
  }
}
