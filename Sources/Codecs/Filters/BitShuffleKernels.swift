// SPDX-License-Identifier: Apache-2.0

extension BitShufflePlan {
  func appendShuffled(_ source: RawSpan, to output: inout OutputRawSpan) {
    precondition(byteCount == source.byteCount)
    unsafe filter(source, into: &output) { (from, to) in
      unsafe forEachBlock(from, to) { (from, to, elements) in
        unsafe shuffle(from, to, elements)
      }
    }
  }

  func appendUnshuffled(_ source: RawSpan, to output: inout OutputRawSpan) {
    precondition(byteCount == source.byteCount)
    unsafe filter(source, into: &output) { (from, to) in
      unsafe forEachBlock(from, to) { (from, to, elements) in
        unsafe unshuffle(from, to, elements)
      }
    }
  }

  /// Calls `body` with each block and its number of elements, and copies the rest.
  @unsafe @inline(__always)
  private func forEachBlock(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>,
    _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, Int) -> Void
  ) {
    let count = byteCount / elementByteCount
    var first = 0
    while count &- first >= 8 {
      let elements = min(blockElementCount, (count &- first) & ~7)
      let start = first &* elementByteCount
      unsafe body(source + start, target + start, elements)
      first &+= elements
    }
    let start = first &* elementByteCount
    unsafe (target + start).update(from: source + start, count: byteCount &- start)
  }

  @unsafe
  private func shuffle(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    guard elementByteCount > 1 else {
      return unsafe shufflePlane(source, target, count)
    }
    let planes = unsafe UnsafeMutablePointer(
      mutating: UnsafeRawBufferPointer(scratch.memory).bytePointer)
    unsafe BytePlanes.split(
      source, planes, count &* elementByteCount, elementByteCount, isReversed: false)
    for index in 0..<elementByteCount {
      unsafe shufflePlane(planes + index &* count, target + index &* count, count)
    }
  }

  @unsafe
  private func unshuffle(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    guard elementByteCount > 1 else {
      return unsafe unshufflePlane(source, target, count)
    }
    let planes = unsafe UnsafeMutablePointer(
      mutating: UnsafeRawBufferPointer(scratch.memory).bytePointer)
    for index in 0..<elementByteCount {
      unsafe unshufflePlane(source + index &* count, planes + index &* count, count)
    }
    unsafe BytePlanes.join(
      planes, target, count &* elementByteCount, elementByteCount, isReversed: false)
  }

  /// `count` bytes to eight rows of `count / 8` bytes, one for each bit.
  @inline(never)
  @unsafe
  private func shufflePlane(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    let row = count / 8
    var i = 0
    // In bounds: i + 128 ≤ count, so each row has 16 bytes at i / 8; then i + 8 ≤ count.
    while i &+ 128 <= count {
      var lanes = unsafe Vectors8(source + i, stride: 16)
      // Byte i goes to lane i / 8 of vector i mod 8.
      for _ in 0..<4 { lanes.rotate() }
      lanes.transposeBits()
      unsafe lanes.store(target + i / 8, stride: row)
      i &+= 128
    }
    while i < count {
      let bits = unsafe transposed(UInt64(littleEndian: source.load(UInt64.self, i)))
      for k in 0..<8 {
        unsafe target[k &* row &+ i / 8] = UInt8(truncatingIfNeeded: bits &>> UInt64(8 &* k))
      }
      i &+= 8
    }
  }

  /// Eight rows of `count / 8` bytes, one for each bit, to `count` bytes.
  @inline(never)
  @unsafe
  private func unshufflePlane(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    let row = count / 8
    var i = 0
    // In bounds: as in `shufflePlane`.
    while i &+ 128 <= count {
      var lanes = unsafe Vectors8(source + i / 8, stride: row)
      lanes.transposeBits()
      for _ in 0..<3 { lanes.rotate() }
      unsafe lanes.store(target + i, stride: 16)
      i &+= 128
    }
    while i < count {
      var bits: UInt64 = 0
      for k in 0..<8 { unsafe bits |= UInt64(source[k &* row &+ i / 8]) &<< UInt64(8 &* k) }
      unsafe target.store(transposed(bits).littleEndian, i)
      i &+= 8
    }
  }

  /// Exchanges bit k of byte r with bit r of byte k.
  @inline(__always)
  private func transposed(_ bytes: UInt64) -> UInt64 {
    var x = bytes
    var t = (x ^ (x &>> 7)) & 0x00AA_00AA_00AA_00AA
    x ^= t ^ (t &<< 7)
    t = (x ^ (x &>> 14)) & 0x0000_CCCC_0000_CCCC
    x ^= t ^ (t &<< 14)
    t = (x ^ (x &>> 28)) & 0x0000_0000_F0F0_F0F0
    return x ^ t ^ (t &<< 28)
  }
}
