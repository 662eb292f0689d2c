// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var eer: RegisteredCodec {
    RegisteredCodec(
      decoder: EER.self, name: "eer", numcodecsID: "imagecodecs_eer",
      summary: "electron events: TIFF compressions 65000 to 65002",
      decodeParameters: [
        CodecParameter("shape", .integers, "height, width of the decoded image"),
        CodecParameter("skipbits", .integer(1...16), default: 7, "bits of a distance"),
        CodecParameter("horzbits", .integer(1...8), default: 2, "bits of a place in its row"),
        CodecParameter("vertbits", .integer(1...8), default: 2, "bits of a place in its column"),
        CodecParameter(
          "superres", .integer(0...8), default: 0, "bits of a place that make pixels of their own"),
        CodecParameter("itemsize", .integer(1...2), default: 1, "bytes of a counter"),
      ],
      decodeOptions: { (values) throws(CodecError) in
        let shape = values["shape"]?.arrayValue?.compactMap { $0.intValue } ?? []
        guard shape.count == 2 else {
          throw CodecError(
            .invalidArgument, codec: "eer", part: "shape", "is not a height and a width")
        }
        return EER.DecodeOptions(
          width: shape[1], height: shape[0], skipBitCount: values["skipbits"]?.intValue ?? 7,
          horizontalBitCount: values["horzbits"]?.intValue ?? 2,
          verticalBitCount: values["vertbits"]?.intValue ?? 2,
          superresolution: values["superres"]?.intValue ?? 0,
          elementByteCount: values["itemsize"]?.intValue ?? 1)
      })
  }
}
