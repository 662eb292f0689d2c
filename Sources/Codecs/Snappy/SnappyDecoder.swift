// SPDX-License-Identifier: Apache-2.0

extension Snappy {
  /// Reads elements until the input ends. The low two bits of a tag say which kind follows.
  @inline(__always)
  static func decode(_ decoder: inout SequenceDecoder) throws(CodecError) {
    while !decoder.isAtEnd {
      decoder.begin()
      let tag = try decoder.byte()
      switch tag & 3 {
      case 0:
        var count = tag &>> 2 &+ 1
        // The last four values tell how many bytes hold the count less one.
        if count > 60 { count = try decoder.integer(count &- 60) &+ 1 }
        try decoder.literals(count)
      case 1:
        let distance = try (tag &>> 5) &<< 8 | decoder.byte()
        try decoder.match(distance: distance, count: 4 &+ (tag &>> 2 & 7))
      case 2:
        let distance = try decoder.u16le()
        try decoder.match(distance: distance, count: tag &>> 2 &+ 1)
      default:
        let distance = try decoder.integer(4)
        try decoder.match(distance: distance, count: tag &>> 2 &+ 1)
      }
    }
  }
}
