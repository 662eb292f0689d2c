// SPDX-License-Identifier: Apache-2.0

extension DDS {
  /// Encodes uint8 `[height, width]`, or with 2 (grey and alpha), 3 or 4 channels, as plain pixels.
  ///
  /// - Throws: `invalidArgument` for other arrays.
  public static func encode(
    _ image: NDArray, metadata: Metadata, options: NoFormatOptions
  ) throws(CodecError) -> [UInt8] {
    let channels = image.rank == 2 ? 1 : image.rank == 3 && image.shape[2] > 1 ? image.shape[2] : 0
    guard image.dtype == .uint8, 1...4 ~= channels, image.shape[0] > 0, image.shape[1] > 0,
      let height = UInt32(exactly: image.shape[0]), let width = UInt32(exactly: image.shape[1]),
      let pitch = UInt32(exactly: image.shape[1] * channels)
    else {
      throw CodecError(
        .invalidArgument, codec: name, "the image is not uint8 with 1 to 4 channels")
    }
    let isGrey = channels < 3
    let hasAlpha = channels == 2 || channels == 4
    var writer = ByteWriter()
    writer.reserve(headerByteCount + image.byteCount)
    writer.append(magic)
    // The flags say that size, pitch and pixel format are there.
    for value in [124, 0x100F, height, width, pitch, 0, 0] { writer.u32le(value) }
    writer.zeros(44)
    writer.u32le(32)
    writer.u32le((isGrey ? 0x2_0000 : 0x40) | (hasAlpha ? 1 : 0))
    writer.u32le(0)
    writer.u32le(UInt32(channels * 8))
    let masks: [UInt32] =
      isGrey
      ? [0xFF, 0, 0, hasAlpha ? 0xFF00 : 0]
      : [0xFF_0000, 0xFF00, 0xFF, hasAlpha ? 0xFF00_0000 : 0]
    for mask in masks { writer.u32le(mask) }
    writer.u32le(0x1000)
    writer.zeros(16)
    if isGrey {
      writer.append(image.bytes)
      return writer.bytes
    }
    let pixels = image.bytes
    for start in stride(from: 0, to: pixels.byteCount, by: channels) {
      for c in [2, 1, 0] { writer.u8(pixels[byteAt: start + c]) }
      if hasAlpha { writer.u8(pixels[byteAt: start + 3]) }
    }
    return writer.bytes
  }

  /// Encodes uint8 `[height, width]`, or with 2 (grey and alpha), 3 or 4 channels, as plain pixels.
  ///
  /// - Throws: `invalidArgument` for other arrays.
  public static func encode(
    _ image: NDArray, options: NoFormatOptions = .init()
  ) throws(CodecError) -> [UInt8] {
    try encode(image, metadata: [:], options: options)
  }
}
