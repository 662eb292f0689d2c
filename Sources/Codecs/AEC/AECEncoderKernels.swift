// SPDX-License-Identifier: Apache-2.0

extension AEC {
  /// - Precondition: the output has room for the bound; `source` is whole samples, one at least.
  static func encodeIntervals(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: Layout
  ) throws(CodecError) {
    try unsafe source.withBytePointer { (input, byteCount) throws(CodecError) in
      try unsafe output.appendBytes { target, _, written in
        // 64 codes of 24 bits have a sum of 30: four of such numbers are worked on at once.
        if layout.bitCount <= 24 {
          written = unsafe encode(input, byteCount, MSBBitSink(target), layout, Int32.self)
        } else {
          written = unsafe encode(input, byteCount, MSBBitSink(target), layout, Int.self)
        }
      }
    }
  }

  /// - Returns: bytes written to the sink.
  @unsafe
  private static func encode<Number: FixedWidthInteger & SignedInteger>(
    _ input: UnsafePointer<UInt8>, _ byteCount: Int, _ sink: MSBBitSink, _ layout: Layout,
    _ number: Number.Type
  ) -> Int {
    unsafe withUnsafeTemporaryAllocation(of: Number.self, capacity: 129) { memory in
      unsafe memory.initialize(repeating: 0)
      var encoder = unsafe IntervalEncoder<Number>(
        sink, layout, input, sampleCount: byteCount / layout.sampleByteCount,
        memory.baseAddress.unsafelyUnwrapped)
      encoder.run()
      return encoder.sink.byteCount
    }
  }

  /// Invariants: `0 ≤ done ≤ sampleCount`; 65 numbers at `samples` and 64 at `codes`, of which a
  /// block of at most 64 is used; a block is a multiple of eight.
  @safe
  struct IntervalEncoder<Number: FixedWidthInteger & SignedInteger> {
    var sink: MSBBitSink
    let layout: Layout
    let input: UnsafePointer<UInt8>
    let sampleCount: Int
    var done = 0
    /// The sample before the block, then those of the block.
    let samples: UnsafeMutablePointer<Number>
    let codes: UnsafeMutablePointer<Number>
    /// The low bits that the block before split off.
    var lowCount = 0

    init(
      _ sink: MSBBitSink, _ layout: Layout, _ input: UnsafePointer<UInt8>, sampleCount: Int,
      _ memory: UnsafeMutablePointer<Number>
    ) {
      self.sink = sink
      self.layout = layout
      unsafe self.input = unsafe input
      self.sampleCount = sampleCount
      unsafe samples = unsafe memory
      unsafe codes = unsafe memory + 65
    }

    /// The sample that is stored as it is before the codes of an interval.
    var reference: Int { unsafe Int(truncatingIfNeeded: samples[1]) }

