// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Bits that do not fill a byte yet, lowest first.
  struct BitBuffer {
    var accumulator: UInt64 = 0
    var count = 0

    /// Adds the low `bitCount` bits of `value`, at most 32, and appends the bytes that are full.
    ///
    /// The caller has checked the room.
    mutating func put(_ value: Int, _ bitCount: Int, to output: inout OutputRawSpan) {
      accumulator |= UInt64(truncatingIfNeeded: value) &<< UInt64(truncatingIfNeeded: count)
      count &+= bitCount
      while count >= 8 {
        output.append(UInt8(truncatingIfNeeded: accumulator))
        accumulator &>>= 8
        count &-= 8
      }
    }

    /// Fills the last byte with zeros.
    mutating func align(to output: inout OutputRawSpan) {
      if count > 0 { put(0, 8 - count, to: &output) }
    }
  }

  /// Makes length-limited prefix codes; holds the memory for it.
  struct CodeBuilder {
    private var nodes = [UInt32](repeating: 0, count: literalLengthCount)
    private var sorted = [UInt32](repeating: 0, count: literalLengthCount)

    init() {}

    /// Sets `lengths[range]` to code lengths of at most `limit` bits for `frequencies[range]`, and
    /// `codes[range]` to the code words: bits in the order they are sent from bit 8 on, their
    /// number below.
    ///
    /// At least two symbols get a code, so that the code is complete: some decoders insist on it.
    /// Source: A. Moffat, J. Katajainen, "In-place calculation of minimum-redundancy codes", 1995;
    /// RFC 1951 §3.2.2 for the code words.
    mutating func build(
      _ frequencies: [UInt32], _ range: Range<Int>, limit: Int,
      lengths: inout [UInt8], codes: inout [UInt32]
    ) {
      var lengths = lengths.mutableSpan
      var codes = codes.mutableSpan
      for symbol in range {
        lengths[symbol] = 0
        codes[symbol] = 0
      }
      let count = Self.sortUsedSymbols(frequencies.span, range, into: &sorted, scratch: &nodes)
      var lengthCounts = [16 of Int](repeating: 0)
      if count <= 2 {
        lengthCounts[1] = 2
      } else {
        Self.countLengths(of: sorted, count, limit, &nodes, into: &lengthCounts)
      }
      // The rarest symbols come first and get the longest codes.
      var index = 0
      for length in stride(from: limit, through: 1, by: -1) {
        for _ in 0..<lengthCounts[length] {
          lengths[range.lowerBound + Int(sorted[index] & 0x1FF)] = UInt8(length)
          index += 1
        }
      }
      var next = [16 of UInt32](repeating: 0)
      var code: UInt32 = 0
      for length in 1...limit {
        code = (code + UInt32(length > 1 ? lengthCounts[length - 1] : 0)) << 1
        next[length] = code
      }
      for symbol in range where lengths[symbol] > 0 {
        let length = Int(lengths[symbol])
        codes[symbol] = Deflate.reversed(next[length], length) << 8 | UInt32(length)
        next[length] += 1
      }
    }

    /// Puts the used symbols, rarest first, into `sorted`: frequency from bit 9 on, symbol below.
    ///
    /// When fewer than two are used, others are added.
    private static func sortUsedSymbols(
      _ frequencies: Span<UInt32>, _ range: Range<Int>, into sorted: inout [UInt32],
      scratch: inout [UInt32]
    ) -> Int {
      var scratch = scratch.mutableSpan
      var sorted = sorted.mutableSpan
      var count = 0
      var highest: UInt32 = 0
      for symbol in range {
        let frequency = frequencies[symbol]
        if frequency > 0 {
          sorted[count] = frequency << 9 | UInt32(symbol - range.lowerBound)
          highest = max(highest, frequency)
          count += 1
        }
      }
      if count < 2 {
        let only = count == 1 ? sorted[0] & 0x1FF : 0
        sorted[0] = only
        sorted[1] = only == 0 ? 1 : 0
        return 2
      }
      // Radix sort, a byte of the frequency at a time.
      var shift: UInt32 = 9
      while highest > 0 {
        var offsets = [256 of Int](repeating: 0)
        for i in 0..<count { offsets[Int(sorted[i] >> shift & 0xFF)] += 1 }
        var total = 0
        for i in 0..<256 {
          let here = offsets[i]
          offsets[i] = total
          total += here
        }
        for i in 0..<count { scratch[i] = sorted[i] }
        for i in 0..<count {
          let digit = Int(scratch[i] >> shift & 0xFF)
          sorted[offsets[digit]] = scratch[i]
          offsets[digit] += 1
        }
        shift += 8
        highest >>= 8
      }
      return count
    }

    /// How many codes of each length a minimum-redundancy code for `sorted` has.
    private static func countLengths(
      of sorted: [UInt32], _ count: Int, _ limit: Int, _ scratch: inout [UInt32],
      into lengthCounts: inout [16 of Int]
    ) {
      var node = scratch.mutableSpan
      for i in 0..<count { node[i] = sorted[i] >> 9 }
      // Join the two lightest trees, again and again. Trees lie at `tree..<made`, leaves from
      // `leaf` on; a joined tree's entry becomes its parent's index.
      var (tree, leaf) = (0, 0)
      for made in 0..<(count - 1) {
        var weight: UInt32 = 0
        for _ in 0..<2 {
          if leaf >= count || (tree < made && node[tree] < node[leaf]) {
            weight += node[tree]
            node[tree] = UInt32(made)
            tree += 1
          } else {
            weight += node[leaf]
            leaf += 1
          }
        }
        node[made] = weight
      }
      // Depths of the inner nodes, from the root down; leaves are what the inner nodes leave free.
      node[count - 2] = 0
      var innerCounts = [320 of UInt16](repeating: 0)
      innerCounts[0] = 1
      for i in stride(from: count - 3, through: 0, by: -1) {
        node[i] = node[Int(node[i])] + 1
        innerCounts[Int(node[i])] += 1
      }
      var available = 1
      var depth = 0
      while available > 0 {
        let inner = Int(innerCounts[depth])
        lengthCounts[min(depth, limit)] += available - inner
        available = inner * 2
        depth += 1
      }
      limitLengths(&lengthCounts, limit)
    }

    /// Makes room for the codes that were cut to `limit` bits.
    private static func limitLengths(_ lengthCounts: inout [16 of Int], _ limit: Int) {
      var used = 0
      for length in 1...limit { used += lengthCounts[length] << (limit - length) }
      while used > 1 << limit {
        // A shorter code becomes two that are one bit longer; the second takes in a longest one.
        var length = limit - 1
        while lengthCounts[length] == 0 { length -= 1 }
        lengthCounts[length] -= 1
        lengthCounts[length + 1] += 2
        lengthCounts[limit] -= 1
        used -= 1
      }
    }
  }

  /// The low `count` bits of `code` in reverse order; at most 16.
  @inline(__always)
  static func reversed(_ code: UInt32, _ count: Int) -> UInt32 {
    var x = code
    x = (x & 0x5555) << 1 | x >> 1 & 0x5555
    x = (x & 0x3333) << 2 | x >> 2 & 0x3333
    x = (x & 0x0F0F) << 4 | x >> 4 & 0x0F0F
    x = (x & 0x00FF) << 8 | x >> 8 & 0x00FF
    return x >> UInt32(16 - count)
  }
}
