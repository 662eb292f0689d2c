// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The entropy-coded bytes between two markers, without their stuffing, a piece at a time.
  ///
  /// After the last byte come ``margin`` zeros, more than one MCU can read, as T.81 demands of a
  /// decoder that runs out of data (F.2.2.5) and as libjpeg does.
  struct EntropySegment: Sendable {
    private(set) var bytes: [UInt8]
    /// Bytes of data at the start of ``bytes``.
    private(set) var count = 0
    /// Whether a marker or the end of the file follows the data.
    private(set) var isComplete = false
    /// The marker that ended the data; `nil` at the end of the file.
    private(set) var marker: Marker?
    /// Zeros behind the data.
    let margin: Int
    /// Where bytes that are not zero may end.
    private var dirtyEnd = 0

    /// - Parameters:
    ///   - capacity: bytes of data to hold at most at one time.
    ///   - blockCount: blocks of one MCU.
    ///   - blockByteCount: no block's code is longer. As Huffman codes 63 coefficients of at most
    ///     17 + 15 bits and a DC difference are fewer than 256 bytes.
    init(capacity: Int, blockCount: Int, blockByteCount: Int = 256) {
      margin = blockCount * blockByteCount + 16
      bytes = Array(repeatElement(0, count: max(capacity, margin) + margin + 16))
    }

    /// The last position from which an MCU may be read without looking at what follows.
    var safeLimit: Int { isComplete ? count : count - margin }

    /// Forgets all data, to begin behind the marker that ended it.
    ///
    /// - Parameter isEmpty: there is no more data; the margin stands for it.
    mutating func restart(isEmpty: Bool = false) {
      dirtyEnd = max(dirtyEnd, count)
      count = 0
      isComplete = isEmpty
      if isEmpty { clearMargin() } else { marker = nil }
    }

    /// Moves what is unread to the front and fills up from `source`.
    ///
    /// - Parameters:
    ///   - reader: its position is moved with the data.
    ///   - offset: the next byte of `source`; left at the marker's first `FF` when one is met.
    ///   - isFinal: nothing follows `source`.
    /// - Returns: whether anything was added or the end was found.
    mutating func replenish(
      from source: RawSpan, at offset: inout Int, isFinal: Bool, reader: inout BitReader
    ) -> Bool {
      guard !isComplete else { return false }
      dropConsumed(&reader)
      let before = count
      copy(from: source, at: &offset, isFinal: isFinal)
      clearMargin()
      return count > before || isComplete
    }

    private mutating func dropConsumed(_ reader: inout BitReader) {
      let (consumed, end) = (min(reader.position, count), count)
      guard consumed > 0 else { return }
      var target = bytes.mutableSpan
      var memory = target.rawBytes
      // Eight bytes at once; those behind the end are cleared or written over.
      for i in stride(from: consumed, to: end, by: 8) {
        let word = memory.bytes.loadUnaligned(UInt64.self, at: i)
        memory.storeBytes(of: word, toByteOffset: i &- consumed, as: UInt64.self)
      }
      dirtyEnd = max(dirtyEnd, end)
      count = end - consumed
      reader.position -= consumed
    }

    /// Copies until a marker, the end of `source`, or no room is left.
    private mutating func copy(from source: RawSpan, at offset: inout Int, isFinal: Bool) {
      let start = count
      let capacity = bytes.count - margin - 16
      var target = bytes.mutableSpan
      var output = target.rawBytes
      let (written, end) = Self.unstuff(
        source, at: &offset, isFinal: isFinal, into: &output, from: start, upTo: capacity)
      dirtyEnd = max(dirtyEnd, written + 16)
      count = written
      if let end {
        isComplete = true
        marker = end.marker
      }
    }

    /// - Returns: where in `output` the data ends, and what ended it, if anything did.
    private static func unstuff(
      _ source: RawSpan, at offset: inout Int, isFinal: Bool, into output: inout MutableRawSpan,
      from start: Int, upTo capacity: Int
    ) -> (written: Int, end: (marker: Marker?, Void)?) {
      var (written, read) = (start, offset)
      let end = source.byteCount
      defer { offset = read }
      while written < capacity {
        if read &+ 16 <= end {
          // Sixteen bytes at once; those behind the first FF are overwritten later.
          let words = SIMD2(
            source.loadUnaligned(UInt64.self, at: read),
            source.loadUnaligned(UInt64.self, at: read &+ 8))
          output.storeBytes(of: words[0], toByteOffset: written, as: UInt64.self)
          output.storeBytes(of: words[1], toByteOffset: written &+ 8, as: UInt64.self)
          let marks = Lanes.highBits(Lanes.equal(words.lanes8, SIMD16(repeating: 0xFF)))
          let plain = (marks | 1 &<< 16).trailingZeroBitCount
          written &+= plain
          read &+= plain
          if plain == 16 { continue }
        } else if read &+ 8 <= end {
          // Eight bytes at once, the same way.
          let word = UInt64(littleEndian: source.loadUnaligned(UInt64.self, at: read))
          output.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
          let full = (~word &- 0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080
          let plain = full.trailingZeroBitCount &>> 3
          written &+= plain
          read &+= plain
          if plain == 8 { continue }
        } else if read == end {
          return (written, isFinal ? (nil, ()) : nil)
        } else if source[byteAt: read] != 0xFF {
          output.storeBytes(of: source[byteAt: read], toByteOffset: written, as: UInt8.self)
          written &+= 1
          read &+= 1
          continue
        }
        // At an FF: data when, after any number of FF more, a zero follows; else a marker.
        var next = read &+ 1
        while next < end, source[byteAt: next] == 0xFF { next &+= 1 }
        if next == end {
          if isFinal { read = end }
          return (written, isFinal ? (nil, ()) : nil)
        }
        let code = source[byteAt: next]
        if code != 0 {
          read = next &- 1
          return (written, (Marker(rawValue: code), ()))
        }
        output.storeBytes(of: 0xFF, toByteOffset: written, as: UInt8.self)
        written &+= 1
        read = next &+ 1
      }
      return (written, nil)
    }

    private mutating func clearMargin() {
      let (start, end) = (count, min(dirtyEnd, bytes.count))
      dirtyEnd = start
      guard end > start else { return }
      var target = bytes.mutableSpan
      for i in start..<end { target[i] = 0 }
    }
  }
}
