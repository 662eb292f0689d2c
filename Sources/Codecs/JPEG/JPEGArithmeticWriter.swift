// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Codes binary decisions, the mirror image of ``ArithmeticReader``. Source: T.81 annex D.
  ///
  /// The code is one long binary fraction. Its bytes go, unstuffed, into a buffer that the caller
  /// passes in; a carry runs back through those that are there.
  struct ArithmeticWriter: Sendable {
    /// C: where the present interval begins; 16 bits, after them ``pending`` that are not bytes yet
    /// and perhaps a carry.
    private var code: UInt64 = 0
    /// A: the size of the present interval.
    private var interval: UInt64 = 0x1_0000
    /// Less than 32.
    private var pending: UInt64 = 0
    /// Bytes in the buffer.
    var position = 0

    /// Most bytes that one block's code adds: each of 64 coefficients takes at most 34 decisions,
    /// a decision at most 15 bits.
    static var blockByteCount: Int { 4_096 }

    /// CODE: adds a decision, with the statistics of `bin`.
    @inline(always)
    mutating func add(
      _ decision: Bool, _ bin: Int, _ statistics: inout MutableSpan<UInt8>, _ states: Span<UInt32>,
      _ bytes: inout MutableSpan<UInt8>
    ) {
      let statistic = statistics[bin]
      let state = states[Int(statistic & 0x7F)]
      let size = UInt64(state &>> 16)
      interval &-= size
      let isProbable = (statistic >= 0x80) == decision
      if isProbable && interval >= 0x8000 { return }
      // The less probable symbol has the upper part, unless that has become the larger one.
      if isProbable == (interval < size) {
        code &+= interval
        interval = size
      }
      statistics[bin] =
        (statistic & 0x80)
        ^ UInt8(truncatingIfNeeded: isProbable ? (state &>> 8) & 0xFF : state & 0xFF)
      let shift = UInt64(truncatingIfNeeded: interval.leadingZeroBitCount &- 48)
      interval &<<= shift
      code &<<= shift
      pending &+= shift
      if pending >= 32 { moveWord(to: &bytes) }
    }

    /// Moves the upper four bytes to the buffer.
    @inline(never)
    private mutating func moveWord(to bytes: inout MutableSpan<UInt8>) {
      pending &-= 32
      let word = code &>> (16 &+ pending)
      code &= 1 &<< (16 &+ pending) &- 1
      put(word, byteCount: 4, to: &bytes)
    }

    /// Appends the lower bytes of `word`; what is above them is a carry.
    private mutating func put(
      _ word: UInt64, byteCount: Int, to bytes: inout MutableSpan<UInt8>
    ) {
      if word &>> UInt64(8 &* byteCount) != 0 {
        // The code is below 1: there is a byte that takes the carry.
        var last = position &- 1
        while bytes[last] == 0xFF {
          bytes[last] = 0
          last &-= 1
        }
        bytes[last] &+= 1
      }
      for i in 0..<byteCount {
        bytes[position] = UInt8(truncatingIfNeeded: word &>> UInt64(8 &* (byteCount &- 1 &- i)))
        position &+= 1
      }
    }

    /// FLUSH: ends the code with the number in the interval that has most zeros at its end.
    /// Source: T.81 D.1.8.
    mutating func finish(to bytes: inout MutableSpan<UInt8>) {
      var last = (code &+ interval &- 1) & ~0xFFFF
      if last < code { last &+= 0x8000 }
      put(last &<< (32 &- pending), byteCount: 6, to: &bytes)
      (code, interval, pending) = (0, 0x1_0000, 0)
    }
  }

  /// The bytes of an arithmetic-coded scan on their way to the file.
  struct ArithmeticBuffer: Sendable {
    var bytes: [UInt8]
    /// Bytes that there have to be room for after ``limit``.
    private let room: Int
    /// Zeros that wait for a byte after them: at the end of a code they are left out.
    private var zeroCount = 0

    /// - Parameter blockCount: how many blocks are coded before anyone looks at ``limit``.
    init(blockCount: Int) {
      room = blockCount * ArithmeticWriter.blockByteCount + 8
      bytes = [UInt8](repeating: 0, count: 1 << 15 + room)
    }

    /// With more bytes than that, ``drain(_:to:)`` is due.
    var limit: Int { bytes.count - room }

    /// Moves all bytes that no carry can reach to `output`, each FF followed by 00.
    mutating func drain(_ writer: inout ArithmeticWriter, to output: inout ByteWriter) {
      let open = bytes[..<writer.position].lastIndex { $0 != 0xFF } ?? 0
      move(open, to: &output)
      for i in open..<writer.position { bytes[i - open] = bytes[i] }
      writer.position -= open
      // Bytes FF without end; as yet they are few.
      if writer.position > limit / 2 {
        bytes.append(contentsOf: repeatElement(0, count: writer.position))
      }
    }

    /// Ends the code and moves the rest of it.
    mutating func finish(_ writer: inout ArithmeticWriter, to output: inout ByteWriter) {
      var span = bytes.mutableSpan
      writer.finish(to: &span)
      move(writer.position, to: &output)
      (writer.position, zeroCount) = (0, 0)
    }

    private mutating func move(_ count: Int, to output: inout ByteWriter) {
      for i in 0..<count {
        let byte = bytes[i]
        if byte == 0 {
          zeroCount += 1
          continue
        }
        output.zeros(zeroCount)
        zeroCount = 0
        output.u8(byte)
        if byte == 0xFF { output.u8(0) }
      }
    }
  }
}
