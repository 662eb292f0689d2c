// SPDX-License-Identifier: Apache-2.0

// Two methods. Short runs go through tables, 16 bytes at a time. Longer ones are first made short:
// the generator divides x^2400 + x^1240 + x^936 + x^712 + 1, so a byte may be taken out of the data
// when it is XORed into the bytes 145, 183, 211 and 300 behind it. Vector by vector that moves
// everything into the last 304 bytes, with loads and XORs alone: as fast as carry-less
// multiplication, which plain x86-64 does not have.
//
// Tried and not faster: three interleaved runs of the tables (their number of instructions binds,
// not their latency); {140, 791, 3006}, whose fewer loads do not make up for the longer tail; a
// second reduction to 161 bytes by {68, 84, 92, 93, 124, 161}, where each vector waits for the one
// just stored.

extension CRC32 {
  /// The register (not inverted) after `bytes`.
  static func advance(_ register: UInt32, _ bytes: RawSpan) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return register }
      let count = bytes.count
      if count < 512 { return unsafe look(register, base, count) }
      // The system gives up to 1,024 bytes without asking the heap.
      let byteCount = count < 4_096 ? 1_024 : 8_192 + reach
      return unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) {
        unsafe reduce(register, base, count, $0.baseAddress.unsafelyUnwrapped, $0.count)
      }
    }
  }

  /// The register after `count` bytes at `base`, through tables.
  @inline(never)
  private static func look(
    _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int
  ) -> UInt32 {
    /// What the byte at bit `shift` of `word` comes to, `distance` bytes before the end.
    @inline(__always) func part(_ word: UInt64, _ shift: UInt64, _ distance: Int) -> UInt32 {
      // Not through a pointer: to borrow the table's span copies all of it.
      tables[distance &* 256 &+ Int(truncatingIfNeeded: word &>> shift & 0xFF)]
    }
    var register = register
    var i = 0
    // In bounds: i + 16 ≤ count.
    while i &+ 16 <= count {
      let low = unsafe base.loadUnaligned(fromByteOffset: i, as: UInt64.self).littleEndian
      let high = unsafe base.loadUnaligned(fromByteOffset: i &+ 8, as: UInt64.self).littleEndian
      // What waits for the register comes last.
      let a = part(high, 56, 0) ^ part(high, 48, 1) ^ (part(high, 40, 2) ^ part(high, 32, 3))
      let b = part(high, 24, 4) ^ part(high, 16, 5) ^ (part(high, 8, 6) ^ part(high, 0, 7))
      let c = part(low, 56, 8) ^ part(low, 48, 9) ^ (part(low, 40, 10) ^ part(low, 32, 11))
      let rest = a ^ b ^ c
      let first = UInt64(UInt32(truncatingIfNeeded: low) ^ register)
      register =
        part(first, 0, 15) ^ part(first, 8, 14)
        ^ (part(first, 16, 13) ^ (part(first, 24, 12) ^ rest))
      i &+= 16
    }
    while i < count {
      let byte = unsafe base.load(fromByteOffset: i, as: UInt8.self)
      register = tables[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register &>> 8
      i &+= 1
    }
    return register
  }

  /// How far bytes are moved: 300, in whole vectors.
  private static var reach: Int { 304 }

  private typealias Vector = SIMD2<UInt64>

  /// The register after `count` bytes at `base`, at least 320 of them.
  ///
  /// `scratch` holds the last `reach` bytes that were taken out, then room for more: `room` bytes
  /// in all, at least three times the reach, a multiple of 16.
  @inline(never)
  private static func reduce(
    _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int, _ scratch: UnsafeMutableRawPointer,
    _ room: Int
  ) -> UInt32 {
    unsafe clear(scratch)
    // The register is XORed into the first bytes of the data.
    var first = Vector(UInt64(register).littleEndian, 0)
    var taken = 0
    let total = (count &- reach) & ~15
    while taken < total {
      // In bounds: `end` is at most `room` behind `scratch`, and `total` below `count`; the bytes
      // moved from lie at most 300 before, those of the data `taken` and more behind `base`.
      let stop = min(taken &+ room &- reach, total)
      var i = reach
      while taken < stop {
        let data = unsafe base.loadUnaligned(fromByteOffset: taken, as: Vector.self)
        let sum = unsafe data ^ first ^ moved(UnsafeRawPointer(scratch) + i)
        first = Vector()
        unsafe scratch.storeBytes(of: sum, toByteOffset: i, as: Vector.self)
        i &+= 16
        taken &+= 16
      }
      unsafe scratch.copyMemory(from: scratch + (i &- reach), byteCount: reach)
    }
    // What was moved beyond the end, and the data there. In bounds: taken + reach ≤ count, and each
    // vector is stored before the first one that is still to be read.
    unsafe clear(scratch + reach)
    for i in stride(from: 0, to: reach, by: 16) {
      let data = unsafe base.loadUnaligned(fromByteOffset: taken &+ i, as: Vector.self)
      let sum = unsafe data ^ moved(UnsafeRawPointer(scratch) + (reach &+ i))
      unsafe scratch.storeBytes(of: sum, toByteOffset: i, as: Vector.self)
    }
    let end = taken &+ reach
    return unsafe look(look(0, scratch, reach), base + end, count &- end)
  }

  /// The sum of the vectors that are moved to `place`.
  @inline(__always)
  private static func moved(_ place: UnsafeRawPointer) -> Vector {
    @inline(__always) func from(_ distance: Int) -> Vector {
      // In bounds: the caller has `reach` bytes before `place`.
      unsafe place.loadUnaligned(fromByteOffset: 0 &- distance, as: Vector.self)
    }
    return from(145) ^ from(183) ^ (from(211) ^ from(300))
  }

  /// Zeroes `reach` bytes.
  @inline(__always)
  private static func clear(_ start: UnsafeMutableRawPointer) {
    for i in stride(from: 0, to: reach, by: 16) {
      unsafe start.storeBytes(of: Vector(), toByteOffset: i, as: Vector.self)
    }
  }
}
