// SPDX-License-Identifier: Apache-2.0

extension LZO {
  /// What the instruction before left behind: it says what an instruction below 16 means.
  private enum State { case nothing, fewLiterals, literals }

  /// Runs instructions until the end marker.
  @inline(__always)
  static func decode(_ decoder: inout SequenceDecoder) throws(CodecError) {
    var state = State.nothing
    decoder.begin()
    // A first byte above 17 is a literal run of its own.
    var instruction = try decoder.byte()
    if instruction > 17 {
      let count = instruction &- 17
      try decoder.literals(count)
      state = count < 4 ? .fewLiterals : .literals
      decoder.begin()
      instruction = try decoder.byte()
    }
    while true {
      var distance: Int
      let length: Int
      // The low two bits of these are the literals that follow the match.
      var tail = instruction
      if instruction >= 64 {
        distance = try decoder.byte() &<< 3 &+ (instruction &>> 2 & 7) &+ 1
        length = instruction &>> 5 &+ 1
      } else if instruction >= 32 {
        length = try Self.length(&decoder, instruction, bitCount: 5) &+ 2
        tail = try decoder.u16le()
        distance = tail &>> 2 &+ 1
      } else if instruction >= 16 {
        length = try Self.length(&decoder, instruction, bitCount: 3) &+ 2
        tail = try decoder.u16le()
        distance = 16_384 &+ (instruction & 8) &<< 11 &+ tail &>> 2
        if distance == 16_384 {
          guard length == 3 else { throw decoder.corrupt("not an end marker") }
          return
        }
      } else {
        switch state {
        case .nothing:
          try decoder.literals(try Self.length(&decoder, instruction, bitCount: 4) &+ 3)
          state = .literals
          decoder.begin()
          instruction = try decoder.byte()
          continue
        case .fewLiterals:
          distance = try decoder.byte() &<< 2 &+ instruction &>> 2 &+ 1
          length = 2
        case .literals:
          distance = try decoder.byte() &<< 2 &+ instruction &>> 2 &+ 2_049
          length = 3
        }
      }
      try decoder.match(distance: distance, count: length)
      state = .nothing
      if tail & 3 != 0 {
        try decoder.literals(tail & 3)
        state = .fewLiterals
      }
      decoder.begin()
      instruction = try decoder.byte()
    }
  }

  /// The low `bitCount` bits of an instruction; 0 means that bytes follow: a zero byte adds 255,
  /// the first other one itself.
  @inline(__always)
  private static func length(
    _ decoder: inout SequenceDecoder, _ instruction: Int, bitCount: Int
  ) throws(CodecError) -> Int {
    let mask = 1 &<< bitCount &- 1
    let length = instruction & mask
    guard length == 0 else { return length }
    var total = mask
    var byte = try decoder.byte()
    while byte == 0 {
      total &+= 255
      byte = try decoder.byte()
    }
    return total &+ byte
  }
}
