// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// Encodes a bool or uint8 image.
  ///
  /// bool `[height, width]` takes 1 bit; uint8 `[height, width]` 8 bits with a grey palette, or
  /// indices of 1, 4 or 8 bits when `metadata` has a `palette` (uint8 `[colours, 3]`); `[height,
  /// width, 3]` 24 bits; `[height, width, 4]` 32 bits with an alpha mask in a V4 header. `metadata`
  /// may also hold `dpi` and `icc_profile` (which needs a V5 header).
  ///
  /// - Throws: `invalidArgument` when BMP cannot hold the image, or not with these options.
  public static func encode(
    _ image: NDArray, metadata: Metadata, options: EncodeOptions
  ) throws(CodecError) -> [UInt8] {
    let plan = try EncodePlan(image, metadata: metadata, options: options)
    return try plan.encode(image)
  }

  /// What is decided before any byte is written.
  struct EncodePlan {
    var width = 0
    var height = 0
    var bitsPerPixel = 0
    var palette: [UInt32] = []
    var isRunLength: Bool
    var isTopDown: Bool
    var pixelsPerMetre: (x: Int32, y: Int32) = (0, 0)
    var profile: [UInt8] = []

    init(_ image: NDArray, metadata: Metadata, options: EncodeOptions) throws(CodecError) {
      isRunLength = options.compression
      isTopDown = options.topDown
      guard !isRunLength || !isTopDown else {
        throw BMP.unable("run-length encoded bitmaps are bottom-up")
      }
      guard image.rank == 2 || image.rank == 3, image.shape[0] > 0, image.shape[1] > 0,
        image.shape[0] <= Int32.max, image.shape[1] <= Int32.max
      else { throw BMP.unable("the image is not [height, width] or [height, width, channels]") }
      (height, width) = (image.shape[0], image.shape[1])
      switch (image.dtype, image.rank == 2 ? 1 : image.shape[2], image.rank) {
      case (.bool, 1, 2): try planBlackAndWhite(options)
      case (.uint8, 1, 2): try planIndices(image, metadata["palette"], options)
      case (.uint8, 3, 3): try planColors(options, allowed: [16, 24, 32])
      case (.uint8, 4, 3): try planColors(options, allowed: [32])
      case (.uint8, _, _): throw BMP.unable("the image has neither 3 nor 4 channels nor none")
      default: throw BMP.unable("samples are 8 bits or bool; convert to uint8 first")
      }
      hasAlpha = image.rank == 3 && image.shape[2] == 4
      try planMetadata(metadata, options)
    }

    /// Four channels: the fourth is declared by a mask.
    var hasAlpha = false
  }

  static func unable(_ message: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: name, message)
  }
}

extension BMP.EncodePlan {
  private mutating func planBlackAndWhite(_ options: BMP.EncodeOptions) throws(CodecError) {
    guard options.bitsPerPixel ?? 1 == 1, !isRunLength else {
      throw BMP.unable("bool images take 1 bit and no run-length encoding")
    }
    bitsPerPixel = 1
    palette = [0xFF00_0000, 0xFFFF_FFFF]
  }

  private mutating func planIndices(
    _ image: NDArray, _ colors: MetadataValue?, _ options: BMP.EncodeOptions
  ) throws(CodecError) {
    guard let colors else {
      guard options.bitsPerPixel ?? 8 == 8 else {
        throw BMP.unable("grey images take 8 bits; fewer need a palette")
      }
      bitsPerPixel = 8
      palette = (0..<256).map { 0xFF00_0000 | $0 &* 0x01_0101 }
      return
    }
    guard let list = BMP.colors(colors) else {
      throw BMP.unable("palette is not uint8 [1 to 256, 3]")
    }
    palette = list
    let needed = list.count > 16 ? 8 : list.count > 2 || isRunLength ? 4 : 1
    bitsPerPixel = options.bitsPerPixel ?? needed
    guard [1, 4, 8].contains(bitsPerPixel), bitsPerPixel >= needed else {
      throw BMP.unable("the palette does not go with the bits per pixel")
    }
    guard BMPKernels.maximum(image.bytes) < list.count else {
      throw BMP.unable("an index is beyond the palette")
    }
  }

  private mutating func planColors(
    _ options: BMP.EncodeOptions, allowed: [Int]
  ) throws(CodecError) {
    bitsPerPixel = options.bitsPerPixel ?? (allowed.contains(24) ? 24 : 32)
    guard allowed.contains(bitsPerPixel) else {
      throw BMP.unable("this many bits per pixel cannot hold the channels")
    }
    guard !isRunLength else { throw BMP.unable("only indices can be run-length encoded") }
  }

  private mutating func planMetadata(
    _ metadata: Metadata, _ options: BMP.EncodeOptions
  ) throws(CodecError) {
    var dpi = options.dpi
    if dpi == nil, let value = metadata["dpi"] {
      dpi = BMP.resolution(value)
      guard dpi != nil else { throw BMP.unable("dpi is not one or two positive numbers") }
    }
    if let dpi {
      guard dpi.count == 2, let x = BMP.pixelsPerMetre(dpi[0]), let y = BMP.pixelsPerMetre(dpi[1])
      else { throw BMP.unable("dpi is not two positive numbers") }
      pixelsPerMetre = (x, y)
    }
    if let value = metadata["icc_profile"] {
      guard let bytes = value.bytesValue else { throw BMP.unable("icc_profile is not bytes") }
      profile = bytes.array
    }
  }
}

