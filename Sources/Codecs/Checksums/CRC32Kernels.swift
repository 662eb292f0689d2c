// SPDX-License-Identifier: Apache-2.0

#if canImport(X86Kernels) && arch(x86_64) && os(Linux)
  internal import X86Kernels
  internal import X86WideKernels
#endif

// Where the processor has carry-less multiplication, that folds the data into 16 bytes: in vectors
// of 32 bytes any amount of it, in vectors of 16 bytes up to 4 KB. Otherwise short runs go through
// tables, 16 bytes at a time, and longer ones are first made short by XORs: the generator divides
// x^2400 + x^1240 + x^936 + x^712 + 1, so a byte may be taken out of the data when it is XORed into
// the bytes 145, 183, 211 and 300 behind it. Vector by vector that moves everything into the last
// 304 bytes, with loads and XORs alone. Long runs are first moved into 4,032 bytes: it divides
// x^32144 + x^16728 + x^14696 + 1 as well, which takes a load less, and reads what was stored long
// enough ago. Both are faster than multiplication in vectors of 16 bytes.
//
// Tried and not faster: three interleaved runs of the tables (their number of instructions binds,
// not their latency); a second reduction to 161 bytes by {68, 84, 92, 93, 124, 161}, where each
// vector waits for the one just stored.

extension CRC32 {
  /// What there is to compute with.
  enum Means: CaseIterable {
    /// Tables and XORs, on any processor.
    case plain
    /// Carry-less products of 16-byte and of 32-byte vectors.
    case products, wideProducts

    /// Whether this processor has it.
    var isHere: Bool {
      #if canImport(X86Kernels) && arch(x86_64) && os(Linux)
        switch self {
        case .plain: true
        case .products: CPU.hasCarrylessProduct
        case .wideProducts: CPU.hasWideCarrylessProduct
        }
      #else
        self == .plain
      #endif
    }

    static var best: Means {
      wideProducts.isHere ? .wideProducts : products.isHere ? .products : .plain
    }
  }

  /// The register (not inverted) after `bytes`.
  static func advance(_ register: UInt32, _ bytes: RawSpan) -> UInt32 {
    advance(register, bytes, by: .best)
  }

