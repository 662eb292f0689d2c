// SPDX-License-Identifier: Apache-2.0

extension LZ4.BlockEncoder {
  /// The cheapest way found to a position of a segment.
  struct Node {
    var price: Int32
    /// Of the match that ends here; 1 is a literal.
    var length: Int32
    var offset: Int32
    /// Literals since the match before.
    var literals: Int32
  }

  enum Optimal {
    /// Positions of a segment.
    static var count: Int { 4096 }
    static var byteCount: Int { (count + 1) * MemoryLayout<Node>.stride }
  }

  private var nodes: UnsafeMutablePointer<Node> {
    unsafe (tables + (Self.headCount * 4 + Self.chainCount * 2)).assumingMemoryBound(to: Node.self)
  }

  /// Levels 10 to 12: the cheapest sequences of each segment, by dynamic programming over all
  /// lengths of the longest match at every position.
  @inline(never)
  @unsafe
  func encodeOptimal(
    _ input: UnsafePointer<UInt8>, _ start: Int, _ end: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ level: Int
  ) -> Int {
    let attempts = level == 10 ? 96 : level == 11 ? 512 : 16_384
    let enough = level == 10 ? 64 : level == 11 ? 128 : Optimal.count &- 1
    var o = 0
    var anchor = start
    var i = start
    let searchEnd = end &- LZ4.lastMatchDistance
    let matchEnd = end &- LZ4.lastLiterals
    while i <= searchEnd {
      let first = unsafe longestMatch(
        input, i, low: i, longerThan: 3, end: matchEnd, attempts: attempts)
      guard first.length > 0 else {
        i &+= 1
        continue
      }
      var reach = 0
      var final = first
      if first.length < enough {
        (reach, final) = unsafe segment(
          input, i, i &- anchor, first, searchEnd, matchEnd, attempts, enough, level == 12)
      }
      unsafe emitPath(input, target, &o, &anchor, i, reach)
      if final.length > 0 {
        unsafe LZ4.emit(
          target, &o, input, anchor, final.start &- anchor, final.offset, final.length)
        anchor = final.end
        i = anchor
      } else {
        i &+= reach
      }
    }
    unsafe LZ4.emitLast(target, &o, input, anchor, end &- anchor)
    return o
  }

  /// Fills the nodes from `i` on; returns how many positions the path covers, and the match that
  /// follows it when one was long enough to be taken at once.
  @inline(__always)
  @unsafe
  private func segment(
    _ input: UnsafePointer<UInt8>, _ i: Int, _ literals: Int, _ first: Match, _ searchEnd: Int,
    _ matchEnd: Int, _ attempts: Int, _ enough: Int, _ isFull: Bool
  ) -> (reach: Int, final: Match) {
    let nodes = unsafe self.nodes
    unsafe nodes[0] = Node(
      price: 0, length: 1, offset: 0, literals: Int32(truncatingIfNeeded: literals))
    var reach = 0
    var match = first
    var k = 0
    while true {
      let node = unsafe nodes[k]
      // In bounds: k + match.length < Optimal.count, see below.
      if match.length > 0 {
        while reach < k &+ match.length {
          reach &+= 1
          unsafe nodes[reach].price = Int32.max
        }
        var length = 4
        while length <= match.length {
          let price = node.price &+ Self.matchPrice(length)
          if unsafe price < nodes[k &+ length].price {
            unsafe nodes[k &+ length] = Node(
              price: price, length: Int32(truncatingIfNeeded: length),
              offset: Int32(truncatingIfNeeded: match.offset), literals: 0)
          }
          length &+= 1
        }
      }
      let run = node.literals &+ 1
      let price = node.price &+ 1 &+ (run >= 15 && (run &- 15) % 255 == 0 ? 1 : 0)
      if k < reach, unsafe price < nodes[k &+ 1].price {
        unsafe nodes[k &+ 1] = Node(price: price, length: 1, offset: 0, literals: run)
      }
      k &+= 1
      guard k < reach, i &+ k <= searchEnd else { return (reach, Match()) }
      match = Match()
      // Where the next position costs no more than this one, a match is under way that a new one
      // seldom betters; level 12 also asks that it goes on for four.
      let isWorthwhile =
        unsafe nodes[k &+ 1].price > nodes[k].price
        || isFull && (k &+ 4 > reach || nodes[k &+ 4].price >= nodes[k].price &+ 3)
      if isWorthwhile {
        match = unsafe longestMatch(
          input, i &+ k, low: i &+ k, longerThan: 3, end: matchEnd, attempts: attempts)
        if match.length >= enough || k &+ match.length >= Optimal.count { return (k, match) }
      }
    }
  }

  /// Bytes of a sequence with a match of `length`, its literals aside.
  @inline(__always)
  private static func matchPrice(_ length: Int) -> Int32 {
    length < 19 ? 3 : 4 &+ Int32(truncatingIfNeeded: (length &- 19) / 255)
  }

  /// Writes the sequences of the cheapest way to `reach`.
  @inline(__always)
  @unsafe
  private func emitPath(
    _ input: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ o: inout Int,
    _ anchor: inout Int, _ i: Int, _ reach: Int
  ) {
    let nodes = unsafe self.nodes
    // Each node tells where it came from: turn the way round, so that it can be walked forwards.
    var k = reach
    var step = unsafe reach > 0 ? nodes[k] : Node(price: 0, length: 0, offset: 0, literals: 0)
    while k > 0 {
      let from = k &- Int(step.length)
      let before = unsafe nodes[from]
      unsafe nodes[from] = step
      step = before
      k = from
    }
    while k < reach {
      let node = unsafe nodes[k]
      if node.length > 1 {
        let position = i &+ k
        unsafe LZ4.emit(
          target, &o, input, anchor, position &- anchor, Int(node.offset), Int(node.length))
        anchor = position &+ Int(node.length)
      }
      k &+= Int(node.length)
    }
  }
}
