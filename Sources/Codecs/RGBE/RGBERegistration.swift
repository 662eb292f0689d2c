// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var rgbe: RegisteredCodec {
    let header = CodecParameter("header", .flag, default: true, "a header says the size")
    let runs = CodecParameter("rle", .flag, "rows in runs (default: as header)")
    return RegisteredCodec(
      image: RGBE.self, name: "rgbe", dtypes: [.float32], encodeParameters: [header, runs],
      decodeParameters: [
        CodecParameter("shape", .integers, "shape of the array, for data without header"),
        header, runs,
      ],
      encodeOptions: {
        let storesHeader = $0["header"]?.boolValue != false
        return .init(
          storesHeader: storesHeader, usesRuns: $0["rle"]?.boolValue ?? storesHeader)
      },
      decodeOptions: { (values) throws(CodecError) in
        guard values["header"]?.boolValue == false else { return .init() }
        guard let shape = values["shape"]?.arrayValue else {
          throw CodecError(.invalidArgument, codec: RGBE.name, part: "shape", "is missing")
        }
        return .init(
          shape: shape.compactMap { $0.intValue }, usesRuns: values["rle"]?.boolValue == true)
      },
      // A pixel of 12 bytes takes 4; runs are for 8 pixels and more, and add less than 12 bytes.
      encodedByteCountBound: { $0 + 128 })
  }
}