  /// - Parameter means: one that is here.
  static func advance(_ register: UInt32, _ bytes: RawSpan, by means: Means) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return register }
      let count = bytes.count
      if means == .wideProducts || count < (means == .products ? 4_096 : 512) {
        return unsafe short(register, base, count, means)
      }
      // The system gives up to 1,024 bytes without asking the heap.
      let isFar = count >= 32_768
      let byteCount = isFar ? 4 * Step.far.reach : count < 4_096 ? 1_024 : 8_192 + Step.near.reach
      return unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) {
        let scratch = unsafe $0.baseAddress.unsafelyUnwrapped
        return unsafe isFar
          ? reduceFar(register, base, count, scratch, $0.count, means)
          : reduceNear(register, base, count, scratch, $0.count, means)
      }
    }
  }

  /// The register after `count` bytes at `base`, which are not made short first.
  @inline(__always)
  private static func short(
    _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int, _ means: Means
  ) -> UInt32 {
    #if canImport(X86Kernels) && arch(x86_64) && os(Linux)
      if means != .plain, count >= CRC32Fold.leastByteCount {
        let bytes = unsafe RawSpan(_unsafeStart: base, byteCount: count)
        guard means == .wideProducts, count >= 2 * CRC32WideFold.leastByteCount else {
          return CRC32Fold.advance(register, bytes)
        }
        let folded = CRC32WideFold.fold(register, bytes)
        return CRC32Fold.advance(word: folded.word, bytes, from: folded.byteCount)
      }
    #endif
    return unsafe look(register, base, count)
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

  /// The two ways to make data short.
  private enum Step {
    case near, far
    /// How far bytes are moved, in whole vectors.
    var reach: Int { self == .near ? 304 : 4_032 }
  }

  private typealias Vector = SIMD2<UInt64>

  /// The register (not inverted) after `count` bytes at `base`, at least 320 of them.
  @inline(never)
  private static func reduceNear(
    _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int, _ scratch: UnsafeMutableRawPointer,
    _ room: Int, _ means: Means
  ) -> UInt32 {
    let taken = unsafe reduce(.near, register, base, count, scratch, room)
    let end = taken &+ Step.near.reach
    let rest = unsafe short(0, scratch, Step.near.reach, means)
    return unsafe look(rest, base + end, count &- end)
  }

  /// The same for at least 4,048 of them.
  @inline(never)
  private static func reduceFar(
    _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int, _ scratch: UnsafeMutableRawPointer,
    _ room: Int, _ means: Means
  ) -> UInt32 {
    let reach = Step.far.reach
    let taken = unsafe reduce(.far, register, base, count, scratch, room)
    let end = taken &+ reach
    let rest = unsafe reduceNear(0, scratch, reach, scratch + reach, room &- reach, means)
    return unsafe look(rest, base + end, count &- end)
  }

  /// Moves all but the last bytes of `count` at `base` behind them, and what is then in the reach
  /// behind those moved to `scratch`: `room` bytes, at least three times the reach.
  ///
  /// - Returns: how many bytes were moved: `count` less the reach, down to whole vectors.
  @inline(__always)
  private static func reduce(
    _ step: Step, _ register: UInt32, _ base: UnsafeRawPointer, _ count: Int,
    _ scratch: UnsafeMutableRawPointer, _ room: Int
  ) -> Int {
    let reach = step.reach
    unsafe clear(scratch, reach)
    // The register is XORed into the first bytes of the data.
    var first = Vector(UInt64(register).littleEndian, 0)
    var taken = 0
    let total = (count &- reach) & ~15
    while taken < total {
      // In bounds: `i` stays below `room`, and `total` below `count`; the bytes moved from lie at
      // most the reach before, those of the data `taken` and more behind `base`.
      let stop = min(taken &+ room &- reach, total)
      var i = reach
      while taken < stop {
        let data = unsafe base.loadUnaligned(fromByteOffset: taken, as: Vector.self)
        let sum = unsafe data ^ first ^ moved(step, UnsafeRawPointer(scratch) + i)
        first = Vector()
        unsafe scratch.storeBytes(of: sum, toByteOffset: i, as: Vector.self)
        i &+= 16
        taken &+= 16
      }
      unsafe scratch.copyMemory(from: scratch + (i &- reach), byteCount: reach)
    }
    // What was moved beyond the end, and the data there. In bounds: taken + reach ≤ count, and each
    // vector is stored before the first one that is still to be read.
    unsafe clear(scratch + reach, reach)
    for i in stride(from: 0, to: reach, by: 16) {
      let data = unsafe base.loadUnaligned(fromByteOffset: taken &+ i, as: Vector.self)
      let sum = unsafe data ^ moved(step, UnsafeRawPointer(scratch) + (reach &+ i))
      unsafe scratch.storeBytes(of: sum, toByteOffset: i, as: Vector.self)
    }
    return taken
  }

  /// The sum of the vectors that are moved to `place`.
  @inline(__always)
  private static func moved(_ step: Step, _ place: UnsafeRawPointer) -> Vector {
    @inline(__always) func from(_ distance: Int) -> Vector {
      // In bounds: the caller has `reach` bytes before `place`.
      unsafe place.loadUnaligned(fromByteOffset: 0 &- distance, as: Vector.self)
    }
    return step == .near
      ? from(145) ^ from(183) ^ (from(211) ^ from(300)) : from(1_927) ^ from(2_181) ^ from(4_018)
  }

  /// Zeroes `count` bytes, whole vectors.
  @inline(__always)
  private static func clear(_ start: UnsafeMutableRawPointer, _ count: Int) {
    for i in stride(from: 0, to: count, by: 16) {
      unsafe start.storeBytes(of: Vector(), toByteOffset: i, as: Vector.self)
    }
  }
}
