// SPDX-License-Identifier: Apache-2.0

// The parsers that need no tables: no matches at all, and matches at distance 1. They are there for
// speed, so literals are counted in one go.

extension Deflate {
  @inline(never)
  static func parseLiterals(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ workspace: Workspace
  ) -> ParsedChunk {
    unsafe withLiteralCounts(writer.histogram) { counts in
      unsafe counts.add(data, request.start, request.stop)
      return finish(request.stop, writer, workspace)
    }
  }

  @inline(never)
  static func parseRuns(
    _ data: UnsafeRawPointer, _ request: ParseRequest, _ writer: SequenceWriter,
    _ workspace: Workspace
  ) -> ParsedChunk {
    var writer = writer
    return unsafe withLiteralCounts(writer.histogram) { counts in
      var counted = request.start
      var offset = max(request.start, 1)
      while offset < request.stop, writer.hasRoom {
        // Most words have no three bytes in a row that equal those before them.
        while offset &+ 8 <= request.stop {
          let step = unsafe runStart(data + offset)
          offset &+= step
          if step < 6 { break }
        }
        guard offset < request.stop else { break }
        // In bounds: up to `end`, which is in the window; and there is a byte before `offset`.
        let limit = min(request.end &- offset, maximumMatchLength)
        let length = unsafe matchLength(data + offset, data + (offset &- 1), known: 0, limit: limit)
        let match = Match(length: length, distance: 1)
        if length >= request.minimumLength, writer.isWorth(match, at: offset) {
          unsafe counts.add(data, counted, offset)
          writer.match(match, at: offset)
          offset &+= length
          counted = offset
        } else {
          offset &+= max(length, 1)
        }
      }
      // A match may pass the stop, but what is no match does not.
      offset = max(min(offset, request.stop), counted)
      unsafe counts.add(data, counted, offset)
      return finish(offset, writer, workspace)
    }
  }

  /// Of the eight bytes from `data` on, how many stand before a place where three in a row may
  /// equal the byte before each; 6 when there is none.
  @inline(__always)
  private static func runStart(_ data: UnsafeRawPointer) -> Int {
    let difference =
      unsafe UInt64(littleEndian: data.loadUnaligned(as: UInt64.self))
      ^ UInt64(littleEndian: (data - 1).loadUnaligned(as: UInt64.self))
    // The high bit of each zero byte; by a borrow also of a 1 above one, which costs a look only.
    let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    let threes = zeros & (zeros &>> 8) & (zeros &>> 16)
    return min(threes.trailingZeroBitCount &>> 3, 6)
  }

  /// Four histograms of bytes, for counts of a frequent byte that do not wait for each other.
  @safe private struct LiteralCounts {
    let counts: UnsafeMutablePointer<UInt32>

    /// Counts the bytes `data[start..<end]`, which the caller knows to be readable.
    @unsafe @inline(__always)
    func add(_ data: UnsafeRawPointer, _ start: Int, _ end: Int) {
      var i = start
      // In bounds: 4 × 256 counts, and a byte is below 256.
      while i &+ 4 <= end {
        let word = unsafe (data + i).loadUnaligned(as: UInt32.self)
        unsafe counts[Int(word & 255)] &+= 1
        unsafe counts[256 &+ Int(word &>> 8 & 255)] &+= 1
        unsafe counts[512 &+ Int(word &>> 16 & 255)] &+= 1
        unsafe counts[768 &+ Int(word &>> 24)] &+= 1
        i &+= 4
      }
      while i < end {
        unsafe counts[Int(data.load(fromByteOffset: i, as: UInt8.self))] &+= 1
        i &+= 1
      }
    }
  }

  /// Calls `body` with counts of zero, and adds them to `histogram` after it.
  @unsafe @inline(__always)
  private static func withLiteralCounts(
    _ histogram: UnsafeMutablePointer<UInt32>, _ body: (LiteralCounts) -> ParsedChunk
  ) -> ParsedChunk {
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1024) { memory in
      unsafe memory.initialize(repeating: 0)
      guard let base = memory.baseAddress else {
        return body(unsafe LiteralCounts(counts: histogram))
      }
      let result = body(unsafe LiteralCounts(counts: base))
      for i in 0..<256 {
        unsafe histogram[i] &+= base[i] &+ base[256 &+ i] &+ base[512 &+ i] &+ base[768 &+ i]
      }
      return result
    }
  }
}
