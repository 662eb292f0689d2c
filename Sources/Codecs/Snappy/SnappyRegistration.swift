// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var snappy: RegisteredCodec {
    RegisteredCodec(
      Snappy.self, name: "snappy", numcodecsID: "imagecodecs_snappy",
      summary: "Snappy, raw format", encodeOptions: { _ in NoOptions() },
      decodeOptions: { _ in NoOptions() })
  }
}
