// SPDX-License-Identifier: Apache-2.0

extension PackBits {
  enum Status {
    case done
    case truncated(at: Int)
    case outputFull(at: Int)
  }

  static func unpack(_ source: RawSpan, into output: inout OutputRawSpan) -> Status {
    do throws(CodecError) {
      return try unsafe source.withBytePointer { (input, inputCount) throws(CodecError) in
        try unsafe output.appendBytes { target, capacity, written in
          unsafe unpack(input, inputCount, target, capacity, &written)
        }
      }
    } catch { return .done }
  }

  /// Invariant: 0 ≤ i ≤ inputCount and 0 ≤ o ≤ capacity before every packet.
  @inline(never)
  @unsafe
  private static func unpack(
    _ input: UnsafePointer<UInt8>, _ inputCount: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ written: inout Int
  ) -> Status {
    var i = 0
    var o = 0
    defer { written = o }
    // A packet takes at most 129 bytes and gives at most 128, of which 128 may be copied at once;
    // 16-byte steps of runs overshoot by 15.
    let inputEnd = inputCount &- 145
    let outputEnd = capacity &- 144
    while i <= inputEnd, o <= outputEnd {
      let header = Int(Int8(bitPattern: unsafe input[i]))
      if header == 127 {
        // Data without runs is these alone: where the next begins is then foretold, and need not
        // wait for what was read.
        let from = unsafe input + (i &+ 1)
        var k = 0
        repeat {
          unsafe target.copy16(from: from + k, o &+ k)
          unsafe target.copy16(from: from + (k &+ 16), o &+ k &+ 16)
          unsafe target.copy16(from: from + (k &+ 32), o &+ k &+ 32)
          unsafe target.copy16(from: from + (k &+ 48), o &+ k &+ 48)
          k &+= 64
        } while k < 128
        i &+= 129
        o &+= 128
        continue
      }
      // Literals and runs share one path up to 16 bytes: which of them comes next is as good as
      // random, so a branch on it would be mispredicted half the time.
      let first = unsafe input.load(SIMD2<UInt64>.self, i &+ 1)
      let run = SIMD2<UInt64>(repeating: UInt64(first[0] & 0xFF) &* Word.low)
      let sign = header >> 63
      let mask = SIMD2<UInt64>(repeating: UInt64(bitPattern: Int64(sign)))
      let chosen = (run & mask) | (first & ~mask)
      unsafe target.store(chosen, o)
      let count = ((header ^ sign) &- sign) &+ 1
      if count > 16 {
        if header == -128 {
          i &+= 1
          continue
        }
        if header >= 0 {
          // All that it can be: long literals then share one prediction.
          let from = unsafe input + (i &+ 1)
          unsafe target.copy16(from: from + 16, o &+ 16)
          unsafe target.copy16(from: from + 32, o &+ 32)
          unsafe target.copy16(from: from + 48, o &+ 48)
          unsafe target.copy16(from: from + 64, o &+ 64)
          unsafe target.copy16(from: from + 80, o &+ 80)
          unsafe target.copy16(from: from + 96, o &+ 96)
          unsafe target.copy16(from: from + 112, o &+ 112)
        } else {
          var k = 16
          repeat {
            unsafe target.store(run, o &+ k)
            k &+= 16
          } while k < count
        }
      }
      o &+= count
      // Each packet waits for this sum of the one before.
      i &+= max(header, 0) &+ 2
    }
    while i < inputCount {
      let header = Int(Int8(bitPattern: unsafe input[i]))
      if header >= 0 {
        let count = header &+ 1
        if inputCount &- i <= count {
          // Some writers pad with a zero byte: it is no literal that was cut off.
          if header == 0 { return .done }
          return .truncated(at: i)
        }
        guard capacity &- o >= count else { return .outputFull(at: i) }
        unsafe (target + o).update(from: input + (i &+ 1), count: count)
        i &+= 1 &+ count
        o &+= count
      } else if header != -128 {
        let count = 1 &- header
        guard i &+ 1 < inputCount else { return .truncated(at: i) }
        guard capacity &- o >= count else { return .outputFull(at: i) }
        unsafe (target + o).update(repeating: input[i &+ 1], count: count)
        i &+= 2
        o &+= count
      } else {
        i &+= 1
      }
    }
    return .done
  }

