// SPDX-License-Identifier: Apache-2.0

/// One word of a decoding table.
///
/// Bits 0…7: how many bits to drop, extra bits included. What the others mean:
///
///     literal      15 set · 8…9 how many (1, or 2 in a pair) · 16…23 the first, 24…31 the second
///     match        14, 15 clear · 8…13 bits of the code itself · 16…31 shortest length or distance
///     subtable     13, 14 set · 8…11 bits of its index · 16…31 where it starts
///     end of block 12, 14 set
///     invalid      14 set
enum DecodeEntry {
  static var literal: UInt32 { 0x8000 }
  static var exceptional: UInt32 { 0x4000 }
  static var subtable: UInt32 { 0x2000 }
  static var endOfBlock: UInt32 { 0x1000 }
  static var oneLiteral: UInt32 { 0x0100 }
}

/// Turns the code lengths of a block into tables for direct lookup.
///
/// All tables of a decoder lie in one array of words; so does what the header's reader gathers for
/// them: how many codes of each length there are, and a list of the symbols that have one, the
/// length in bits 16 and up.
enum DecodeTable {
  enum Result { case bits(Int), overSubscribed, incomplete }

  static var literalBits: Int { 11 }
  static var distanceBits: Int { 8 }
  static var codeLengthBits: Int { 7 }
  /// Words that the table of the literal/length code may need: 11 index bits, 286 symbols, codes
  /// of up to 15 bits (the worst case of all complete codes).
  static var literalCapacity: Int { 2_342 }
  /// Words that the table of the distance code may need: 8 index bits, 30 symbols.
  static var distanceCapacity: Int { 402 }

  // The parts of the storage. Pairs of literals come first, so that the subtables that their
  // table shares with the plain one lie behind it. The table of the code length code lives in the
  // distances' part until that is built.
  static var literalStart: Int { 1 << literalBits }
  static var distanceStart: Int { literalStart + literalCapacity }
  /// 16 counts of literal/length codes, 16 of distance codes.
  static var countStart: Int { distanceStart + distanceCapacity }
  static var listStart: Int { countStart + 32 }
  private static var sortedStart: Int { listStart + 320 }
  private static var capacity: Int { sortedStart + 288 }

  /// Memory for all of it.
  static func storage() -> [UInt32] {
    unsafe [UInt32](unsafeUninitializedCapacity: capacity) {
      // Only the counts are cleared: all other words are written before they are read. To fill
      // 22 KB takes longer than to decode a hundred bytes.
      unsafe $0.baseAddress.unsafelyUnwrapped.initialize(to: 0)
      unsafe ($0.baseAddress.unsafelyUnwrapped + countStart).initialize(repeating: 0, count: 32)
      $1 = capacity
    }
  }

  /// Builds the table of the code length code from 19 lengths of three bits.
  static func buildCodeLengths(_ lengths: UInt64, in storage: inout [UInt32]) -> Result {
    unsafe storage.withUnsafeMutableBufferPointer { storage in
      let base = unsafe storage.baseAddress.unsafelyUnwrapped
      let counts = unsafe base + countStart
      let list = unsafe base + listStart
      // In bounds: 19 symbols, lengths below 8; counts 0…15 exist, the list has 320 words.
      var used = 0
      for symbol in 0..<19 {
        let length = UInt32(truncatingIfNeeded: lengths &>> UInt64(symbol &* 3)) & 7
        unsafe counts[Int(length)] &+= 1
        unsafe list[used] = UInt32(truncatingIfNeeded: symbol) | length &<< 16
        used &+= length != 0 ? 1 : 0
      }
      return unsafe build(
        .codeLengths, UnsafePointer(list), used, 0, counts, base + sortedStart,
        base + distanceStart, codeLengthBits, distanceCapacity)
    }
  }

