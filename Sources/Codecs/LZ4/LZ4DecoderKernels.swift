// SPDX-License-Identifier: Apache-2.0

extension LZ4 {
  enum BlockStatus {
    case done
    case truncated(at: Int)
    case zeroOffset(at: Int)
    case farOffset(at: Int)
    case outputFull(at: Int)
  }

  /// Appends the bytes of one block; matches reach back over everything in `output` from
  /// `historyStart` on, and over `dictionary` before that.
  static func decodeBlock(
    _ source: RawSpan, into output: inout OutputRawSpan, historyStart: Int, limit: Int,
    dictionary: RawSpan
  ) -> BlockStatus {
    do throws(CodecError) {
      return try unsafe source.withBytePointer { (input, inputCount) throws(CodecError) in
        try unsafe dictionary.withBytePointer { (dictionary, dictionaryCount) throws(CodecError) in
          let history = output.byteCount &- historyStart
          return try unsafe output.appendBytes { target, capacity, written in
            var block = unsafe BlockDecoder(
              input: input, inputCount: inputCount, target: target - history,
              capacity: history &+ min(capacity, limit), dictionary: dictionary,
              dictionaryCount: dictionaryCount, o: history)
            repeat { block.fastLoop() } while block.step()
            written = block.o &- history
            return block.status
          }
        }
      }
    } catch { return .done }
  }

  /// Invariant: `0 ≤ i ≤ inputCount` and `0 ≤ o ≤ capacity`, and `target[..<o]` is initialised.
  @safe
  private struct BlockDecoder {
    let input: UnsafePointer<UInt8>
    let inputCount: Int
    let target: UnsafeMutablePointer<UInt8>
    let capacity: Int
    let dictionary: UnsafePointer<UInt8>
    let dictionaryCount: Int
    var i = 0
    var o: Int
    var status = BlockStatus.done

    init(
      input: UnsafePointer<UInt8>, inputCount: Int, target: UnsafeMutablePointer<UInt8>,
      capacity: Int, dictionary: UnsafePointer<UInt8>, dictionaryCount: Int, o: Int
    ) {
      unsafe self.input = unsafe input
      self.inputCount = inputCount
      unsafe self.target = unsafe target
      self.capacity = capacity
      unsafe self.dictionary = unsafe dictionary
      self.dictionaryCount = dictionaryCount
      self.o = o
    }

    /// Decodes whole sequences while the input has 40 bytes left and the output 80: enough for
    /// 32-byte steps to overshoot. Leaves at the start of a sequence it does not finish.
    @inline(never)
    mutating func fastLoop() {
      guard inputCount > 40, capacity > 80 else { return }
      let base = unsafe self.target
      let inputEnd = unsafe self.input + (inputCount &- 40)
      let outputEnd = unsafe base + (capacity &- 80)
      var ip = unsafe self.input + i
      var op = unsafe base + o
      guard unsafe ip < inputEnd, unsafe op < outputEnd else { return }
      // Invariant: `token` is the byte at `ip`. It is loaded along with the sequence before it:
      // the way from one token to the next is what the time goes by, and that saves two steps.
      var token = unsafe Int(ip[0])
      repeat {
        var literals = token &>> 4
        var length = token & 15
        var p = unsafe ip + 1
        var q = unsafe op
        var offset: Int
        // The byte behind the offset: the next token, or the first that adds to the length. (As both
        // ways use it LLVM loads it at once, not after the additions that lead to `p`.)
        var next: Int
        if _fastPath(literals != 15) {
          unsafe q.copy16(from: p, 0)
          unsafe q += literals
          // In bounds: 25 bytes of input are left, and 66 of output.
          offset = unsafe Int(UInt16(littleEndian: p.load(UInt16.self, literals)))
          next = unsafe Int(p[literals &+ 2])
          unsafe p += literals &+ 2
          // A longer or closer match is checked below.
          if _fastPath(length != 15), _fastPath(offset >= 8), unsafe _fastPath(offset <= q - base) {
            // At most 18 bytes, in steps that an offset of 8 allows.
            let match = unsafe UnsafePointer(q) - offset
            unsafe q.store(match.load(UInt64.self, 0), 0)
            unsafe q.store(match.load(UInt64.self, 8), 8)
            unsafe q.store(match.load(UInt16.self, 16), 16)
            unsafe ip = unsafe p
            unsafe op = unsafe q + (length &+ 4)
            token = next
            continue
          }
        } else {
          literals &+= unsafe Int(p[0])
          unsafe p += 1
          if literals == 15 &+ 255 { unsafe Self.addRest(&literals, &p, inputEnd) }
          guard unsafe p < inputEnd, unsafe literals < inputEnd - p, unsafe literals < outputEnd - q
          else { break }
          unsafe MatchCopy.wide(p, q, literals)
          unsafe p += literals
          unsafe q += literals
          offset = unsafe Int(UInt16(littleEndian: p.load(UInt16.self, 0)))
          next = unsafe Int(p[2])
          unsafe p += 2
        }
        guard unsafe offset <= q - base, offset != 0 else { break }
        let match = unsafe UnsafePointer(q) - offset
        if length == 15 {
          length &+= next
          unsafe p += 1
          if next == 255 { unsafe Self.addRest(&length, &p, inputEnd) }
          guard unsafe p < inputEnd else { break }
          // As a byte LLVM would extend `token` once more after the ways have met.
          next = unsafe Int(UInt16(littleEndian: p.load(UInt16.self, 0)) & 0xFF)
        }
        length &+= 4
        guard unsafe length < outputEnd - q else { break }
        unsafe MatchCopy.copy(match, q, offset, length)
        token = next
        unsafe ip = unsafe p
        unsafe op = unsafe q + length
      } while unsafe ip < inputEnd && op < outputEnd
      self.i = unsafe ip - self.input
      self.o = unsafe op - base
    }

