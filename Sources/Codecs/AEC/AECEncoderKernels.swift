// SPDX-License-Identifier: Apache-2.0

extension AEC {
  /// - Precondition: the output has room for the bound; `source` is whole samples, one at least.
  static func encodeIntervals(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: Layout
  ) throws(CodecError) {
    try unsafe source.withBytePointer { (input, byteCount) throws(CodecError) in
      try unsafe output.appendBytes { target, _, written in
        var encoder = unsafe IntervalEncoder(
          MSBBitSink(target), layout, input, sampleCount: byteCount / layout.sampleByteCount)
        encoder.run()
        written = encoder.sink.byteCount
      }
    }
  }

  /// Invariant: `0 ≤ done ≤ sampleCount`.
  @safe
  private struct IntervalEncoder {
    var sink: MSBBitSink
    let layout: Layout
    let input: UnsafePointer<UInt8>
    let sampleCount: Int
    var done = 0
    /// The sample before.
    var last = 0
    var reference = 0
    /// The low bits that the block before split off.
    var lowCount = 0
    var codes = InlineArray<64, Int>(repeating: 0)

    init(
      _ sink: MSBBitSink, _ layout: Layout, _ input: UnsafePointer<UInt8>, sampleCount: Int
    ) {
      self.sink = sink
      self.layout = layout
      unsafe self.input = unsafe input
      self.sampleCount = sampleCount
    }

    @inline(never)
    mutating func run() {
      var block = 0
      /// Blocks of zeros not written yet, and the reference sample before them.
      var zeroBlocks = 0
      var zeroReference: Int?
      while done < sampleCount {
        let first = layout.options.predicts && block == 0 ? 1 : 0
        let any = load(first)
        if any == 0 {
          if zeroBlocks == 0 { zeroReference = first == 1 ? reference : nil }
          zeroBlocks &+= 1
        } else {
          emitZeros(&zeroBlocks, before: block, zeroReference)
          emitBlock(first)
        }
        block &+= 1
        if block == layout.intervalBlockCount || block & 63 == 0 {
          emitZeros(&zeroBlocks, before: block, zeroReference)
        }
        if block == layout.intervalBlockCount {
          block = 0
          if layout.options.alignsIntervals { sink.align() }
        }
      }
      emitZeros(&zeroBlocks, before: block, zeroReference)
      sink.align()
    }

    /// The codes of the next block, of which the last sample is repeated where there are no more.
    ///
    /// - Returns: whether any code is not 0, as all their bits.
    @inline(__always)
    private mutating func load(_ first: Int) -> Int {
      let count = min(layout.blockLength, sampleCount &- done)
      let (least, most) = (layout.least, layout.most)
      var before = last
      var any = 0
      for j in 0..<count {
        let sample = sample(done &+ j)
        if layout.options.predicts {
          if j == 0, first == 1 {
            reference = sample
            before = sample
            codes[0] = 0
            continue
          }
          let difference = sample &- before
          let (below, above) = (before &- least, most &- before)
          let reach = min(below, above)
          let size = difference < 0 ? 0 &- difference : difference
          var code = 2 &* size &- (difference < 0 ? 1 : 0)
          if size > reach { code = reach &+ size }
          codes[j] = code
          before = sample
        } else {
          codes[j] = sample & (most &- least)
        }
        any |= codes[j]
      }
      let rest = layout.options.predicts ? 0 : codes[count &- 1]
      for j in count..<layout.blockLength { codes[j] = rest }
      last = before
      done &+= count
      return any
    }

    /// The sample at `index`, cut to its bits.
    @inline(__always)
    private func sample(_ index: Int) -> Int {
      // In bounds: `index < sampleCount`.
      let from = unsafe input + index &* layout.sampleByteCount
      let isBigEndian = layout.options.isBigEndian
      let raw: UInt32
      switch layout.sampleByteCount {
      case 1: raw = unsafe UInt32(from[0])
      case 2:
        let value = unsafe from.load(UInt16.self, 0)
        raw = UInt32(isBigEndian ? UInt16(bigEndian: value) : UInt16(littleEndian: value))
      case 3:
        let (a, b, c) = unsafe (UInt32(from[0]), UInt32(from[1]), UInt32(from[2]))
        raw = isBigEndian ? a &<< 16 | b &<< 8 | c : c &<< 16 | b &<< 8 | a
      default:
        let value = unsafe from.load(UInt32.self, 0)
        raw = isBigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value)
      }
      let range = layout.most &- layout.least
      let sample = Int(raw) & range
      return sample > layout.most ? sample &- range &- 1 : sample
    }

