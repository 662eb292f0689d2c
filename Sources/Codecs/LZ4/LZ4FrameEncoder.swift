// SPDX-License-Identifier: Apache-2.0

extension LZ4Frame {
  /// Positions within one span of linked blocks fit the match finders' tables; a longer input
  /// starts over, which costs one block's history.
  private static var spanByteCount: Int { 1 << 30 }

  /// Appends one frame.
  ///
  /// - Throws: `outputFull`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      try encodeFrame(source, into: &output, options)
    }
  }

  private static func encodeFrame(
    _ source: RawSpan, into output: inout OutputRawSpan, _ options: EncodeOptions
  ) throws(CodecError) {
    var header = Header()
    header.blockSize = options.blockSize
    header.isLinked = options.linksBlocks && source.byteCount > options.blockSize.byteCount
    header.hasBlockChecksums = options.hasBlockChecksums
    header.hasContentChecksum = options.hasContentChecksum
    header.contentSize = options.storesContentSize ? UInt64(source.byteCount) : nil
    header.dictionaryID = options.dictionaryID
    var writer = ByteWriter()
    header.write(to: &writer)
    output.append(writer.bytes.rawSpan)
    try encodeBlocks(source, into: &output, header, options)
    output.append(littleEndian: UInt32(0))
    if options.hasContentChecksum {
      output.append(littleEndian: XXHash32.hash(source))
    }
  }

  private static func encodeBlocks(
    _ source: RawSpan, into output: inout OutputRawSpan, _ header: Header,
    _ options: EncodeOptions
  ) throws(CodecError) {
    let encoder = LZ4.BlockEncoder(options.effort)
    let blockByteCount = header.blockSize.byteCount
    let dictionary = Array(options.dictionary.suffix(LZ4.windowByteCount + 1))
    var spanStart = 0
    var start = 0
    while start < source.byteCount {
      let count = min(blockByteCount, source.byteCount - start)
      let block = source.extracting(start..<(start + count))
      let usesDictionary = !dictionary.isEmpty && (start == 0 || !header.isLinked)
      let sizeOffset = output.byteCount
      output.append(littleEndian: UInt32(0))
      let isShorter: Bool
      if usesDictionary {
        var joined = ByteWriter()
        joined.append(dictionary)
        joined.append(block)
        encoder.reset()
        encoder.prime(joined.bytes.rawSpan, count: dictionary.count)
        isShorter = try encoder.encodeShorter(
          joined.bytes.rawSpan, start: dictionary.count, into: &output)
        encoder.reset()
        spanStart = start + count
      } else if header.isLinked {
        if start + count - spanStart > spanByteCount {
          encoder.reset()
          spanStart = start
        }
        let span = source.extracting(spanStart..<(start + count))
        isShorter = try encoder.encodeShorter(span, start: start - spanStart, into: &output)
      } else {
        encoder.reset()
        isShorter = try encoder.encodeShorter(block, start: 0, into: &output)
      }
      if !isShorter { output.append(block) }
      finishBlock(at: sizeOffset, isStored: !isShorter, in: &output, header)
      start += count
    }
  }

  /// Writes the size of the block that ends the output, and its checksum after it.
  private static func finishBlock(
    at sizeOffset: Int, isStored: Bool, in output: inout OutputRawSpan, _ header: Header
  ) {
    let start = sizeOffset + 4
    let count = UInt32(truncatingIfNeeded: output.byteCount - start)
    output.overwrite(
      (count | (isStored ? 0x8000_0000 : 0)).littleEndian, at: sizeOffset)
    if header.hasBlockChecksums {
      let checksum = XXHash32.hash(output.bytes.extracting(start..<output.byteCount))
      output.append(littleEndian: checksum)
    }
  }
}