  /// - Precondition: the output has room for ``PackBits/encodedByteCountBound(for:)``.
  static func pack(_ source: RawSpan, into output: inout OutputRawSpan) {
    do throws(CodecError) {
      try unsafe source.withBytePointer { (input, count) throws(CodecError) in
        try unsafe output.appendBytes { target, _, written in
          written = unsafe pack(input, count, target) ?? packLiterals(input, count, target)
        }
      }
    } catch { return }
  }

  /// Bytes written to `target`; `nil` when that would not be fewer than pure literals take.
  ///
  /// In bounds: nothing is written past `limit`, which the caller has room for.
  @inline(never)
  @unsafe
  private static func pack(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int? {
    let limit = encodedByteCountBound(for: count)
    var p = 0
    var o = 0
    while p < count {
      if count &- p >= 9 {
        // Run-rich data is mostly here: one word tells that a run starts at `p`, and its length.
        let difference = unsafe input.load(UInt64.self, p) ^ input.load(UInt64.self, p &+ 1)
        let equal = Word.firstNonzeroByte(UInt64(littleEndian: difference))
        if equal > 0 {
          let run = equal < 8 ? equal &+ 1 : unsafe runLength(input, p, count)
          guard o &+ 1 < limit else { return nil }
          unsafe target[o] = UInt8(truncatingIfNeeded: 257 &- run)
          unsafe target[o &+ 1] = input[p]
          o &+= 2
          p &+= run
          continue
        }
      }
      // A run is looked for where one literal packet could still reach it.
      let windowEnd = min(p &+ 129, count)
      var d = unsafe nextPair(input, p, windowEnd)
      var run = 0
      if d < windowEnd {
        run = unsafe runLength(input, d, count)
        if d > p, run < 3 {
          // A pair between two literals costs more as a run: go on to the next one.
          let next = unsafe nextPair(input, d &+ run, windowEnd)
          if next < windowEnd, next > d &+ run {
            d = next
            run = 0
          }
        }
      }
      if d == p {
        guard o &+ 1 < limit else { return nil }
        unsafe target[o] = UInt8(truncatingIfNeeded: 257 &- run)
        unsafe target[o &+ 1] = input[p]
        o &+= 2
        p &+= run
      } else {
        let literal = min(d &- p, 128)
        guard o &+ literal &+ 1 < limit else { return nil }
        unsafe target[o] = UInt8(truncatingIfNeeded: literal &- 1)
        unsafe (target + (o &+ 1)).update(from: input + p, count: literal)
        o &+= 1 &+ literal
        p &+= literal
      }
    }
    return o
  }

  @unsafe
  private static func packLiterals(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var p = 0
    var o = 0
    while p < count {
      let literal = min(count &- p, 128)
      unsafe target[o] = UInt8(truncatingIfNeeded: literal &- 1)
      unsafe (target + (o &+ 1)).update(from: input + p, count: literal)
      o &+= 1 &+ literal
      p &+= literal
    }
    return o
  }

  /// Position of the first byte from `start` on that equals the one after it; `end` when none
  /// does before `end`.
  @inline(__always)
  @unsafe
  private static func nextPair(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int {
    var i = start
    while end &- i >= 9 {
      let difference = unsafe input.load(UInt64.self, i) ^ input.load(UInt64.self, i &+ 1)
      let k = Word.firstZeroByte(UInt64(littleEndian: difference))
      if k < 8 { return i &+ k }
      i &+= 8
    }
    while i &+ 1 < end {
      if unsafe input[i] == input[i &+ 1] { return i }
      i &+= 1
    }
    return end
  }

  /// Length of the run of equal bytes at `start`, at most 128.
  @inline(__always)
  @unsafe
  private static func runLength(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int
  ) -> Int {
    let limit = min(end &- start, 128)
    let splat = UInt64(unsafe input[start]) &* Word.low
    var n = 1
    while limit &- n >= 8 {
      let k = Word.firstNonzeroByte(
        UInt64(littleEndian: unsafe input.load(UInt64.self, start &+ n) ^ splat))
      if k < 8 { return n &+ k }
      n &+= 8
    }
    while n < limit, unsafe input[start &+ n] == input[start] { n &+= 1 }
    return n
  }
}
