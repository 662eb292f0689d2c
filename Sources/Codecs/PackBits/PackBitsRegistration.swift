// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var packBits: RegisteredCodec {
    RegisteredCodec(
      PackBits.self, name: "packbits", numcodecsID: "imagecodecs_packbits",
      summary: "run lengths of TIFF 6.0, section 9",
      encodeParameters: [
        CodecParameter(
          "row", .integer(1...Int.max), "bytes that become a stream of their own (default: all)")
      ],
      encodeOptions: { PackBits.EncodeOptions(rowByteCount: $0["row"]?.intValue) },
      decodeOptions: { _ in NoOptions() })
  }
}
