// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The entropy-coded bytes of a scan on their way to the file.
  ///
  /// Coders put unstuffed bytes into ``buffer`` and call ``drain(to:)`` before it is full.
  struct EntropyWriter: Sendable {
    static let capacity = 1 << 15

    var packer = BitPacker()
    var buffer = [UInt8](repeating: 0, count: capacity)
    private var stuffed = [UInt8](repeating: 0, count: 2 * capacity)

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
