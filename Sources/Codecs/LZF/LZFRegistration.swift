// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var lzf: RegisteredCodec {
    RegisteredCodec(
      LZF.self, name: "lzf", numcodecsID: "imagecodecs_lzf", summary: "LibLZF: HDF5's filter 32000",
      encodeParameters: [.storedSize], decodeParameters: [.storedSize],
      encodeOptions: { LZF.Options(storesSize: $0["header"]?.boolValue ?? false) },
      decodeOptions: { LZF.Options(storesSize: $0["header"]?.boolValue ?? false) })
  }
}
