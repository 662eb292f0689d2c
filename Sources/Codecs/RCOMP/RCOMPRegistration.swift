// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var rcomp: RegisteredCodec {
    let common = [
      CodecParameter("itemsize", .integer(1...4), default: 2, "bytes of an integer: 1, 2 or 4"),
      CodecParameter("nblock", .integer(1...65_536), default: 32, "integers of a block"),
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> RCOMP.Options = {
      RCOMP.Options(
        elementByteCount: $0["itemsize"]?.intValue ?? 2, blockLength: $0["nblock"]?.intValue ?? 32,
        elementCount: $0["count"]?.intValue ?? 0)
    }
    return RegisteredCodec(
      RCOMP.self, name: "rcomp", numcodecsID: "imagecodecs_rcomp", summary: "Rice coding of FITS",
      encodeParameters: common,
      decodeParameters: common + [
        CodecParameter("count", .integer(0...Int.max), default: 0, "how many integers there are")
      ],
      encodeOptions: options, decodeOptions: options)
  }
}
