// SPDX-License-Identifier: Apache-2.0

extension LZW {
  /// The number of bytes that ``decode(_:into:options:)`` yields when the output has room.
  public static func decodedByteCount(
    of source: RawSpan, options: DecodeOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    let layout = try Layout(options.variant ?? tiffVariant(of: source))
    var lengths = [UInt16](repeating: 1, count: tableCapacity + 1)
    var total = 0
    var position = 0
    var width = layout.firstWidth
    var next = layout.firstFree
    var limit = layout.limit(width)
    var previous: UInt16 = 0
    while position &+ width <= source.byteCount &* 8 {
      let code =
        layout.isMSBFirst
        ? MSBFirst.code(source, position, width) : LSBFirst.code(source, position, width)
      if code == layout.endCode { break }
      if code == layout.clearCode {
        position &+= width
        width = layout.firstWidth
        next = layout.firstFree
        limit = layout.limit(width)
        previous = 0
        continue
      }
      if previous == 0 {
        guard code < layout.clearCode else { throw corruptCode(position) }
      } else {
        guard code <= next, code < 4096 else { throw corruptCode(position) }
        lengths[next] = previous &+ 1
        next &+= 1
      }
      position &+= width
      previous = lengths[code]
      total &+= Int(previous)
      if total > limits.maxOutputBytes {
        throw CodecError(.limitExceeded(.outputBytes), codec: name, at: position >> 3)
      }
      if next >= limit {
        if width < 12 {
          width &+= 1
          limit = layout.limit(width)
        } else if layout.freezes {
          next = 4096
        } else {
          throw CodecError(
            .corrupt, codec: name, "the table overflows: a CLEAR code is missing",
            at: position >> 3)
        }
      }
    }
    return total
  }

  static func corruptCode(_ bitPosition: Int) -> CodecError {
    CodecError(
      .corrupt, codec: name, "a code is not in the table", at: bitPosition >> 3,
      bit: UInt8(bitPosition & 7))
  }
}

/// How codes lie in the bytes: the two orders are two specialisations of one loop.
protocol LZWBitOrder {
  /// The code of `width` bits at `position` bits, from the eight bytes around it.
  static func code(_ word: UInt64, _ position: Int, _ width: Int) -> Int
  /// Appends `width` bits to the `count` bits pending in `bits`.
  static func append(_ bits: inout UInt64, _ count: inout Int, _ code: Int, _ width: Int)
  /// The pending bits in the order of memory.
  static func word(_ bits: UInt64, _ count: Int) -> UInt64
  /// The pending bits after `byteCount` bytes of them have been written.
  static func drop(_ bits: UInt64, _ byteCount: Int) -> UInt64
}

extension LZWBitOrder {
  /// The code at `position`, which lies in `source`; bytes past its end count as zero.
  static func code(_ source: RawSpan, _ position: Int, _ width: Int) -> Int {
    let start = position >> 3
    var word: UInt64 = 0
    for i in 0..<min(3, source.byteCount &- start) {
      word |= UInt64(source[byteAt: start &+ i]) << UInt64(8 * i)
    }
    return code(UInt64(littleEndian: word), position, width)
  }
}

enum MSBFirst: LZWBitOrder {
  @inline(__always)
  static func code(_ word: UInt64, _ position: Int, _ width: Int) -> Int {
    Int(
      truncatingIfNeeded: (UInt64(bigEndian: word) &<< UInt64(truncatingIfNeeded: position & 7))
        &>> UInt64(truncatingIfNeeded: 64 &- width))
  }
  @inline(__always)
  static func append(_ bits: inout UInt64, _ count: inout Int, _ code: Int, _ width: Int) {
    bits = bits &<< UInt64(truncatingIfNeeded: width) | UInt64(truncatingIfNeeded: code)
    count &+= width
  }
  @inline(__always)
  static func word(_ bits: UInt64, _ count: Int) -> UInt64 {
    // With no bits pending the shift is by 0 and leaves old bits: they are written over later.
    (bits &<< UInt64(truncatingIfNeeded: 64 &- count)).bigEndian
  }
  @inline(__always)
  static func drop(_ bits: UInt64, _ byteCount: Int) -> UInt64 { bits }
}

enum LSBFirst: LZWBitOrder {
  @inline(__always)
  static func code(_ word: UInt64, _ position: Int, _ width: Int) -> Int {
    Int(
      truncatingIfNeeded: (UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: position & 7))
        & ((1 &<< UInt64(truncatingIfNeeded: width)) &- 1))
  }
  @inline(__always)
  static func append(_ bits: inout UInt64, _ count: inout Int, _ code: Int, _ width: Int) {
    bits |= UInt64(truncatingIfNeeded: code) &<< UInt64(truncatingIfNeeded: count)
    count &+= width
  }
  @inline(__always)
  static func word(_ bits: UInt64, _ count: Int) -> UInt64 { bits.littleEndian }
  @inline(__always)
  static func drop(_ bits: UInt64, _ byteCount: Int) -> UInt64 {
    bits &>> UInt64(truncatingIfNeeded: byteCount &* 8)
  }
}
