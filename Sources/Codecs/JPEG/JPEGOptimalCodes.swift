// SPDX-License-Identifier: Apache-2.0

extension JPEG.HuffmanTable {
  /// The table whose codes are shortest for symbols of the given frequencies.
  ///
  /// The longest code of all ones stays free, codes have 16 bits at most, and of equal frequencies
  /// the larger symbol gets the longer code, as libjpeg has it. Source: T.81 K.2.
  ///
  /// - Parameter frequencies: of the symbols 0 to 255.
  init(frequencies: Span<UInt32>) {
    // A symbol that nobody uses takes the code of all ones.
    var (symbols, weights): ([Int], [UInt64]) = ([], [])
    for symbol in 0..<256 where frequencies[symbol] > 0 {
      symbols.append(symbol)
      weights.append(UInt64(frequencies[symbol]))
    }
    symbols.append(256)
    weights.append(1)
    let lengths = Self.codeLengths(weights)
    var counts = [Int](repeating: 0, count: max(lengths.max() ?? 0, 16) + 1)
    for length in lengths where length > 0 { counts[length] += 1 }
    Self.limit(&counts)
    if let longest = counts.lastIndex(where: { $0 > 0 }) { counts[longest] -= 1 }
    // Shortest codes first. Limiting changed lengths, but not their order.
    let order = symbols.indices.dropLast().sorted {
      (lengths[$0], $0) < (lengths[$1], $1)
    }
    self.init(
      counts: counts[1...16].map { UInt8($0) },
      symbols: order.map { UInt8(truncatingIfNeeded: symbols[$0]) })
  }

  /// How long Huffman's procedure makes the code of each symbol. Source: T.81 figures K.1 and K.2.
  private static func codeLengths(_ weights: [UInt64]) -> [Int] {
    var lengths = [Int](repeating: 0, count: weights.count)
    // Trees as chains: all symbols of a tree follow from its first one.
    var next = [Int](repeating: -1, count: weights.count)
    var trees = Array(weights.indices)
    var weights = weights
    while trees.count > 1 {
      // The two lightest, of equals the later.
      var (first, second) = (-1, -1)
      for (place, tree) in trees.enumerated() {
        if first < 0 || weights[tree] <= weights[trees[first]] {
          (first, second) = (place, first)
        } else if second < 0 || weights[tree] <= weights[trees[second]] {
          second = place
        }
      }
      let (kept, merged) = (trees[first], trees[second])
      weights[kept] += weights[merged]
      trees.remove(at: second)
      var last = kept
      lengths[last] += 1
      while next[last] >= 0 {
        last = next[last]
        lengths[last] += 1
      }
      next[last] = merged
      while next[last] >= 0 {
        last = next[last]
        lengths[last] += 1
      }
    }
    return lengths
  }

  /// Shortens codes of more than 16 bits. Source: T.81 figure K.3.
  private static func limit(_ counts: inout [Int]) {
    for length in stride(from: counts.count - 1, to: 16, by: -1) {
      while counts[length] > 0 {
        // Two codes of this length become one of a bit less; a shorter code, made a bit longer,
        // takes the other one in.
        guard let shorter = (1...(length - 2)).last(where: { counts[$0] > 0 }) else { break }
        counts[length] -= 2
        counts[length - 1] += 1
        counts[shorter + 1] += 2
        counts[shorter] -= 1
      }
    }
  }
}
