// SPDX-License-Identifier: Apache-2.0

extension PGLZ {
  /// Reads items until the input ends. The bits of a control byte, lowest first, tell matches from
  /// literals.
  @inline(__always)
  static func decode(_ decoder: inout SequenceDecoder) throws(CodecError) {
    while !decoder.isAtEnd {
      var control = try decoder.byte()
      var left = itemLimit
      while left > 0, !decoder.isAtEnd {
        decoder.begin()
        if control & 1 == 0 {
          try decoder.literals(1)
        } else {
          let tag = try decoder.u16le()
          var length = tag & 15 &+ minimumLength
          if length == longLength { length &+= try decoder.byte() }
          try decoder.match(distance: (tag & 0xF0) &<< 4 | tag &>> 8, count: length)
        }
        control &>>= 1
        left &-= 1
      }
    }
  }
}
