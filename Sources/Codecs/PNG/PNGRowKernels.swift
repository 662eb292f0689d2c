// SPDX-License-Identifier: Apache-2.0

extension PNG.Presentation {
  /// Converts `count` pixels of one unfiltered row and writes them to `target` from `offset` on.
  func convert(
    _ source: RawSpan, count: Int, header: PNG.Header, into target: inout MutableRawSpan,
    at offset: Int
  ) {
    // The kernels read the samples of `count` pixels and write `count` pixels, and no more.
    precondition(count >= 0 && source.byteCount >= header.rowByteCount(width: count))
    precondition(offset >= 0 && target.byteCount - offset >= count * pixelByteCount)
    let channels = header.colorType.channelCount
    unsafe source.withUnsafeBytes { source in
      unsafe target.withUnsafeMutableBytes { target in
        guard let from = source.baseAddress, let base = target.baseAddress else {
          return
        }
        let to = unsafe base + offset
        switch conversion {
        case .copy: unsafe to.copyMemory(from: from, byteCount: count * channels)
        case .swap16: unsafe swap16(from, to, count * channels)
        case .lookup(let depth, let table):
          unsafe table.withUnsafeBufferPointer {
            // Every sample has at most 8 bits, and there are 256 entries.
            precondition($0.count >= 256)
            unsafe lookup(from, to, count, depth, channelCount, $0.baseAddress!)
          }
        case .keyRGB8(let key): unsafe keyRGB8(from, to, count, key)
        case .keyGrey16(let key): unsafe key16(from, to, count, (key, 0, 0), channels: 1)
        case .keyRGB16(let r, let g, let b):
          unsafe key16(from, to, count, (r, g, b), channels: 3)
        case .cgbi: unsafe unpremultiply(from, to, count, channels)
        }
      }
    }
  }
}

private func swap16(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int) {
  var i = 0
  while i &+ 8 <= count {
    let x = unsafe from.loadUnaligned(fromByteOffset: 2 &* i, as: SIMD8<UInt16>.self)
    #if _endian(little)
      let eight = SIMD8<UInt16>(repeating: 8)
      unsafe to.storeBytes(
        of: (x &<< eight) | (x &>> eight), toByteOffset: 2 &* i, as: SIMD8<UInt16>.self)
    #else
      unsafe to.storeBytes(of: x, toByteOffset: 2 &* i, as: SIMD8<UInt16>.self)
    #endif
    i &+= 8
  }
  while i < count {
    let x = unsafe UInt16(bigEndian: from.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self))
    unsafe to.storeBytes(of: x, toByteOffset: 2 &* i, as: UInt16.self)
    i &+= 1
  }
}

private func lookup(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int, _ depth: Int,
  _ channels: Int, _ table: UnsafePointer<UInt32>
) {
  switch (depth, channels) {
  case (8, 3): unsafe lookup(from, to, count, depth: 8, channels: 3, table)
  case (8, 4): unsafe lookup(from, to, count, depth: 8, channels: 4, table)
  case (_, 1): unsafe lookup(from, to, count, depth: depth, channels: 1, table)
  case (_, 2): unsafe lookup(from, to, count, depth: depth, channels: 2, table)
  case (_, 3): unsafe lookup(from, to, count, depth: depth, channels: 3, table)
  default: unsafe lookup(from, to, count, depth: depth, channels: 4, table)
  }
}

@inline(__always)
private func lookup(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int, depth: Int,
  channels: Int, _ table: UnsafePointer<UInt32>
) {
  let perByte = 8 / depth
  let mask = (1 &<< depth) &- 1
  @inline(__always) func entry(_ i: Int) -> UInt32 {
    // Pixels are packed from the high bits down.
    let byte = unsafe Int(from.load(fromByteOffset: depth == 8 ? i : i / perByte, as: UInt8.self))
    let sample = depth == 8 ? byte : (byte &>> (8 &- depth &* (i % perByte &+ 1))) & mask
    return unsafe table[sample].littleEndian
  }
  var i = 0
  if channels == 4 || channels == 3 {
    // Four bytes are moved; with three channels the next pixel overwrites the fourth.
    let end = channels == 4 ? count : count &- 1
    while i < end {
      unsafe to.storeBytes(of: entry(i), toByteOffset: channels &* i, as: UInt32.self)
      i &+= 1
    }
  }
  while i < count {
    let pixel = UInt32(littleEndian: entry(i))
    for k in 0..<channels {
      unsafe to.storeBytes(
        of: UInt8(truncatingIfNeeded: pixel &>> UInt32(8 &* k)), toByteOffset: channels &* i &+ k,
        as: UInt8.self)
    }
    i &+= 1
  }
}

private func keyRGB8(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int, _ key: UInt32
) {
  for i in 0..<count {
    let rg = unsafe UInt16(
      littleEndian: from.loadUnaligned(fromByteOffset: 3 &* i, as: UInt16.self))
    let b = unsafe from.load(fromByteOffset: 3 &* i &+ 2, as: UInt8.self)
    let pixel = UInt32(rg) | UInt32(b) &<< 16
    let alpha: UInt32 = pixel == key ? 0 : 0xFF00_0000
    unsafe to.storeBytes(of: (pixel | alpha).littleEndian, toByteOffset: 4 &* i, as: UInt32.self)
  }
}

@inline(__always)
private func key16(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int,
  _ key: (UInt16, UInt16, UInt16), channels: Int
) {
  @inline(__always) func sample(_ i: Int) -> UInt16 {
    unsafe UInt16(bigEndian: from.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self))
  }
  @inline(__always) func put(_ value: UInt16, _ i: Int) {
    unsafe to.storeBytes(of: value, toByteOffset: 2 &* i, as: UInt16.self)
  }
  for i in 0..<count {
    let (s, t) = (channels &* i, (channels &+ 1) &* i)
    var isKey = sample(s) == key.0
    put(sample(s), t)
    if channels == 3 {
      isKey = isKey && sample(s &+ 1) == key.1 && sample(s &+ 2) == key.2
      put(sample(s &+ 1), t &+ 1)
      put(sample(s &+ 2), t &+ 2)
    }
    put(isKey ? 0 : 0xFFFF, t &+ channels)
  }
}

/// Blue first becomes red first; with alpha the colours are divided by it, rounded to nearest.
private func unpremultiply(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int, _ channels: Int
) {
  for i in 0..<count {
    let s = channels &* i
    @inline(__always) func sample(_ k: Int) -> UInt32 {
      unsafe UInt32(from.load(fromByteOffset: s &+ k, as: UInt8.self))
    }
    let alpha = channels == 4 ? sample(3) : 255
    for k in 0..<3 {
      var value = sample(2 &- k)
      if alpha > 0 && alpha < 255 { value = min((value &* 255 &+ alpha / 2) / alpha, 255) }
      unsafe to.storeBytes(
        of: UInt8(truncatingIfNeeded: value), toByteOffset: s &+ k, as: UInt8.self)
    }
    if channels == 4 {
      unsafe to.storeBytes(
        of: UInt8(truncatingIfNeeded: alpha), toByteOffset: s &+ 3, as: UInt8.self)
    }
  }
}
