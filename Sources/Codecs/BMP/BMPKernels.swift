// SPDX-License-Identifier: Apache-2.0

/// Loops over the pixels of one row.
///
/// Each checks once that the row and its place in the image hold `count` pixels, and then works on
/// pointers within these bounds.
enum BMPKernels {
  /// Swaps the first and third byte of each three: BGR to RGB, and back.
  static func swap24(_ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int) {
    unsafe withPointers(row, count * 3, &image, start, count * 3) { source, target in
      let end = count &* 3
      var i = 0
      #if _endian(little)
        // Each byte of the result is at the same place, two before or two after in the source. A
        // pattern of three masks picks the right one; it repeats after 48 bytes.
        // In bounds: the loads reach from 2 before `i`, which is at least 3, to 2 after `i + 48`.
        if end >= 53 {
          unsafe swapPixel(source, target)
          i = 3
          while i &+ 50 <= end {
            unsafe swapBlock(source + i, target + i, Mask.first, Mask.second, Mask.third)
            unsafe swapBlock(
              source + (i &+ 16), target + (i &+ 16), Mask.third, Mask.first, Mask.second)
            unsafe swapBlock(
              source + (i &+ 32), target + (i &+ 32), Mask.second, Mask.third, Mask.first)
            i &+= 48
          }
        }
      #endif
      // In bounds: `i` is a multiple of 3 below `end`.
      while i < end {
        unsafe swapPixel(source + i, target + i)
        i &+= 3
      }
    }
  }

  /// The bytes 0, 3, 6 … of 16; the bytes 1, 4, 7 …; the bytes 2, 5, 8 ….
  private enum Mask {
    static var first: SIMD2<UInt64> { SIMD2(0x00FF_0000_FF00_00FF, 0xFF00_00FF_0000_FF00) }
    static var second: SIMD2<UInt64> { SIMD2(0xFF00_00FF_0000_FF00, 0x0000_FF00_00FF_0000) }
    static var third: SIMD2<UInt64> { SIMD2(0x0000_FF00_00FF_0000, 0x00FF_0000_FF00_00FF) }
  }

  @inline(__always)
  private static func swapBlock(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
    _ fromAfter: SIMD2<UInt64>, _ inPlace: SIMD2<UInt64>, _ fromBefore: SIMD2<UInt64>
  ) {
    let after = unsafe (source + 2).loadUnaligned(as: SIMD2<UInt64>.self)
    let here = unsafe source.loadUnaligned(as: SIMD2<UInt64>.self)
    let before = unsafe (source - 2).loadUnaligned(as: SIMD2<UInt64>.self)
    let result = (after & fromAfter) | (here & inPlace) | (before & fromBefore)
    unsafe target.storeBytes(of: result, as: SIMD2<UInt64>.self)
  }

  @inline(__always)
  private static func swapPixel(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    let (a, b, c) = unsafe (
      source.load(as: UInt8.self), (source + 1).load(as: UInt8.self),
      (source + 2).load(as: UInt8.self)
    )
    unsafe target.storeBytes(of: c, as: UInt8.self)
    unsafe (target + 1).storeBytes(of: b, as: UInt8.self)
    unsafe (target + 2).storeBytes(of: a, as: UInt8.self)
  }

  /// Swaps the first and third byte of each four: BGRA to RGBA, and back.
  static func swap32(_ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int) {
    unsafe withPointers(row, count * 4, &image, start, count * 4) { source, target in
      // In bounds: `i` is below `count`.
      for i in 0..<count {
        let pixel = unsafe UInt32(
          littleEndian: (source + i &* 4).loadUnaligned(as: UInt32.self))
        let swapped = pixel & 0xFF00_FF00 | (pixel & 0xFF) << 16 | (pixel >> 16) & 0xFF
        unsafe (target + i &* 4).storeBytes(of: swapped.littleEndian, as: UInt32.self)
      }
    }
  }

  /// BGRX to RGB.
  static func drop32(_ row: RawSpan, count: Int, into image: inout MutableRawSpan, at start: Int) {
    unsafe withPointers(row, count * 4, &image, start, count * 3) { source, target in
      var i = 0
      // Four pixels become three words. In bounds: `i + 4 <= count`.
      while i &+ 4 <= count {
        let p = unsafe source + i &* 4
        let a = unsafe UInt32(bigEndian: p.loadUnaligned(as: UInt32.self)) >> 8
        let b = unsafe UInt32(bigEndian: (p + 4).loadUnaligned(as: UInt32.self)) >> 8
        let c = unsafe UInt32(bigEndian: (p + 8).loadUnaligned(as: UInt32.self)) >> 8
        let d = unsafe UInt32(bigEndian: (p + 12).loadUnaligned(as: UInt32.self)) >> 8
        unsafe storeFour(a, b, c, d, target + i &* 3)
        i &+= 4
      }
      // In bounds: `i < count`.
      while i < count {
        let pixel = unsafe UInt32(
          bigEndian: (source + i &* 4).loadUnaligned(as: UInt32.self))
        unsafe storeOne(pixel >> 8, target + i &* 3)
        i &+= 1
      }
    }
  }

