// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// The block being gathered, and the decision where it ends.
  ///
  /// Input is parsed in chunks of a few KiB. A chunk joins the block unless two blocks would be
  /// smaller than one: their entropies and headers are compared.
  struct PendingBlock {
    /// Symbols of the block so far.
    var counts = [UInt32](repeating: 0, count: histogramCount)
    /// Symbols of the chunk that was parsed last.
    var fresh = [UInt32](repeating: 0, count: histogramCount)
    private(set) var start = 0
    private(set) var end = 0
    private(set) var sequenceCount = 0
    /// Estimated size of the block in bits.
    private var cost: Float = 0
    private var freshCost: Float = 0

    /// Sequences of one chunk, the closing one not counted.
    static let chunkSequenceCount = 4095
    /// Input bytes of a stream's first chunk: short, for the prices are guesses until then.
    static let firstChunkByteCount = 3072
    /// Sequences of one block.
    static let sequenceCapacity = 65536
    /// Input bytes of one block, but for what its last chunk adds.
    static let greatestByteCount = 300_000
    /// Input bytes that every block but the last has at least.
    static let leastByteCount = 3072

    init() {}

    /// Whether another chunk may not fit.
    var isFull: Bool {
      end - start >= Self.greatestByteCount
        || sequenceCount + Self.chunkSequenceCount + 1 >= Self.sequenceCapacity
    }

    mutating func begin(at offset: Int) {
      start = offset
      end = offset
      sequenceCount = 0
      cost = 0
      for i in 0..<histogramCount {
        counts[i] = 0
        fresh[i] = 0
      }
    }

    /// Whether `chunk`, counted in ``fresh``, had better begin a block of its own.
    mutating func shouldEnd(before chunk: ParsedChunk) -> Bool {
      freshCost = Self.estimate(fresh.span)
      guard end > start else { return false }
      var joined = [320 of UInt32](repeating: 0)
      for i in 0..<histogramCount { joined[i] = counts[i] &+ fresh[i] }
      let joinedCost = Self.estimate(joined.span)
      if cost + freshCost < joinedCost { return true }
      freshCost = joinedCost
      return false
    }

    /// Adds the chunk that ``shouldEnd(before:)`` looked at.
    mutating func append(_ chunk: ParsedChunk) {
      for i in 0..<histogramCount {
        counts[i] &+= fresh[i]
        fresh[i] = 0
      }
      cost = freshCost
      end = chunk.end
      sequenceCount = chunk.sequenceEnd
    }

    /// Makes the chunk that ``shouldEnd(before:)`` looked at the first of a new block.
    ///
    /// - Returns: its sequences, to be moved to the front.
    mutating func startNext(with chunk: ParsedChunk) -> Range<Int> {
      let kept = sequenceCount..<chunk.sequenceEnd
      swap(&counts, &fresh)
      for i in 0..<histogramCount { fresh[i] = 0 }
      cost = freshCost
      start = end
      end = chunk.end
      sequenceCount = kept.count
      return kept
    }

    /// The size of a block with these symbols in bits, without the extra bits.
    private static func estimate(_ counts: Span<UInt32>) -> Float {
      entropy(counts, 0..<literalLengthCount) + entropy(counts, literalLengthCount..<histogramCount)
        + headerCost(counts)
    }

    private static func headerCost(_ counts: Span<UInt32>) -> Float {
      var used = 0
      for i in 0..<counts.count where counts[i] != 0 { used += 1 }
      return 80 + 3 * Float(used)
    }

    /// Σ n·log₂(total / n): what an ideal code would take.
    private static func entropy(_ counts: Span<UInt32>, _ range: Range<Int>) -> Float {
      var total: Float = 0
      var sum: Float = 0
      for i in range {
        let n = Float(counts[i])
        total += n
        sum += n * Deflate.log2(n)
      }
      return total * Deflate.log2(total) - sum
    }
  }
}
