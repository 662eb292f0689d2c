// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// Which ways of taking fewer bits for the same picture are allowed.
  public enum Reduction: String, Sendable, Hashable, CaseIterable {
    /// Samples are written as they are.
    case none
    /// What is read back is the array given, in shape, type and every element: palettes, grey of 2
    /// and 4 bits, a transparent colour in place of the alpha channel.
    case exact
    /// Besides, what is seen stays the same, but channels and type may change: 16 bits to 8, RGB
    /// to grey, grey of one bit, no alpha channel where all is opaque.
    case visible
  }
}

/// What the pixels of an image have in common.
private struct PixelSurvey {
  let channelCount: Int
  let isWide: Bool
  let count: Int
  /// Whether the two bytes of every 16-bit sample are equal.
  var fitsEightBits = true
  var isGrey = true
  var isOpaque = true
  /// Whether alpha is 0 or opaque everywhere.
  var hasBinaryAlpha = true
  /// The one colour of all transparent pixels, which no other has.
  var key: UInt64?
  /// The fewest bits for every grey sample.
  var greyDepth = 1
  /// The colours with alpha in ascending order, as 8 bits each; `nil` when there are over 256.
  var colors: [UInt32]?

  /// Red, green, blue and alpha of pixel `i`, 16 bits each, from the highest bits down.
  func pixel(_ bytes: RawSpan, _ i: Int) -> UInt64 {
    func sample(_ channel: Int) -> UInt64 {
      let place = i * channelCount + channel
      return isWide
        ? UInt64(bytes.loadUnaligned(UInt16.self, at: 2 * place))
        : UInt64(bytes[byteAt: place]) * 257
    }
    let last = channelCount & 1 == 0 ? sample(channelCount - 1) : 0xFFFF
    let first = sample(0)
    let (green, blue) = channelCount >= 3 ? (sample(1), sample(2)) : (first, first)
    return first << 48 | green << 32 | blue << 16 | last
  }

  init(_ image: NDArray) {
    channelCount = image.rank == 3 ? image.shape[2] : 1
    isWide = image.dtype == .uint16
    count = image.shape[0] * image.shape[1]
    let bytes = image.bytes
    var transparent: UInt64?
    var hasOneTransparent = true
    var previous: UInt64?
    for i in 0..<count {
      let pixel = pixel(bytes, i)
      guard pixel != previous else { continue }
      previous = pixel
      let (r, g, b, a) = (pixel >> 48, pixel >> 32 & 0xFFFF, pixel >> 16 & 0xFFFF, pixel & 0xFFFF)
      if pixel >> 8 & 0x00FF_00FF_00FF_00FF != pixel & 0x00FF_00FF_00FF_00FF {
        fitsEightBits = false
      }
      if r != g || g != b { isGrey = false }
      while greyDepth < 8, r % (0xFFFF / (1 << UInt64(greyDepth) - 1)) != 0 { greyDepth *= 2 }
      guard a != 0xFFFF else { continue }
      isOpaque = false
      if a != 0 { hasBinaryAlpha = false }
      if let known = transparent, known != pixel { hasOneTransparent = false }
      transparent = pixel
    }
    if let transparent, hasBinaryAlpha, hasOneTransparent,
      !(0..<count).contains(where: { self.pixel(bytes, $0) == transparent | 0xFFFF })
    {
      key = transparent
    }
    colors = fitsEightBits ? findColors(bytes) : nil
  }

  /// A pixel whose samples have equal bytes, as 8 bits each.
  static func narrow(_ pixel: UInt64) -> UInt32 {
    UInt32(pixel >> 56) << 24 | UInt32(pixel >> 32 & 0xFF) << 16
      | UInt32(pixel >> 16 & 0xFF) << 8 | UInt32(pixel & 0xFF)
  }

  private func findColors(_ bytes: RawSpan) -> [UInt32]? {
    var table = ColorTable()
    var previous: UInt64?
    for i in 0..<count {
      let pixel = pixel(bytes, i)
      guard pixel != previous else { continue }
      previous = pixel
      guard table.insert(Self.narrow(pixel)) else { return nil }
    }
    return table.colors
  }
}

extension PNG.Picture {
  /// The same picture in fewer bits: the form with the fewest bits per pixel first, and others that
  /// may compress better.
  func reduced(_ reduction: PNG.Reduction) throws(CodecError) -> [PNG.Picture] {
    guard reduction != .none, transparency == nil, palette.isEmpty, header.bitDepth >= 8 else {
      return [self]
    }
    let survey = PixelSurvey(pixels)
    let direct = try direct(survey, reduction)
    guard let indexed = try indexed(survey, reduction) else { return [direct] }
    let isSmaller = indexed.header.pixelBitCount < direct.header.pixelBitCount
    return isSmaller ? [indexed, direct] : [direct]
  }

