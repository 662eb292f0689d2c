// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var numpy: RegisteredCodec {
    RegisteredCodec(
      image: NPY.self, name: "numpy",
      dtypes: [.uint8] + DType.allCases.filter { $0 != .uint8 },
      encodeOptions: { _ in .init() }, decodeOptions: { _ in .init() },
      // A header has 64 axes of 19 digits at most.
      encodedByteCountBound: { $0 + 2_048 })
  }
}
