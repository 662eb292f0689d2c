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

    init(_ frame: Frame, tables: [Int]) {
      self.frame = frame
      self.tables = tables
    }

    /// Writes a scan whose tokens are complete.
    ///
    /// - Parameters:
    ///   - step: its components, and its part of a progression.
    ///   - optimizes: makes the best tables for it, as is done anyway when the standard's examples
    ///     lack a symbol.
    /// - Throws: `corrupt` for a difference that no Huffman code can be followed by.
    mutating func write(
      _ tokenizer: Tokenizer, _ step: ScanStep, optimizes: Bool, to output: inout ByteWriter
    ) throws(CodecError) {
      var codes = TokenCodes()
      let (pass, stream) = (tokenizer.pass, tokenizer.stream)
      let (hasDC, hasAC) = (pass.hasDC, pass.hasAC)
      var written: Set<Int> = []
      for member in step.components {
        let index = tables[member]
        for (tableClass, isUsed) in [(HuffmanTable.Class.dc, hasDC), (.ac, hasAC)]
        where isUsed && written.insert(TokenStream.firstIndex(tableClass, index)).inserted {
          guard tableClass == .ac || stream.largestSymbol(.dc, index) < 16 else {
            throw CodecError(
              .corrupt, codec: JPEG.name, part: "DHT", "DC coefficients differ by over 15 bits")
          }
          let example = HuffmanTable.example(tableClass, index)
          let table =
            optimizes || !stream.isCovered(by: example, tableClass, index)
            ? stream.optimalTable(tableClass, index) : example
          table.write(tableClass, index: index, to: &output)
          codes.set(table, tableClass, index, runs: pass != .sequential)
        }
      }
      writeHeader(
        step, hasDC: hasDC, hasAC: hasAC, restartInterval: tokenizer.restartInterval, to: &output)
      write(stream, codes, to: &output)
    }

    /// Writes what comes before the data of an arithmetic-coded scan: the conditioning of the tables
    /// that it uses, DRI and SOS.
    mutating func writeArithmeticHeader(
      _ step: ScanStep, _ pass: Tokenizer.Pass, restartInterval: Int, to output: inout ByteWriter
    ) {
      let (hasDC, hasAC) = (pass.hasDC, pass.hasAC)
      let used = step.components.map { tables[$0] }
      if hasDC || hasAC {
        ArithmeticConditioning().write(
          dc: hasDC ? Set(used) : [], ac: hasAC ? Set(used) : [], to: &output)
      }
      writeHeader(
        step, hasDC: hasDC, hasAC: hasAC, restartInterval: restartInterval, to: &output)
    }

    /// DRI, when it is not what it was, and SOS.
    mutating func writeHeader(
      _ step: ScanStep, hasDC: Bool, hasAC: Bool, restartInterval: Int,
      to output: inout ByteWriter
    ) {
      if restartInterval != self.restartInterval {
        JPEG.writeRestartInterval(restartInterval, to: &output)
        self.restartInterval = restartInterval
      }
      ScanHeader(
        components: step.components.map {
          .init(
            identifier: frame.components[$0].identifier, dcTable: hasDC ? tables[$0] : 0,
            acTable: hasAC ? tables[$0] : 0)
        },
        spectralStart: step.first, spectralEnd: step.last,
        approximationHigh: step.approximationHigh,
        approximationLow: step.approximationLow
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
          restart(number, to: &output)
          number += 1
          done = end
        }
        write(tokens.span.extracting(done..<count), codes, to: &output)
        base += count
      }
      finish(to: &output)
    }

    /// Ends the scan's data, or an interval of them.
    mutating func finish(to output: inout ByteWriter) { writer.finish(to: &output) }

    /// Starts the restart interval after marker `number`.
    mutating func restart(_ number: Int, to output: inout ByteWriter) {
      finish(to: &output)
      JPEG.write(.rst(number), to: &output)
    }

    mutating func write(
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

extension JPEG.HuffmanTable {
  /// Table 0 or 1 of the standard's examples, which libjpeg uses unless told otherwise.
  static func example(_ tableClass: Class, _ index: Int) -> JPEG.HuffmanTable {
    switch (tableClass, index) {
    case (.dc, 0): JPEG.luminanceDC
    case (.dc, _): JPEG.chrominanceDC
    case (.ac, 0): JPEG.luminanceAC
    case (.ac, _): JPEG.chrominanceAC
    }
  }
}

extension JPEG.TokenStream {
  /// The largest symbol of a table that occurs; -1 when none does.
  fileprivate func largestSymbol(_ tableClass: JPEG.HuffmanTable.Class, _ index: Int) -> Int {
    let first = Self.firstIndex(tableClass, index)
    return (0..<256).last { histogram[first + $0] > 0 } ?? -1
  }

  /// Whether `table` has a code for every symbol that occurs.
  fileprivate func isCovered(
    by table: JPEG.HuffmanTable, _ tableClass: JPEG.HuffmanTable.Class, _ index: Int
  ) -> Bool {
    let (codes, first) = (table.codes, Self.firstIndex(tableClass, index))
    return (0..<256).allSatisfy { histogram[first + $0] == 0 || codes[$0] != 0 }
  }
}
