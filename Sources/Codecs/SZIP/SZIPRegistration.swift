// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var szip: RegisteredCodec {
    let parameters = [
      CodecParameter(
        "options_mask", .integer(0...255), default: 44,
        "sum of 8 little endian, 16 big endian, 32 differences; HDF5's 1, 2, 4 and 128 mean nothing"
      ),
      CodecParameter(
        "pixels_per_block", .integer(2...32), default: 32, "pixels of a block, an even number"),
      CodecParameter(
        "bits_per_pixel", .integer(1...64), default: 8, "width of a pixel: 1 to 32, or 64 bits"),
      CodecParameter(
        "pixels_per_scanline", .integer(1...131_072), default: 4096,
        "pixels after which one is stored as it is"),
      .storedSize,
    ]
    let options: @Sendable (Metadata) throws(CodecError) -> SZIP.Options = {
      let mask = $0["options_mask"]?.intValue ?? 44
      return SZIP.Options(
        pixelBitCount: $0["bits_per_pixel"]?.intValue ?? 8,
        blockLength: $0["pixels_per_block"]?.intValue ?? 32,
        scanlineLength: $0["pixels_per_scanline"]?.intValue ?? 4096,
        predicts: mask & 32 != 0, isBigEndian: mask & 16 != 0,
        storesSize: $0["header"]?.boolValue == true)
    }
    return RegisteredCodec(
      SZIP.self, name: "szip", numcodecsID: "imagecodecs_szip",
      summary: "AEC of scanlines: HDF5 filter 4", encodeParameters: parameters,
      decodeParameters: parameters, encodeOptions: options, decodeOptions: options)
  }
}
