// SPDX-License-Identifier: Apache-2.0

/// Lays the pixels of `source`, whose last channel is alpha, over those of `target` from `offset` on.
///
/// Each channel, alpha too, becomes `(front * f + back * (largest - f)) / largest`, rounded to
/// nearest, with the front's alpha `f`: what Pillow and imagecodecs compute. With `isExact`, alpha
/// adds up instead: with `u = f * largest` and `v = (largest - f) * b` for the back's alpha `b`, a
/// colour becomes `(front * u + back * v) / (u + v)` and alpha `(u + v) / largest`, rounded down, as
/// in the specification.
/// Source: PNG 3rd edition §13.16.
func blendOver(
  _ source: RawSpan, channels: Int, dtype: DType, onto target: inout MutableRawSpan,
  at offset: Int, isExact: Bool
) {
  // Whole pixels are read from the source, and as many bytes written.
  precondition(channels > 1 && source.byteCount % (channels * dtype.byteCount) == 0)
  precondition(offset >= 0 && target.byteCount - offset >= source.byteCount)
  unsafe source.withUnsafeBytes { source in
    unsafe target.withUnsafeMutableBytes { target in
      let front = unsafe source.bytePointer
      let back = unsafe UnsafeMutablePointer(
        mutating: UnsafeRawBufferPointer(target).bytePointer + offset)
      if dtype == .uint16 {
        unsafe blendOver(front, back, source.count / 2, channels, isExact, UInt16.self)
      } else {
        unsafe blendOver(front, back, source.count, channels, isExact, UInt8.self)
      }
    }
  }
}

@inline(__always)
private func blendOver<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
  _ front: UnsafePointer<UInt8>, _ back: UnsafeMutablePointer<UInt8>, _ count: Int,
  _ channels: Int, _ isExact: Bool, _ type: T.Type
) {
  let size = MemoryLayout<T>.size
  let largest = UInt64(T.max)
  var i = 0
  while i < count {
    let last = (i &+ channels &- 1) &* size
    let f = unsafe UInt64(front.load(T.self, last))
    let b = unsafe UInt64(back.load(T.self, last))
    if f == largest || isExact && b == 0 && f > 0 {
      unsafe (back + i &* size).update(from: front + i &* size, count: channels &* size)
    } else if f > 0 {
      let (u, v) = isExact ? (f &* largest, (largest &- f) &* b) : (f, largest &- f)
      let rounding = isExact ? 0 : largest / 2
      for k in 0..<(isExact ? channels &- 1 : channels) {
        let place = (i &+ k) &* size
        let sum =
          unsafe UInt64(front.load(T.self, place)) &* u &+ UInt64(back.load(T.self, place)) &* v
        unsafe back.store(T(truncatingIfNeeded: (sum &+ rounding) / (u &+ v)), place)
      }
      if isExact { unsafe back.store(T(truncatingIfNeeded: (u &+ v) / largest), last) }
    }
    i &+= channels
  }
}
