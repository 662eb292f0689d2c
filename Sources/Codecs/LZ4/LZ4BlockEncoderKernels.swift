// SPDX-License-Identifier: Apache-2.0

extension LZ4 {
  /// Encodes blocks one after the other; what it remembers of one serves the next when they lie
  /// in one span. The memory of the tables is reused.
  @safe
  final class BlockEncoder {
    let effort: Effort
    /// Positions by hash, and for high compression the way from each to the one before it.
    let tables: UnsafeMutableRawPointer
    /// Positions before this one are in the tables of high compression.
    var inserted = 0

    static var fastByteCount: Int { 16_384 }
    static var headCount: Int { 32_768 }
    static var chainCount: Int { 65_536 }

    init(_ effort: Effort) {
      self.effort = effort.clamped
      var byteCount = Self.fastByteCount
      if case .high(let level) = self.effort {
        byteCount = Self.headCount * 4 + Self.chainCount * 2
        if level >= 10 { byteCount += Optimal.byteCount }
      }
      unsafe tables = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
      reset()
    }

    deinit { unsafe tables.deallocate() }

    /// Forgets what was encoded: positions then count from the start of another span.
    func reset() {
      var byteCount = Self.fastByteCount
      if case .high = effort { byteCount = Self.headCount * 4 }
      unsafe tables.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      inserted = 0
    }

    /// Appends the block `source[start...]`; matches may reach back before `start`.
    ///
    /// - Precondition: the output has room for ``LZ4/encodedByteCountBound(for:)``, and everything
    ///   before `start` was encoded or primed with this encoder since the last reset.
    func encode(
      _ source: RawSpan, start: Int, into output: inout OutputRawSpan
    ) throws(CodecError) {
      try unsafe source.withBytePointer { (input, count) throws(CodecError) in
        try unsafe output.appendBytes { target, _, written in
          written = unsafe encode(input, start, count, target)
        }
      }
    }

    /// The same where that takes fewer bytes than the block has; appends nothing else. Returns
    /// whether it did.
    func encodeShorter(
      _ source: RawSpan, start: Int, into output: inout OutputRawSpan
    ) throws(CodecError) -> Bool {
      let limit = source.byteCount - start
      precondition(output.freeCapacity >= LZ4.encodedByteCountBound(for: limit))
      return try unsafe source.withBytePointer { (input, count) throws(CodecError) in
        try unsafe output.appendBytes { target, _, written in
          let encodedCount = unsafe encode(input, start, count, target, limit: limit)
          if encodedCount < limit { written = encodedCount }
          return encodedCount < limit
        }
      }
    }

    /// Returns the bytes written; `limit` or more are of no use, and then need not be written.
    @unsafe
    private func encode(
      _ input: UnsafePointer<UInt8>, _ start: Int, _ count: Int,
      _ target: UnsafeMutablePointer<UInt8>, limit: Int = Int.max
    ) -> Int {
      switch effort {
      case .fast(let acceleration):
        // Short inputs have more and smaller slots in the same memory.
        var (o, rest) =
          unsafe count < 65_536 && start == 0
          ? encodeShort(input, count, target, acceleration)
          : encodeLong(input, start, count, target, acceleration)
        guard o &+ (count &- rest) < limit else { return limit }
        unsafe LZ4.emitLast(target, &o, input, rest, count &- rest)
        return o
      case .high(let level):
        return unsafe level < 10
          ? encodeHigh(input, start, count, target, attempts: 1 << min(level &- 1, 8))
          : encodeOptimal(input, start, count, target, level)
      }
    }

    /// Puts the first `count` bytes of `source` into the tables.
    func prime(_ source: RawSpan, count: Int) {
      do throws(CodecError) {
        try unsafe source.withBytePointer { (input, _) throws(CodecError) in
          if case .fast = effort {
            unsafe primeFast(input, count)
          } else {
            unsafe insert(input, upTo: count &- 3)
          }
        }
      } catch { return }
    }
  }
}
