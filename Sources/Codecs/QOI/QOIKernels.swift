// SPDX-License-Identifier: Apache-2.0

extension QOI {
  /// A pixel: red in the lowest byte, then green, blue, alpha.
  typealias Pixel = UInt32

  /// The place of a pixel among the 64 that were seen: (3 r + 5 g + 7 b + 11 a) mod 64.
  ///
  /// Of each product of two colours the sum that is asked for stands in the highest byte; what is
  /// below it is too small to carry.
  @inline(__always)
  static func place(_ pixel: Pixel) -> Int {
    let redBlue = (pixel & 0x00FF_00FF) &* 0x0300_0700
    let greenAlpha = (pixel & 0xFF00_FF00) &* 0x0005_000B
    return Int(truncatingIfNeeded: (redBlue &+ greenAlpha) &>> 24 & 63)
  }

  static var firstPixel: Pixel { 0xFF00_0000 }

  /// For tags 0x40 to 0xBF: what is added to red, green and blue in a byte each, and the bits that
  /// the second byte adds to red and blue, when there is one.
  fileprivate static var differences: [UInt32] {
    (0x40..<0xC0).flatMap { (tag: UInt32) -> [UInt32] in
      tag < 0x80
        ? [sum(0, tag &>> 4 & 3 &+ 254, tag &>> 2 & 3 &+ 254, tag & 3 &+ 254), 0]
        : [sum(0, tag & 63 &+ 216, tag & 63 &+ 224, tag & 63 &+ 216), 0x000F_000F]
    }
  }

  /// Where a decode stands between two bands.
  struct PixelDecoder {
    /// Bytes of the body used.
    private(set) var position = 0
    private var pixel = QOI.firstPixel
    /// Pixels that the last run still has.
    private var run = 0
    /// Pixels that were seen, and the table of differences.
    private var seen = [Pixel](repeating: 0, count: 64) + QOI.differences

    /// Appends up to `byteCount` bytes, whole pixels, of `body` from where the last call stopped.
    ///
    /// - Returns: bytes appended; fewer than asked for when the body ends.
    mutating func append(
      _ byteCount: Int, of body: RawSpan, to output: inout OutputRawSpan, channelCount: Int
    ) -> Int {
      precondition(
        byteCount >= 0 && byteCount <= output.freeCapacity && position <= body.byteCount)
      var (pixel, run) = (self.pixel, self.run)
      let (filled, used) = unsafe seen.withUnsafeMutableBufferPointer { seen in
        unsafe body.withUnsafeBytes { input in
          unsafe output.withUnsafeMutableBytes { buffer, count in
            guard let seen = seen.baseAddress else { return (0, position) }
            let to =
              unsafe UnsafeMutablePointer(
                mutating: UnsafeRawBufferPointer(buffer).bytePointer) + count
            let from = unsafe input.bytePointer
            let result =
              unsafe channelCount == 4
              ? QOI.decode(from, input.count, position, to, byteCount, seen, &pixel, &run, true)
              : QOI.decode(from, input.count, position, to, byteCount, seen, &pixel, &run, false)
            count += result.filled
            return result
          }
        }
      }
      (self.pixel, self.run, position) = (pixel, run, used)
      return filled
    }
  }

  /// Invariant: `0 ≤ i ≤ inputCount`, `0 ≤ o ≤ count`, and `o` is whole pixels.
  @inline(__always)
  @unsafe
  private static func decode(
    _ input: UnsafePointer<UInt8>, _ inputCount: Int, _ position: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ count: Int, _ seen: UnsafeMutablePointer<Pixel>,
    _ lastPixel: inout Pixel, _ lastRun: inout Int, _ hasAlpha: Bool
  ) -> (filled: Int, used: Int) {
    let size = hasAlpha ? 4 : 3
    var pixel = lastPixel
    var run = lastRun
    var i = position
    var o = 0
    while o < count {
      if run > 0 {
        let end = o &+ min(run, (count &- o) / size) &* size
        run &-= (end &- o) / size
        // Four bytes a pixel, of which the last may be the next pixel's, as long as they fit.
        while o &+ 4 <= end {
          unsafe target.store(pixel.littleEndian, o)
          o &+= size
        }
        if o < end {
          unsafe storeLast(target + o, pixel, size)
          o = end
        }
        continue
      }
      // In bounds: the longest pixel is left, and there is room for a byte more than one.
      if i <= inputCount &- 5, o <= count &- 4 {
        (i, o, pixel, run) = unsafe decodeInside(
          input, i, inputCount &- 5, target, o, count &- 4, size, pixel, seen)
        continue
      }
      // In bounds: what the tag asks for is counted.
      guard i < inputCount else { break }
      let tag = unsafe input[i]
      let needed = tag == 0xFF ? 5 : tag == 0xFE ? 4 : tag &>> 6 == 2 ? 2 : 1
      guard inputCount &- i >= needed else { break }
      unsafe read(input, &i, &pixel, &run, seen)
      guard run == 0 else { continue }
      unsafe storeLast(target + o, pixel, size)
      o &+= size
    }
    (lastPixel, lastRun) = (pixel, run)
    return (o, i)
  }

