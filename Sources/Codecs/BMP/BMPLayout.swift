// SPDX-License-Identifier: Apache-2.0

extension BMP {
  /// One bit field of a pixel.
  struct Field: Sendable, Hashable {
    var mask: UInt32
    var shift: UInt32
    /// The field's value when all of its bits are set; 0 when it has none.
    var maximum: UInt32

    init(mask: UInt32) {
      self.mask = mask
      shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
      maximum = mask >> shift
    }

    var isContiguous: Bool { maximum & (maximum &+ 1) == 0 }

    /// The field's value as 8 bits.
    ///
    /// Up to 8 bits as Pillow and imagecodecs: `v * 255 / maximum`, truncated. Wider fields, which
    /// both of them cannot do, are rounded as in the references of bmpsuite.
    func scaled(_ value: UInt32) -> UInt8 {
      guard maximum > 0 else { return 0 }
      let rounding = maximum > 255 ? UInt64(maximum / 2) : 0
      return UInt8((UInt64(value) * 255 + rounding) / UInt64(maximum))
    }
  }

  /// What stored pixels become.
  struct Layout: Sendable {
    enum Conversion: Sendable, Hashable {
      /// Indices, one per byte.
      case indices
      /// Indices, which are 0 and 1, as bool.
      case blackAndWhite
      /// Indices through the palette to RGB, or RGBA for run-length encodings.
      case palette
      /// Blue, green, red to RGB, or RGBA for run-length encodings.
      case swapped
      /// Bit fields, to 8 bits or as they are.
      case fields([Field], scaled: Bool)
      /// Four linear s2.13 channels, to sRGB or as they are.
      case linear(scaled: Bool)
    }

    var conversion: Conversion
    /// 0: no channel axis.
    var channelCount: Int
    var dtype = DType.uint8

    init(
      _ header: Header, options: DecodeOptions, policy: DecodePolicy,
      diagnostics: inout Diagnostics
    ) throws(CodecError) {
      let showsGaps = options.alpha == .any && !options.stored
      switch header.encoding {
      case .rle8, .rle4, .rle24:
        if header.isTopDown {
          try diagnostics.warn(
            Warning(codec: BMP.name, part: "height", "run-length encoded and top-down"),
            policy: policy)
        }
        guard header.isIndexed else {
          (conversion, channelCount) = (.swapped, showsGaps ? 4 : 3)
          return
        }
        (conversion, channelCount) = Self.indexed(header, stored: options.stored)
        if showsGaps { (conversion, channelCount) = (.palette, 4) }
      case .rows where header.bitsPerPixel == 64:
        (conversion, channelCount) = (.linear(scaled: !options.stored), 4)
        if options.alpha == .ignored { channelCount = 3 }
        if options.stored { dtype = .int16 }
      case .rows, .huffman:
        (conversion, channelCount) = Self.indexed(header, stored: options.stored)
        if header.bitsPerPixel == 24 { (conversion, channelCount) = (.swapped, 3) }
      case .fields:
        let fields = try Self.fields(
          header, alpha: options.alpha, policy: policy, diagnostics: &diagnostics)
        (conversion, channelCount) = (.fields(fields, scaled: !options.stored), fields.count)
        let widest = fields.map { $0.maximum }.max() ?? 0
        if options.stored { dtype = widest > 65_535 ? .uint32 : widest > 255 ? .uint16 : .uint8 }
      case .jpeg, .png:
        throw CodecError(
          .unsupported, codec: BMP.name, part: "compression", "an embedded file",
          at: header.bitmapHeaderStart + 16)
      }
      if conversion == .blackAndWhite { dtype = .bool }
    }
  }
}

extension BMP.Layout {
  func shape(width: Int, height: Int) -> [Int] {
    channelCount == 0 ? [height, width] : [height, width, channelCount]
  }

  private static func indexed(_ header: BMP.Header, stored: Bool) -> (Conversion, Int) {
    if stored || header.isGreyRamp { return (.indices, 0) }
    return header.isBlackAndWhite ? (.blackAndWhite, 0) : (.palette, 3)
  }

  /// The fields of a pixel: those of the masks, or the format's own.
  private static func fields(
    _ header: BMP.Header, alpha: BMP.DecodeOptions.Alpha, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> [BMP.Field] {
    // Without the bit field compression the masks of a V4 header mean nothing.
    var masks = header.compressionID == 0 ? SIMD4(repeating: 0) : header.masks
    if masks == SIMD4(repeating: 0) {
      switch (header.bitsPerPixel, header.compressionID) {
      case (16, _): masks = SIMD4(0x7C00, 0x03E0, 0x001F, 0)
      case (32, 0), (24, _): masks = SIMD4(0xFF0000, 0x00FF00, 0x0000FF, 0)
      // What writers that leave all masks empty mean, by Pillow's experience.
      default: masks = SIMD4(0xFF0000, 0x00FF00, 0x0000FF, 0xFF00_0000)
      }
    }
    let pixelMask = UInt32.max >> UInt32(32 - header.bitsPerPixel)
    var claimed: UInt32 = 0
    var isSound = true
    for channel in 0..<4 {
      let mask = masks[channel]
      let field = BMP.Field(mask: mask)
      isSound = isSound && field.isContiguous && mask & claimed == 0 && mask & ~pixelMask == 0
      claimed |= mask
      masks[channel] = mask & pixelMask
    }
    if !isSound {
      try diagnostics.warn(
        Warning(
          codec: BMP.name, part: "masks", "have gaps, overlap or are wider than a pixel",
          at: header.bitmapHeaderStart + 40),
        policy: policy)
    }
    if alpha == .any, masks[3] == 0 { masks[3] = pixelMask & ~claimed }
    if alpha == .ignored { masks[3] = 0 }
    return (0..<(masks[3] == 0 ? 3 : 4)).map { BMP.Field(mask: masks[$0]) }
  }
}
