// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What a lossless scan is like.
  struct LosslessCoding: Sendable {
    /// 1 to 7. Source: T.81 table H.1.
    let predictor: Int
    /// Pt: how many lowest bits are left out.
    let pointTransform: Int
    /// Rows between restart markers; 0 for none.
    let restartRows: Int

    /// - Parameter restartInterval: in samples of each component.
    init(
      _ options: WriteOptions, _ precision: Int, restartInterval: Int, width: Int
    ) throws(CodecError) {
      guard !options.isProgressive, !options.isArithmetic, !options.isSmall else {
        throw JPEG.invalidArgument("lossless", "not progressive, arithmetic-coded or small")
      }
      guard (1...7).contains(options.predictor) else {
        throw JPEG.invalidArgument("predictor", "must be 1 to 7")
      }
      guard (0..<precision).contains(options.pointTransform) else {
        throw JPEG.invalidArgument("point_transform", "must be less than the bits per sample")
      }
      guard restartInterval % width == 0 else {
        throw JPEG.invalidArgument("restart", "a lossless scan restarts within a row")
      }
      predictor = options.predictor
      pointTransform = options.pointTransform
      restartRows = restartInterval / width
    }
  }

  /// Codes the one scan of a lossless file with the best codes for it. Source: T.81 annex H.
  ///
  /// The rows are gone through twice, to count symbols and to write them, so that memory does not
  /// depend on the height of the image.
  struct LosslessEncoder: Sendable {
    private let plan: EncoderPlan
    private let coding: LosslessCoding
    private let tables: [Int]
    /// Two rows of samples without the bits left out, channel by channel of each pixel, with the
    /// margin that kernels need.
    private var (row, above): ([UInt16], [UInt16])
    /// Indices of symbol 0 of the tables of the samples of a row.
    private let first: [UInt16]
    private var tokens: [UInt32]

    init(_ plan: EncoderPlan, _ coding: LosslessCoding) {
      self.plan = plan
      self.coding = coding
      tables = plan.coding.codeTables
      let count = plan.frame.width * plan.channelCount + Self.margin
      (row, above) = ([UInt16](repeating: 0, count: count), [UInt16](repeating: 0, count: count))
      let tables = tables
      let channelCount = plan.channelCount
      first = (0..<count).map {
        UInt16(TokenStream.firstIndex(.dc, tables[$0 % channelCount]))
      }
      tokens = [UInt32](repeating: 0, count: count)
    }

    /// Writes tables, header and data.
    mutating func encode(_ image: NDArray, to output: inout ByteWriter) {
      var histogram = [UInt32](repeating: 0, count: TokenStream.indexCount)
      let count = tokens.count - Self.margin
      for y in 0..<plan.frame.height {
        tokenize(y, of: image)
        Self.count(tokens.span.extracting(0..<count), in: &histogram)
      }
      var codes = TokenCodes()
      for index in 0..<2 where tables.contains(index) {
        let first = TokenStream.firstIndex(.dc, index)
        let table = HuffmanTable(frequencies: histogram.span.extracting(first..<(first + 256)))
        table.write(.dc, index: index, to: &output)
        codes.set(table, .dc, index, runs: false)
      }
      var writer = ScanWriter(plan.frame, tables: tables)
      writer.writeHeader(
        ScanStep(
          Array(plan.frame.components.indices), coding.predictor, 0, low: coding.pointTransform),
        hasDC: true, hasAC: false, restartInterval: coding.restartRows * plan.frame.width,
        to: &output)
      for y in 0..<plan.frame.height {
        if y > 0, isStart(y) { writer.restart(y / coding.restartRows - 1, to: &output) }
        tokenize(y, of: image)
        writer.write(tokens.span.extracting(0..<count), codes, to: &output)
      }
      writer.finish(to: &output)
    }

    /// Whether nothing is known of the row above.
    private func isStart(_ y: Int) -> Bool {
      y == 0 || coding.restartRows > 0 && y % coding.restartRows == 0
    }

    /// Makes the tokens of row `y`.
    private mutating func tokenize(_ y: Int, of image: NDArray) {
      swap(&row, &above)
      let (bytes, shift) = (image.bytes, UInt16(coding.pointTransform))
      // Moved out and back, so that none is copied.
      var (row, tokens) = (self.row, self.tokens)
      (self.row, self.tokens) = ([], [])
      defer { (self.row, self.tokens) = (row, tokens) }
      let count = row.count - Self.margin
      let first = y * count
      var samples = row.mutableSpan
      if image.dtype == .uint8 {
        for i in 0..<count { samples[i] = UInt16(bytes[byteAt: first &+ i]) &>> shift }
      } else {
        for i in 0..<count {
          samples[i] = bytes.loadUnaligned(UInt16.self, at: 2 &* (first &+ i)) &>> shift
        }
      }
      let start: Int32 = 1 << Int32(plan.frame.precision - coding.pointTransform - 1)
      let predictor = isStart(y) ? 1 : coding.predictor
      var target = tokens.mutableSpan
      Self.tokenize(
        row.span, above.span, self.first.span, step: plan.channelCount, predictor: predictor,
        into: &target)
      for channel in 0..<plan.channelCount {
        let leftmost = isStart(y) ? start : Int32(above[channel])
        target[channel] = Self.token(
          Int32(row[channel]), leftmost, UInt32(self.first[channel]))
      }
    }

    private static func count(_ tokens: Span<UInt32>, in histogram: inout [UInt32]) {
      var counts = histogram.mutableSpan
      for i in tokens.indices {
        counts[Int(tokens[i] & (1 &<< TokenStream.indexBits &- 1))] &+= 1
      }
    }

    /// The difference modulo 2^16 as the symbol of its size and its bits, of which 32768 has none.
    @inline(__always)
    private static func token(_ sample: Int32, _ prediction: Int32, _ table: UInt32) -> UInt32 {
      let value = Int32(Int16(truncatingIfNeeded: sample &- prediction))
      let size = 32 &- UInt32(truncatingIfNeeded: value.magnitude.leadingZeroBitCount)
      let extra = UInt32(bitPattern: value &+ (value &>> 31)) & (1 &<< size &- 1)
      return (extra & (size &>> 4 &- 1)) &<< TokenStream.indexBits | (table &+ size)
    }
  }
}
