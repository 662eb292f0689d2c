// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the symbols of sequential scans cost, by table 0 and 1.
  struct SymbolCosts: Sendable {
    /// Bits of each symbol with its extra bits: 256 of DC 0, DC 1, AC 0, AC 1.
    private(set) var bits = [Double](repeating: 0, count: 1024)

    /// From how often symbols occur, see ``TokenStream``; each is taken to occur once more, so that
    /// those that do not yet have a price too.
    init(_ histogram: [UInt32]) {
      for index in 0..<2 {
        for tableClass in [HuffmanTable.Class.dc, .ac] {
          let first = TokenStream.firstIndex(tableClass, index)
          var frequencies = [UInt32](repeating: 0, count: 256)
          for symbol in 0..<256 where tableClass == .ac || symbol < 16 {
            let isUsed = tableClass == .dc || symbol & 15 != 0 || symbol == 0 || symbol == 0xF0
            frequencies[symbol] = isUsed ? histogram[first + symbol] + 1 : 0
          }
          for (symbol, code) in HuffmanTable(frequencies: frequencies.span).codes.enumerated() {
            bits[first + symbol] = Double(
              Int(code & 63) + symbol & 15)
          }
        }
      }
    }
  }

  /// Chooses the levels of a block's AC coefficients that cost least: weighted squared error, and
  /// `lambda` for each bit. The coefficients that stay are a path through the block, and the best path to one
  /// of them goes on from the best path to one before it. Source: Ramchandran and Vetterli,
  /// "Rate-distortion optimal fast thresholding with complete JPEG/MPEG decoder compatibility", 1994.
  struct Trellis: Sendable {
    let costs: SymbolCosts
    /// Zigzag positions of coefficients that may stay, after 0 for the start.
    private var places = [Int](repeating: 0, count: 64)
    /// The least cost up to each of them, where it comes from and its level then.
    private var best = [Double](repeating: 0, count: 64)
    private var origins = [Int](repeating: 0, count: 64)
    private var levels = [Int32](repeating: 0, count: 64)
    /// Weighted squares of the coefficients up to each zigzag position.
    private var energy = [Double](repeating: 0, count: 64)

    /// The largest level that a symbol has room for, as that of samples that are not beyond their
    /// range.
    private let largest: Int32

    init(_ costs: SymbolCosts, bitCount: Int) {
      self.costs = costs
      largest = 1 << Int32(bitCount + 2) - 1
    }

    /// - Parameters:
    ///   - block: transformed samples in row order.
    ///   - divisors: in row order, in the same unit.
    ///   - weights: of errors, in zigzag order.
    ///   - table: of the AC symbols, 0 or 1.
    ///   - values: receives the levels, in row order; the DC coefficient stays as it is.
    /// - Returns: which AC coefficients are not zero, in zigzag order.
    mutating func quantize(
      _ block: Span<Int64>, _ divisors: Span<UInt32>, weights: Span<Double>,
      lambda: Double, table: Int, into values: inout MutableSpan<Int16>, at first: Int
    ) -> UInt64 {
      let bits = TokenStream.firstIndex(.ac, table)
      var count = 1
      (places[0], best[0], energy[0]) = (0, 0, 0)
      for k in 1..<64 {
        let position = Int(JPEG.zigzag[k])
        let size = Int32(truncatingIfNeeded: block[position].magnitude)
        let divisor = Int32(truncatingIfNeeded: divisors[position])
        energy[k] = energy[k - 1] + Double(size) * Double(size) * weights[k]
        values[first + position] = 0
        let level = min((size + divisor / 2) / divisor, largest)
        if level == 0 { continue }
        choose(size, level, divisor, weights[k], at: k, number: count, lambda, bits)
        count += 1
      }
      return trace(block, count, lambda, bits, into: &values, at: first)
    }

    /// Finds the best path to a coefficient and its level.
    private mutating func choose(
      _ size: Int32, _ level: Int32, _ divisor: Int32, _ weight: Double, at k: Int, number: Int,
      _ lambda: Double, _ bits: Int
    ) {
      places[number] = k
      best[number] = .infinity
      let before = energy[k - 1]
      // The nearest level, the one below, and the largest one with a bit less.
      let short = 1 << (31 - Int32(level.leadingZeroBitCount)) - 1 as Int32
      for candidate in 0..<3 {
        let wanted = candidate == 0 ? level : candidate == 1 ? level - 1 : short
        if wanted == 0 || candidate == 2 && wanted >= level - 1 { continue }
        let error = Double(size - wanted * divisor)
        let symbol = 32 - wanted.leadingZeroBitCount
        for origin in 0..<number {
          let run = k - places[origin] - 1
          let rate =
            costs.bits[bits + 0xF0] * Double(run >> 4) + costs.bits[bits + (run & 15) << 4 + symbol]
          let zeros = before - energy[places[origin]]
          let cost = best[origin] + zeros + error * error * weight + lambda * rate
          if cost < best[number] {
            (best[number], origins[number], levels[number]) = (cost, origin, wanted)
          }
        }
      }
    }

    /// Follows the best of all paths back.
    private func trace(
      _ block: Span<Int64>, _ count: Int, _ lambda: Double, _ bits: Int,
      into values: inout MutableSpan<Int16>, at first: Int
    ) -> UInt64 {
      var (last, least) = (0, Double.infinity)
      for number in 0..<count {
        let end = places[number] == 63 ? 0 : costs.bits[bits]
        let cost = best[number] + (energy[63] - energy[places[number]]) + lambda * end
        if cost < least { (last, least) = (number, cost) }
      }
      var map: UInt64 = 0
      while last > 0 {
        let k = places[last]
        let position = Int(JPEG.zigzag[k])
        let level = Int16(truncatingIfNeeded: levels[last])
        values[first + position] = block[position] < 0 ? -level : level
        map |= 1 << UInt64(k)
        last = origins[last]
      }
      return map
    }
  }

  /// Chooses the levels of neighbouring DC coefficients in the same way: each is coded as its
  /// difference from the one before.
  struct DCTrellis: Sendable {
    private let costs: SymbolCosts
    private let bits: Int
    private let lambda: Double
    private let divisor: Int32
    /// Levels are from `-limit` on and below it.
    private let limit: Int32
    /// For each coefficient the nearest level, and for it and those below and above it where the
    /// best path comes from.
    private var centres: [Int32] = []
    private var origins: [SIMD4<UInt8>] = []
    private var best: SIMD4<Double>
    private var before: Int32

    /// - Parameter previous: the level of the last coefficient before these.
    init(
      _ costs: SymbolCosts, table: Int, lambda: Double, divisor: UInt32, previous: Int32,
      bitCount: Int
    ) {
      self.costs = costs
      self.lambda = lambda
      self.divisor = Int32(divisor)
      limit = 1 << Int32(bitCount + 2)
      bits = TokenStream.firstIndex(.dc, table)
      before = previous
      best = SIMD4(.infinity, 0, .infinity, .infinity)
    }

    /// Adds a transformed coefficient.
    mutating func add(_ value: Int32) {
      let half = value < 0 ? -(divisor / 2) : divisor / 2
      let centre = min(max((value + half) / divisor, -limit), limit - 1)
      var (next, origin) = (SIMD4<Double>(repeating: .infinity), SIMD4<UInt8>())
      for candidate in 0..<3 {
        let level = centre + Int32(candidate) - 1
        guard (-limit..<limit).contains(level) else { continue }
        let error = Double(value - level * divisor)
        for source in 0..<3 where best[source] < .infinity {
          let difference = level - (before + Int32(source) - 1)
          let size = min(32 - difference.magnitude.leadingZeroBitCount, 15)
          let cost = best[source] + error * error + lambda * costs.bits[bits + size]
          if cost < next[candidate] {
            (next[candidate], origin[candidate]) = (cost, UInt8(source))
          }
        }
      }
      (best, before) = (next, centre)
      centres.append(centre)
      origins.append(origin)
    }

    /// The levels of all coefficients.
    func levels() -> [Int16] {
      var state = (0..<3).min { best[$0] < best[$1] } ?? 1
      var result = [Int16](repeating: 0, count: centres.count)
      for i in centres.indices.reversed() {
        result[i] = Int16(truncatingIfNeeded: centres[i] + Int32(state) - 1)
        state = Int(origins[i][state])
      }
      return result
    }
  }
}