  /// Builds the table of literals and lengths from the first `count` words of the list.
  static func buildLiterals(count: Int, in storage: inout [UInt32]) -> Result {
    precondition(count <= 288)
    return unsafe storage.withUnsafeMutableBufferPointer { storage in
      let base = unsafe storage.baseAddress.unsafelyUnwrapped
      return unsafe build(
        .literals, UnsafePointer(base + listStart), count, 0, base + countStart,
        base + sortedStart, base + literalStart, literalBits, literalCapacity)
    }
  }

  /// Builds the table of distances from the words `range` of the list.
  static func buildDistances(
    _ range: Range<Int>, firstSymbol: Int, in storage: inout [UInt32]
  ) -> Result {
    precondition(range.upperBound <= 320 && range.count <= 32)
    return unsafe storage.withUnsafeMutableBufferPointer { storage in
      let base = unsafe storage.baseAddress.unsafelyUnwrapped
      return unsafe build(
        .distances, UnsafePointer(base + listStart + range.lowerBound), range.count, firstSymbol,
        base + countStart + 16, base + sortedStart, base + distanceStart, distanceBits,
        distanceCapacity)
    }
  }

  /// Copies the tables of the fixed code to `storage`.
  static func loadFixed(into storage: inout [UInt32]) {
    let literals = Deflate.Tables.fixedLiterals.span
    let distances = Deflate.Tables.fixedDistances.span
    unsafe storage.withUnsafeMutableBufferPointer { storage in
      // In bounds: 512 ≤ literalCapacity, 8 · 32 ≤ distanceCapacity.
      let base = unsafe storage.baseAddress.unsafelyUnwrapped
      unsafe literals.withUnsafeBufferPointer {
        unsafe (base + literalStart).update(
          from: $0.baseAddress.unsafelyUnwrapped, count: $0.count)
      }
      unsafe distances.withUnsafeBufferPointer {
        for i in 0..<8 {
          unsafe (base + distanceStart + i &* 32).update(
            from: $0.baseAddress.unsafelyUnwrapped, count: 32)
        }
      }
    }
  }

  // MARK: Pairs of literals

  /// Writes the table of literals anew, with two literals in a word where both codes fit one index;
  /// `false` when too few literals have codes short enough for it to pay.
  static func pair(count: Int, _ bits: Int, in storage: inout [UInt32]) -> Bool {
    precondition(count <= 288 && bits <= literalBits)
    return unsafe storage.withUnsafeMutableBufferPointer { storage in
      let paired = unsafe storage.baseAddress.unsafelyUnwrapped
      let plain = unsafe paired + literalStart
      // In bounds: `count` words of the list.
      var share = 0
      for i in 0..<count {
        let word = unsafe paired[listStart &+ i]
        if word & 0xFFFF < 256, word &>> 16 <= 5 { share &+= 1 &<< (15 &- Int(word &>> 16)) }
      }
      guard share > 14_000 else { return false }
      // In bounds: both tables have 1 << bits words, and no index grows by being shifted right.
      for index in 0..<(1 &<< bits) {
        var word = unsafe plain[index]
        if word & DecodeEntry.literal != 0 {
          let used = Int(truncatingIfNeeded: word & 0xFF)
          let next = unsafe plain[index &>> used]
          if next & DecodeEntry.literal != 0, Int(truncatingIfNeeded: next & 0xFF) <= bits &- used {
            word =
              (word & 0xFF_03FF) &+ (next & 0xFF) &+ DecodeEntry.oneLiteral
              | (next & 0xFF_0000) &<< 8 | DecodeEntry.literal
          }
        } else if word & DecodeEntry.exceptional != 0, word & DecodeEntry.subtable != 0 {
          // Subtables stay where they are.
          word &+= UInt32(truncatingIfNeeded: literalStart) &<< 16
        }
        unsafe paired[index] = word
      }
      return true
    }
  }

  // MARK: Building

  /// What a code is made of.
  private enum Alphabet { case codeLengths, literals, distances }

