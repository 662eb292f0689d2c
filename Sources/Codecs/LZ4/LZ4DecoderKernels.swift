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
      while unsafe ip < inputEnd, unsafe op < outputEnd {
        let token = unsafe Int(ip[0])
        var literals = token &>> 4
        var length = token & 15
        var p = unsafe ip + 1
        var q = unsafe op
        var offset: Int
        if _fastPath(literals != 15) {
          unsafe q.copy16(from: p, 0)
          unsafe p += literals
          unsafe q += literals
          // In bounds: 25 bytes of input are left, and 66 of output.
          offset = unsafe Int(UInt16(littleEndian: p.load(UInt16.self, 0)))
          unsafe p += 2
          // A longer or closer match is checked below.
          if _fastPath(length != 15), _fastPath(offset >= 8), unsafe _fastPath(offset <= q - base) {
            // At most 18 bytes, in steps that an offset of 8 allows.
            let match = unsafe UnsafePointer(q) - offset
            unsafe q.store(match.load(UInt64.self, 0), 0)
            unsafe q.store(match.load(UInt64.self, 8), 8)
            unsafe q.store(match.load(UInt16.self, 16), 16)
            unsafe ip = unsafe p
            unsafe op = unsafe q + (length &+ 4)
            continue
          }
        } else {
          // The input margin holds for every byte of the length but its last few.
          var byte: UInt8
          repeat {
            guard unsafe p < inputEnd else { break }
            byte = unsafe p[0]
            literals &+= Int(byte)
            unsafe p += 1
          } while byte == 255
          guard unsafe p < inputEnd, unsafe literals < inputEnd - p, unsafe literals < outputEnd - q
          else { break }
          unsafe MatchCopy.wide(p, q, literals)
          unsafe p += literals
          unsafe q += literals
          offset = unsafe Int(UInt16(littleEndian: p.load(UInt16.self, 0)))
          unsafe p += 2
        }
        guard unsafe offset <= q - base, offset != 0 else { break }
        let match = unsafe UnsafePointer(q) - offset
        if length == 15 {
          var byte: UInt8
          repeat {
            guard unsafe p < inputEnd else { break }
            byte = unsafe p[0]
            length &+= Int(byte)
            unsafe p += 1
          } while byte == 255
          guard unsafe p < inputEnd else { break }
        }
        length &+= 4
        guard unsafe length < outputEnd - q else { break }
        unsafe MatchCopy.copy(match, q, offset, length)
        unsafe ip = unsafe p
        unsafe op = unsafe q + length
      }
      self.i = unsafe ip - self.input
      self.o = unsafe op - base
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
        for k in 0..<count { unsafe target[o &+ k] = unsafe target[o &+ k &- offset] }
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
