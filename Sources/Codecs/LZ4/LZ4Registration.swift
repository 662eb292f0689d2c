// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var lz4: RegisteredCodec {
    RegisteredCodec(
      LZ4.self, name: "lz4", numcodecsID: "imagecodecs_lz4", summary: "LZ4 block",
      encodeParameters: LZ4.Effort.parameters + [
        CodecParameter("dictionary", .bytes, "bytes that the decoder will also have"), .storedSize,
      ],
      decodeParameters: [
        CodecParameter("dictionary", .bytes, "bytes the encoder had"), .storedSize,
      ],
      encodeOptions: {
        LZ4.EncodeOptions(
          effort: LZ4.Effort(parameters: $0), storesSize: $0["header"]?.boolValue ?? false,
          dictionary: $0["dictionary"]?.bytesValue?.array ?? [])
      },
      decodeOptions: {
        LZ4.DecodeOptions(
          storesSize: $0["header"]?.boolValue ?? false,
          dictionary: $0["dictionary"]?.bytesValue?.array ?? [])
      })
  }

  static var lz4Frame: RegisteredCodec {
    RegisteredCodec(
      LZ4Frame.self, name: "lz4f", numcodecsID: "imagecodecs_lz4f",
      summary: "LZ4 frames: the .lz4 file format",
      encodeParameters: LZ4.Effort.parameters + [
        CodecParameter("blocksizeid", .integer(4...7), default: 4, "64 KiB, 256 KiB, 1 or 4 MiB"),
        CodecParameter("linked", .flag, default: true, "matches may reach into the block before"),
        CodecParameter("blockchecksum", .flag, default: false, "XXH32 of every block"),
        CodecParameter("contentchecksum", .flag, default: false, "XXH32 of the content"),
      ],
      decodeParameters: [
        CodecParameter("verify", .flag, default: true, "whether checksums must match")
      ],
      encodeOptions: {
        let size = UInt8(truncatingIfNeeded: $0["blocksizeid"]?.intValue ?? 4)
        return LZ4Frame.EncodeOptions(
          effort: LZ4.Effort(parameters: $0),
          blockSize: LZ4Frame.BlockSize(rawValue: size) ?? .kilobytes64,
          linksBlocks: $0["linked"]?.boolValue ?? true,
          hasBlockChecksums: $0["blockchecksum"]?.boolValue ?? false,
          hasContentChecksum: $0["contentchecksum"]?.boolValue ?? false)
      },
      decodeOptions: {
        LZ4Frame.DecodeOptions(verifiesChecksums: $0["verify"]?.boolValue ?? true)
      })
  }

  static var lz4H5: RegisteredCodec {
    RegisteredCodec(
      LZ4H5.self, name: "lz4h5", numcodecsID: "imagecodecs_lz4h5",
      summary: "LZ4 blocks of HDF5's filter 32004",
      encodeParameters: [
        CodecParameter("level", .integer(1...65_537), default: 1, "acceleration"),
        CodecParameter(
          "blocksize", .integer(1...LZ4.maxByteCount), "bytes of a block (default: all)"),
      ],
      encodeOptions: {
        LZ4H5.EncodeOptions(
          acceleration: $0["level"]?.intValue ?? 1, blockByteCount: $0["blocksize"]?.intValue)
      },
      decodeOptions: { _ in NoOptions() })
  }
}

extension LZ4.Effort {
  fileprivate static var parameters: [CodecParameter] {
    [
      CodecParameter(
        "level", .integer(1...65_537),
        "acceleration, 1 to 65537 (default 1); with hc the level, 1 to 12 (default 9)"),
      CodecParameter("hc", .flag, default: false, "high compression"),
    ]
  }

  fileprivate init(parameters: Metadata) {
    let level = parameters["level"]?.intValue
    self =
      parameters["hc"]?.boolValue ?? false
      ? .high(level: level ?? 9) : .fast(acceleration: level ?? 1)
  }
}