// MARK: - Writing

extension BMP.EncodePlan {
  /// 5, 6 and 5 bits; or blue, green, red, alpha bytes; `nil` when no masks are written.
  private var masks: SIMD4<UInt32>? {
    if bitsPerPixel == 16 { return SIMD4(0xF800, 0x07E0, 0x001F, 0) }
    return hasAlpha ? SIMD4(0xFF0000, 0x00FF00, 0x0000FF, 0xFF00_0000) : nil
  }

  private var headerByteCount: Int { !profile.isEmpty ? 124 : hasAlpha ? 108 : 40 }

  /// The masks behind a 40-byte header.
  private var trailingMaskByteCount: Int { masks != nil && headerByteCount == 40 ? 12 : 0 }

  func encode(_ image: NDArray) throws(CodecError) -> [UInt8] {
    var header = BMP.Header(fileHeaderStart: 0, bitmapHeaderStart: 14, bitmapHeaderByteCount: 40)
    (header.width, header.height, header.bitsPerPixel) = (width, height, bitsPerPixel)
    let (_, stride) = try header.rowByteCounts()
    let dataStart = 14 + headerByteCount + trailingMaskByteCount + palette.count * 4
    let (pixelByteCount, overflow) = stride.multipliedReportingOverflow(by: height)
    guard !overflow, pixelByteCount <= Int(UInt32.max) - dataStart - profile.count else {
      throw BMP.unable("the file would be larger than 4 GiB")
    }
    let runs = isRunLength ? BMP.runLengthEncoded(image, bits: bitsPerPixel) : []
    let dataByteCount = isRunLength ? runs.count : pixelByteCount
    let total = dataStart + dataByteCount + profile.count
    guard total <= Int(UInt32.max) else {
      throw BMP.unable("the file would be larger than 4 GiB")
    }
    var headers = ByteWriter()
    writeHeaders(&headers, dataStart: dataStart, dataByteCount: dataByteCount)
    if isRunLength { return headers.bytes + runs + profile }
    // One allocation of the final size: the padding is zero, and a copy would cost as much again.
    var file = [UInt8](repeating: 0, count: total)
    for i in 0..<dataStart { file[i] = headers.bytes[i] }
    for i in profile.indices { file[total - profile.count + i] = profile[i] }
    writeRows(image, stride: stride, into: &file, at: dataStart)
    return file
  }

  private func writeHeaders(_ file: inout ByteWriter, dataStart: Int, dataByteCount: Int) {
    file.append("BM")
    file.u32le(UInt32(dataStart + dataByteCount + profile.count))
    file.u32le(0)
    file.u32le(UInt32(dataStart))
    file.u32le(UInt32(headerByteCount))
    file.i32le(Int32(width))
    file.i32le(Int32(isTopDown ? -height : height))
    file.u16le(1)
    file.u16le(UInt16(bitsPerPixel))
    file.u32le(masks != nil ? 3 : !isRunLength ? 0 : bitsPerPixel == 8 ? 1 : 2)
    file.u32le(UInt32(dataByteCount))
    file.i32le(pixelsPerMetre.x)
    file.i32le(pixelsPerMetre.y)
    file.u32le(UInt32(palette.count))
    file.u32le(0)
    let channels = masks ?? SIMD4(repeating: 0)
    if headerByteCount == 40 {
      if masks != nil { for channel in 0..<3 { file.u32le(channels[channel]) } }
    } else {
      for channel in 0..<4 { file.u32le(channels[channel]) }
      // Colour space: 'sRGB', or 'MBED' for the profile; endpoints and gamma mean nothing then.
      file.u32le(profile.isEmpty ? 0x7352_4742 : 0x4D42_4544)
      file.zeros(48)
      if headerByteCount == 124 {
        file.u32le(4)  // Intent: perceptual, as every writer says.
        file.u32le(UInt32(dataStart - 14 + dataByteCount))
        file.u32le(UInt32(profile.count))
        file.u32le(0)
      }
    }
    for color in palette {
      // Blue, green, red, 0.
      file.u32be((color & 0xFF) << 8 | (color >> 8 & 0xFF) << 16 | (color >> 16 & 0xFF) << 24)
    }
  }

  /// Writes the rows in the order of the file, each padded to four bytes.
  private func writeRows(
    _ image: NDArray, stride: Int, into file: inout [UInt8], at dataStart: Int
  ) {
    var target = file.mutableRawSpan
    for y in 0..<height {
      let row = image[y]
      let start = dataStart + (isTopDown ? y : height - 1 - y) * stride
      switch bitsPerPixel {
      case 1, 4, 8:
        BMPKernels.pack(row.bytes, bits: bitsPerPixel, count: width, into: &target, at: start)
      case 16: BMPKernels.pack565(row.bytes, count: width, into: &target, at: start)
      case 24: BMPKernels.swap24(row.bytes, count: width, into: &target, at: start)
      default:
        if hasAlpha {
          BMPKernels.swap32(row.bytes, count: width, into: &target, at: start)
        } else {
          BMPKernels.widen24(row.bytes, count: width, into: &target, at: start)
        }
      }
    }
  }
}
