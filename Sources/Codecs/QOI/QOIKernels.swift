// SPDX-License-Identifier: Apache-2.0

extension QOI {
  /// A pixel: red in the lowest byte, then green, blue, alpha.
  typealias Pixel = UInt32

  /// The place of a pixel among the 64 that were seen: (3 r + 5 g + 7 b + 11 a) mod 64.
  ///
  /// One multiplication moves all four products to the top byte: red and blue from the lower half,
  /// green and alpha from the upper; what falls below it is too small to carry.
  @inline(__always)
  static func place(_ pixel: Pixel) -> Int {
    let spread = (UInt64(pixel) | UInt64(pixel) &<< 32) & 0xFF00_FF00_00FF_00FF
    return Int(truncatingIfNeeded: (spread &* 0x0300_0700_0005_000B) &>> 56) & 63
  }

  static var firstPixel: Pixel { 0xFF00_0000 }

  /// Where a decode stands between two bands.
  struct PixelDecoder {
    /// Bytes of the body used.
    private(set) var position = 0
    private var pixel = QOI.firstPixel
    /// Pixels that the last run still has.
    private var run = 0
    private var seen = [Pixel](repeating: 0, count: 64)

    /// Fills `range` of `target` with the next pixels of `body`.
    ///
    /// - Returns: bytes filled; fewer than `range` has when the body ends.
    mutating func decode(
      _ body: RawSpan, into target: inout MutableRawSpan, at range: Range<Int>, channelCount: Int
    ) -> Int {
      precondition(range.upperBound <= target.byteCount && position <= body.byteCount)
      let (count, position) = (range.count, self.position)
      var (pixel, run) = (self.pixel, self.run)
      let (filled, used) = unsafe seen.withUnsafeMutableBufferPointer { seen in
        unsafe body.withUnsafeBytes { input in
          unsafe target.withUnsafeMutableBytes { output in
            guard count > 0, let seen = seen.baseAddress, let base = output.baseAddress
            else { return (0, position) }
            let to = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
            let from = unsafe input.bytePointer
            return unsafe channelCount == 4
              ? QOI.decode(from, input.count, position, to, count, seen, &pixel, &run, true)
              : QOI.decode(from, input.count, position, to, count, seen, &pixel, &run, false)
          }
        }
      }
      (self.pixel, self.run, self.position) = (pixel, run, used)
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
      let (inputEnd, end) = (inputCount &- 5, count &- 4)
      while i <= inputEnd, o <= end {
        unsafe read(input, &i, &pixel, &run, seen)
        if run > 0 { break }
        unsafe target.store(pixel.littleEndian, o)
        o &+= size
      }
      if run > 0 || o >= count { continue }
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
