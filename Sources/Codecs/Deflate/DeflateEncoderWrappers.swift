// SPDX-License-Identifier: Apache-2.0

extension Deflate {
  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    try decode(source, limits: limits, options: options)
  }

  /// Appends `source` as one complete DEFLATE stream to `output`.
  ///
  /// - Throws: `outputFull` when `output` has too little room; `invalidArgument` for a level
  ///   outside 0…12.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError) {
    try Encoder(.raw, options: options).encode(source, into: &output)
  }
}

extension Zlib {
  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    try decode(source, limits: limits, options: options)
  }

  /// Appends `source` as one complete zlib stream to `output`.
  ///
  /// - Throws: `outputFull` when `output` has too little room; `invalidArgument` for a level
  ///   outside 0…12.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError) {
    try Deflate.Encoder(.zlib, options: options).encode(source, into: &output)
  }

  /// An upper bound on the encoded size of any `byteCount` bytes, with or without a dictionary.
  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    Deflate.encodedByteCountBound(for: byteCount) + 10
  }

  /// The Adler-32 after the data.
  static func trailer(checksum: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
  }
}

extension Zlib.Header {
  /// The header that zlib writes for these options.
  init(for options: Deflate.EncodeOptions) {
    let hint =
      switch options.level {
      case ...1: 0
      case ...5: 1
      case 6: 2
      default: 3
      }
    self.init(levelHint: hint, hasDictionary: options.dictionary.map { !$0.isEmpty } ?? false)
  }

  /// CMF, FLG, and the Adler-32 of the dictionary if there is one.
  func bytes(dictionary: Bytes?) -> [UInt8] {
    let (cmf, flg) = bytes
    guard hasDictionary, let dictionary else { return [cmf, flg] }
    return [cmf, flg] + Zlib.trailer(checksum: Adler32.checksum(dictionary.span))
  }
}

extension Gzip {
  /// Decodes data of unknown size into a new array that grows with it.
  ///
  /// - Throws: besides, `limitExceeded(.outputBytes)`.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    try decode(source, limits: limits, options: options)
  }

  /// Appends `source` as one gzip member to `output`.
  ///
  /// - Throws: `outputFull` when `output` has too little room; `invalidArgument` for a level
  ///   outside 0…12, a dictionary, a name or comment with a zero byte, or too large an extra field.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions
  ) throws(CodecError) {
    try encoder(options).encode(source, into: &output)
  }

  /// Encodes into a new array.
  public static func encode(
    _ source: RawSpan, options: EncodeOptions
  ) throws(CodecError) -> [UInt8] {
    try encoder(options).encode(source)
  }

  /// An upper bound on the encoded size of any `byteCount` bytes.
  ///
  /// It allows 64 KiB for the variable parts of the header; larger ones come on top.
  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    Deflate.encodedByteCountBound(for: byteCount) + 18 + 65536
  }

  private static func encoder(_ options: EncodeOptions) throws(CodecError) -> Deflate.Encoder {
    try Deflate.Encoder(.gzip, options: options.deflate, gzipHeader: options.header)
  }

  /// CRC-32 and size after the data.
  static func trailer(checksum: UInt32, byteCount: Int) -> [UInt8] {
    let size = UInt32(truncatingIfNeeded: byteCount)
    return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: checksum >> $0) }
      + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: size >> $0) }
  }
}

extension Gzip.Header {
  /// - Throws: `invalidArgument` for what a gzip member cannot store.
  func check(_ options: Deflate.EncodeOptions) throws(CodecError) {
    if let dictionary = options.dictionary, !dictionary.isEmpty {
      throw CodecError(
        .invalidArgument, codec: Gzip.name, part: "dictionary", "the format has none")
    }
    guard extra.map({ $0.count <= 65535 }) ?? true else {
      throw CodecError(
        .invalidArgument, codec: Gzip.name, part: "FEXTRA", "is larger than 65,535 bytes")
    }
    guard !(name ?? []).contains(0), !(comment ?? []).contains(0) else {
      throw CodecError(
        .invalidArgument, codec: Gzip.name, part: "header", "a name or comment holds a zero byte")
    }
  }

  /// The header as stored. When ``extraFlags`` is 0, it is set as RFC 1952 says: 2 for the best
  /// levels, 4 for the fastest.
  func bytes(level: Int) -> [UInt8] {
    var flags: UInt8 = isText ? 1 : 0
    if hasChecksum { flags |= 2 }
    if extra != nil { flags |= 4 }
    if name != nil { flags |= 8 }
    if comment != nil { flags |= 16 }
    var result: [UInt8] = [0x1F, 0x8B, 8, flags]
    result += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: modificationTime >> $0) }
    let levelFlags: UInt8 = level == 1 ? 4 : level >= 9 ? 2 : 0
    result += [extraFlags == 0 ? levelFlags : extraFlags, operatingSystem]
    if let extra {
      result += [UInt8(truncatingIfNeeded: extra.count), UInt8(extra.count >> 8)] + extra
    }
    if let name { result += name + [0] }
    if let comment { result += comment + [0] }
    if hasChecksum {
      let checksum = CRC32.checksum(result)
      result += [UInt8(truncatingIfNeeded: checksum), UInt8(truncatingIfNeeded: checksum >> 8)]
    }
    return result
  }
}
