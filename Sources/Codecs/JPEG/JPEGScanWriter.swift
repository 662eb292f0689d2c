// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Writes scans of Huffman codes: tables, header, data.
  struct ScanWriter: Sendable {
    let frame: Frame
    /// Table 0 or 1 for each component.
    let tables: [Int]
    private var writer = EntropyWriter()
    /// What the file says at present.
    private var restartInterval = 0

    init(_ frame: Frame) {
      self.frame = frame
      tables = frame.components.map { $0.quantizationTable }
    }

    /// Writes a scan whose tokens are complete, with the best tables for it.
    ///
    /// - Parameter step: of a progression; `nil` for a sequential scan of all components.
    mutating func write(
      _ tokenizer: Tokenizer, _ members: [Int], _ step: ScanStep?, to output: inout ByteWriter
    ) {
      var codes = TokenCodes()
      let pass = tokenizer.pass
      let hasDC = pass == .sequential || pass == .dcFirst
      let hasAC = pass != .dcFirst && pass != .dcRefinement
      var written: Set<Int> = []
      for member in members {
        for (tableClass, isUsed) in [(HuffmanTable.Class.dc, hasDC), (.ac, hasAC)]
        where isUsed && written.insert(TokenStream.firstIndex(tableClass, tables[member])).inserted
        {
          let table = tokenizer.stream.optimalTable(tableClass, tables[member])
          table.write(tableClass, index: tables[member], to: &output)
          codes.set(table, tableClass, tables[member], runs: pass != .sequential)
        }
      }
      writeHeader(
        members, step, hasDC: hasDC, hasAC: hasAC, restartInterval: tokenizer.restartInterval,
        to: &output)
      write(tokenizer.stream, codes, to: &output)
    }

    /// DRI, when it is not what it was, and SOS.
    private mutating func writeHeader(
      _ members: [Int], _ step: ScanStep?, hasDC: Bool, hasAC: Bool, restartInterval: Int,
      to output: inout ByteWriter
    ) {
      if restartInterval != self.restartInterval {
        JPEG.writeRestartInterval(restartInterval, to: &output)
        self.restartInterval = restartInterval
      }
      ScanHeader(
        components: members.map {
          .init(
            identifier: frame.components[$0].identifier, dcTable: hasDC ? tables[$0] : 0,
            acTable: hasAC ? tables[$0] : 0)
        },
        spectralStart: step?.first ?? 0, spectralEnd: step?.last ?? 63,
        approximationHigh: step?.approximationHigh ?? 0,
        approximationLow: step?.approximationLow ?? 0
      ).write(to: &output)
    }

    /// The data of a scan, in its restart intervals.
    private mutating func write(
      _ stream: TokenStream, _ codes: TokenCodes, to output: inout ByteWriter
    ) {
      var (base, number) = (0, 0)
      for index in 0...stream.chunks.count {
        let isLast = index == stream.chunks.count
        let tokens = isLast ? stream.tokens : stream.chunks[index]
        let count = isLast ? stream.position : stream.lengths[index]
        var done = 0
        while number < stream.restarts.count, stream.restarts[number] <= base + count {
          let end = stream.restarts[number] - base
          write(tokens.span.extracting(done..<end), codes, to: &output)
          writer.finish(to: &output)
          JPEG.write(.rst(number), to: &output)
          number += 1
          done = end
        }
        write(tokens.span.extracting(done..<count), codes, to: &output)
        base += count
      }
      writer.finish(to: &output)
    }

    private mutating func write(
      _ tokens: Span<UInt32>, _ codes: TokenCodes, to output: inout ByteWriter
    ) {
      let most = (EntropyWriter.capacity - 16) / 5
      var done = 0
      while done < tokens.count {
        let count = min(tokens.count - done, most)
        var packer = writer.packer
        var bytes = writer.buffer.mutableSpan
        CoefficientKernels.write(
          tokens.extracting(done..<(done + count)), codes.entries.span, &packer, into: &bytes)
        writer.packer = packer
        writer.drain(to: &output)
        done += count
      }
    }
  }
}