    @inline(never)
    mutating func run() {
      var block = 0
      /// Blocks of zeros not written yet, and the reference sample before them.
      var zeroBlocks = 0
      var zeroReference: Int?
      let hasWords = self.hasWords
      while done < sampleCount {
        let first = layout.options.predicts && block == 0 ? 1 : 0
        let isWords = hasWords && sampleCount &- done >= layout.blockLength
        let any = isWords ? loadWords(first) : load(first)
        if any == 0 {
          if zeroBlocks == 0 { zeroReference = first == 1 ? reference : nil }
          zeroBlocks &+= 1
        } else {
          emitZeros(&zeroBlocks, before: block, zeroReference)
          if isWords { emitWords(first) } else { emitBlock(first, any) }
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
    private mutating func load(_ first: Int) -> Number {
      let count = min(layout.blockLength, sampleCount &- done)
      let samples = unsafe self.samples
      let codes = unsafe self.codes
      if count == layout.blockLength {
        var j = 0
        while j < count {
          // Loops over eight, which LLVM turns into vectors.
          unsafe loadSamples(j, 8)
          j &+= 8
        }
      } else {
        unsafe loadSamples(0, count)
        let last = unsafe samples[count]
        for j in count..<layout.blockLength { unsafe samples[1 &+ j] = last }
      }
      done &+= count
      let (least, most) = (
        Number(truncatingIfNeeded: layout.least), Number(truncatingIfNeeded: layout.most)
      )
      var any: Number = 0
      guard layout.options.predicts else {
        for j in 0..<layout.blockLength {
          let code = unsafe samples[1 &+ j] & (most &- least)
          unsafe codes[j] = code
          any |= code
        }
        return any
      }
      // The reference has no code: as if it were the same as the sample before.
      if first == 1 { unsafe samples[0] = samples[1] }
      var j = 0
      while j < layout.blockLength {
        for k in 0..<8 {
          let before = unsafe samples[j &+ k]
          let difference = unsafe samples[1 &+ j &+ k] &- before
          let sign = difference &>> Number(truncatingIfNeeded: Number.bitWidth &- 1)
          let size = (difference ^ sign) &- sign
          let (below, above) = (before &- least, most &- before)
          let reach = below < above ? below : above
          let code = size > reach ? reach &+ size : size &+ size &+ sign
          unsafe codes[j &+ k] = code
          any |= code
        }
        j &+= 8
      }
      unsafe samples[0] = samples[layout.blockLength]
      return any
    }

    /// Sets `count` samples of the block from the one at `start` on, cut to their bits.
    ///
    /// In bounds: there are as many left.
    @inline(__always)
    @unsafe
    private func loadSamples(_ start: Int, _ count: Int) {
      let size = layout.sampleByteCount
      let from = unsafe input + (done &+ start) &* size
      let to = unsafe samples + (1 &+ start)
      let isBigEndian = layout.options.isBigEndian
      switch (size, isBigEndian) {
      case (1, _): for j in 0..<count { unsafe to[j] = Number(truncatingIfNeeded: from[j]) }
      case (2, false):
        for j in 0..<count {
          let value = unsafe UInt16(littleEndian: from.load(UInt16.self, 2 &* j))
          unsafe to[j] = Number(truncatingIfNeeded: value)
        }
      case (2, true):
        for j in 0..<count {
          let value = unsafe UInt16(bigEndian: from.load(UInt16.self, 2 &* j))
          unsafe to[j] = Number(truncatingIfNeeded: value)
        }
      case (3, _):
        for j in 0..<count {
          let (a, b, c) = unsafe (
            Number(from[3 &* j]), Number(from[3 &* j &+ 1]), Number(from[3 &* j &+ 2])
          )
          unsafe to[j] = isBigEndian ? a &<< 16 | b &<< 8 | c : c &<< 16 | b &<< 8 | a
        }
      default:
        for j in 0..<count {
          let value = unsafe from.load(UInt32.self, 4 &* j)
          unsafe to[j] = Number(
            truncatingIfNeeded: isBigEndian ? value.bigEndian : value.littleEndian)
        }
      }
      guard layout.bitCount < 8 &* size || layout.options.isSigned else { return }
      let range = Number(truncatingIfNeeded: layout.most &- layout.least)
      let most = Number(truncatingIfNeeded: layout.most)
      for j in 0..<count {
        let sample = unsafe to[j] & range
        unsafe to[j] = sample > most ? sample &- range &- 1 : sample
      }
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

    /// Writes the codes in the way that takes the fewest bits; `any` has all their bits.
    @inline(__always)
    private mutating func emitBlock(_ first: Int, _ any: Number) {
      let count = layout.blockLength &- first
      let stored = count &* layout.bitCount
      let split = bestSplit(first)
      // Codes of 16 and more have no pairs.
      let second = any < 16 ? secondExtensionBitCount() : .max
      if second <= min(split, stored &- 1) {
        emitSecondExtension(first)
      } else if split < stored {
        emitSplit(first)
      } else {
        sink.append(UInt64(layout.storedID), layout.idBitCount)
        if first == 1 { append(reference) }
        appendLowBits(first, layout.bitCount)
      }
    }

    /// Finds the low bits to split off, from those of the block before on, and sets ``lowCount``.
    ///
    /// - Returns: the bits that the codes then take.
    @inline(__always)
    private mutating func bestSplit(_ first: Int) -> Int {
      guard layout.splitLimit >= 0 else { return .max }
      let count = layout.blockLength &- first
      let start = min(lowCount, layout.splitLimit)
      var k = start
      var best = splitBitCount(count, k)
      // One more low bit costs one a code and saves half of the high parts.
      while k < layout.splitLimit {
        let next = splitBitCount(count, k &+ 1)
        guard next < best else { break }
        (best, k) = (next, k &+ 1)
      }
      if k == start {
        while k > 0 {
          let next = splitBitCount(count, k &- 1)
          guard next <= best, best &- next < count &* 64 else { break }
          (best, k) = (next, k &- 1)
        }
      }
      lowCount = k
      return best
    }

    /// The code of the reference, which is not written, is 0.
    @inline(__always)
    private func splitBitCount(_ count: Int, _ k: Int) -> Int {
      let codes = unsafe self.codes
      let shift = Number(truncatingIfNeeded: k)
      var sum: Number = 0
      var j = 0
      while j < layout.blockLength {
        for i in 0..<8 { unsafe sum &+= codes[j &+ i] &>> shift }
        j &+= 8
      }
      return Int(truncatingIfNeeded: sum) &+ count &* (k &+ 1)
    }

    /// All high parts in unary, then all low parts.
    @inline(__always)
    private mutating func emitSplit(_ first: Int) {
      sink.append(UInt64(truncatingIfNeeded: lowCount &+ 1), layout.idBitCount)
      if first == 1 { append(reference) }
      var sink = self.sink
      let codes = unsafe self.codes
      let shift = Number(truncatingIfNeeded: lowCount)
      // As many as fit are appended at once.
      var bits: UInt64 = 0
      var bitCount = 0
      for j in first..<layout.blockLength {
        let length = unsafe Int(truncatingIfNeeded: codes[j] &>> shift) &+ 1
        if bitCount &+ length > 56 {
          sink.append(bits, bitCount)
          (bits, bitCount) = (0, 0)
          if length > 56 {
            sink.appendUnary(length &- 1)
            continue
          }
        }
        bits = bits &<< UInt64(truncatingIfNeeded: length) | 1
        bitCount &+= length
      }
      sink.append(bits, bitCount)
      self.sink = sink
      if lowCount > 0 { appendLowBits(first, lowCount) }
    }

    /// Appends the lowest `width` bits of the codes.
    @inline(__always)
    private mutating func appendLowBits(_ first: Int, _ width: Int) {
      var sink = self.sink
      let codes = unsafe self.codes
      let mask = (1 as UInt64) &<< UInt64(truncatingIfNeeded: width) &- 1
      var bits: UInt64 = 0
      var bitCount = 0
      for j in first..<layout.blockLength {
        if bitCount &+ width > 56 {
          sink.append(bits, bitCount)
          (bits, bitCount) = (0, 0)
        }
        let code = unsafe UInt64(truncatingIfNeeded: codes[j])
        bits = bits &<< UInt64(truncatingIfNeeded: width) | code & mask
        bitCount &+= width
      }
      sink.append(bits, bitCount)
      self.sink = sink
    }

    /// Bits of the pairs; too many when libaec would not read one of them: its limit is 90.
    @inline(__always)
    private func secondExtensionBitCount() -> Int {
      var total = 1
      var j = 0
      while j < layout.blockLength {
        // A sum of 13 has codes from 91 on.
        guard let pair = pair(j) else { return .max }
        total &+= pair &+ 1
        j &+= 2
      }
      return total
    }

    /// The codes at `j` and behind it as one number, unless they are too large.
    @inline(__always)
    private func pair(_ j: Int) -> Int? {
      let second = unsafe Int(truncatingIfNeeded: codes[j &+ 1])
      let sum = unsafe Int(truncatingIfNeeded: codes[j]) &+ second
      return sum < 13 ? sum &* (sum &+ 1) / 2 &+ second : nil
    }

    private mutating func emitSecondExtension(_ first: Int) {
      sink.append(0, layout.idBitCount)
      sink.append(1, 1)
      if first == 1 { append(reference) }
      var j = 0
      while j < layout.blockLength {
        sink.appendUnary(pair(j) ?? 0)
        j &+= 2
      }
    }
  }
}
