// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// An open PNG file.
  ///
  /// Images of an animated file are what is seen after each frame, drawn on a canvas of the file's
  /// own channels; a still image that is not a part of the animation comes first, as in imageio.
  /// When the control chunks of an animation are damaged, only the still image is shown.
  public struct Reader: RegionReader {
    let source: Bytes
    let options: ReadOptions
    let policy: DecodePolicy
    let prologue: Prologue
    /// The animation; `nil` for a still image.
    public let animation: Animation?
    private var position = 0
    /// The canvas, and the frame that is to be drawn on it next.
    private var canvas: AnimationCanvas?
    private var nextFrame = 0
    public internal(set) var diagnostics = Diagnostics()

    /// Reads up to the image data, and the control chunks of an animation.
    ///
    /// - Throws: `corrupt`, `truncated`, `checksumMismatch`, `unsupported`, `limitExceeded`.
    public init(
      _ source: Bytes, options: ReadOptions = ReadOptions(), policy: DecodePolicy = .default
    ) throws(CodecError) {
      self.source = source
      self.options = options
      self.policy = policy
      let span = source.span
      prologue = try Prologue(parsing: span, policy: policy, diagnostics: &diagnostics)
      do throws(CodecError) {
        animation = try Animation(parsing: span, prologue, policy: policy)
      } catch {
        guard error.isDamage, policy.leniency != .strict else { throw error }
        animation = nil
        diagnostics.note(
          Warning(
            codec: PNG.name, part: error.part,
            "the animation is damaged; only the still image is shown", at: error.offset))
      }
    }

    /// The IHDR chunk.
    public var header: Header { prologue.header }

    public var imageCount: Int? {
      guard let animation else { return 1 }
      return animation.frames.count + (animation.hasSeparateImage ? 1 : 0)
    }
    public var automaticIndex: ImageIndex { animation == nil ? .at(0) : .all }

    /// What the ancillary chunks say.
    public func info() throws(CodecError) -> Info {
      try Info(parsing: source, prologue, policy: policy)
    }

    public func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
      let number = try checked(index)
      let presentation = Presentation(prologue, stored: options.stored)
      let frame = options.rawFrames ? frame(number) : nil
      let (width, height) = (frame?.width ?? header.width, frame?.height ?? header.height)
      var one = ImageProperties(
        shape: presentation.shape(width: width, height: height), dtype: presentation.dtype)
      if let mode = options.mode {
        one.shape = mode.shape(width: width, height: height)
        one.dtype = .uint8
      }
      let info = try Info(parsing: source, prologue, types: [.pHYs], policy: policy)
      if let density = info.pixelDensity, density.isPerMetre, density.x > 0, density.y > 0 {
        one.spacing = [1 / Double(density.y), 1 / Double(density.x)]
        one.spacingUnit = "m"
      }
      if options.rotates, try orientation().swapsAxes {
        one.shape.swapAt(0, 1)
        one.spacing?.swapAt(0, 1)
      }
      return index == .all ? one.batched(count: imageCount ?? 1) : one
    }

    public func metadata(
      _ index: ImageIndex, excludingApplied: Bool
    ) throws(CodecError) -> Metadata {
      let properties = try properties(index)
      var fields = try info().metadata(
        prologue, options: options, shape: properties.shape, excludingApplied: excludingApplied,
        limits: policy.limits)
      if let animation {
        fields["loop"] = .int(Int64(animation.playCount))
        fields["default_image"] = .bool(animation.hasSeparateImage)
        if let frame = frame(try checked(index)) { fields.merge(frame.metadata) }
      }
      return fields
    }

    public mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
      let number = try checked(index)
      guard index == .all, let count = imageCount, count > 1 else {
        let image = try transformed(try decode(number))
        return index == .all ? image.addingFirstAxis() : image
      }
      // Known before anything is decoded: a batch that passes the limits.
      let properties = try properties(.all)
      _ = try policy.limits.checkedByteCount(
        shape: properties.shape, dtype: properties.dtype, codec: PNG.name)
      var images: [NDArray] = []
      for i in 0..<count { images.append(try transformed(try decode(i))) }
      return try NDArray.stack(images, limits: policy.limits)
    }

    public mutating func read(_ index: ImageIndex, region: Region) throws(CodecError) -> NDArray {
      guard animation == nil else {
        throw PNG.invalidArgument("region", "an animation is decoded whole")
      }
      _ = try checked(index)
      try region.check(imageWidth: header.width, imageHeight: header.height, codec: PNG.name)
      let image = try transformed(try decodeStill(region: region))
      return index == .all ? image.addingFirstAxis() : image
    }

    public mutating func next() throws(CodecError) -> NDArray? {
      guard position < imageCount ?? 1 else { return nil }
      position += 1
      return try read(.at(position - 1))
    }
  }
}

