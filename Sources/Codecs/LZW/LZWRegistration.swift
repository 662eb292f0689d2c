// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var lzw: RegisteredCodec {
    let size = CodecParameter(
      "minimum", .integer(1...8), default: 8, "minimum code size of the GIF variant")
    let names = ["tiff", "oldtiff", "gif"]
    return RegisteredCodec(
      LZW.self, name: "lzw", numcodecsID: "imagecodecs_lzw",
      summary: "LZW of TIFF 6.0, section 13, of its older form, and of GIF",
      encodeParameters: [
        CodecParameter("variant", .choice(names), default: "tiff", "which LZW to write"), size,
      ],
      decodeParameters: [
        CodecParameter("variant", .choice(names), "which LZW it is (default: either of TIFF's)"),
        size,
      ],
      encodeOptions: { LZW.EncodeOptions(variant: LZW.Variant(parameters: $0) ?? .tiff) },
      decodeOptions: { LZW.DecodeOptions(variant: LZW.Variant(parameters: $0)) })
  }
}

extension LZW.Variant {
  /// What the parameters `variant` and `minimum` name.
  fileprivate init?(parameters: Metadata) {
    switch parameters["variant"]?.stringValue {
    case "tiff": self = .tiff
    case "oldtiff": self = .oldTIFF
    case "gif": self = .gif(minimumCodeSize: parameters["minimum"]?.intValue ?? 8)
    default: return nil
    }
  }
}
