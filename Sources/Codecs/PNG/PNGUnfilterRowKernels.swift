// SPDX-License-Identifier: Apache-2.0

// Undoing the PNG filters of one row.

extension PNG.Unfilter {
  /// Undoes the filter of row `y`; `false` when its type is above 4.
  static func row(_ rows: UnfilterRows, _ y: Int, _ bpp: Int) -> Bool {
    let (raw, out, above) = unsafe (rows.raw(y), rows.out(y), rows.above(y))
    let count = rows.byteCount
    switch rows.filter(y) {
    case 0: unsafe out.copyMemory(from: raw, byteCount: count)
    case 1:
      switch bpp {
      case 1: unsafe sub1(raw, out, count)
      case 3: unsafe sub3(raw, out, count)
      case 4: unsafe sub4(raw, out, count)
      case 8: unsafe sub8(raw, out, count)
      default: unsafe scalarSub(raw, out, bpp, 0, count)
      }
    case 2: unsafe up(raw, out, above, count)
    case 3:
      switch bpp {
      case 3: unsafe average34(raw, out, above, count, bpp: 3)
      case 4: unsafe average34(raw, out, above, count, bpp: 4)
      case 6: unsafe average68(raw, out, above, count, bpp: 6)
      case 8: unsafe average68(raw, out, above, count, bpp: 8)
      default: unsafe scalarAverage(raw, out, above, bpp, 0, count)
      }
    case 4:
      switch bpp {
      case 6: unsafe paeth68(raw, out, above, count, bpp: 6)
      case 8: unsafe paeth68(raw, out, above, count, bpp: 8)
      case 1: unsafe scalarPaeth(raw, out, above, 1, 0, count)
      case 2: unsafe scalarPaeth(raw, out, above, 2, 0, count)
      case 3: unsafe scalarPaeth(raw, out, above, 3, 0, count)
      default: unsafe scalarPaeth(raw, out, above, 4, 0, count)
      }
    default: return false
    }
    return true
  }

  /// Bytes `start..<end` of a row by its filter type, one at a time: the ends of wavefronts.
  @inline(never)
  static func finish(
    _ rows: UnfilterRows, _ y: Int, _ bpp: Int, from start: Int, to end: Int
  ) {
    let (raw, out, above) = unsafe (rows.raw(y), rows.out(y), rows.above(y))
    switch rows.filter(y) {
    case 1: unsafe scalarSub(raw, out, bpp, start, end)
    case 2:
      var i = start
      while i < end {
        unsafe store(out, i, load(raw, i) &+ load(above, i))
        i &+= 1
      }
    case 3: unsafe scalarAverage(raw, out, above, bpp, start, end)
    case 4: unsafe scalarPaeth(raw, out, above, bpp, start, end)
    default:
      var i = start
      while i < end {
        unsafe store(out, i, load(raw, i))
        i &+= 1
      }
    }
  }