  /// With samples, not indices.
  private func direct(
    _ survey: PixelSurvey, _ reduction: PNG.Reduction
  ) throws(CodecError) -> PNG.Picture {
    let isVisible = reduction == .visible
    var result = self
    let isWide = survey.isWide && !(isVisible && survey.fitsEightBits)
    let isGrey = survey.channelCount < 3 || isVisible && survey.isGrey
    var hasAlpha = header.colorType.hasAlpha
    if hasAlpha, isVisible, survey.isOpaque { hasAlpha = false }
    if hasAlpha, let key = survey.key {
      hasAlpha = false
      // Either all 16 bits of a sample or, its bytes being equal, 8.
      let mask: UInt64 = isWide ? 0xFFFF : 0xFF
      let (r, g, b) = (
        UInt16(key >> 48 & mask), UInt16(key >> 32 & mask), UInt16(key >> 16 & mask)
      )
      result.transparency = isGrey ? .grey(r) : .rgb(r, g, b)
    }
    result.header.colorType =
      isGrey ? (hasAlpha ? .greyAlpha : .grey) : (hasAlpha ? .rgba : .rgb)
    result.header.bitDepth = isWide ? 16 : 8
    let channels = result.header.colorType.channelCount
    result.pixels = try converted(survey, channels: channels, isWide: isWide)
    if result.header.colorType == .grey, !isWide {
      // One bit is read as bool.
      let least = isVisible ? 1 : 2
      result.use(depth: max(survey.greyDepth, least))
    }
    return result
  }

  /// Grey of 8 bits becomes grey of `depth`, which holds all samples.
  private mutating func use(depth: Int) {
    guard depth < 8 else { return }
    scale = UInt8(255 / ((1 << depth) - 1))
    header.bitDepth = depth
    if case .grey(let key)? = transparency { transparency = .grey(key / UInt16(scale)) }
  }

  private func converted(
    _ survey: PixelSurvey, channels: Int, isWide: Bool
  ) throws(CodecError) -> NDArray {
    guard channels != survey.channelCount || isWide != survey.isWide else { return pixels }
    let shape = [header.height, header.width] + (channels == 1 ? [] : [channels])
    var result = try NDArray(
      zeros: shape, dtype: isWide ? .uint16 : .uint8, limits: .unbounded, codec: PNG.name)
    let source = pixels.bytes
    let hasAlpha = channels & 1 == 0
    try result.withMutableBytes { (target) throws(CodecError) in
      for i in 0..<survey.count {
        let pixel = survey.pixel(source, i)
        for channel in 0..<channels {
          let isAlpha = hasAlpha && channel == channels - 1
          let sample = UInt16(
            truncatingIfNeeded: pixel >> (isAlpha ? 0 : UInt64(48 - 16 * channel)))
          let place = i * channels + channel
          if isWide {
            target.storeBytes(of: sample, toByteOffset: 2 * place, as: UInt16.self)
          } else {
            target.storeBytes(of: UInt8(sample >> 8), toByteOffset: place, as: UInt8.self)
          }
        }
      }
    }
    return result
  }

  /// With a palette, for colours; `nil` when there are too many.
  private func indexed(
    _ survey: PixelSurvey, _ reduction: PNG.Reduction
  ) throws(CodecError) -> PNG.Picture? {
    let isVisible = reduction == .visible
    // An exact palette gives 8 bits, and red, green and blue.
    guard let found = survey.colors, isVisible ? !survey.isGrey : !survey.isWide,
      survey.channelCount >= 3
    else { return nil }
    let colors = PaletteQuantizer.sorted(found)
    var table = ColorTable()
    for color in colors { _ = table.insert(color) }
    var indices = try NDArray(
      zeros: [header.height, header.width], dtype: .uint8, limits: .unbounded, codec: PNG.name)
    let source = pixels.bytes
    try indices.withMutableBytes { (target) throws(CodecError) in
      for i in 0..<survey.count {
        // All colours were inserted.
        let number = table.number(PixelSurvey.narrow(survey.pixel(source, i))) ?? 0
        target.storeBytes(of: number, toByteOffset: i, as: UInt8.self)
      }
    }
    // Without the chunk there would be no alpha to be read.
    return indexed(indices, colors, needsAlpha: header.colorType.hasAlpha && !isVisible)
  }

  /// The picture as indices of `colors`, the transparent ones of which come first.
  private func indexed(
    _ indices: NDArray, _ colors: [UInt32], needsAlpha: Bool
  ) -> PNG.Picture {
    var result = self
    result.header.colorType = .palette
    result.header.bitDepth = [1, 2, 4, 8].first { colors.count <= 1 << $0 } ?? 8
    result.palette = colors.flatMap { (color) -> [UInt8] in
      [UInt8(color >> 24), UInt8(color >> 16 & 0xFF), UInt8(color >> 8 & 0xFF)]
    }
    var alpha = colors.map { UInt8($0 & 0xFF) }.filter { $0 < 255 }
    if alpha.isEmpty, needsAlpha { alpha = [255] }
    result.transparency = alpha.isEmpty ? nil : .palette(alpha)
    result.pixels = indices
    return result
  }

  /// The picture in at most `count` colours.
  ///
  /// - Throws: `invalidArgument` unless the samples have 8 bits and are no indices.
  func quantized(_ count: Int) throws(CodecError) -> PNG.Picture {
    guard header.colorType != .palette, pixels.dtype == .uint8 else {
      throw PNG.invalidArgument(
        "quantize", "only uint8 images without a palette have colours to choose")
    }
    let quantizer = try PaletteQuantizer(pixels, colorCount: count)
    return indexed(try quantizer.indices(of: pixels), quantizer.colors, needsAlpha: false)
  }
}