  /// Writes the decoding table of a canonical code, and clears the counts.
  ///
  /// It accepts what zlib accepts: complete codes; for literals and distances also a single code
  /// of one bit; for distances also no code at all. `alphabet` is a constant at each call, so each
  /// gets its own copy without the switches.
  ///
  /// - Parameters:
  ///   - list: `used` words of symbol and length, in the order of the symbols.
  ///   - counts: 16 words: how many codes of each length there are.
  ///   - sorted: room for `used` words.
  /// Source: RFC 1951 §3.2.2.
  @inline(__always)
  private static func build(
    _ alphabet: Alphabet, _ list: UnsafePointer<UInt32>, _ used: Int, _ firstSymbol: Int,
    _ counts: UnsafeMutablePointer<UInt32>, _ sorted: UnsafeMutablePointer<UInt32>,
    _ table: UnsafeMutablePointer<UInt32>, _ maxBits: Int, _ capacity: Int
  ) -> Result {
    // In bounds: lengths are at most 15.
    var count = InlineArray<16, Int>(repeating: 0)
    var next = InlineArray<16, Int>(repeating: 0)
    var free = 1
    var longest = 0
    var start = 0
    for length in 1...15 {
      let n = unsafe Int(truncatingIfNeeded: counts[length])
      unsafe counts[length] = 0
      count[length] = n
      next[length] = start
      start &+= n
      free = free &* 2 &- n
      if free < 0 { break }
      if n > 0 { longest = length }
    }
    // The sum is that of the list, unless the header of another block was left in its middle.
    guard free >= 0, start == used else {
      unsafe counts.update(repeating: 0, count: 16)
      return .overSubscribed
    }
    if used == 0, alphabet == .distances {
      unsafe table.update(repeating: DecodeEntry.exceptional | 1, count: 1 &<< maxBits)
      return .bits(maxBits)
    }
    let isSingle = longest == 1 && alphabet != .codeLengths
    if free > 0, !isSingle { return .incomplete }
    let bits = alphabet == .literals ? min(longest, maxBits) : maxBits
    if free > 0 {
      let word = unsafe entry(alphabet, Int(list[0] & 0xFFFF) &- firstSymbol, 1)
      for i in stride(from: 0, to: 1 &<< bits, by: 2) {
        unsafe table[i] = word
        unsafe table[i &+ 1] = DecodeEntry.exceptional | 1
      }
      return .bits(bits)
    }
    // The words in the order of their codes: by length, then by symbol.
    for i in 0..<used {
      let item = unsafe list[i]
      let length = Int(truncatingIfNeeded: item &>> 16 & 15)
      let word = entry(
        alphabet, Int(item & 0xFFFF) &- firstSymbol, length)
      unsafe sorted[next[length]] = word
      next[length] &+= 1
    }
    return unsafe fill(UnsafePointer(sorted), &count, bits, table, capacity)
      ? .bits(bits) : .overSubscribed
  }

