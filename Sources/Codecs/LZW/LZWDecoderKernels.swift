// SPDX-License-Identifier: Apache-2.0

extension LZW {
  /// A string of the table.
  ///
  /// It holds its first bytes itself, so that most codes cost one load and one store; a longer
  /// string is copied from where it was last written.
  struct Entry {
    /// The first eight bytes in memory order, zeros behind a shorter string.
    var head: UInt64
    /// Bits 0–15: length. Bits 16–63: offset in the output.
    var place: UInt64

    @inline(__always) var length: Int { Int(truncatingIfNeeded: place & 0xFFFF) }
    @inline(__always) var offset: Int { Int(truncatingIfNeeded: place >> 16) }
  }

  static func decode<Order: LZWBitOrder>(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: Layout, _ order: Order.Type
  ) throws(CodecError) -> Int {
    try unsafe source.withBytePointer { (input, inputCount) throws(CodecError) in
      try unsafe output.appendBytes { (target, capacity, written) throws(CodecError) in
        var failure: CodecError?
        let used = unsafe withUnsafeTemporaryAllocation(
          of: Entry.self, capacity: tableCapacity + 1
        ) { table in
          for i in 0..<layout.clearCode {
            unsafe table.initializeElement(
              at: i, to: Entry(head: UInt64(i).littleEndian, place: 1))
          }
          var machine = unsafe Machine<Order>(
            layout, input, inputCount, target, capacity, table.baseAddress.unsafelyUnwrapped)
          machine.run()
          written = machine.o
          failure = machine.failure
          return (machine.position + 7) >> 3
        }
        if let failure { throw failure }
        return min(used, inputCount)
      }
    }
  }

  /// Invariants: `table[..<next]` less the CLEAR and end codes are initialised strings which lie
  /// wholly in `target[..<o]` when longer than eight bytes; `next ≤ tableCapacity`; `o ≤ capacity`.
  @safe
  struct Machine<Order: LZWBitOrder> {
    let layout: Layout
    let input: UnsafePointer<UInt8>
    let inputBitCount: Int
    let target: UnsafeMutablePointer<UInt8>
    let capacity: Int
    let table: UnsafeMutablePointer<Entry>
    /// Next bit of the input.
    var position = 0
    /// Next byte of the output.
    var o = 0
    var width: Int
    var next: Int
    var limit: Int
    /// The string of the code before; length 0 after a CLEAR.
    var previous = Entry(head: 0, place: 0)
    var failure: CodecError?

    init(
      _ layout: Layout, _ input: UnsafePointer<UInt8>, _ inputCount: Int,
      _ target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ table: UnsafeMutablePointer<Entry>
    ) {
      self.layout = layout
      unsafe self.input = unsafe input
      self.inputBitCount = inputCount &* 8
      unsafe self.target = unsafe target
      self.capacity = capacity
      unsafe self.table = unsafe table
      self.width = layout.firstWidth
      self.next = layout.firstFree
      self.limit = layout.limit(layout.firstWidth)
    }

    mutating func run() {
      repeat { fastLoop() } while step()
    }

