// SPDX-License-Identifier: Apache-2.0

/// One word of a decoding table.
///
/// Bits 0…7: how many bits to drop, extra bits included. What the others mean:
///
///     literal      15 set · 8…9 how many (1, or 2 after packing) · 16…23 the first, 24…31 the second
///     match        14, 15 clear · 8…11 bits of the code itself · 16…31 shortest length or distance
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
enum DecodeTable {
  /// What a code is made of.
  enum Alphabet: Sendable { case codeLengths, literals, distances }
  /// Why there is no table.
  enum Failure: Error { case overSubscribed, incomplete }

  /// Words that the table of the literal/length code may need: 11 index bits, 286 symbols, codes
  /// of up to 15 bits (the worst case of all complete codes).
  static var literalCapacity: Int { 2_342 }
  /// Words that the table of the distance code may need: 8 index bits, 30 symbols.
  static var distanceCapacity: Int { 402 }
  static var literalBits: Int { 11 }
  static var distanceBits: Int { 8 }
  static var codeLengthBits: Int { 7 }

  /// Memory for both tables, literals first; the table of the code length code lives in the
  /// distances' part until that is built.
  static func storage() -> [UInt32] {
    unsafe [UInt32](unsafeUninitializedCapacity: literalCapacity + distanceCapacity) {
      // Not cleared: a lookup only reaches words that `build` has written. A fill of 11 KB would
      // cost a tenth of the time that a stream of 256 bytes takes.
      unsafe $0.baseAddress.unsafelyUnwrapped.initialize(to: 0)
      $1 = literalCapacity + distanceCapacity
    }
  }

  /// Writes the decoding table of a canonical code to `storage`.
  ///
  /// It accepts what zlib accepts: complete codes; for literals and distances also a single code
  /// of one bit; for distances also no code at all.
  /// - Returns: bits of the table's index.
  /// Source: RFC 1951 §3.2.2.
  static func build(
    _ alphabet: Alphabet, lengths: Span<UInt8>, into storage: inout [UInt32]
  ) -> Result<Int, Failure> {
    unsafe lengths.withUnsafeBufferPointer { lengths in
      unsafe storage.withUnsafeMutableBufferPointer { storage in
        let base = unsafe storage.baseAddress.unsafelyUnwrapped
        switch alphabet {
        case .codeLengths:
          return unsafe build(
            .codeLengths, lengths, base + literalCapacity, codeLengthBits, distanceCapacity)
        case .literals:
          return unsafe build(.literals, lengths, base, literalBits, literalCapacity)
        case .distances:
          return unsafe build(
            .distances, lengths, base + literalCapacity, distanceBits, distanceCapacity)
        }
      }
    }
  }

  /// Copies the tables of the fixed code to `storage`.
  static func loadFixed(into storage: inout [UInt32]) {
    let literals = Deflate.Tables.fixedLiterals.span
    let distances = Deflate.Tables.fixedDistances.span
    unsafe storage.withUnsafeMutableBufferPointer { storage in
      // In bounds: 512 ≤ literalCapacity, 32 ≤ distanceCapacity.
      let base = unsafe storage.baseAddress.unsafelyUnwrapped
      unsafe literals.withUnsafeBufferPointer {
        unsafe base.update(from: $0.baseAddress.unsafelyUnwrapped, count: $0.count)
      }
      unsafe distances.withUnsafeBufferPointer {
        let target = unsafe base + literalCapacity
        unsafe target.update(from: $0.baseAddress.unsafelyUnwrapped, count: $0.count)
      }
    }
  }

  /// `alphabet` is a constant at each call, so each gets its own copy without the switch.
  @inline(__always)
  private static func build(
    _ alphabet: Alphabet, _ lengths: UnsafeBufferPointer<UInt8>,
    _ table: UnsafeMutablePointer<UInt32>, _ maxBits: Int, _ capacity: Int
  ) -> Result<Int, Failure> {
    var counts = InlineArray<16, Int>(repeating: 0)
    // A code length is at most 15, whoever wrote it: the mask keeps that true for the reader.
    for i in 0..<lengths.count { counts[unsafe Int(lengths[i] & 15)] &+= 1 }
    counts[0] = 0
    var longest = 15
    while longest > 0, counts[longest] == 0 { longest &-= 1 }
    guard longest > 0 else {
      guard alphabet == .distances else { return .failure(.incomplete) }
      unsafe table[0] = DecodeEntry.exceptional | 1
      unsafe table[1] = DecodeEntry.exceptional | 1
      return .success(1)
    }
    var starts = InlineArray<17, Int>(repeating: 0)
    var free = 1
    for length in 1...15 {
      free = free &* 2 &- counts[length]
      if free < 0 { return .failure(.overSubscribed) }
      starts[length &+ 1] = starts[length] &+ counts[length]
    }
    if free > 0, longest > 1 || alphabet == .codeLengths { return .failure(.incomplete) }

    // The symbols in the order of their codes: by length, then by value.
    var symbols = InlineArray<288, UInt16>(repeating: 0)
    for symbol in 0..<lengths.count {
      let length = unsafe Int(lengths[symbol] & 15)
      if length > 0 {
        symbols[starts[length]] = UInt16(truncatingIfNeeded: symbol)
        starts[length] &+= 1
      }
    }
    if free > 0 {
      unsafe table[0] = entry(alphabet, symbols[0], 1)
      unsafe table[1] = DecodeEntry.exceptional | 1
      return .success(1)
    }
    let bits = min(longest, maxBits)
    return unsafe fill(alphabet, symbols.span, &counts, bits, table, capacity)
      ? .success(bits) : .failure(.overSubscribed)
  }

  /// Fills the table of a complete code: `code` runs through the codewords, bits reversed.
  @inline(__always)
  private static func fill(
    _ alphabet: Alphabet, _ symbols: Span<UInt16>, _ counts: inout InlineArray<16, Int>,
    _ bits: Int, _ table: UnsafeMutablePointer<UInt32>, _ capacity: Int
  ) -> Bool {
    var next = 0
    var code = 0
    var length = 1
    while counts[length] == 0 { length &+= 1 }
    // Codes no longer than the index: all words of `size` are right, then the table is doubled
    // for the next length. In bounds: code < size ≤ 1 << bits ≤ capacity.
    if length <= bits {
      var size = 1 &<< length
      while true {
        unsafe table[code] = entry(alphabet, symbols[next], length)
        next &+= 1
        if code == size &- 1 {
          while size < 1 &<< bits {
            unsafe (table + size).update(from: table, count: size)
            size &<<= 1
          }
          return true
        }
        code = following(code, size)
        counts[length] &-= 1
        while counts[length] == 0 {
          length &+= 1
          if length <= bits {
            unsafe (table + size).update(from: table, count: size)
            size &<<= 1
          }
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
      let word = entry(alphabet, symbols[next], length &- bits)
      next &+= 1
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

  /// The codeword after `code`, which is not the last, of those with `size` values; bits reversed.
  @inline(__always)
  private static func following(_ code: Int, _ size: Int) -> Int {
    // Counting up in reversed bits: the highest zero becomes one, the ones above it become zero.
    let bit = 1 &<< (63 &- (code ^ (size &- 1)).leadingZeroBitCount)
    return code & (bit &- 1) | bit
  }

  @inline(__always)
  private static func entry(_ alphabet: Alphabet, _ symbol: UInt16, _ length: Int) -> UInt32 {
    let symbol = Int(symbol)
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
