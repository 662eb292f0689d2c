// SPDX-License-Identifier: Apache-2.0

/// Converts `count` pixels; see ``NDArray/converted(to:limits:codec:)``.
func convertColors(
  _ source: RawSpan, channels: Int, dtype: DType, into target: inout MutableRawSpan,
  mode: ColorMode, count: Int
) {
  // Pixel i is read from `i * channels * size ..< (i + 1) * channels * size` and written to
  // `i * mode.channelCount ..< (i + 1) * mode.channelCount`.
  precondition(source.byteCount >= count * channels * dtype.byteCount)
  precondition(target.byteCount >= count * mode.channelCount)
  unsafe source.withUnsafeBytes { source in
    unsafe target.withUnsafeMutableBytes { target in
      guard count > 0 else { return }
      let (from, to) = (source.baseAddress!, target.baseAddress!)
      switch dtype {
      case .uint16:
        unsafe convertColors(from, channels, to, mode, count) {
          unsafe UInt8(
            truncatingIfNeeded: from.loadUnaligned(fromByteOffset: 2 &* $0, as: UInt16.self) &>> 8)
        }
      case .bool:
        unsafe convertColors(from, channels, to, mode, count) {
          unsafe from.load(fromByteOffset: $0, as: UInt8.self) == 0 ? 0 : 255
        }
      default:
        unsafe convertColors(from, channels, to, mode, count) {
          unsafe from.load(fromByteOffset: $0, as: UInt8.self)
        }
      }
    }
  }
}

@inline(__always)
private func convertColors(
  _ from: UnsafeRawPointer, _ channels: Int, _ to: UnsafeMutableRawPointer, _ mode: ColorMode,
  _ count: Int, _ sample: (Int) -> UInt8
) {
  let isGrey = channels <= 2
  let hasAlpha = channels == 2 || channels == 4
  let step = mode.channelCount
  for i in 0..<count {
    let s = channels &* i
    let r = sample(s)
    let g = isGrey ? r : sample(s &+ 1)
    let b = isGrey ? r : sample(s &+ 2)
    let pixel = unsafe to + step &* i
    if step <= 2 {
      let sum = UInt32(r) &* 19595 &+ UInt32(g) &* 38470 &+ UInt32(b) &* 7471 &+ 32768
      unsafe pixel.storeBytes(
        of: isGrey ? r : UInt8(truncatingIfNeeded: sum &>> 16), as: UInt8.self)
    } else {
      unsafe pixel.storeBytes(of: r, as: UInt8.self)
      unsafe pixel.storeBytes(of: g, toByteOffset: 1, as: UInt8.self)
      unsafe pixel.storeBytes(of: b, toByteOffset: 2, as: UInt8.self)
    }
    if mode.hasAlpha {
      let alpha = hasAlpha ? sample(s &+ channels &- 1) : 255
      unsafe pixel.storeBytes(of: alpha, toByteOffset: step &- 1, as: UInt8.self)
    }
  }
}
