// SPDX-License-Identifier: Apache-2.0

/// Copies `count` neighbouring pixels to `offset`, `offset + step` and so on; `step` may be negative.
func movePixels(
  _ source: RawSpan, at start: Int, count: Int, pixelByteCount: Int,
  into target: inout MutableRawSpan, at offset: Int, step: Int
) {
  guard count > 0 else { return }
  // The first and the last pixel are in bounds on both sides, and so are those between them.
  let last = offset + (count - 1) * step
  precondition(start >= 0 && source.byteCount - start >= count * pixelByteCount)
  precondition(min(offset, last) >= 0)
  precondition(target.byteCount - max(offset, last) >= pixelByteCount)
  unsafe source.withUnsafeBytes { source in
    unsafe target.withUnsafeMutableBytes { target in
      let from = unsafe source.baseAddress! + start
      let to = unsafe target.baseAddress! + offset
      if step == pixelByteCount {
        unsafe to.copyMemory(from: from, byteCount: count * pixelByteCount)
        return
      }
      switch pixelByteCount {
      case 1: unsafe move(from, to, count, step, UInt8.self)
      case 2: unsafe move(from, to, count, step, UInt16.self)
      case 4: unsafe move(from, to, count, step, UInt32.self)
      case 8: unsafe move(from, to, count, step, UInt64.self)
      default:
        for i in 0..<count {
          unsafe (to + i &* step).copyMemory(
            from: from + i &* pixelByteCount, byteCount: pixelByteCount)
        }
      }
    }
  }
}

@inline(__always)
private func move<T: BitwiseCopyable>(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int, _ step: Int,
  _ type: T.Type
) {
  for i in 0..<count {
    let pixel = unsafe from.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: type)
    unsafe to.storeBytes(of: pixel, toByteOffset: i &* step, as: type)
  }
}
