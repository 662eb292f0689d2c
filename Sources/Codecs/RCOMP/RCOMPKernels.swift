// SPDX-License-Identifier: Apache-2.0

extension RCOMP {
  /// - Precondition: the output has room for the bound; `source` is whole integers, one at least.
  static func encodeBlocks<T: RiceInteger>(
    _ type: T.Type, _ source: RawSpan, into output: inout OutputRawSpan, _ options: Options
  ) throws(CodecError) {
    try unsafe source.withBytePointer { (input, byteCount) throws(CodecError) in
      try unsafe output.appendBytes { target, _, written in
        written = unsafe encode(
          T.self, input, byteCount / MemoryLayout<T>.size, target, options.blockLength)
      }
    }
  }

  /// Bytes written. In bounds: `start + n ≤ count`; see ``encodedByteCountBound(for:options:)``.
  @inline(__always)
  @unsafe
  private static func encode<T: RiceInteger>(
    _ type: T.Type, _ input: UnsafePointer<UInt8>, _ count: Int,
    _ target: UnsafeMutablePointer<UInt8>, _ blockLength: Int
  ) -> Int {
    let size = MemoryLayout<T>.size
    let parameterBits = T.parameterBitCount
    var sink = unsafe MSBBitSink(target)
    var last = unsafe input.load(T.self, 0)
    sink.append(UInt64(truncatingIfNeeded: last), T.bitWidth)
    var start = 0
    while start < count {
      let n = min(blockLength, count &- start)
      let block = unsafe input + start &* size
      var sum: UInt64 = 0
      var before = last
      for k in 0..<n {
        let value = unsafe block.load(T.self, k &* size)
        sum &+= UInt64(truncatingIfNeeded: mapped(value &- before))
        before = value
      }
      let parameter = parameter(T.self, sum, n)
      before = last
      if parameter >= T.parameterLimit {
        sink.append(UInt64(truncatingIfNeeded: T.parameterLimit &+ 1), parameterBits)
        for k in 0..<n {
          let value = unsafe block.load(T.self, k &* size)
          sink.append(UInt64(truncatingIfNeeded: mapped(value &- before)), T.bitWidth)
          before = value
        }
      } else if sum == 0 {
        sink.append(0, parameterBits)
      } else {
        sink.append(UInt64(truncatingIfNeeded: parameter &+ 1), parameterBits)
        let one = UInt64(1) &<< UInt64(truncatingIfNeeded: parameter)
        for k in 0..<n {
          let value = unsafe block.load(T.self, k &* size)
          let code = UInt64(truncatingIfNeeded: mapped(value &- before))
          before = value
          let zeros = Int(truncatingIfNeeded: code &>> UInt64(truncatingIfNeeded: parameter))
          let low = code & (one &- 1) | one
          if zeros &+ parameter < 56 {
            sink.append(low, zeros &+ 1 &+ parameter)
          } else {
            sink.appendUnary(zeros)
            sink.append(low ^ one, parameter)
          }
        }
      }
      last = unsafe block.load(T.self, (n &- 1) &* size)
      start &+= n
    }
    sink.align()
    return sink.byteCount
  }

  /// Differences as even and odd numbers: 0, -1, 1, -2 …
  @inline(__always)
  private static func mapped<T: RiceInteger>(_ difference: T) -> T {
    let sign = T(0) &- (difference &>> T(truncatingIfNeeded: T.bitWidth &- 1))
    return (difference &<< 1) ^ sign
  }

  @inline(__always)
  private static func unmapped<T: RiceInteger>(_ code: T) -> T {
    (code &>> 1) ^ (0 &- (code & 1))
  }

  /// Low bits of each code of a block, from the mean of the codes as cfitsio takes it.
  @inline(__always)
  private static func parameter<T: RiceInteger>(_ type: T.Type, _ sum: UInt64, _ n: Int) -> Int {
    let excess = Double(sum) - Double(n / 2) - 1
    let mean = excess > 0 ? excess / Double(n) : 0
    // Truncated to the width of the integers, as in C.
    let half = T(truncatingIfNeeded: UInt64(mean)) &>> 1
    return T.bitWidth &- half.leadingZeroBitCount
  }

  /// - Precondition: the output has room for all integers, one at least.
  static func decodeBlocks<T: RiceInteger>(
    _ type: T.Type, _ source: RawSpan, into output: inout OutputRawSpan, _ options: Options
  ) throws(CodecError) -> Int {
    try unsafe source.withBytePointer { (input, byteCount) throws(CodecError) in
      try unsafe output.appendBytes { (target, _, written) throws(CodecError) in
        var source = unsafe MSBBitSource(input, byteCount)
        let done = unsafe decode(
          T.self, &source, target, options.elementCount, options.blockLength)
        written = done &* MemoryLayout<T>.size
        guard done == options.elementCount else {
          let offset = min(source.position >> 3, byteCount)
          guard source.isPastEnd else {
            throw CodecError(
              .corrupt, codec: name, part: "block", "a code does not fit its integer", at: offset)
          }
          throw CodecError(.truncated(needed: 1), codec: name, part: "block", at: offset)
        }
        return (source.position + 7) >> 3
      }
    }
  }

  /// Integers of whole blocks; fewer than `count` when the bits end or a code is too large.
  ///
  /// In bounds: `start + n ≤ count`, for which the output has room.
  @inline(__always)
  @unsafe
  private static func decode<T: RiceInteger>(
    _ type: T.Type, _ bits: inout MSBBitSource, _ target: UnsafeMutablePointer<UInt8>,
    _ count: Int, _ blockLength: Int
  ) -> Int {
    let size = MemoryLayout<T>.size
    var source = bits
    defer { bits = source }
    var last = T(truncatingIfNeeded: source.take(T.bitWidth))
    var start = 0
    while start < count {
      let n = min(blockLength, count &- start)
      let block = unsafe target + start &* size
      let parameter = Int(truncatingIfNeeded: source.take(T.parameterBitCount)) &- 1
      if parameter < 0 {
        for k in 0..<n { unsafe block.store(last, k &* size) }
      } else if parameter >= T.parameterLimit {
        for k in 0..<n {
          last &+= unmapped(T(truncatingIfNeeded: source.take(T.bitWidth)))
          unsafe block.store(last, k &* size)
        }
      } else {
        let low = UInt64(truncatingIfNeeded: 63 &- parameter)
        for k in 0..<n {
          let window = source.window
          let zeros = window.leadingZeroBitCount
          var code = UInt64(truncatingIfNeeded: zeros) &<< UInt64(truncatingIfNeeded: parameter)
          if _fastPath(zeros &+ parameter < 56) {
            let rest = window &<< UInt64(truncatingIfNeeded: zeros &+ 1)
            code |= (rest &>> 1) &>> low
            source.skip(zeros &+ 1 &+ parameter)
          } else {
            code = UInt64(source.unary()) &<< UInt64(truncatingIfNeeded: parameter)
            code |= source.take(parameter)
            guard !source.isPastEnd, code <= T.max else { return start }
          }
          last &+= unmapped(T(truncatingIfNeeded: code))
          unsafe block.store(last, k &* size)
        }
      }
      guard !source.isPastEnd else { return start }
      start &+= n
    }
    return start
  }
}
