// SPDX-License-Identifier: Apache-2.0

extension EER {
  /// Options that go together.
  struct Frame {
    private let options: DecodeOptions
    /// Counters in a pixel of the detector, in each direction.
    private let cellsX: Int
    private let cellsY: Int
    private let pixelsPerRow: Int
    private let pixelCount: Int
    let byteCount: Int

    init(_ options: DecodeOptions, limits: Limits) throws(CodecError) {
      func fail(_ message: CodecError.Name) -> CodecError {
        CodecError(.invalidArgument, codec: name, part: "options", message)
      }
      let (x, y) = (options.horizontalBitCount, options.verticalBitCount)
      guard 1...16 ~= options.skipBitCount, 1...8 ~= x, 1...8 ~= y,
        9...16 ~= options.eventBitCount
      else { throw fail("an event does not have 9 to 16 bits") }
      guard options.elementByteCount == 1 || options.elementByteCount == 2 else {
        throw fail("a counter has not 1 or 2 bytes")
      }
      guard 0...8 ~= options.superresolution else { throw fail("not a factor of resolution") }
      cellsX = 1 << min(x, options.superresolution)
      cellsY = 1 << min(y, options.superresolution)
      guard options.width > 0, options.height > 0, options.width % cellsX == 0,
        options.height % cellsY == 0
      else { throw fail("the size is not a multiple of the resolution") }
      byteCount = try limits.checkedImage(
        width: options.width, height: options.height, channels: 1,
        dtype: options.elementByteCount == 1 ? .uint8 : .uint16, codec: name)
      pixelsPerRow = options.width / cellsX
      pixelCount = pixelsPerRow * (options.height / cellsY)
      self.options = options
    }

    /// Adds the events of `source` to the counters. The bits of an event begin at the least
    /// significant end of a byte.
    func count(_ source: RawSpan, in counters: inout [UInt8]) throws(CodecError) {
      let eventBits = options.eventBitCount
      let skipBits = options.skipBitCount
      let skipMask = 1 << skipBits - 1
      let end = source.byteCount * 8 - eventBits
      var position = 0
      var pixel = 0
      while position < end {
        let start = position
        let word = Self.word(source, position)
        let skip = word & skipMask
        pixel += skip
        if pixel >= pixelCount {
          if pixel == pixelCount { return }
          throw CodecError(
            .corrupt, codec: name, part: "event", "lies behind the last pixel", at: start >> 3,
            bit: UInt8(start & 7))
        }
        // All ones go on without an event.
        guard skip != skipMask else {
          position += skipBits
          continue
        }
        position += eventBits
        add(pixel, word >> skipBits, to: &counters)
        pixel += 1
      }
    }

    /// Counts an event at `pixel`, at the place within it that the low bits say.
    @inline(__always)
    private func add(_ pixel: Int, _ place: Int, to counters: inout [UInt8]) {
      var index = pixel
      if options.superresolution > 0 {
        // The highest bit of a place is stored inverted where it has two bits, as is usual; for
        // other widths this is what imagecodecs does.
        let (x, y) = (options.horizontalBitCount, options.verticalBitCount)
        let h = ((place & (1 << x - 1)) ^ x) & (1 << x - 1)
        let v = ((place >> x & (1 << y - 1)) ^ y) & (1 << y - 1)
        let column = h >> max(0, x - options.superresolution) + pixel % pixelsPerRow * cellsX
        let row = v >> max(0, y - options.superresolution) + pixel / pixelsPerRow * cellsY
        index = row * options.width + column
      }
      if options.elementByteCount == 1 {
        counters[index] &+= 1
      } else {
        #if _endian(little)
          let low = 0
        #else
          let low = 1
        #endif
        counters[2 * index + low] &+= 1
        if counters[2 * index + low] == 0 { counters[2 * index + 1 - low] &+= 1 }
      }
    }

    /// At least 16 bits from `position` on; behind the end they are zero.
    @inline(__always)
    private static func word(_ source: RawSpan, _ position: Int) -> Int {
      let start = position >> 3
      if start &+ 4 <= source.byteCount {
        let word = UInt32(littleEndian: source.loadUnaligned(UInt32.self, at: start))
        return Int(word &>> UInt32(truncatingIfNeeded: position & 7))
      }
      var word = 0
      for i in start..<source.byteCount { word |= Int(source[byteAt: i]) << (8 * (i - start)) }
      return word >> (position & 7)
    }
  }
}