  /// Decodes pixels up to where input or output are about to end, or into a run that would.
  ///
  /// In bounds: five bytes are left where a tag is read, and four where a pixel is written.
  @inline(never)
  @unsafe
  private static func decodeInside(
    _ input: UnsafePointer<UInt8>, _ position: Int, _ inputEnd: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ offset: Int, _ end: Int, _ size: Int,
    _ lastPixel: Pixel, _ seen: UnsafeMutablePointer<Pixel>
  ) -> (position: Int, offset: Int, pixel: Pixel, run: Int) {
    var (i, o, pixel) = (position, offset, lastPixel)
    while i <= inputEnd, o <= end {
      let tag = unsafe UInt32(input[i])
      if tag &- 0x40 < 0x80 {
        // Which of both kinds comes next is as good as random in pictures: no branch.
        let (base, mask) = unsafe (seen[2 &* Int(tag) &- 64], seen[2 &* Int(tag) &- 63])
        let second = unsafe UInt32(input[i &+ 1])
        let redBlue = base & 0x00FF_00FF &+ (second &>> 4 | second &<< 16) & mask
        pixel =
          (pixel & 0x00FF_00FF &+ redBlue) & 0x00FF_00FF | (pixel & 0xFF00 &+ base) & 0xFF00
          | pixel & 0xFF00_0000
        i &+= Int(1 &+ tag &>> 7)
        unsafe seen[place(pixel)] = pixel
      } else if tag < 0x40 {
        pixel = unsafe seen[Int(tag)]
        i &+= 1
      } else if tag >= 0xFE {
        let color = unsafe UInt32(littleEndian: input.load(UInt32.self, i &+ 1))
        pixel = tag == 0xFF ? color : color & 0x00FF_FFFF | pixel & 0xFF00_0000
        i &+= tag == 0xFF ? 5 : 4
        unsafe seen[place(pixel)] = pixel
      } else {
        let run = Int(tag & 0x3F) &+ 1
        i &+= 1
        unsafe seen[place(pixel)] = pixel
        let last = o &+ (run &- 1) &* size
        guard last <= end else { return (i, o, pixel, run) }
        while o < last {
          unsafe target.store(pixel.littleEndian, o)
          o &+= size
        }
      }
      unsafe target.store(pixel.littleEndian, o)
      o &+= size
    }
    return (i, o, pixel, 0)
  }

  /// Reads a tag and what belongs to it: the next pixel, or the length of a run.
  @inline(__always)
  @unsafe
  private static func read(
    _ input: UnsafePointer<UInt8>, _ i: inout Int, _ pixel: inout Pixel, _ run: inout Int,
    _ seen: UnsafeMutablePointer<Pixel>
  ) {
    let tag = unsafe UInt32(input[i])
    i &+= 1
    if tag < 0x40 {
      pixel = unsafe seen[Int(tag)]
      return
    }
    if tag < 0x80 {
      pixel = sum(pixel, (tag &>> 4 & 3) &+ 254, (tag &>> 2 & 3) &+ 254, (tag & 3) &+ 254)
    } else if tag < 0xC0 {
      let second = unsafe UInt32(input[i])
      i &+= 1
      let green = (tag & 0x3F) &+ 224
      pixel = sum(pixel, green &- 8 &+ second &>> 4, green, green &- 8 &+ (second & 15))
    } else if tag >= 0xFE {
      let color =
        unsafe UInt32(input[i]) | UInt32(input[i &+ 1]) &<< 8 | UInt32(input[i &+ 2]) &<< 16
      i &+= 3
      if tag == 0xFF {
        pixel = unsafe color | UInt32(input[i]) &<< 24
        i &+= 1
      } else {
        pixel = color | pixel & 0xFF00_0000
      }
    } else {
      run = Int(tag & 0x3F) &+ 1
    }
    // A run is of the pixel before it; at the start of the file that pixel is seen here.
    unsafe seen[place(pixel)] = pixel
  }

