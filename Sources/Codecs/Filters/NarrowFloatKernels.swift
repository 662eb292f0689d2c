// SPDX-License-Identifier: Apache-2.0

// The callers have checked that there are whole elements and room for all of them: each kernel writes
// element i of its output from element i of its input. A narrow float has two or three bytes.

// Not generic, so that the loops are made for either format also where files are compiled one by one.

func encodeNarrowFloats(
  _ source: RawSpan, into output: inout OutputRawSpan, _ byteCount: Int,
  _ options: NarrowFloatOptions
) {
  byteCount == 3
    ? Float24.encodeFloats(source, into: &output, options)
    : BFloat16.encodeFloats(source, into: &output, options)
}

func decodeNarrowFloats(
  _ source: RawSpan, into output: inout OutputRawSpan, _ byteCount: Int,
  _ options: NarrowFloatOptions
) {
  byteCount == 3
    ? Float24.decodeFloats(source, into: &output, options)
    : BFloat16.decodeFloats(source, into: &output, options)
}

extension NarrowFloat {
  @inline(__always)
  fileprivate static func encodeFloats(
    _ source: RawSpan, into output: inout OutputRawSpan, _ options: NarrowFloatOptions
  ) {
    if byteCount == 2, options.rounding == .toNearest, !options.isBigEndian {
      // The usual case with all options known: LLVM makes vectors of it.
      return unsafe convert(source, into: &output, from: 4, to: 2) { input, target in
        let bits = unsafe bits(of: input.load(UInt32.self, 0), .toNearest)
        unsafe target.store(UInt16(truncatingIfNeeded: bits).littleEndian, 0)
      }
    }
    unsafe convert(source, into: &output, from: 4, to: byteCount) { input, target in
      let bits = unsafe bits(of: input.load(UInt32.self, 0), options.rounding)
      guard byteCount == 3 else {
        let half = UInt16(truncatingIfNeeded: bits)
        return unsafe target.store(options.isBigEndian ? half.bigEndian : half.littleEndian, 0)
      }
      let (high, low) = options.isBigEndian ? (0, 2) : (2, 0)
      unsafe target[high] = UInt8(truncatingIfNeeded: bits &>> 16)
      unsafe target[1] = UInt8(truncatingIfNeeded: bits &>> 8)
      unsafe target[low] = UInt8(truncatingIfNeeded: bits)
    }
  }

  @inline(__always)
  fileprivate static func decodeFloats(
    _ source: RawSpan, into output: inout OutputRawSpan, _ options: NarrowFloatOptions
  ) {
    unsafe convert(source, into: &output, from: byteCount, to: 4) { input, target in
      guard byteCount == 3 else {
        let half = unsafe input.load(UInt16.self, 0)
        let narrow = options.isBigEndian ? UInt16(bigEndian: half) : UInt16(littleEndian: half)
        return unsafe target.store(wideBits(of: UInt32(narrow)), 0)
      }
      let (high, low) = options.isBigEndian ? (0, 2) : (2, 0)
      let bits = unsafe UInt32(input[high]) &<< 16 | UInt32(input[1]) &<< 8 | UInt32(input[low])
      unsafe target.store(wideBits(of: bits), 0)
    }
  }
}

/// Calls `body` with the address of each element of `source` and of its place in `output`.
///
/// In bounds: `i` counts whole elements of the input, and the output has room for as many.
@unsafe @inline(__always)
func convert(
  _ source: RawSpan, into output: inout OutputRawSpan, from size: Int, to targetSize: Int,
  _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
) {
  unsafe source.withUnsafeBytes { input in
    unsafe output.withUnsafeMutableBytes { buffer, count in
      let total = input.count / size
      precondition(buffer.count &- count >= total &* targetSize)
      let from = unsafe input.bytePointer
      let to = unsafe UnsafeMutablePointer(mutating: UnsafeRawBufferPointer(buffer).bytePointer)
      let start = unsafe to + count
      var i = 0
      while i < total {
        unsafe body(from + i &* size, start + i &* targetSize)
        i &+= 1
      }
      count += total &* targetSize
    }
  }
}
