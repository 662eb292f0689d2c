// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Loops over whole blocks on their way from samples to coefficients and from tokens to bits.
  enum CoefficientKernels {
    /// Transforms and quantises `count` neighbouring blocks.
    ///
    /// - Parameters:
    ///   - offset: of the first sample of the first block; rows are `stride` apart.
    ///   - divisors: of one component.
    ///   - block: index of the first block in `values` and `maps`.
    @inline(always)
    static func transform(
      _ samples: Span<UInt8>, at offset: Int, stride: Int, count: Int,
      _ divisors: Span<SIMD8<UInt16>>, zigzag: Span<UInt64>,
      into values: inout [Int16], _ maps: inout [UInt64], at block: Int
    ) {
      // The proof for every access below.
      precondition(count >= 0 && block >= 0 && block <= maps.count - count)
      precondition(values.count >= 64 * maps.count)
      precondition(divisors.count >= Divisors.count && zigzag.count >= 8 * 256)
      precondition(offset >= 0 && stride >= 8)
      precondition(offset + 8 * (count - 1) + 7 * stride + 16 <= samples.count)
      unsafe samples.withUnsafeBufferPointer { samples in
        unsafe divisors.withUnsafeBufferPointer { divisors in
          unsafe zigzag.withUnsafeBufferPointer { zigzag in
            unsafe values.withUnsafeMutableBufferPointer { values in
              unsafe maps.withUnsafeMutableBufferPointer { maps in
                unsafe transform(
                  samples.baseAddress.unsafelyUnwrapped + offset, stride, count,
                  divisors.baseAddress.unsafelyUnwrapped, zigzag.baseAddress.unsafelyUnwrapped,
                  values.baseAddress.unsafelyUnwrapped + 64 * block,
                  maps.baseAddress.unsafelyUnwrapped + block)
              }
            }
          }
        }
      }
    }

    @inline(never)
    private static func transform(
      _ samples: UnsafePointer<UInt8>, _ stride: Int, _ count: Int,
      _ divisors: UnsafePointer<SIMD8<UInt16>>, _ zigzag: UnsafePointer<UInt64>,
      _ values: UnsafeMutablePointer<Int16>, _ maps: UnsafeMutablePointer<UInt64>
    ) {
      for i in 0..<count {
        let rows = unsafe FDCT.transform(
          samples + 8 &* i, stride, divisors, UnsafeMutableRawPointer(values + 64 &* i))
        unsafe maps[i] = zigzagMap(rows, zigzag)
      }
    }

    /// A map in row order as one in zigzag order.
    @inline(always)
    static func zigzagMap(_ rows: UInt64, _ table: UnsafePointer<UInt64>) -> UInt64 {
      var map: UInt64 = 0
      for v in 0..<8 {
        // In bounds: v < 8, and a byte is below 256.
        unsafe map |= table[256 &* v &+ Int(truncatingIfNeeded: rows &>> UInt64(8 &* v) & 255)]
      }
      return map
    }

    /// Which coefficients are at least 2, and at least 4, in magnitude; for a run of blocks.
    @inline(always)
    static func mapLevels(
      _ values: Span<Int16>, _ maps: Span<UInt64>, zigzag: Span<UInt64>, _ blocks: Range<Int>,
      into two: inout MutableSpan<UInt64>, _ four: inout MutableSpan<UInt64>
    ) {
      // The proof for every access below.
      precondition(blocks.lowerBound >= 0 && blocks.upperBound <= maps.count)
      precondition(values.count >= 64 * maps.count && zigzag.count >= 8 * 256)
      precondition(two.count >= maps.count && four.count >= maps.count)
      unsafe values.withUnsafeBufferPointer { values in
        unsafe maps.withUnsafeBufferPointer { maps in
          unsafe zigzag.withUnsafeBufferPointer { zigzag in
            unsafe two.withUnsafeMutableBufferPointer { two in
              unsafe four.withUnsafeMutableBufferPointer { four in
                unsafe mapLevels(
                  UnsafeRawPointer(values.baseAddress.unsafelyUnwrapped),
                  maps.baseAddress.unsafelyUnwrapped, zigzag.baseAddress.unsafelyUnwrapped, blocks,
                  two.baseAddress.unsafelyUnwrapped, four.baseAddress.unsafelyUnwrapped)
              }
            }
          }
        }
      }
    }

    @inline(never)
    private static func mapLevels(
      _ values: UnsafeRawPointer, _ maps: UnsafePointer<UInt64>, _ zigzag: UnsafePointer<UInt64>,
      _ blocks: Range<Int>, _ two: UnsafeMutablePointer<UInt64>,
      _ four: UnsafeMutablePointer<UInt64>
    ) {
      for block in blocks {
        // Most blocks of chrominance have no coefficient but the first.
        guard unsafe maps[block] & ~1 != 0 else {
          unsafe two[block] = 0
          unsafe four[block] = 0
          continue
        }
        let source = unsafe values + 128 &* block
        var (rows2, rows4) = (UInt64(0), UInt64(0))
        for pair in 0..<4 {
          let bytes = unsafe Lanes.clampToInt8(
            magnitudes(source + 32 &* pair), magnitudes(source + 32 &* pair + 16))
          // The magnitude of -32768 is itself, and clamps to -128, which has a high bit too.
          let levels = unsafe unsafeBitCast(bytes, to: SIMD2<UInt64>.self)
          rows2 |= atLeast(levels & SIMD2(repeating: 0xFEFE_FEFE_FEFE_FEFE)) &<< UInt64(16 &* pair)
          rows4 |= atLeast(levels & SIMD2(repeating: 0xFCFC_FCFC_FCFC_FCFC)) &<< UInt64(16 &* pair)
        }
        unsafe two[block] = rows2 == 0 ? 0 : zigzagMap(rows2, zigzag)
        unsafe four[block] = rows4 == 0 ? 0 : zigzagMap(rows4, zigzag)
      }
    }

    @inline(always)
    private static func magnitudes(_ source: UnsafeRawPointer) -> SIMD8<Int16> {
      let row = unsafe source.loadUnaligned(as: SIMD8<Int16>.self)
      let sign = row &>> 15
      return (row ^ sign) &- sign
    }

    /// One bit for each of sixteen bytes that is not zero.
    @inline(always)
    private static func atLeast(_ levels: SIMD2<UInt64>) -> UInt64 {
      let bytes = unsafe unsafeBitCast(levels, to: SIMD16<UInt8>.self)
      return UInt64(~Lanes.highBits(Lanes.equal(bytes, SIMD16())) & 0xFFFF)
    }

    /// Writes tokens as bits.
    ///
    /// - Parameters:
    ///   - codes: entries of ``TokenCodes``.
    ///   - bytes: receives whole bytes at the packer's position: five for each token, and eight.
    @inline(always)
    static func write(
      _ tokens: Span<UInt32>, _ codes: Span<UInt64>, _ packer: inout BitPacker,
      into bytes: inout MutableSpan<UInt8>
    ) {
      // The proof for every access below: a token is of 36 bits at most, and its index has 11.
      precondition(codes.count >= TokenStream.indexCount && packer.position >= 0)
      precondition(5 * tokens.count + 8 <= bytes.count - packer.position)
      let start = packer
      packer = unsafe tokens.withUnsafeBufferPointer { tokens in
        unsafe codes.withUnsafeBufferPointer { codes in
          unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            unsafe write(
              tokens, codes.baseAddress.unsafelyUnwrapped, start,
              UnsafeMutableRawPointer(bytes.baseAddress.unsafelyUnwrapped))
          }
        }
      }
    }

    @inline(never)
    private static func write(
      _ tokens: UnsafeBufferPointer<UInt32>, _ codes: UnsafePointer<UInt64>, _ start: BitPacker,
      _ bytes: UnsafeMutableRawPointer
    ) -> BitPacker {
      var packer = start
      for i in 0..<tokens.count {
        let token = unsafe tokens[i]
        let entry = unsafe codes[Int(token & (1 &<< TokenStream.indexBits &- 1))]
        packer.append(
          wideEntry: entry | UInt64(token &>> TokenStream.indexBits) &<< 6)
        unsafe packer.flush(to: bytes)
      }
      return packer
    }
  }
}