  /// `pixel` with numbers added to its colours, each modulo 256.
  @inline(__always)
  private static func sum(_ pixel: Pixel, _ red: UInt32, _ green: UInt32, _ blue: UInt32) -> Pixel {
    let r = (pixel &+ red) & 0xFF
    let g = (pixel &+ green &<< 8) & 0xFF00
    let b = (pixel &+ blue &<< 16) & 0xFF_0000
    return r | g | b | pixel & 0xFF00_0000
  }

  @inline(__always)
  @unsafe
  private static func storeLast(
    _ target: UnsafeMutablePointer<UInt8>, _ pixel: Pixel, _ size: Int
  ) {
    for k in 0..<size {
      unsafe target[k] = UInt8(truncatingIfNeeded: pixel &>> UInt32(truncatingIfNeeded: 8 &* k))
    }
  }

  /// - Precondition: `pixels` is whole pixels, and the output has room for one byte more than
  ///   `channelCount` for each.
  static func encodePixels(
    _ pixels: RawSpan, channelCount: Int, into output: inout OutputRawSpan
  ) {
    precondition(output.freeCapacity >= pixels.byteCount / channelCount * (channelCount + 1))
    unsafe pixels.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { buffer, count in
        let base = unsafe UnsafeMutablePointer(
          mutating: UnsafeRawBufferPointer(buffer).bytePointer)
        let from = unsafe input.bytePointer
        count +=
          unsafe channelCount == 4
          ? encode(from, input.count, base + count, true)
          : encode(from, input.count, base + count, false)
      }
    }
  }

  /// Chooses as the reference encoder does: a run, a pixel seen before, differences, all samples.
  ///
  /// In bounds: a pixel reads and writes no more than the precondition of the caller says.
  @inline(__always)
  @unsafe
  private static func encode(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ hasAlpha: Bool
  ) -> Int {
    let size = hasAlpha ? 4 : 3
    var seen = InlineArray<64, Pixel>(repeating: 0)
    var before = firstPixel
    var run = 0
    var i = 0
    var o = 0
    while i < count {
      let pixel: Pixel
      if i &+ 4 <= count {
        let word = unsafe UInt32(littleEndian: input.load(UInt32.self, i))
        pixel = hasAlpha ? word : word | 0xFF00_0000
      } else {
        pixel =
          unsafe UInt32(input[i]) | UInt32(input[i &+ 1]) &<< 8 | UInt32(input[i &+ 2]) &<< 16
          | 0xFF00_0000
      }
      i &+= size
      if pixel == before {
        run &+= 1
        if run == longestRun {
          unsafe target[o] = 0xC0 | 61
          o &+= 1
          run = 0
        }
        continue
      }
      if run > 0 {
        unsafe target[o] = UInt8(truncatingIfNeeded: 0xC0 | (run &- 1))
        o &+= 1
        run = 0
      }
      let place = place(pixel)
      if seen[place] == pixel {
        unsafe target[o] = UInt8(truncatingIfNeeded: place)
        o &+= 1
      } else {
        seen[place] = pixel
        o &+= unsafe emit(target + o, pixel, before)
      }
      before = pixel
    }
    if run > 0 {
      unsafe target[o] = UInt8(truncatingIfNeeded: 0xC0 | (run &- 1))
      o &+= 1
    }
    return o
  }

  /// Bytes written for a pixel that was not seen before.
  @inline(__always)
  @unsafe
  private static func emit(
    _ target: UnsafeMutablePointer<UInt8>, _ pixel: Pixel, _ before: Pixel
  ) -> Int {
    if pixel &>> 24 == before &>> 24 {
      let red = Int8(truncatingIfNeeded: pixel &- before)
      let green = Int8(truncatingIfNeeded: pixel &>> 8 &- before &>> 8)
      let blue = Int8(truncatingIfNeeded: pixel &>> 16 &- before &>> 16)
      let (r, g, b) = (
        UInt8(bitPattern: red &+ 2), UInt8(bitPattern: green &+ 2), UInt8(bitPattern: blue &+ 2)
      )
      if r | g | b < 4 {
        unsafe target[0] = 0x40 | r &<< 4 | g &<< 2 | b
        return 1
      }
      let (luma, first, last) = (
        UInt8(bitPattern: green &+ 32), UInt8(bitPattern: red &- green &+ 8),
        UInt8(bitPattern: blue &- green &+ 8)
      )
      if luma < 64, first | last < 16 {
        unsafe target[0] = 0x80 | luma
        unsafe target[1] = first &<< 4 | last
        return 2
      }
      unsafe target[0] = 0xFE
      for k in 0..<3 {
        unsafe target[k &+ 1] = UInt8(truncatingIfNeeded: pixel &>> UInt32(8 &* k))
      }
      return 4
    }
    unsafe target[0] = 0xFF
    unsafe target.store(pixel.littleEndian, 1)
    return 5
  }
}
