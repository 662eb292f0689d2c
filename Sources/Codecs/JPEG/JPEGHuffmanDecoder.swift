// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the loops over MCUs need to know of each block of one MCU.
  struct BlockPlan: Sendable {
    /// Index of the component within the scan.
    var component: Int
    /// First entries of its tables in the scan's ``HuffmanLookup``.
    var dcTable: Int
    var acTable: Int
    /// First divisor in the frame's quantisation tables.
    var quantization: Int
    /// Where the block of the row's first MCU goes, and how far on that of the next.
    var target: Int
    var step: Int
    /// Distance from one row of samples to the next.
    var stride: Int
    /// Samples along one side of what the block becomes.
    var unit: Int
  }

  /// Sequential Huffman decoding of blocks. Source: T.81 F.2.2.
  enum HuffmanDecoder {
    /// Decodes a block into 64 zero coefficients in row order.
    ///
    /// - Parameters:
    ///   - isWide: which of the two sizes the tables have. A literal at every call, so that
    ///     each caller becomes a loop for its size.
    /// - Returns: a zigzag position behind which all coefficients are zero.
    @inline(always)
    static func decodeBlock(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, dc: Int, ac: Int,
      zigzag: Span<UInt8>, into blocks: inout MutableSpan<Int16>, at first: Int,
      predictor: inout Int32, isWide: Bool
    ) -> Int {
      // Of known sizes, so that no index below needs to be compared with them.
      let size = HuffmanLookup.count(isWide: isWide)
      let table = tables.extracting(ac..<(ac &+ size))
      var block = blocks._mutatingExtracting(first..<(first &+ 64))
      reader.refill(bytes)
      predictor &+= difference(&reader, bytes, tables, dc, isWide: isWide)
      block[0] = Int16(truncatingIfNeeded: predictor)
      // Two symbols whose entries hold everything take at most 22 of 56 bits; the one after them,
      // with at most 17 + 15, still finds its bits. Others fill up again by themselves.
      var k = 1
      if step(&reader, bytes, table, zigzag, &block, &k, isWide) { return k &- 1 }
      while true {
        reader.refill(bytes)
        if step(&reader, bytes, table, zigzag, &block, &k, isWide) { break }
        if step(&reader, bytes, table, zigzag, &block, &k, isWide) { break }
      }
      return k &- 1
    }

    /// Reads a block, as ``decodeBlock``, but keeps only the difference of its DC coefficient.
    @inline(always)
    static func skipBlock(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, dc: Int, ac: Int,
      isWide: Bool
    ) -> Int32 {
      let table = tables.extracting(ac..<(ac &+ HuffmanLookup.count(isWide: isWide)))
      reader.refill(bytes)
      let difference = difference(&reader, bytes, tables, dc, isWide: isWide)
      var k = 1
      if skip(&reader, bytes, table, &k, isWide) { return difference }
      while true {
        reader.refill(bytes)
        if skip(&reader, bytes, table, &k, isWide) { break }
        if skip(&reader, bytes, table, &k, isWide) { break }
      }
      return difference
    }

    /// What ``step`` does to the reader and to `k`.
    @inline(always)
    private static func skip(
      _ reader: inout BitReader, _ bytes: RawSpan, _ table: Span<UInt32>, _ k: inout Int,
      _ isWide: Bool
    ) -> Bool {
      let bits = isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
      let entry = table[Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits))]
      let last = k &+ Int((entry &>> 8) & 15) &+ Int((entry &>> 12) & 15)
      if last | Int(entry & HuffmanLookup.isSpecial) >= 63 {
        let (length, symbol) = symbol(&reader, table, 0, entry, bits)
        let size = symbol & 15
        reader.consume(length &+ size)
        reader.refill(bytes)
        if size == 0, symbol != 0xF0 { return true }
        k &+= Int(symbol &>> 4) &+ 1
        return k > 63
      }
      reader.consume(entry)
      k = last &+ 1
      return entry & HuffmanLookup.endsBlock != 0
    }

    /// Differences of a lossless scan whose components all have one table, one after the other.
    ///
    /// - Parameters:
    ///   - next: where the next one goes; this and the place behind it are written. Left behind the
    ///     one or two that were decoded.
    @inline(always)
    static func losslessDifferences(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, _ table: Int,
      into samples: inout MutableSpan<UInt16>, at next: inout Int, isWide: Bool
    ) {
      let bits = isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
      let entry = tables[
        table &+ Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits))]
      if entry & (HuffmanLookup.isSpecial | HuffmanLookup.hasValueOutside) == 0 {
        reader.consume(entry)
        samples[next] = UInt16(
          truncatingIfNeeded: Int8(truncatingIfNeeded: entry &>> 16))
        samples[next &+ 1] = UInt16(
          truncatingIfNeeded: Int8(truncatingIfNeeded: entry &>> 24))
        next &+= 1 &+ Int((entry &>> 6) & 1)
        return
      }
      if entry & HuffmanLookup.isSpecial == 0 {
        let size = Int32(truncatingIfNeeded: entry &>> 9) & 31
        let behind = reader.buffer &<< UInt64((entry &>> 16) & 31)
        reader.consume(entry)
        let raw = Int32(truncatingIfNeeded: behind &>> UInt64(64 &- size))
        samples[next] = UInt16(truncatingIfNeeded: JPEG.extended(raw, size: size))
      } else {
        let (difference, behind) = losslessDifference(
          reader, bytes, tables, table, isWide: isWide)
        reader = behind
        samples[next] = UInt16(truncatingIfNeeded: difference)
      }
      next &+= 1
    }

    /// One difference of a lossless scan, by its canonical code if need be.
    ///
    /// The reader comes and goes by value: a pointer to it would keep it in memory in the loop.
    @inline(never)
    static func losslessDifference(
      _ start: BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, _ table: Int, isWide: Bool
    ) -> (difference: Int32, reader: BitReader) {
      var reader = start
      reader.refill(bytes)
      let bits = isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
      // Entries of pairs do not say how long the first is.
      let (length, size) = symbol(&reader, tables, table, HuffmanLookup.isSpecial, bits)
      reader.consume(length)
      if size == 0 { return (0, reader) }
      // 32768 has no bits of its own. Source: T.81 H.1.2.2.
      if size == 16 { return (32_768, reader) }
      reader.refill(bytes)
      let value = reader.value(size: size, after: 0)
      reader.consume(size)
      reader.refill(bytes)
      return (value, reader)
    }

    /// The difference of a DC coefficient.
    @inline(always)
    static func difference(
      _ reader: inout BitReader, _ bytes: RawSpan, _ tables: Span<UInt32>, _ table: Int,
      isWide: Bool
    ) -> Int32 {
      let bits = isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
      let index = Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits))
      let entry = tables[table &+ index]
      if entry & HuffmanLookup.isSpecial == 0 {
        reader.consume(entry)
        return Int32(bitPattern: entry) &>> 16
      }
      let (length, size) = symbol(&reader, tables, table, entry, bits)
      reader.consume(length)
      if size == 0 { return 0 }
      reader.refill(bytes)
      let value = reader.value(size: size, after: 0)
      reader.consume(size)
      reader.refill(bytes)
      return value
    }

    /// Decodes what one entry of an AC table holds; `k` is the next zigzag position.
    ///
    /// - Returns: whether the block has ended.
    @inline(always)
    private static func step(
      _ reader: inout BitReader, _ bytes: RawSpan, _ table: Span<UInt32>, _ zigzag: Span<UInt8>,
      _ block: inout MutableSpan<Int16>, _ k: inout Int, _ isWide: Bool
    ) -> Bool {
      let bits = isWide ? HuffmanLookup.wideBits : HuffmanLookup.narrowBits
      let index = Int(truncatingIfNeeded: reader.buffer &>> UInt64(64 &- bits))
      let entry = table[index]
      let one = k &+ Int((entry &>> 8) & 15)
      let two = one &+ Int((entry &>> 12) & 15)
      // Special entries; and those that reach the last coefficient, because what is behind it in
      // the entry may belong to the next block.
      if two | Int(entry & HuffmanLookup.isSpecial) >= 63 {
        return single(&reader, bytes, table, entry, bits, zigzag, &block, &k)
      }
      reader.consume(entry)
      block[Int(zigzag[one] & 63)] =
        Int16(Int8(truncatingIfNeeded: entry &>> 16))
      block[Int(zigzag[two] & 63)] =
        Int16(Int8(truncatingIfNeeded: entry &>> 24))
      k = two &+ 1
      if entry & HuffmanLookup.endsBlock == 0 { return false }
      if entry &>> 16 == 0 { k &-= 1 }
      return true
    }

    /// Decodes one symbol, by its canonical code if need be.
    @inline(always)
    private static func single(
      _ reader: inout BitReader, _ bytes: RawSpan, _ table: Span<UInt32>, _ entry: UInt32,
      _ bits: Int, _ zigzag: Span<UInt8>, _ block: inout MutableSpan<Int16>, _ k: inout Int
    ) -> Bool {
      let (length, symbol) = symbol(&reader, table, 0, entry, bits)
      let size = symbol & 15
      if size == 0 {
        reader.consume(length)
        guard symbol == 0xF0 else { return true }
        k &+= 16
      } else {
        k &+= Int(symbol &>> 4)
        let value = reader.value(size: size, after: length)
        reader.consume(length &+ size)
        // In bounds: k was at most 63, and a run is at most 15.
        block[Int(zigzag[k] & 63)] = Int16(truncatingIfNeeded: value)
        k &+= 1
      }
      reader.refill(bytes)
      guard k > 63 else { return false }
      k = 64
      return true
    }

    /// The next symbol and its code's length, when `entry` is special or not to be used.
    @inline(always)
    static func symbol(
      _ reader: inout BitReader, _ tables: Span<UInt32>, _ table: Int, _ entry: UInt32,
      _ bits: Int
    ) -> (length: UInt32, symbol: UInt32) {
      if entry & HuffmanLookup.isSpecial != 0, entry & 63 != 0 {
        return (entry & 63, (entry &>> 8) & 255)
      }
      let found = HuffmanLookup.canonical(
        tables, limits: table &+ 1 &<< bits,
        bits: UInt32(truncatingIfNeeded: reader.buffer &>> 48))
      if found.length > 16 { reader.badCodeCount &+= 1 }
      return found
    }
  }
}
