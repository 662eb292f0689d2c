// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The loops that convert colours and sizes before the transform, for one width of samples. They
  /// trust their caller, which is the extension below.
  ///
  /// They make ``laneCount`` samples at a time, so that more than `count` may be overwritten.
  protocol ForwardLoops {
    static var laneCount: Int { get }
    /// Red, green, blue.
    static func convertRGB(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer)
    /// Cyan, magenta, yellow as if they were the inverse of red, green, blue; black stays out.
    static func convertCMYK(
      _ source: UnsafeRawPointer, _ count: Int, _ y: UnsafeMutableRawPointer,
      _ cb: UnsafeMutableRawPointer, _ cr: UnsafeMutableRawPointer)
    /// `(a + b + bias) >> 1`, the bias being 0 and 1 in turn.
    static func halveWidth(
      _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int)
    /// `(sum of four + bias) >> 2`, the bias being 1 and 2 in turn.
    static func halveBoth(
      _ upper: UnsafeRawPointer, _ lower: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
      _ count: Int)
  }
}

// Offsets and counts are in samples.
extension JPEG.InputSample {
  /// Converts `count` pixels of red, green and blue.
  @inline(always)
  static func convertRGB(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<Self>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    unsafe withPixels(source, offset, count, channels: 3, &buffer, targets) {
      unsafe Forward.convertRGB($0, count, $1, $2, $3)
    }
  }

  /// Converts the inks of `count` pixels: cyan, magenta, yellow, black.
  @inline(always)
  static func convertCMYK(
    _ source: RawSpan, at offset: Int, count: Int, into buffer: inout MutableSpan<Self>,
    at targets: JPEG.ForwardColor.Targets
  ) {
    unsafe withPixels(source, offset, count, channels: 4, &buffer, targets) {
      unsafe Forward.convertCMYK($0, count, $1, $2, $3)
    }
  }

  @inline(always)
  private static func withPixels(
    _ source: RawSpan, _ offset: Int, _ count: Int, channels: Int,
    _ buffer: inout MutableSpan<Self>, _ targets: JPEG.ForwardColor.Targets,
    _ body: (
      UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> Void
  ) {
    let size = MemoryLayout<Self>.size
    // The proof for every access of the loops.
    precondition(count >= 0 && offset >= 0)
    precondition(count <= (source.byteCount / size &- offset) / channels)
    precondition(Swift.min(targets.y, targets.cb, targets.cr) >= 0)
    precondition(Swift.max(targets.y, targets.cb, targets.cr) <= buffer.count &- rounded(count))
    unsafe source.withUnsafeBytes { s in
      unsafe buffer.withUnsafeMutableBytes { b in
        let base = unsafe b.baseAddress.unsafelyUnwrapped
        unsafe body(
          s.baseAddress.unsafelyUnwrapped + size &* offset, base + size &* targets.y,
          base + size &* targets.cb, base + size &* targets.cr)
      }
    }
  }

  /// Copies one channel of `count` pixels of `step` channels.
  @inline(always)
  static func copyChannel(
    _ source: RawSpan, at offset: Int, step: Int, count: Int,
    into buffer: inout MutableSpan<Self>, at target: Int
  ) {
    let size = MemoryLayout<Self>.size
    // The proof for every access below.
    precondition(step > 0 && count >= 0 && target >= 0 && count <= buffer.count &- target)
    precondition(offset >= 0 && (count &- 1) &* step < source.byteCount / size &- offset)
    unsafe source.withUnsafeBytes { s in
      unsafe buffer.withUnsafeMutableBytes { b in
        let from = unsafe s.baseAddress.unsafelyUnwrapped + size &* offset
        let to = unsafe b.baseAddress.unsafelyUnwrapped + size &* target
        if step == 1 {
          unsafe to.copyMemory(from: from, byteCount: size &* count)
        } else {
          for x in 0..<count {
            let sample = unsafe from.loadUnaligned(
              fromByteOffset: size &* x &* step, as: Self.self)
            unsafe to.storeBytes(of: sample, toByteOffset: size &* x, as: Self.self)
          }
        }
      }
    }
  }

  /// Means of pairs of a row, rounded down and up in turn.
  ///
  /// - Parameter count: samples to make; `2 · count` and less than two vectors more are read.
  @inline(always)
  static func halveWidth(
    _ buffer: inout MutableSpan<Self>, from source: Int, to target: Int, count: Int
  ) {
    checkHalving(buffer.count, source, target, count)
    let size = MemoryLayout<Self>.size
    unsafe buffer.withUnsafeMutableBytes { b in
      let base = unsafe b.baseAddress.unsafelyUnwrapped
      unsafe Forward.halveWidth(base + size &* source, base + size &* target, count)
    }
  }

  /// Means of squares of four of two rows, with 1/4 and 2/4 added in turn.
  ///
  /// - Parameter count: as for ``halveWidth(_:from:to:count:)``.
  @inline(always)
  static func halveBoth(
    _ buffer: inout MutableSpan<Self>, from first: Int, and second: Int, to target: Int,
    count: Int
  ) {
    checkHalving(buffer.count, first, target, count)
    checkHalving(buffer.count, second, target, count)
    let size = MemoryLayout<Self>.size
    unsafe buffer.withUnsafeMutableBytes { b in
      let base = unsafe b.baseAddress.unsafelyUnwrapped
      unsafe Forward.halveBoth(
        base + size &* first, base + size &* second, base + size &* target, count)
    }
  }

  /// The proof for every access of the loops that halve.
  @inline(always)
  private static func checkHalving(_ size: Int, _ source: Int, _ target: Int, _ count: Int) {
    precondition(count >= 0 && count < size && source >= 0 && target >= 0)
    precondition(source <= size &- 2 &* rounded(count) && target <= size &- rounded(count))
  }

  /// `count` in whole vectors.
  @inline(always)
  private static func rounded(_ count: Int) -> Int {
    (count &+ Forward.laneCount &- 1) & ~(Forward.laneCount &- 1)
  }
}
