// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var pglz: RegisteredCodec {
    RegisteredCodec(
      PGLZ.self, name: "pglz", numcodecsID: "imagecodecs_pglz",
      summary: "PostgreSQL's compression of long values",
      encodeParameters: [
        .storedSize,
        CodecParameter(
          "strategy", .choice(["default", "always"]), default: "default",
          "with header: save a quarter, or anything"),
      ],
      decodeParameters: [.storedSize],
      encodeOptions: {
        PGLZ.EncodeOptions(
          storesSize: $0["header"]?.boolValue ?? false,
          strategy: $0["strategy"]?.stringValue == "always" ? .always : .standard)
      },
      decodeOptions: { PGLZ.DecodeOptions(storesSize: $0["header"]?.boolValue ?? false) })
  }
}
