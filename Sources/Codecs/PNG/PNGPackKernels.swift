// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The loops that turn array elements into the bytes of a row.
  enum Pack {
    /// Calls `body` with the addresses of `source` and of `target` from `offset` on.
    @unsafe @inline(__always)
    private static func with(
      _ source: RawSpan, _ target: inout MutableRawSpan, _ offset: Int,
      _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
    ) {
      unsafe source.withUnsafeBytes { source in
        unsafe target.withUnsafeMutableBytes { target in
          let bytes = unsafe UnsafeRawBufferPointer(target).bytePointer + offset
          unsafe body(source.bytePointer, UnsafeMutablePointer(mutating: bytes))
        }
      }
    }

    /// Copies `count` pixels of `pixelByteCount` bytes, `step` bytes apart, to the start of `target`.
    static func gather(
      _ source: RawSpan, at offset: Int, step: Int, count: Int, pixelByteCount: Int,
      into target: inout MutableRawSpan,
      at targetOffset: Int = 0
    ) {
      guard count > 0 else { return }
      // The last pixel is read at `offset + (count - 1) * step`.
      precondition(offset >= 0 && targetOffset >= 0 && step >= pixelByteCount)
      precondition(source.byteCount >= offset + (count - 1) * step + pixelByteCount)
      precondition(target.byteCount - targetOffset >= count * pixelByteCount)
      unsafe with(source, &target, targetOffset) { source, target in
        if step == pixelByteCount {
          unsafe target.update(from: source + offset, count: count * pixelByteCount)
          return
        }
        for i in 0..<count {
          let from = unsafe source + (offset &+ i &* step)
          unsafe (target + i &* pixelByteCount).update(from: from, count: pixelByteCount)
        }
      }
    }

    /// Writes `count` 16-bit samples in machine order as big-endian.
    static func bigEndian(
      _ source: RawSpan, count: Int, into target: inout MutableRawSpan, at targetOffset: Int = 0
    ) {
      precondition(
        count >= 0 && targetOffset >= 0 && source.byteCount >= 2 * count
          && target.byteCount - targetOffset >= 2 * count)
      unsafe with(source, &target, targetOffset) { source, target in
        for i in 0..<count {
          unsafe target.store(source.load(UInt16.self, 2 &* i).bigEndian, 2 &* i)
        }
      }
    }

    /// Packs `count` samples of one byte each into `depth` bits, from the high bits down.
    ///
    /// - Parameter scale: what each byte is divided by.
    /// - Returns: whether every byte was a multiple of `scale` that fits `depth` bits.
    static func bits(
      _ source: RawSpan, count: Int, depth: Int, scale: UInt8, into target: inout MutableRawSpan,
      at targetOffset: Int = 0
    ) -> Bool {
      let perByte = 8 / depth
      precondition(
        count >= 0 && targetOffset >= 0 && scale > 0 && depth < 8 && source.byteCount >= count)
      precondition(target.byteCount - targetOffset >= (count + perByte - 1) / perByte)
      let largest = UInt8((1 << depth) - 1)
      var wrong = false
      unsafe with(source, &target, targetOffset) { source, target in
        for start in stride(from: 0, to: count, by: perByte) {
          var byte: UInt8 = 0
          for k in 0..<min(perByte, count &- start) {
            let (sample, rest) = unsafe source[start &+ k].quotientAndRemainder(dividingBy: scale)
            wrong = wrong || rest != 0 || sample > largest
            byte |= (sample & largest) &<< UInt8(8 &- depth &* (k &+ 1))
          }
          unsafe target[start / perByte] = byte
        }
      }
      return !wrong
    }
  }
}