extension PNG.Reader {
  /// The number of the image that `index` names; 0 for all.
  private func checked(_ index: ImageIndex) throws(CodecError) -> Int {
    try index.require(count: imageCount ?? 1, codec: PNG.name)
    if case .at(let number) = index { return number }
    return 0
  }

  /// The frame that image `number` shows last; `nil` for a still image.
  private func frame(_ number: Int) -> PNG.Frame? {
    guard let animation else { return nil }
    let i = number - (animation.hasSeparateImage ? 1 : 0)
    return animation.frames.indices.contains(i) ? animation.frames[i] : nil
  }

  private func orientation() throws(CodecError) -> Orientation {
    try PNG.Info(
      parsing: source, prologue, types: [.eXIf, .tEXt, .zTXt, .iTXt], policy: policy
    ).orientation
  }

  private mutating func decodeStill(region: Region? = nil) throws(CodecError) -> NDArray {
    var found = diagnostics
    defer { diagnostics = found }
    let span = source.span
    return try PNG.decode(
      span, prologue, options: options, region: region, policy: policy, diagnostics: &found)
  }

  /// Image `number` as the file's colours and channels have it.
  private mutating func decode(_ number: Int) throws(CodecError) -> NDArray {
    guard let animation, frame(number) != nil else { return try decodeStill() }
    let target = number - (animation.hasSeparateImage ? 1 : 0)
    if options.rawFrames { return try decode(animation.frames[target]) }
    if canvas == nil || target < nextFrame - 1 {
      let presentation = PNG.Presentation(prologue, stored: options.stored)
      canvas = try AnimationCanvas(
        shape: presentation.shape(width: header.width, height: header.height),
        dtype: presentation.dtype, limits: policy.limits)
      nextFrame = 0
    }
    while nextFrame <= target {
      let frame = animation.frames[nextFrame]
      let pixels = try decode(frame)
      // There is nothing before the first frame to go back to.
      let disposal =
        nextFrame == 0 && frame.disposal == .previous
        ? AnimationCanvas.Disposal.background : frame.disposal
      // Over a transparent canvas, a frame is what it is.
      let blend = options.stored || nextFrame == 0 ? .source : frame.blend
      try canvas?.draw(
        pixels, x: frame.x, y: frame.y, blend: blend, disposal: disposal,
        isExact: options.blendsExactly)
      nextFrame += 1
    }
    guard let canvas else { return try decodeStill() }
    return canvas.image
  }

  private mutating func decode(_ frame: PNG.Frame) throws(CodecError) -> NDArray {
    var found = diagnostics
    defer { diagnostics = found }
    let span = source.span
    return try PNG.decode(
      span, prologue, frame: frame, options: options, policy: policy, diagnostics: &found)
  }

  /// What the options ask for after decoding.
  private func transformed(_ image: NDArray) throws(CodecError) -> NDArray {
    var image = image
    if let mode = options.mode {
      image = try image.converted(to: mode, limits: policy.limits, codec: PNG.name)
    }
    if options.rotates { image = try image.turned(by: orientation(), limits: policy.limits) }
    if options.appliesGamma {
      let info = try PNG.Info(parsing: source, prologue, types: [.gAMA], policy: policy)
      if let gamma = info.gamma { image = try image.applyingGamma(Double(gamma) / 100_000) }
    }
    return image
  }
}

extension PNG.Frame {
  /// Pillow's names, and the exact delay.
  fileprivate var metadata: Metadata {
    [
      "bbox": .array([x, y, x + width, y + height].map { .int(Int64($0)) }),
      "duration": .double(Double(delayNumerator) / Double(delayDenominator) * 1000),
      "delay": .rational(
        numerator: Int64(delayNumerator), denominator: Int64(delayDenominator)),
      "disposal": .int(Int64(disposal.rawValue)), "blend": .int(Int64(blend.rawValue)),
    ]
  }
}
