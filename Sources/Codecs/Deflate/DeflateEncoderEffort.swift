// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// How hard the encoder tries: what a level and a strategy stand for.
  struct Effort {
    enum Parser {
      /// No matches.
      case literals
      /// Matches at distance 1.
      case runs
      /// The first match of two candidates.
      case pairs
      /// The first match, longest of a chain.
      case greedy
      /// Unless the next byte begins a better one.
      case lazy
      /// Unless one of the next two bytes begins a better one.
      case lazier
      /// The cheapest of all ways, with prices from the one before; see ``MatchCache``.
      case optimal
    }

    var isStored = false
    var parser: Parser
    /// Candidates to try for one match.
    var depth: Int
    /// At least as many, however little matches help.
    var leastDepth: Int { max(depth / 32, 4) }
    /// A match as long as this is taken at once.
    var niceLength: Int
    /// Shorter matches are never taken.
    var minimumLength = 3
    /// Input bytes from one look at the statistics to the next.
    var chunkByteCount = 16384
    /// How often the optimal parser improves its prices, at most.
    var passCount = 0

    /// `nil` for a level outside 0…12.
    init?(_ options: EncodeOptions) {
      let table: (Parser, depth: Int, nice: Int)
      switch options.level {
      case 0: table = (.literals, 0, 0)
      case 1: table = (.pairs, 2, 32)
      case 2: table = (.greedy, 6, 10)
      case 3: table = (.greedy, 12, 14)
      case 4: table = (.greedy, 16, 30)
      case 5: table = (.lazy, 16, 30)
      case 6: table = (.lazy, 35, 65)
      case 7: table = (.lazy, 100, 130)
      case 8: table = (.lazier, 300, 258)
      case 9: table = (.lazier, 600, 258)
      case 10: table = (.optimal, 40, 80)
      case 11: table = (.optimal, 100, 150)
      case 12: table = (.optimal, 300, 258)
      default: return nil
      }
      (parser, depth, niceLength) = table
      isStored = options.level == 0
      if parser == .optimal {
        chunkByteCount = 8192
        passCount = [3, 6, 16][options.level - 10]
      }
      switch options.strategy {
      case .default, .fixed: break
      case .filtered: minimumLength = 6
      case .huffmanOnly: parser = .literals
      case .runLength: parser = .runs
      }
    }

    /// Candidates to try for one match, when matches cover this part of the input.
    ///
    /// Where matches are rare, those that pay are found early: the photographs of the benchmark
    /// lose 0.1 % by a depth of 4.
    func depth(coverage: Float) -> Int {
      let part = min(max((coverage - 0.2) * 2, 0), 1)
      return max(Int(Float(depth) * part), min(depth, leastDepth))
    }

    var usesChains: Bool { parser == .greedy || parser == .lazy || parser == .lazier }
    var usesTrees: Bool { parser == .optimal }
    var sequenceCapacity: Int {
      if isStored { return 1 }
      return usesTrees ? MatchCache.sequenceCapacity : PendingBlock.sequenceCapacity
    }
  }
}
