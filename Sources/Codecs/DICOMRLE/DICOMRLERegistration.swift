// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var dicomRLE: RegisteredCodec {
    let common = [
      CodecParameter("itemsize", .integer(1...8), default: 1, "bytes of a sample: 1, 2, 4 or 8"),
      CodecParameter("bigendian", .flag, default: false, "byte order of the decoded samples"),
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> DICOMRLE.Options = {
      DICOMRLE.Options(
        elementByteCount: $0["itemsize"]?.intValue ?? 1,
        isBigEndian: $0["bigendian"]?.boolValue ?? false,
        sampleCount: $0["samples"]?.intValue ?? 1, columnCount: $0["columns"]?.intValue,
        pixelCount: $0["pixels"]?.intValue)
    }
    return RegisteredCodec(
      DICOMRLE.self, name: "dicomrle", numcodecsID: "imagecodecs_dicomrle",
      summary: "run lengths of DICOM PS3.5, Annex G",
      encodeParameters: common + [
        CodecParameter("samples", .integer(1...15), default: 1, "sample planes"),
        CodecParameter("columns", .integer(1...Int.max), "pixels of a row (default: one row)"),
      ],
      decodeParameters: common + [
        CodecParameter(
          "pixels", .integer(0...Int.max), "pixels of a plane (default: as the segments hold)")
      ],
      encodeOptions: options, decodeOptions: options)
  }
}
