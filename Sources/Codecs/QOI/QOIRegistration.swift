// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var qoi: RegisteredCodec {
    RegisteredCodec(
      image: QOI.self, name: "qoi", dtypes: [.uint8],
      encodeParameters: [
        CodecParameter("linear", .flag, default: false, "say that all channels are linear")
      ],
      encodeOptions: { QOI.EncodeOptions(isLinear: $0["linear"]?.boolValue == true) },
      decodeOptions: { _ in .init() },
      // A pixel of three or four bytes takes one more.
      encodedByteCountBound: { $0 + $0 / 3 + 22 })
  }
}
