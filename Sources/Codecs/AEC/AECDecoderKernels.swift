// SPDX-License-Identifier: Apache-2.0

extension AEC {
  static func decodeIntervals(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: Layout
  ) throws(CodecError) -> Int {
    try unsafe source.withBytePointer { (input, inputCount) throws(CodecError) in
      try unsafe output.appendBytes { (target, capacity, written) throws(CodecError) in
        let room = capacity / layout.sampleByteCount
        let (status, position, blockStart) = unsafe withUnsafeTemporaryAllocation(
          of: Int.self, capacity: 64
        ) { values in
          unsafe values.initialize(repeating: 0)
          var decoder = unsafe IntervalDecoder(
            MSBBitSource(input, inputCount), layout, target,
            sampleCount: layout.options.sampleCount ?? room,
            values.baseAddress.unsafelyUnwrapped)
          let status = decoder.run()
          written = decoder.done &* layout.sampleByteCount
          return (status, decoder.source.position, decoder.blockStart)
        }
        let offset = min(blockStart >> 3, inputCount)
        switch status {
        case .done: return min((position + 7) >> 3, inputCount)
        case .truncated:
          throw CodecError(.truncated(needed: 1), codec: name, part: "block", at: offset)
        case .longRun:
          throw CodecError(
            .corrupt, codec: name, part: "block", "zeros go on behind the interval", at: offset)
        }
      }
    }
  }

  enum Status { case done, truncated, longRun }

  /// Invariant: `0 ≤ done ≤ sampleCount`, for which the target has room.
  @safe
  struct IntervalDecoder {
    var source: MSBBitSource
    let layout: Layout
    let target: UnsafeMutablePointer<UInt8>
    let sampleCount: Int
    var done = 0
    /// Bit at which the block being decoded begins.
    var blockStart = 0
    /// The sample before.
    var last = 0
    /// The codes, then the samples of a block: 64 numbers.
    let values: UnsafeMutablePointer<Int>

    init(
      _ source: MSBBitSource, _ layout: Layout, _ target: UnsafeMutablePointer<UInt8>,
      sampleCount: Int, _ values: UnsafeMutablePointer<Int>
    ) {
      unsafe self.values = unsafe values
      self.source = source
      self.layout = layout
      unsafe self.target = unsafe target
      self.sampleCount = sampleCount
    }

    @inline(never)
    mutating func run() -> Status {
      var block = 0
      var zeroBlocks = 0
      let hasWords = self.hasWords
      while done < sampleCount {
        if hasWords, zeroBlocks == 0 { decodeWords(&block) }
        if block == 0, layout.options.alignsIntervals { source.align() }
        blockStart = source.position
        let first = layout.options.predicts && block == 0 ? 1 : 0
        if zeroBlocks > 0 {
          zeroBlocks &-= 1
          fillZeros(from: 0)
        } else {
          if isAtEnd { return .done }
          let id = Int(truncatingIfNeeded: source.take(layout.idBitCount))
          if id > 0, id != layout.storedID {
            if first == 1 { takeReference() }
            split(first, id &- 1)
          } else if let run = decodeUnsplit(id, first, block) {
            guard run <= layout.intervalBlockCount &- block else { return .longRun }
            zeroBlocks = run &- 1
          }
          guard !source.isPastEnd else { return .truncated }
        }
        if layout.options.predicts { integrate(first) }
        store(min(layout.blockLength, sampleCount &- done))
        block &+= 1
        if block == layout.intervalBlockCount { block = 0 }
      }
      return .done
    }

    /// Whether only filling bits are left; they are zeros, which no block begins and ends with.
    private var isAtEnd: Bool {
      layout.options.sampleCount == nil && source.remaining < 8
        && (source.remaining <= 0 || source.window == 0)
    }

    /// Reads the sample that an interval begins with.
    @inline(__always)
    private mutating func takeReference() {
      unsafe values[0] = Int(truncatingIfNeeded: source.take(layout.bitCount))
    }

    /// Reads the codes of a block that are not split in high and low parts, the reference sample
    /// first if there is one.
    ///
    /// - Returns: the number of blocks of zeros that this one begins, if it does.
    @inline(never)
    private mutating func decodeUnsplit(_ id: Int, _ first: Int, _ block: Int) -> Int? {
      if id == layout.storedID {
        for j in 0..<layout.blockLength {
          unsafe values[j] = Int(truncatingIfNeeded: source.take(layout.bitCount))
        }
        return nil
      }
      let isSecondExtension = source.take(1) == 1
      if first == 1 { takeReference() }
      if isSecondExtension {
        secondExtension(first)
        return nil
      }
      fillZeros(from: first)
      return Self.zeroBlockCount(source.unary(), block, layout.intervalBlockCount)
    }