  /// Indices to RGB.
  ///
  /// - Precondition: `palette` has 256 colours.
  static func expand(
    _ row: RawSpan, _ palette: [UInt32], count: Int, into image: inout MutableRawSpan, at start: Int
  ) {
    precondition(palette.count == 256)
    unsafe palette.withUnsafeBufferPointer { colors in
      unsafe withPointers(row, count, &image, start, count * 3) { source, target in
        // In bounds: a byte is below 256, the number of colours.
        func color(_ i: Int) -> UInt32 {
          unsafe colors[Int((source + i).load(as: UInt8.self))] & 0x00FF_FFFF
        }
        var i = 0
        // Four pixels become three words. In bounds: `i + 4 <= count`.
        while i &+ 4 <= count {
          unsafe storeFour(
            color(i), color(i &+ 1), color(i &+ 2), color(i &+ 3), target + i &* 3)
          i &+= 4
        }
        // In bounds: `i < count`.
        while i < count {
          unsafe storeOne(color(i), target + i &* 3)
          i &+= 1
        }
      }
    }
  }

  /// Writes four pixels, the bytes of each from the lowest up, as twelve bytes.
  @inline(__always)
  private static func storeFour(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ target: UnsafeMutableRawPointer
  ) {
    let low = UInt64(a) | UInt64(b) &<< 24 | UInt64(c) &<< 48
    let high = c &>> 16 | d &<< 8
    unsafe target.storeBytes(of: low.littleEndian, as: UInt64.self)
    unsafe (target + 8).storeBytes(of: high.littleEndian, as: UInt32.self)
  }

