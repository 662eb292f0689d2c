// SPDX-License-Identifier: Apache-2.0

extension RGBE {
  /// Appends rows of float32 pixels; `output` has room for ``pixelByteCountBound(_:_:)``.
  static func encodePixels(
    _ pixels: RawSpan, width: Int, height: Int, inRuns: Bool, into output: inout OutputRawSpan
  ) {
    var planes = [UInt8](repeating: 0, count: inRuns ? 4 * width : 0)
    for row in 0..<height {
      let start = row * width * 12
      guard inRuns else {
        for x in 0..<width {
          output.append(littleEndian: packed(pixels, at: start + x * 12))
        }
        continue
      }
      for x in 0..<width {
        let pixel = packed(pixels, at: start + x * 12)
        for plane in 0..<4 {
          planes[plane * width + x] = UInt8(truncatingIfNeeded: pixel >> UInt32(8 * plane))
        }
      }
      output.append(bigEndian: UInt16(0x0202))
      output.append(bigEndian: UInt16(truncatingIfNeeded: width))
      for plane in 0..<4 {
        appendRuns(planes, plane * width..<(plane + 1) * width, to: &output)
      }
    }
  }

  /// The four bytes of a pixel, red in the lowest.
  private static func packed(_ pixels: RawSpan, at offset: Int) -> UInt32 {
    func channel(_ index: Int) -> Float {
      let value = Float(bitPattern: pixels.loadUnaligned(UInt32.self, at: offset + 4 * index))
      // NaN is not above 0. The exponent byte of what is larger would be 256.
      return value > 0 ? min(value, 0x1.FFFFFEp126) : 0
    }
    let (red, green, blue) = (channel(0), channel(1), channel(2))
    let most = max(red, green, blue)
    guard most >= 1e-32 else { return 0 }
    // most = m · 2^e with m from 0.5 to 1, so that most · 2^(8 - e) is from 128 to 256.
    let biased = most.bitPattern >> 23
    let scale = Float(bitPattern: (261 - biased) << 23)
    return UInt32(red * scale) | UInt32(green * scale) << 8 | UInt32(blue * scale) << 16
      | (biased + 2) << 24
  }

  /// Appends a plane of a row: runs of 4 to 127 bytes, the rest as it is.
  ///
  /// A shorter run is written as one when it is all that stands before a long one or the end.
  private static func appendRuns(
    _ planes: [UInt8], _ range: Range<Int>, to output: inout OutputRawSpan
  ) {
    var start = range.lowerBound
    while start < range.upperBound {
      // The next long run, and the short one before it.
      var run = start
      var (length, before) = (0, 0)
      while run < range.upperBound {
        length = runLength(planes, run..<range.upperBound)
        if length >= 4 { break }
        run += length
        before = length
        length = 0
      }
      if before > 1, before == run - start {
        output.append(UInt8(truncatingIfNeeded: 128 + before))
        output.append(planes[start])
        start = run
      }
      while start < run {
        let count = min(128, run - start)
        output.append(UInt8(truncatingIfNeeded: count))
        for i in start..<start + count { output.append(planes[i]) }
        start += count
      }
      if length > 0 {
        output.append(UInt8(truncatingIfNeeded: 128 + length))
        output.append(planes[run])
        start += length
      }
    }
  }

  /// How often the first byte of the range stands there, at most 127.
  private static func runLength(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
    let end = min(range.upperBound, range.lowerBound + 127)
    var next = range.lowerBound + 1
    while next < end, bytes[next] == bytes[range.lowerBound] { next += 1 }
    return next - range.lowerBound
  }
}
