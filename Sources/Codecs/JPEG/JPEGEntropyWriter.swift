// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Gathers bits, first one highest, into bytes that are not stuffed yet.
  ///
  /// Entries of code tables hold a length in their low six bits and the bits to write above, so one
  /// addition counts: only the low six bits of ``count`` mean anything between flushes.
  struct BitPacker: Sendable {
    var bits: UInt64 = 0
    var count: UInt64 = 0
    /// Whole bytes in the buffer.
    var position = 0

    /// Appends the bits of a table entry. At most 56 bits may come between two flushes.
    @inline(always)
    mutating func append(entry: UInt32) {
      let entry = UInt64(entry)
      bits = bits &<< entry | entry &>> 6
      count &+= entry
    }

    /// Appends the low `length` bits of `value`, which has no others.
    @inline(always)
    mutating func append(_ value: UInt64, _ length: UInt64) {
      bits = bits &<< length | value
      count &+= length
    }

    /// Moves whole bytes to the buffer; at most seven bits stay.
    @inline(always)
    mutating func flush(to buffer: inout MutableRawSpan) {
      let pending = count & 63
      // Eight bytes are stored whatever is pending; those beyond it are written again later.
      buffer.storeBytes(
        of: (bits &<< (64 &- pending)).bigEndian, toByteOffset: position, as: UInt64.self)
      position &+= Int(truncatingIfNeeded: pending &>> 3)
      count = pending & 7
    }
  }

  /// The entropy-coded bytes of a scan on their way to the file.
  ///
  /// Coders put unstuffed bytes into ``buffer`` and call ``drain(to:)`` when it is nearly full.
  struct EntropyWriter: Sendable {
    /// Room to leave for the blocks of one MCU (at most ten of 64 coefficients, 32 bits each) and
    /// for the eight bytes that a flush stores.
    static let reserve = 10 * 256 + 16
    static let threshold = 1 << 14

    var packer = BitPacker()
    var buffer = [UInt8](repeating: 0, count: threshold + reserve)
    private var stuffed = [UInt8](repeating: 0, count: 2 * (threshold + reserve))

    /// Moves the whole bytes to `output`, each FF followed by 00. Source: T.81 B.1.1.5.
    mutating func drain(to output: inout ByteWriter) {
      let (source, position) = (buffer, packer.position)
      var target = stuffed.mutableRawSpan
      let count = Self.stuff(source.rawSpan, position, into: &target)
      output.append(stuffed.rawSpan.extracting(0..<count))
      packer.position = 0
    }

    /// Fills the last byte with ones and moves everything to `output`. Source: T.81 F.1.2.3.
    mutating func finish(to output: inout ByteWriter) {
      let missing = (8 &- packer.count) & 7
      var last = packer
      last.append(1 &<< missing &- 1, missing)
      var bytes = buffer.mutableRawSpan
      last.flush(to: &bytes)
      packer = last
      drain(to: &output)
    }

    private static func stuff(
      _ source: RawSpan, _ count: Int, into target: inout MutableRawSpan
    ) -> Int {
      var (read, written) = (0, 0)
      while read < count {
        let eight = source.loadUnaligned(UInt64.self, at: read)
        target.storeBytes(of: eight, toByteOffset: written, as: UInt64.self)
        // A byte is FF when its inverse is zero: the usual test for a zero byte.
        let inverse = ~eight
        let hit = (inverse &- 0x0101_0101_0101_0101) & eight & 0x8080_8080_8080_8080
        if hit == 0 {
          read &+= 8
          written &+= 8
          continue
        }
        // The lowest hit is exact; up to it the bytes are as they should be.
        #if _endian(little)
          let position = hit.trailingZeroBitCount &>> 3
        #else
          let position = (0..<8).first { source[byteAt: read + $0] == 0xFF } ?? 7
        #endif
        read &+= position &+ 1
        written &+= position &+ 1
        if read > count { break }
        target.storeBytes(of: 0, toByteOffset: written, as: UInt8.self)
        written &+= 1
      }
      return written &- (read &- count)
    }
  }
}