  @inline(__always)
  static func load(_ p: UnsafeRawPointer, _ i: Int) -> UInt8 {
    unsafe p.load(fromByteOffset: i, as: UInt8.self)
  }
  @inline(__always)
  static func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ value: UInt8) {
    unsafe p.storeBytes(of: value, toByteOffset: i, as: UInt8.self)
  }

  private static func up(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int
  ) {
    var i = 0
    while i &+ 16 <= count {
      let sum =
        unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
        &+ above.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self)
      unsafe out.storeBytes(of: sum, toByteOffset: i, as: SIMD16<UInt8>.self)
      i &+= 16
    }
    while i < count {
      unsafe store(out, i, load(raw, i) &+ load(above, i))
      i &+= 1
    }
  }

  private static func scalarSub(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < end {
      let a = i >= bpp ? unsafe load(out, i &- bpp) : 0
      unsafe store(out, i, load(raw, i) &+ a)
      i &+= 1
    }
  }

  private static func scalarAverage(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < end {
      let a = i >= bpp ? unsafe UInt32(load(out, i &- bpp)) : 0
      let b = unsafe UInt32(load(above, i))
      let average = UInt8(truncatingIfNeeded: (a &+ b) &>> 1)
      unsafe store(out, i, load(raw, i) &+ average)
      i &+= 1
    }
  }

  @inline(__always)
  private static func paeth(_ a: Int32, _ b: Int32, _ c: Int32) -> Int32 {
    let pa = b &- c
    let pb = a &- c
    let (da, db) = (abs(pa), abs(pb))
    let dc = abs(pa &+ pb)
    // Ties go to a, then b, then c.
    let nearest = da <= db ? a : b
    return min(da, db) <= dc ? nearest : c
  }

  @inline(__always)
  private static func scalarPaeth(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ bpp: Int, _ start: Int, _ end: Int
  ) {
    var i = start
    while i < min(bpp, end) {
      unsafe store(out, i, load(raw, i) &+ load(above, i))
      i &+= 1
    }
    while i < end {
      let a = unsafe Int32(load(out, i &- bpp))
      let b = unsafe Int32(load(above, i))
      let c = unsafe Int32(load(above, i &- bpp))
      unsafe store(out, i, load(raw, i) &+ UInt8(truncatingIfNeeded: paeth(a, b, c)))
      i &+= 1
    }
  }

  private static func sub1(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    // Prefix sums inside 8 bytes by three shifted additions, then the last byte before them is
    // added to all 8. Bytes never carry into each other: the additions are bytewise.
    var last = SIMD8<UInt8>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      var x = unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      x = x &+ shifted(x, 8)
      x = x &+ shifted(x, 16)
      x = x &+ shifted(x, 32)
      x = x &+ last
      unsafe out.storeBytes(of: x, toByteOffset: i, as: SIMD8<UInt8>.self)
      last = SIMD8<UInt8>(repeating: x[7])
      i &+= 8
    }
    unsafe scalarSub(raw, out, 1, i, count)
  }

  @inline(__always)
  private static func shifted(_ x: SIMD8<UInt8>, _ bits: UInt64) -> SIMD8<UInt8> {
    unsafe unsafeBitCast(unsafeBitCast(x, to: UInt64.self) &<< bits, to: SIMD8<UInt8>.self)
  }

  private static func sub3(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD4<UInt8>(repeating: 0)
    var i = 0
    // Four bytes are moved, three count: the fourth is written again by the next pixel.
    while i &+ 4 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD4<UInt8>.self)
      i &+= 3
    }
    unsafe scalarSub(raw, out, 3, i, count)
  }

  private static func sub4(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD4<UInt8>(repeating: 0)
    var i = 0
    while i &+ 4 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD4<UInt8>.self)
      i &+= 4
    }
  }

  private static func sub8(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var a = SIMD8<UInt8>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      a = unsafe a &+ raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      unsafe out.storeBytes(of: a, toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= 8
    }
  }

  /// `(a + b) / 2`, as `pavgb` of the complements, which rounds up where this rounds down.
  @inline(__always)
  private static func roundedUpAverage(_ a: SIMD8<UInt8>, _ b: SIMD8<UInt8>) -> SIMD8<UInt8> {
    let one = SIMD8<UInt16>(repeating: 1)
    let sum =
      (SIMD8<UInt16>(truncatingIfNeeded: a) &+ SIMD8<UInt16>(truncatingIfNeeded: b) &+ one) &>> one
    return SIMD8<UInt8>(truncatingIfNeeded: sum)
  }

  @inline(__always)
  private static func average34(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var notA = SIMD8<UInt8>(repeating: 0xFF)
    var i = 0
    while i &+ 4 <= count {
      let x = unsafe widened(raw.loadUnaligned(fromByteOffset: i, as: UInt32.self))
      let b = unsafe widened(above.loadUnaligned(fromByteOffset: i, as: UInt32.self))
      notA = roundedUpAverage(notA, ~b) &- x
      unsafe out.storeBytes(of: low(~notA), toByteOffset: i, as: UInt32.self)
      i &+= bpp
    }
    unsafe scalarAverage(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func average68(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var notA = SIMD8<UInt8>(repeating: 0xFF)
    var i = 0
    while i &+ 8 <= count {
      let x = unsafe raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      let b = unsafe above.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self)
      notA = roundedUpAverage(notA, ~b) &- x
      unsafe out.storeBytes(of: ~notA, toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= bpp
    }
    unsafe scalarAverage(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func paeth68(
    _ raw: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ above: UnsafeRawPointer,
    _ count: Int, bpp: Int
  ) {
    var a = SIMD8<Int16>(repeating: 0)
    var c = SIMD8<Int16>(repeating: 0)
    var i = 0
    while i &+ 8 <= count {
      let x = unsafe wide(raw.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self))
      let b = unsafe wide(above.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt8>.self))
      a = (x &+ paeth(a, b, c)) & 0xFF
      c = b
      unsafe out.storeBytes(of: narrow(a), toByteOffset: i, as: SIMD8<UInt8>.self)
      i &+= bpp
    }
    unsafe scalarPaeth(raw, out, above, bpp, i, count)
  }

  @inline(__always)
  private static func widened(_ x: UInt32) -> SIMD8<UInt8> {
    unsafe unsafeBitCast(UInt64(x), to: SIMD8<UInt8>.self)
  }
  @inline(__always)
  private static func low(_ x: SIMD8<UInt8>) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: unsafeBitCast(x, to: UInt64.self))
  }
}
