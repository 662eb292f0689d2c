// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var deflate: RegisteredCodec {
    RegisteredCodec(
      Deflate.self, name: "deflate", summary: "raw DEFLATE, RFC 1951",
      encodeParameters: levelParameters + [dictionaryParameter],
      decodeParameters: [dictionaryParameter],
      encodeOptions: deflateEncodeOptions, decodeOptions: deflateDecodeOptions)
  }

  static var zlib: RegisteredCodec {
    RegisteredCodec(
      Zlib.self, name: "zlib", numcodecsID: "zlib",
      summary: "DEFLATE with a header and Adler-32, RFC 1950",
      encodeParameters: levelParameters + [dictionaryParameter],
      decodeParameters: [dictionaryParameter, verifyParameter],
      encodeOptions: deflateEncodeOptions, decodeOptions: deflateDecodeOptions)
  }

  static var gzip: RegisteredCodec {
    RegisteredCodec(
      Gzip.self, name: "gzip", numcodecsID: "gzip",
      summary: "DEFLATE with name, time and CRC-32, RFC 1952",
      encodeParameters: levelParameters + [
        CodecParameter("name", .bytes, "the original file's name, Latin-1"),
        CodecParameter("comment", .bytes, "Latin-1"),
        CodecParameter("extra", .bytes, "the FEXTRA field"),
        CodecParameter("mtime", .integer(0...Int(UInt32.max)), default: 0, "seconds since 1970"),
        CodecParameter("header_crc", .flag, default: false, "protect the header as well"),
      ],
      decodeParameters: [verifyParameter],
      encodeOptions: { (parameters) throws(CodecError) in
        var options = Gzip.EncodeOptions()
        options.deflate = deflateEncodeOptions(parameters)
        options.header.name = parameters["name"]?.bytesValue?.array
        options.header.comment = parameters["comment"]?.bytesValue?.array
        options.header.extra = parameters["extra"]?.bytesValue?.array
        options.header.modificationTime = UInt32(
          clamping: parameters["mtime"]?.intValue ?? 0)
        options.header.hasChecksum = parameters["header_crc"]?.boolValue ?? false
        return options
      },
      decodeOptions: deflateDecodeOptions)
  }

  private static var levelParameters: [CodecParameter] {
    [
      CodecParameter(
        "level", .integer(0...12), default: 6, "0 stored, 1 fastest, 9 zlib's best, 12 smallest"),
      CodecParameter(
        "strategy", .choice(strategies.map { $0.name }), default: "default",
        "what the encoder relies on"),
    ]
  }

  private static var dictionaryParameter: CodecParameter {
    CodecParameter("dictionary", .bytes, "bytes known to both sides; the last 32 KiB matter")
  }

  private static var verifyParameter: CodecParameter {
    CodecParameter("verify", .flag, default: true, "whether a wrong checksum is an error")
  }

  private static var strategies: [(name: String, strategy: Deflate.Strategy)] {
    [
      ("default", .default), ("filtered", .filtered), ("rle", .runLength),
      ("huffman", .huffmanOnly), ("fixed", .fixed),
    ]
  }

  @Sendable private static func deflateEncodeOptions(_ parameters: Metadata)
    -> Deflate.EncodeOptions
  {
    let name = parameters["strategy"]?.stringValue
    return Deflate.EncodeOptions(
      level: parameters["level"]?.intValue ?? 6,
      strategy: strategies.first { $0.name == name }?.strategy ?? .default,
      dictionary: parameters["dictionary"]?.bytesValue)
  }

  @Sendable private static func deflateDecodeOptions(_ parameters: Metadata)
    -> Deflate.DecodeOptions
  {
    Deflate.DecodeOptions(
      dictionary: parameters["dictionary"]?.bytesValue,
      verifiesChecksum: parameters["verify"]?.boolValue ?? true)
  }
}