  /// Fills the table of a complete code: `code` runs through the codewords, bits reversed.
  ///
  /// - Parameter sorted: the entries in the order of their codes, bits counted from the code's start.
  private static func fill(
    _ sorted: UnsafePointer<UInt32>, _ counts: inout InlineArray<16, Int>, _ bits: Int,
    _ table: UnsafeMutablePointer<UInt32>, _ capacity: Int
  ) -> Bool {
    var sorted = unsafe sorted
    var code = 0
    var length = 1
    while counts[length] == 0 { length &+= 1 }
    // Codes no longer than the index: all words below `size` are right, then the table is doubled
    // for the next length. In bounds: code < size ≤ 1 << bits ≤ capacity.
    if length <= bits {
      var size = 1 &<< length
      while true {
        unsafe table[code] = unsafe sorted.pointee
        unsafe sorted += 1
        if code == size &- 1 {
          while size < 1 &<< bits { unsafe double(table, &size) }
          return true
        }
        code = following(code, size)
        counts[length] &-= 1
        while counts[length] == 0 {
          length &+= 1
          if length <= bits { unsafe double(table, &size) }
        }
        if length > bits { break }
      }
    }
    // Longer codes: a subtable for each set of codes with the same first bits.
    let mask = (1 &<< bits) &- 1
    var prefix = -1
    var (start, end) = (0, 1 &<< bits)
    while true {
      if code & mask != prefix {
        prefix = code & mask
        var indexBits = length &- bits
        var used = counts[length]
        while used < 1 &<< indexBits {
          indexBits &+= 1
          used = used &* 2 &+ counts[bits &+ indexBits]
        }
        start = end
        end = start &+ 1 &<< indexBits
        // Never happens: the capacity is that of the worst code.
        guard end <= capacity else { return false }
        unsafe table[prefix] =
          UInt32(truncatingIfNeeded: start &<< 16 | indexBits &<< 8 | bits)
          | DecodeEntry.exceptional | DecodeEntry.subtable
      }
      // The index has dropped `bits` bits already.
      let isMatch = unsafe sorted.pointee & (DecodeEntry.literal | DecodeEntry.exceptional) == 0
      let word = unsafe sorted.pointee &- UInt32(bits) &* (isMatch ? 0x101 : 1)
      unsafe sorted += 1
      let stride = 1 &<< (length &- bits)
      var index = start &+ code &>> bits
      while index < end {
        unsafe table[index] = word
        index &+= stride
      }
      if code == 1 &<< length &- 1 { return true }
      code = following(code, 1 &<< length)
      counts[length] &-= 1
      while counts[length] == 0 { length &+= 1 }
    }
  }

  /// Repeats the first `size` words behind themselves.
  @inline(__always)
  private static func double(_ table: UnsafeMutablePointer<UInt32>, _ size: inout Int) {
    // In bounds: the caller has 2 · size ≤ 1 << bits.
    if size < 4 {
      for i in 0..<size { unsafe table[size &+ i] = unsafe table[i] }
    } else {
      typealias Vector = SIMD4<UInt32>
      let from = UnsafeRawPointer(table)
      let to = unsafe UnsafeMutableRawPointer(table + size)
      var i = 0
      repeat {
        unsafe to.storeBytes(
          of: from.loadUnaligned(fromByteOffset: i, as: Vector.self), toByteOffset: i,
          as: Vector.self)
        i &+= 16
      } while i < size &* 4
    }
    size &<<= 1
  }

  /// The codeword after `code`, which is not the last, of those with `size` values; bits reversed.
  @inline(__always)
  private static func following(_ code: Int, _ size: Int) -> Int {
    // Counting up in reversed bits: the highest zero becomes one, the ones above it become zero.
    let bit = 1 &<< (63 &- (code ^ (size &- 1)).leadingZeroBitCount)
    return code & (bit &- 1) | bit
  }

  @inline(__always)
  private static func entry(_ alphabet: Alphabet, _ symbol: Int, _ length: Int) -> UInt32 {
    let bits = UInt32(truncatingIfNeeded: length)
    switch alphabet {
    case .codeLengths:
      return UInt32(truncatingIfNeeded: symbol) &<< 16 | bits
    case .literals:
      if symbol < 256 {
        return UInt32(truncatingIfNeeded: symbol) &<< 16
          | DecodeEntry.literal | DecodeEntry.oneLiteral | bits
      }
      if symbol == 256 { return DecodeEntry.exceptional | DecodeEntry.endOfBlock | bits }
      guard symbol < 286 else { return DecodeEntry.exceptional | bits }
      return UInt32(Deflate.Tables.lengthBase[symbol &- 257]) &<< 16 | bits &<< 8
        | bits &+ UInt32(Deflate.Tables.lengthExtraBits[symbol &- 257])
    case .distances:
      guard symbol < 30 else { return DecodeEntry.exceptional | bits }
      return UInt32(Deflate.Tables.distanceBase[symbol]) &<< 16 | bits &<< 8
        | bits &+ UInt32(Deflate.Tables.distanceExtraBits[symbol])
    }
  }
}
