// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var aec: RegisteredCodec {
    let common = [
      CodecParameter("bitspersample", .integer(1...32), default: 8, "width of a sample"),
      CodecParameter(
        "flags", .integer(0...63), default: 8,
        "sum of 1 signed, 2 three bytes, 4 big endian, 8 differences, 16 restricted, 32 aligned"),
      CodecParameter("blocksize", .integer(8...64), default: 8, "samples of a block"),
      CodecParameter("rsi", .integer(1...4096), default: 2, "blocks of an interval"),
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> AEC.Options = {
      let flags = $0["flags"]?.intValue ?? 8
      return AEC.Options(
        bitCount: $0["bitspersample"]?.intValue ?? 8, blockLength: $0["blocksize"]?.intValue ?? 8,
        intervalBlockCount: $0["rsi"]?.intValue ?? 2, isSigned: flags & 1 != 0,
        usesThreeBytes: flags & 2 != 0, isBigEndian: flags & 4 != 0, predicts: flags & 8 != 0,
        isRestricted: flags & 16 != 0, alignsIntervals: flags & 32 != 0,
        sampleCount: $0["count"]?.intValue)
    }
    return RegisteredCodec(
      AEC.self, name: "aec", numcodecsID: "imagecodecs_aec",
      summary: "lossless coding of CCSDS 121.0-B", encodeParameters: common,
      decodeParameters: common + [
        CodecParameter("count", .integer(0...Int.max), "samples (default: all that there are)")
      ],
      encodeOptions: options, decodeOptions: options)
  }
}
