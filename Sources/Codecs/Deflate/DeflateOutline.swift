// SPDX-License-Identifier: Apache-2.0

extension Outline {
  /// The blocks of the DEFLATE data in `range` of `source`, one node each, and where they end.
  ///
  /// Blocks begin and end within bytes; a byte that two share is claimed by the first. The values
  /// give the bits. Damage gives an error node behind the blocks before it.
  ///
  /// - Returns: `end` is `nil` when the data is damaged.
  static func deflateBlocks(
    _ source: RawSpan, _ range: Range<Int>, historyByteCount: Int = 0, limits: Limits
  ) -> (nodes: [Node], end: Int?) {
    var reader = Deflate.BlockReader(
      source.extracting(range), historyByteCount: historyByteCount)
    var nodes: [Node] = []
    func position(_ bit: Int) -> Int { range.lowerBound + (bit + 7) / 8 }
    do throws(CodecError) {
      while let block = try reader.next() {
        try limits.check(nodes.count, .metadataItems, codec: Deflate.name, part: "block")
        let start = position(block.bits.lowerBound)
        let data = position(block.bits.lowerBound + block.headerBitCount)
        let end = position(block.bits.upperBound)
        nodes.append(
          Node(
            block.kind.name + " block", start..<end, value: block.summary,
            children: [
              Node("header", start..<data, value: block.headerText),
              Node(block.kind == .stored ? "bytes" : "symbols", data..<end, value: block.dataText),
            ]))
      }
      return (nodes, position(reader.bitOffset))
    } catch {
      let end = nodes.last?.range.upperBound ?? range.lowerBound
      nodes.append(
        Node(
          "error", end..<range.upperBound, value: error.moved(by: range.lowerBound).description))
      return (nodes, nil)
    }
  }
}

extension Deflate: DeepOutlinedFormat {
  public static var formatName: String { "DEFLATE" }
  public static var summary: String { "raw DEFLATE data" }
  public static var fileExtensions: [String] { ["deflate"] }

  /// Nothing tells raw DEFLATE data from other bytes: only its extension does.
  public static func recognize(_ head: RawSpan) -> Confidence { .no }

  public static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline {
    let count = source.count
    return Outline(
      format: formatName, byteCount: count, nodes: [Outline.Node("data", 0..<count)])
  }

  public static func deepOutline(
    _ source: Bytes, policy: DecodePolicy
  ) throws(CodecError) -> Outline {
    let span = source.span
    var (nodes, end) = Outline.deflateBlocks(
      span, 0..<span.byteCount, limits: policy.limits)
    if let end, end < span.byteCount {
      nodes.append(Outline.Node("bytes behind the end", end..<span.byteCount))
    }
    return Outline(format: formatName, byteCount: span.byteCount, nodes: nodes)
  }
}

extension OutlineReader {
  /// Notes DEFLATE data that reaches to where its blocks end.
  ///
  /// - Parameter isDeep: show the blocks; otherwise one node stands for all of them.
  /// - Returns: whether the data is sound. Damaged data claims all that is left.
  @_lifetime(self: copy self)
  mutating func deflateData(
    isDeep: Bool, historyByteCount: Int = 0, limits: Limits
  ) throws(CodecError) -> Bool {
    let (start, count) = (reader.offset, reader.bytes.byteCount)
    var blocks = Deflate.BlockReader(
      reader.bytes.extracting(start..<count), historyByteCount: historyByteCount)
    if isDeep {
      let (found, end) = Outline.deflateBlocks(
        reader.bytes, start..<count, historyByteCount: historyByteCount, limits: limits)
      try reader.seek(to: end ?? count)
      nodes.append(Outline.Node("data", start..<reader.offset, children: found))
      return end != nil
    }
    do throws(CodecError) {
      while try blocks.next() != nil {}
    } catch {
      try reader.seek(to: count)
      nodes.append(Outline.Node("data", start..<count, value: error.moved(by: start).description))
      return false
    }
    try reader.seek(to: start + (blocks.bitOffset + 7) / 8)
    nodes.append(
      Outline.Node(
        "data", start..<reader.offset, value: "\(blocks.outputByteCount) bytes decoded"))
    return true
  }
}

extension Deflate.Block.Kind {
  fileprivate var name: String {
    switch self {
    case .stored: "stored"
    case .fixed: "fixed"
    case .dynamic: "dynamic"
    }
  }
}

extension Deflate.Block {
  fileprivate var summary: String {
    "\(isFinal ? "final, " : "")bits \(bits.lowerBound)..<\(bits.upperBound), "
      + "decoded bytes \(output.lowerBound)..<\(output.upperBound)"
  }

  fileprivate var headerText: String {
    guard kind == .dynamic else { return "\(headerBitCount) bits" }
    return "\(headerBitCount) bits; \(literalLengths.count) literal/length codes: "
      + Self.runs(literalLengths)
      + "; \(distanceLengths.count) distance codes: " + Self.runs(distanceLengths)
      + "; \(storedCodeLengthCount) lengths of the code length code: "
      + Self.runs(codeLengthLengths)
  }

  fileprivate var dataText: String {
    if kind == .stored { return "\(output.count) bytes" }
    let bitCount = bits.count - headerBitCount
    guard matchCount > 0 else { return "\(bitCount) bits; \(literalCount) literals" }
    return "\(bitCount) bits; \(literalCount) literals, \(matchCount) matches of "
      + "\(matchedByteCount) bytes, longest \(longestMatch), farthest \(farthestDistance)"
  }

  /// Code lengths by symbol, runs of one length as `length×count`.
  private static func runs(_ lengths: [UInt8]) -> String {
    var parts: [String] = []
    var index = 0
    while index < lengths.count {
      let end = lengths[index...].firstIndex { $0 != lengths[index] } ?? lengths.count
      parts.append(end - index > 1 ? "\(lengths[index])×\(end - index)" : "\(lengths[index])")
      index = end
    }
    return parts.joined(separator: " ")
  }
}
