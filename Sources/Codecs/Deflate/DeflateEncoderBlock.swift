// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Turns the sequences of one block into bits, in the cheapest of the three block types.
  struct BlockCoder {
    private var builder = CodeBuilder()
    private var lengths = [UInt8](repeating: 0, count: histogramCount)
    private var codes = [UInt32](repeating: 0, count: histogramCount)
    private var fixedLengths = [UInt8](repeating: 0, count: histogramCount)
    private var fixedCodes = [UInt32](repeating: 0, count: histogramCount)
    private var header = Header()

    init() { makeFixedCodes() }

    /// Writes one block: the bytes `bytes` of `window`, parsed into `sequences` with the symbols
    /// of `histogram`.
    ///
    /// - Throws: `outputFull` before anything of the block is written.
    mutating func write(
      _ bytes: Range<Int>, of window: RawSpan, sequences: Range<Int>, histogram: inout [UInt32],
      workspace: Workspace, isFinal: Bool, fixedOnly: Bool, bits: inout BitBuffer,
      into output: inout OutputRawSpan
    ) throws(CodecError) {
      histogram[256] = 1
      let extra = extraBitCount(histogram)
      let fixed = 3 + extra + cost(histogram, fixedLengths)
      let stored = storedBitCount(bytes.count, pending: bits.count)
      var dynamic = Int.max
      if !fixedOnly {
        makeDynamicCodes(histogram)
        dynamic = 3 + extra + cost(histogram, lengths) + header.bitCount
      }
      if stored <= min(fixed, dynamic) {
        return try writeStored(
          window.extracting(bytes), isFinal: isFinal, bits: &bits, into: &output)
      }
      let isFixed = fixed <= dynamic
      let byteCount = (bits.count + min(fixed, dynamic) + 7) / 8
      guard byteCount <= output.freeCapacity else {
        throw CodecError(.outputFull(needed: nil), codec: Deflate.name)
      }
      let before = output.byteCount
      bits.put((isFinal ? 1 : 0) | (isFixed ? 2 : 4), 3, to: &output)
      if !isFixed { header.write(bits: &bits, into: &output) }
      Deflate.emit(
        sequences, of: window, from: bytes.lowerBound, codes: (isFixed ? fixedCodes : codes).span,
        workspace: workspace, bits: &bits, byteCount: byteCount - (output.byteCount - before),
        into: &output)
    }

    /// Bits of a dynamic block with these symbols.
    mutating func bitCount(of histogram: inout [UInt32]) -> Int {
      histogram[256] = 1
      makeDynamicCodes(histogram)
      return 3 + extraBitCount(histogram) + cost(histogram, lengths) + header.bitCount
    }

    /// Writes bytes as they are, in blocks of at most 65,535.
    ///
    /// - Throws: `outputFull` before anything is written.
    func writeStored(
      _ bytes: RawSpan, isFinal: Bool, bits: inout BitBuffer, into output: inout OutputRawSpan
    ) throws(CodecError) {
      let bitCount = bits.count + storedBitCount(bytes.byteCount, pending: bits.count)
      guard bitCount / 8 <= output.freeCapacity else {
        throw CodecError(.outputFull(needed: nil), codec: Deflate.name)
      }
      var start = 0
      repeat {
        let end = min(start + 65535, bytes.byteCount)
        let count = end - start
        bits.put(isFinal && end == bytes.byteCount ? 1 : 0, 3, to: &output)
        bits.align(to: &output)
        bits.put(count | (count ^ 0xFFFF) << 16, 32, to: &output)
        Deflate.append(bytes.extracting(start..<end), to: &output)
        start = end
      } while start < bytes.byteCount
    }

    /// Bits that ``writeStored(_:isFinal:bits:into:)`` adds after `pending` bits.
    private func storedBitCount(_ byteCount: Int, pending: Int) -> Int {
      let blocks = max((byteCount + 65534) / 65535, 1)
      let first = (pending + 3 + 7) / 8 * 8 - pending + 32
      return first + (blocks - 1) * 40 + byteCount * 8
    }

    private func cost(_ histogram: [UInt32], _ lengths: [UInt8]) -> Int {
      var total = 0
      for symbol in 0..<histogramCount {
        total &+= Int(histogram[symbol]) &* Int(lengths[symbol])
      }
      return total
    }

    private func extraBitCount(_ histogram: [UInt32]) -> Int {
      var total = 0
      for slot in 8..<28 { total &+= Int(histogram[257 &+ slot]) &* (slot &>> 2 &- 1) }
      for slot in 4..<30 {
        total &+= Int(histogram[literalLengthCount &+ slot]) &* (slot &>> 1 &- 1)
      }
      return total
    }

    private mutating func makeDynamicCodes(_ histogram: [UInt32]) {
      // 14 bits at most: four literals then fit one flush of the emitter.
      builder.build(
        histogram, 0..<286, limit: 14, lengths: &lengths, codes: &codes)
      builder.build(
        histogram, literalLengthCount..<(literalLengthCount + 30), limit: 15,
        lengths: &lengths, codes: &codes)
      header.set(lengths, &builder)
    }

    /// Source: RFC 1951 §3.2.6.
    private mutating func makeFixedCodes() {
      for symbol in 0..<288 {
        let (code, length) =
          switch symbol {
          case ..<144: (0x30 + symbol, 8)
          case ..<256: (0x190 + symbol - 144, 9)
          case ..<280: (symbol - 256, 7)
          default: (0xC0 + symbol - 280, 8)
          }
        fixedLengths[symbol] = UInt8(length)
        fixedCodes[symbol] = Deflate.reversed(UInt32(code), length) << 8 | UInt32(length)
      }
      for symbol in 0..<30 {
        fixedLengths[literalLengthCount + symbol] = 5
        fixedCodes[literalLengthCount + symbol] = Deflate.reversed(UInt32(symbol), 5) << 8 | 5
      }
    }
  }

  /// The code lengths at the head of a dynamic block, run-length and Huffman coded.
  ///
  /// Source: RFC 1951 §3.2.7.
  struct Header {
    private var lengths = [UInt8](repeating: 0, count: 320)
    /// Symbol in the low 5 bits, the value of its extra bits above.
    private var tokens = [UInt16](repeating: 0, count: 320)
    private var tokenCount = 0
    private var frequencies = [UInt32](repeating: 0, count: 19)
    private var codeLengths = [UInt8](repeating: 0, count: 19)
    private var codes = [UInt32](repeating: 0, count: 19)
    private var literalCount = 257
    private var distanceCount = 1
    private var codeCount = 4
    /// Size of the header after the three bits of the block type.
    private(set) var bitCount = 0

    init() {}

    /// Codes the lengths of both alphabets.
    mutating func set(_ source: [UInt8], _ builder: inout CodeBuilder) {
      literalCount = 286
      while literalCount > 257, source[literalCount - 1] == 0 { literalCount -= 1 }
      distanceCount = 30
      while distanceCount > 1, source[Deflate.literalLengthCount + distanceCount - 1] == 0 {
        distanceCount -= 1
      }
      for i in 0..<literalCount { lengths[i] = source[i] }
      for i in 0..<distanceCount {
        lengths[literalCount + i] = source[Deflate.literalLengthCount + i]
      }
      tokenize(literalCount + distanceCount)
      builder.build(frequencies, 0..<19, limit: 7, lengths: &codeLengths, codes: &codes)
      codeCount = 19
      while codeCount > 4, codeLengths[Int(Tables.codeLengthOrder[codeCount - 1])] == 0 {
        codeCount -= 1
      }
      bitCount = 14 + codeCount * 3
      for symbol in 0..<19 {
        bitCount +=
          Int(frequencies[symbol]) * (Int(codeLengths[symbol]) + Self.extraBits(symbol))
      }
    }

    func write(bits: inout BitBuffer, into output: inout OutputRawSpan) {
      bits.put(
        (literalCount - 257) | (distanceCount - 1) << 5 | (codeCount - 4) << 10, 14, to: &output)
      for i in 0..<codeCount {
        bits.put(Int(codeLengths[Int(Tables.codeLengthOrder[i])]), 3, to: &output)
      }
      for i in 0..<tokenCount {
        let token = Int(tokens[i])
        let code = codes[token & 31]
        let count = Int(code & 0xFF)
        bits.put(
          Int(code >> 8) | (token >> 5) << count, count + Self.extraBits(token & 31), to: &output)
      }
    }

    private static func extraBits(_ symbol: Int) -> Int {
      switch symbol {
      case 16: 2
      case 17: 3
      case 18: 7
      default: 0
      }
    }

    /// Splits `lengths` into single lengths and runs.
    private mutating func tokenize(_ count: Int) {
      for symbol in 0..<19 { frequencies[symbol] = 0 }
      tokenCount = 0
      var i = 0
      while i < count {
        let value = lengths[i]
        var run = 1
        while i + run < count, lengths[i + run] == value { run += 1 }
        i += run
        if value == 0 {
          while run >= 11 { add(18, min(run, 138) - 11, &run, min(run, 138)) }
          if run >= 3 { add(17, run - 3, &run, run) }
        } else if run >= 4 {
          add(Int(value), 0, &run, 1)
          while run >= 3 { add(16, min(run, 6) - 3, &run, min(run, 6)) }
        }
        while run > 0 { add(Int(value), 0, &run, 1) }
      }
    }

    private mutating func add(_ symbol: Int, _ extra: Int, _ run: inout Int, _ count: Int) {
      tokens[tokenCount] = UInt16(symbol | extra << 5)
      tokenCount += 1
      frequencies[symbol] += 1
      run -= count
    }
  }
}