    /// Writes the blocks of zeros that end before block `end` of the interval.
    @inline(__always)
    private mutating func emitZeros(_ count: inout Int, before end: Int, _ reference: Int?) {
      guard count > 0 else { return }
      sink.append(0, layout.idBitCount)
      sink.append(0, 1)
      if let reference { append(reference) }
      // Five stands for the rest of 64 blocks, or of the interval.
      let isRest = end == layout.intervalBlockCount || end & 63 == 0
      let code = count < 5 ? count : isRest ? 5 : count &+ 1
      sink.appendUnary(code &- 1)
      count = 0
    }

    /// Writes a sample as it is.
    @inline(__always)
    private mutating func append(_ sample: Int) {
      let bits = UInt64(truncatingIfNeeded: sample & (layout.most &- layout.least))
      sink.append(bits, layout.bitCount)
    }

    /// Writes the codes in the way that takes the fewest bits.
    @inline(__always)
    private mutating func emitBlock(_ first: Int) {
      let count = layout.blockLength &- first
      let stored = count &* layout.bitCount
      let split = bestSplit(first)
      let second = secondExtensionBitCount(first)
      if second <= min(split, stored &- 1) {
        emitSecondExtension(first)
      } else if split < stored {
        emitSplit(first)
      } else {
        sink.append(UInt64(layout.storedID), layout.idBitCount)
        if first == 1 { append(reference) }
        for j in first..<layout.blockLength {
          sink.append(UInt64(truncatingIfNeeded: codes[j]), layout.bitCount)
        }
      }
    }

    /// Finds the low bits to split off, from those of the block before on, and sets ``lowCount``.
    ///
    /// - Returns: the bits that the codes then take.
    @inline(__always)
    private mutating func bestSplit(_ first: Int) -> Int {
      guard layout.splitLimit >= 0 else { return .max }
      let count = layout.blockLength &- first
      var k = min(lowCount, layout.splitLimit)
      var best = splitBitCount(first, k)
      var goesUp = true
      // One more low bit costs one a code and saves half of the high parts.
      while k < layout.splitLimit, goesUp {
        let next = splitBitCount(first, k &+ 1)
        if next < best {
          (best, k) = (next, k &+ 1)
        } else {
          goesUp = false
        }
      }
      if k == min(lowCount, layout.splitLimit) {
        while k > 0 {
          let next = splitBitCount(first, k &- 1)
          guard next <= best, best &- next < count &* 64 else { break }
          (best, k) = (next, k &- 1)
        }
      }
      lowCount = k
      return best
    }

    @inline(__always)
    private func splitBitCount(_ first: Int, _ k: Int) -> Int {
      var sum = 0
      for j in first..<layout.blockLength { sum &+= codes[j] &>> k }
      return sum &+ (layout.blockLength &- first) &* (k &+ 1)
    }

    @inline(__always)
    private mutating func emitSplit(_ first: Int) {
      sink.append(UInt64(truncatingIfNeeded: lowCount &+ 1), layout.idBitCount)
      if first == 1 { append(reference) }
      var sink = self.sink
      for j in first..<layout.blockLength { sink.appendUnary(codes[j] &>> lowCount) }
      if lowCount > 0 {
        let mask = UInt64(1) &<< UInt64(truncatingIfNeeded: lowCount) &- 1
        for j in first..<layout.blockLength {
          sink.append(UInt64(truncatingIfNeeded: codes[j]) & mask, lowCount)
        }
      }
      self.sink = sink
    }

    /// Bits of the pairs; too many when libaec would not read one of them: its limit is 90.
    @inline(__always)
    private func secondExtensionBitCount(_ first: Int) -> Int {
      var total = 1
      var j = 0
      while j < layout.blockLength {
        let sum = codes[j] &+ codes[j &+ 1]
        // A sum of 13 has codes from 91 on.
        guard sum < 13 else { return .max }
        total &+= pair(j) &+ 1
        j &+= 2
      }
      return total
    }

    @inline(__always)
    private func pair(_ j: Int) -> Int {
      let sum = codes[j] &+ codes[j &+ 1]
      return sum &* (sum &+ 1) / 2 &+ codes[j &+ 1]
    }

    private mutating func emitSecondExtension(_ first: Int) {
      sink.append(0, layout.idBitCount)
      sink.append(1, 1)
      if first == 1 { append(reference) }
      var j = 0
      while j < layout.blockLength {
        sink.appendUnary(pair(j))
        j &+= 2
      }
    }
  }
}