    /// The blocks of zeros from number `block` of an interval of `count` on that `zeros` stands for.
    @inline(__always)
    static func zeroBlockCount(_ zeros: Int, _ block: Int, _ count: Int) -> Int {
      // Five stands for the rest of 64 blocks, or of the interval.
      if zeros == 4 { return min(count &- block, 64 &- block & 63) }
      return zeros > 4 ? zeros : zeros &+ 1
    }

    @inline(__always)
    private mutating func fillZeros(from first: Int) {
      for j in first..<layout.blockLength { unsafe values[j] = 0 }
    }

    /// All high parts in unary, then all low parts of `lowCount` bits.
    @inline(__always)
    private mutating func split(_ first: Int, _ lowCount: Int) {
      var source = self.source
      var window = source.window
      // Bits of the window not used yet.
      var left = 57
      for j in first..<layout.blockLength {
        var zeros = window.leadingZeroBitCount
        if zeros >= left {
          source.skip(57 &- left)
          zeros = source.unary()
          window = source.window
          left = 57
        } else {
          window &<<= UInt64(truncatingIfNeeded: zeros &+ 1)
          left &-= zeros &+ 1
        }
        unsafe values[j] = zeros
      }
      source.skip(57 &- left)
      if lowCount > 0 {
        let shift = UInt64(truncatingIfNeeded: 64 &- lowCount)
        // The parts that a window has: mostly those of the block, without a division.
        let most =
          layout.blockLength &* lowCount <= 57 ? layout.blockLength : 57 / lowCount
        var j = first
        while j < layout.blockLength {
          window = source.window
          let end = min(layout.blockLength, j &+ most)
          source.skip((end &- j) &* lowCount)
          while j < end {
            let low = Int(truncatingIfNeeded: window &>> shift)
            unsafe values[j] = values[j] &<< lowCount | low
            window &<<= UInt64(truncatingIfNeeded: lowCount)
            j &+= 1
          }
        }
      }
      self.source = source
    }

    /// Pairs of small codes as one number each.
    private mutating func secondExtension(_ first: Int) {
      var j = 0
      while j < layout.blockLength {
        let code = source.unary()
        let sum = Self.triangularRoot(code)
        let second = code &- sum &* (sum &+ 1) / 2
        if first == 0 || j > 0 { unsafe values[j] = sum &- second }
        unsafe values[j &+ 1] = second
        j &+= 2
      }
    }

    /// The largest number whose triangular number is not above `code`.
    @inline(__always)
    static func triangularRoot(_ code: Int) -> Int {
      (Int(Double(8 &* code &+ 1).squareRoot()) &- 1) / 2
    }

    /// Samples from the mapped differences in `values`.
    @inline(__always)
    private mutating func integrate(_ first: Int) {
      let (least, most) = (layout.least, layout.most)
      var sample = last
      if first == 1 {
        sample = unsafe values[0]
        // Sign extension.
        if sample > most { sample &-= most &- least &+ 1 }
        unsafe values[0] = sample
      }
      for j in first..<layout.blockLength {
        let code = unsafe values[j]
        let half = (code &+ 1) &>> 1
        let (below, above) = (sample &- least, most &- sample)
        if half <= min(below, above) {
          sample &+= code & 1 == 0 ? half : 0 &- half
        } else {
          sample = below <= above ? least &+ code : most &- code
        }
        unsafe values[j] = sample
      }
      last = sample
    }

    /// Stores the first `count` values.
    @inline(__always)
    private mutating func store(_ count: Int) {
      let isBigEndian = layout.options.isBigEndian
      // In bounds: see the invariant; `count` samples more fit.
      let to = unsafe target + done &* layout.sampleByteCount
      switch layout.sampleByteCount {
      case 1: for j in 0..<count { unsafe to[j] = UInt8(truncatingIfNeeded: values[j]) }
      case 2:
        for j in 0..<count {
          let value = unsafe UInt16(truncatingIfNeeded: values[j])
          unsafe to.store(isBigEndian ? value.bigEndian : value.littleEndian, 2 &* j)
        }
      case 3:
        for j in 0..<count {
          let value = unsafe UInt32(truncatingIfNeeded: values[j])
          unsafe to[3 &* j] = UInt8(truncatingIfNeeded: isBigEndian ? value &>> 16 : value)
          unsafe to[3 &* j &+ 1] = UInt8(truncatingIfNeeded: value &>> 8)
          unsafe to[3 &* j &+ 2] = UInt8(truncatingIfNeeded: isBigEndian ? value : value &>> 16)
        }
      default:
        for j in 0..<count {
          let value = unsafe UInt32(truncatingIfNeeded: values[j])
          unsafe to.store(isBigEndian ? value.bigEndian : value.littleEndian, 4 &* j)
        }
      }
      done &+= count
    }
  }
}