    /// Adds the bytes that go on with a length: up to the first that is not 255, or to `end`.
    ///
    /// In bounds: 40 bytes lie behind `end`.
    @inline(__always)
    @unsafe
    private static func addRest(
      _ length: inout Int, _ p: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
    ) {
      while unsafe p < end, unsafe p.load(UInt64.self, 0) == .max {
        length &+= 8 &* 255
        unsafe p += 8
      }
      var byte: UInt8 = 255
      while byte == 255, unsafe p < end {
        byte = unsafe p[0]
        length &+= Int(byte)
        unsafe p += 1
      }
    }

    /// Decodes one sequence with every check; `false` at the end of the block or an error.
    @inline(never)
    mutating func step() -> Bool {
      let start = i
      guard i < inputCount else { return end(.truncated(at: start)) }
      let token = unsafe Int(input[i])
      i &+= 1
      guard let literals = length(token &>> 4) else { return end(.truncated(at: start)) }
      guard literals <= inputCount &- i else { return end(.truncated(at: start)) }
      guard literals <= capacity &- o else { return end(.outputFull(at: start)) }
      unsafe (target + o).update(from: input + i, count: literals)
      i &+= literals
      o &+= literals
      // The last sequence of a block has no match.
      if i == inputCount { return end(.done) }
      guard inputCount &- i >= 2 else { return end(.truncated(at: start)) }
      let offset = unsafe Int(UInt16(littleEndian: input.load(UInt16.self, i)))
      i &+= 2
      guard offset > 0 else { return end(.zeroOffset(at: start)) }
      guard offset <= o &+ dictionaryCount else { return end(.farOffset(at: start)) }
      guard var count = length(token & 15) else { return end(.truncated(at: start)) }
      count &+= 4
      guard count <= capacity &- o else { return end(.outputFull(at: start)) }
      if offset > o {
        // The match begins in the dictionary and may run on into the output.
        let from = dictionaryCount &- (offset &- o)
        let part = min(count, dictionaryCount &- from)
        unsafe (target + o).update(from: dictionary + from, count: part)
        o &+= part
        count &-= part
        for k in 0..<count { unsafe target[o &+ k] = unsafe target[k] }
      } else {
        // In bounds: up to 31 bytes too many, for which the output has room.
        let wide = max(min(count, capacity &- o &- 32), 0)
        if wide > 0 {
          unsafe MatchCopy.copy(UnsafePointer(target) + (o &- offset), target + o, offset, wide)
        }
        for k in wide..<count { unsafe target[o &+ k] = unsafe target[o &+ k &- offset] }
      }
      o &+= count
      return true
    }

    private mutating func end(_ status: BlockStatus) -> Bool {
      self.status = status
      return false
    }

    /// A length whose low part is `nibble`; `nil` when the input ends within it.
    private mutating func length(_ nibble: Int) -> Int? {
      var length = nibble
      guard nibble == 15 else { return length }
      while inputCount &- i >= 8, unsafe input.load(UInt64.self, i) == .max {
        length &+= 8 &* 255
        i &+= 8
      }
      var byte: UInt8
      repeat {
        guard i < inputCount else { return nil }
        byte = unsafe input[i]
        length &+= Int(byte)
        i &+= 1
      } while byte == 255
      return length
    }
  }
}
