// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var lzo: RegisteredCodec {
    RegisteredCodec(
      decoder: LZO.self, name: "lzo", numcodecsID: "imagecodecs_lzo", summary: "LZO1X",
      decodeParameters: [
        CodecParameter(
          "header", .flag, default: false, "F0 or F1 and the decoded size stand before the data")
      ],
      decodeOptions: { LZO.DecodeOptions(storesSize: $0["header"]?.boolValue ?? false) })
  }
}