  @inline(__always)
  private static func storeOne(_ pixel: UInt32, _ target: UnsafeMutableRawPointer) {
    unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: pixel), as: UInt8.self)
    unsafe (target + 1).storeBytes(of: UInt8(truncatingIfNeeded: pixel >> 8), as: UInt8.self)
    unsafe (target + 2).storeBytes(of: UInt8(truncatingIfNeeded: pixel >> 16), as: UInt8.self)
  }

  /// Indices of 1, 2, 4 or 8 bits to one byte each; the first is in the highest bits.
  static func unpack(
    _ row: RawSpan, bits: Int, count: Int, into image: inout MutableRawSpan, at start: Int
  ) {
    if bits == 8 {
      unsafe withPointers(row, count, &image, start, count) { source, target in
        unsafe target.copyMemory(from: source, byteCount: count)
      }
      return
    }
    let perByte = 8 / bits
    let whole = count / perByte
    var target = start
    for i in 0..<whole {
      let byte = UInt64(row[byteAt: i])
      switch bits {
      case 1:
        // The product holds the byte eight times, nine bits apart: bit 7 - k lands on bit 8k + 7.
        let spread = (byte &* 0x8040_2010_0804_0201) >> 7 & 0x0101_0101_0101_0101
        image.storeBytes(of: spread.littleEndian, toByteOffset: target, as: UInt64.self)
      case 2:
        let spread = UInt32(byte >> 6 | (byte & 0x30) << 4 | (byte & 0x0C) << 14 | (byte & 3) << 24)
        image.storeBytes(of: spread.littleEndian, toByteOffset: target, as: UInt32.self)
      default:
        let spread = UInt16(byte >> 4 | (byte & 15) << 8)
        image.storeBytes(of: spread.littleEndian, toByteOffset: target, as: UInt16.self)
      }
      target += perByte
    }
    for x in (whole * perByte)..<count {
      let shift = 8 - bits - x % perByte * bits
      let index = row[byteAt: whole] >> UInt8(shift) & (1 << UInt8(bits) - 1)
      image.storeBytes(of: index, toByteOffset: start + x, as: UInt8.self)
    }
  }

  /// Indices of one byte each to 1, 4 or 8 bits; the first goes to the highest bits.
  static func pack(
    _ row: RawSpan, bits: Int, count: Int, into target: inout MutableRawSpan, at start: Int
  ) {
    if bits == 8 {
      unpack(row, bits: 8, count: count, into: &target, at: start)
      return
    }
    let perByte = 8 / bits
    let whole = bits == 1 ? count / 8 : 0
    for i in 0..<whole {
      // Eight bytes of 0 or 1: the product gathers them in its highest byte, the first one topmost.
      let eight = UInt64(littleEndian: row.loadUnaligned(UInt64.self, at: i * 8))
      let byte = UInt8(truncatingIfNeeded: (eight &* 0x8040_2010_0804_0201) >> 56)
      target.storeBytes(of: byte, toByteOffset: start + i, as: UInt8.self)
    }
    for i in whole..<((count + perByte - 1) / perByte) {
      var byte: UInt8 = 0
      for x in (i * perByte)..<min((i + 1) * perByte, count) {
        byte |= row[byteAt: x] << UInt8(8 - bits - x % perByte * bits)
      }
      target.storeBytes(of: byte, toByteOffset: start + i, as: UInt8.self)
    }
  }

  /// RGB to 5, 6 and 5 bits, rounded.
  static func pack565(
    _ row: RawSpan, count: Int, into target: inout MutableRawSpan, at start: Int
  ) {
    unsafe withPointers(row, count * 3, &target, start, count * 2) { source, target in
      // In bounds: `x` is below `count`.
      for x in 0..<count {
        let pixel = unsafe source + x &* 3
        let red = unsafe narrow(pixel.load(as: UInt8.self), 31)
        let green = unsafe narrow((pixel + 1).load(as: UInt8.self), 63)
        let blue = unsafe narrow((pixel + 2).load(as: UInt8.self), 31)
        let packed = red &<< 11 | green &<< 5 | blue
        unsafe (target + x &* 2).storeBytes(of: packed.littleEndian, as: UInt16.self)
      }
    }
  }

  /// `value` of 255 as a part of `maximum`, rounded.
  @inline(__always)
  private static func narrow(_ value: UInt8, _ maximum: UInt16) -> UInt16 {
    (UInt16(value) &* maximum &+ 127) / 255
  }

  /// RGB to BGRX, with X = 0.
  static func widen24(
    _ row: RawSpan, count: Int, into target: inout MutableRawSpan, at start: Int
  ) {
    unsafe withPointers(row, count * 3, &target, start, count * 4) { source, target in
      // In bounds: `x` is below `count`.
      for x in 0..<count {
        let pixel = unsafe source + x &* 3
        let word =
          unsafe UInt32(pixel.load(as: UInt8.self)) &<< 16
          | UInt32((pixel + 1).load(as: UInt8.self)) &<< 8
          | UInt32((pixel + 2).load(as: UInt8.self))
        unsafe (target + x &* 4).storeBytes(of: word.littleEndian, as: UInt32.self)
      }
    }
  }

  /// 16-bit pixels to three or four bytes through one table per field.
  ///
  /// - Precondition: `table` has 256 values per field, and no field is wider than 8 bits.
  static func scale16(
    _ row: RawSpan, _ fields: [BMP.Field], _ table: [UInt8], count: Int,
    into image: inout MutableRawSpan, at start: Int
  ) {
    precondition(fields.count == 3 || fields.count == 4)
    precondition(table.count == fields.count * 256 && fields.allSatisfy { $0.maximum <= 255 })
    let (red, green, blue) = (fields[0], fields[1], fields[2])
    let alpha = fields[fields.count - 1]
    let hasAlpha = fields.count == 4
    let size = fields.count
    unsafe table.withUnsafeBufferPointer { table in
      unsafe withPointers(row, count * 2, &image, start, count * size) { source, target in
        var out = unsafe target
        // In bounds: `x` is below `count`; a masked and shifted field is at most its maximum.
        for x in 0..<count {
          let word = unsafe (source + x &* 2).loadUnaligned(as: UInt16.self)
          let pixel = UInt32(UInt16(littleEndian: word))
          let r = unsafe table[Int((pixel & red.mask) &>> red.shift)]
          let g = unsafe table[256 &+ Int((pixel & green.mask) &>> green.shift)]
          let b = unsafe table[512 &+ Int((pixel & blue.mask) &>> blue.shift)]
          unsafe out.storeBytes(of: r, as: UInt8.self)
          unsafe (out + 1).storeBytes(of: g, as: UInt8.self)
          unsafe (out + 2).storeBytes(of: b, as: UInt8.self)
          if hasAlpha {
            let a = unsafe table[768 &+ Int((pixel & alpha.mask) &>> alpha.shift)]
            unsafe (out + 3).storeBytes(of: a, as: UInt8.self)
          }
          unsafe out += size
        }
      }
    }
  }

  /// The largest of all bytes; 0 when there are none.
  static func maximum(_ bytes: RawSpan) -> UInt8 {
    var result: UInt8 = 0
    for i in 0..<bytes.byteCount { result = max(result, bytes[byteAt: i]) }
    return result
  }

  /// Checks that the first `sourceCount` bytes of `row` and the `targetCount` bytes of `image` from
  /// `start` exist, and hands out pointers to them.
  @inline(__always)
  private static func withPointers(
    _ row: RawSpan, _ sourceCount: Int, _ image: inout MutableRawSpan, _ start: Int,
    _ targetCount: Int, _ body: (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
  ) {
    precondition(sourceCount <= row.byteCount && start >= 0)
    precondition(targetCount <= image.byteCount - start)
    unsafe row.withUnsafeBytes { source in
      unsafe image.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe body(from, to + start)
      }
    }
  }
}
