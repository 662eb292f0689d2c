// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var rcomp: RegisteredCodec {
    let common = [
      CodecParameter("itemsize", .integer(1...4), default: 2, "bytes of an integer: 1, 2 or 4"),
      CodecParameter("nblock", .integer(1...65_536), default: 32, "integers of a block"),
    ]
    @Sendable func options(_ values: Metadata, _ count: Int) -> RCOMP.Options {
      RCOMP.Options(
        elementByteCount: values["itemsize"]?.intValue ?? 2,
        blockLength: values["nblock"]?.intValue ?? 32, elementCount: count)
    }
    return RegisteredCodec(
      RCOMP.self, name: "rcomp", numcodecsID: "imagecodecs_rcomp", summary: "Rice coding of FITS",
      encodeParameters: common,
      decodeParameters: common + [
        CodecParameter(
          "count", .integer(0...Int.max), "how many integers there are, which the data do not say")
      ],
      encodeOptions: { (values) throws(CodecError) in options(values, 0) },
      decodeOptions: { (values) throws(CodecError) in
        guard let count = values["count"]?.intValue else {
          throw CodecError(.invalidArgument, codec: RCOMP.name, part: "count", "is missing")
        }
        return options(values, count)
      })
  }
}