    /// Decodes while eight bytes of input can be loaded and 24 bytes of output stored, and no
    /// code is special.
    @inline(never)
    mutating func fastLoop() {
      let input = unsafe self.input
      let target = unsafe self.target
      let table = unsafe self.table
      let clearCode = layout.clearCode
      let outputEnd = capacity &- 24
      let inputEnd = inputBitCount &- 64
      var position = self.position
      var o = self.o
      var next = self.next
      var limit = self.limit
      var width = self.width
      var previous = self.previous
      guard previous.place != 0 else { return }
      while position <= inputEnd, o <= outputEnd {
        let code = unsafe Order.code(
          input.load(UInt64.self, position >> 3), position, width)
        // The string to add starts where the one before was written and ends with this code's
        // first byte, so it is already in the output.
        let length = previous.length
        var entry: Entry
        if code < next {
          if code &- clearCode | 1 == 1 { break }
          entry = unsafe table[code]
        } else {
          // The code being added just now: the string before and its first byte.
          guard code == next, code < 4096 else { break }
          let first = UInt64(littleEndian: previous.head) & 0xFF
          let head = UInt64(littleEndian: previous.head) | first << UInt64(8 &* length)
          entry = Entry(head: head.littleEndian, place: previous.place &+ 1)
        }
        let count = entry.length
        unsafe target.store(entry.head, o)
        if count > 8 {
          guard count &+ 16 <= capacity &- o else { break }
          // Chunks of 16 after the first 8: the string may end with this copy's first byte.
          let from = unsafe UnsafePointer(target) + entry.offset
          unsafe target.copy16(from: from + 8, o &+ 8)
          var k = 24
          while k < count {
            unsafe target.copy16(from: from + k, o &+ k)
            k &+= 16
          }
        }
        let first = UInt64(littleEndian: entry.head) & 0xFF
        // A shift by 64 or more gives 0: the head of a longer string stays.
        let head = UInt64(littleEndian: previous.head) | first << UInt64(8 &* length)
        unsafe table[next] = Entry(head: head.littleEndian, place: previous.place &+ 1)
        next &+= 1
        previous = Entry(
          head: entry.head,
          place: UInt64(truncatingIfNeeded: o) &<< 16 | UInt64(truncatingIfNeeded: count))
        o &+= count
        position &+= width
        if next >= limit {
          if width < 12 {
            width &+= 1
            limit = layout.limit(width)
          } else if layout.freezes {
            next = 4096
          } else {
            break
          }
        }
      }
      self.position = position
      self.o = o
      self.next = next
      self.limit = limit
      self.width = width
      self.previous = previous
    }

    /// Decodes one code with every check; `false` at the end of the data.
    @inline(never)
    mutating func step() -> Bool {
      if next >= limit, width == 12, !layout.freezes {
        failure = CodecError(
          .corrupt, codec: LZW.name, "the table overflows: a CLEAR code is missing",
          at: position >> 3)
        return false
      }
      guard position &+ width <= inputBitCount, o < capacity else { return false }
      let code = Order.code(tailWord(), position, width)
      if code == layout.endCode {
        position &+= width
        return false
      }
      if code == layout.clearCode {
        position &+= width
        width = layout.firstWidth
        next = layout.firstFree
        limit = layout.limit(width)
        previous = Entry(head: 0, place: 0)
        return true
      }
      var entry: Entry
      if previous.place == 0 {
        guard code < layout.clearCode else { return fail() }
        entry = unsafe table[code]
      } else {
        guard code <= next, code < 4096 else { return fail() }
        let length = previous.length
        let first =
          unsafe UInt64(
            littleEndian: code < next ? table[code].head : previous.head) & 0xFF
        let head = UInt64(littleEndian: previous.head) | first << UInt64(8 &* length)
        unsafe table[next] = Entry(head: head.littleEndian, place: previous.place &+ 1)
        entry = unsafe table[code]
        next &+= 1
      }
      let count = entry.length
      let room = min(count, capacity &- o)
      for k in 0..<room {
        let byte =
          unsafe k < 8
          ? UInt8(truncatingIfNeeded: UInt64(littleEndian: entry.head) &>> UInt64(8 &* k))
          : target[entry.offset &+ k]
        unsafe target[o &+ k] = byte
      }
      previous = Entry(
        head: entry.head,
        place: UInt64(truncatingIfNeeded: o) &<< 16 | UInt64(truncatingIfNeeded: count))
      o &+= room
      position &+= width
      if next >= limit {
        if width < 12 {
          width &+= 1
          limit = layout.limit(width)
        } else if layout.freezes {
          next = 4096
        }
      }
      return true
    }

    private mutating func fail() -> Bool {
      failure = LZW.corruptCode(position)
      return false
    }

    /// Up to eight bytes at the current position, zeros behind the end of the input.
    private func tailWord() -> UInt64 {
      let start = position >> 3
      let left = (inputBitCount >> 3) &- start
      if left >= 8 { return unsafe input.load(UInt64.self, start) }
      var word: UInt64 = 0
      for i in 0..<left { unsafe word |= UInt64(input[start &+ i]) << UInt64(8 &* i) }
      return UInt64(littleEndian: word)
    }
  }
}
