// SPDX-License-Identifier: Apache-2.0

extension LZF {
  /// Reads sequences until the input ends.
  @inline(__always)
  static func decode(_ decoder: inout SequenceDecoder) throws(CodecError) {
    while !decoder.isAtEnd {
      decoder.begin()
      let control = try decoder.byte()
      if control < literalLimit {
        try decoder.literals(control &+ 1)
      } else {
        // Three bits of length, of which 7 means that a byte more follows; 13 of distance.
        var length = control &>> 5
        if length == 7 { length &+= try decoder.byte() }
        let distance = try (control & 31) &<< 8 &+ decoder.byte() &+ 1
        try decoder.match(distance: distance, count: length &+ lengthBias)
      }
    }
  }

  /// Adds up the lengths of the sequences.
  static func sequencesSize(_ source: RawSpan) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    var total = 0
    while !reader.isAtEnd {
      let control = Int(try reader.u8("sequence"))
      if control < literalLimit {
        try reader.skip(control + 1, "sequence")
        total += control + 1
      } else {
        var length = control >> 5
        if length == 7 { length += Int(try reader.u8("sequence")) }
        try reader.skip(1, "sequence")
        total += length + lengthBias
      }
    }
    return total
  }
}
