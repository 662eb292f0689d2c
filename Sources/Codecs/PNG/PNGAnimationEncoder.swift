// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// A frame with its zlib stream.
  struct EncodedFrame: Sendable {
    var control: Frame
    var data: [UInt8]
  }

  /// Turns pictures into frames that change as little as possible of the one before.
  ///
  /// What a decoder then shows is the pictures, to the bit: pixels are laid over others only where
  /// they are opaque, so that all decoders agree whatever their formula for alpha.
  struct AnimationEncoder: Sendable {
    let options: WriteOptions
    private(set) var frames: [EncodedFrame] = []
    /// What is seen after the last frame; `nil` when its samples, such as indices, cannot tell.
    private var shown: NDArray?
    /// What the last frame was drawn on; `nil` likewise.
    private var before: NDArray?

    init(options: WriteOptions) { self.options = options }

    /// Appends `picture` as the next frame.
    ///
    /// - Parameters:
    ///   - metadata: may hold `delay` or `duration`.
    ///   - data: the zlib stream of the whole picture, when there is one already.
    mutating func append(
      _ picture: Picture, metadata: Metadata, data: [UInt8]? = nil
    ) throws(CodecError) {
      let delay = try delay(frames.count, metadata)
      guard let last = frames.last else { return try appendWhole(picture, delay, data) }
      if options.mergesEqualFrames, let shown, picture.pixels == shown,
        let sum = FrameDelay(last.control)?.adding(delay)
      {
        frames[frames.count - 1].control.setDelay(sum)
        return
      }
      let step = try bestStep(to: picture)
      frames[frames.count - 1].control.disposal = step.disposal
      before = step.canvas
      shown = try step.shown(picture)
      var control = Frame(step.region, disposal: option(options.disposal) ?? .none, step.blend)
      control.setDelay(delay)
      frames.append(EncodedFrame(control: control, data: step.data))
    }

    /// The first frame covers the canvas, which is transparent before it.
    private mutating func appendWhole(
      _ picture: Picture, _ delay: FrameDelay, _ data: [UInt8]?
    ) throws(CodecError) {
      let region = Region(
        x: 0, y: 0, width: picture.header.width, height: picture.header.height)
      var control = Frame(
        region, disposal: option(options.disposal) ?? .none, option(options.blend) ?? .source)
      control.setDelay(delay)
      var data = data ?? []
      if data.isEmpty { data = try picture.compressed(options) }
      frames.append(EncodedFrame(control: control, data: data))
      shown = picture.canShowThrough(control.blend) ? nil : picture.pixels
    }

    /// What `values` says of the next frame.
    private func option<Value>(_ values: PerFrame<Value>?) -> Value? { values?[frames.count] }

    private func delay(_ index: Int, _ metadata: Metadata) throws(CodecError) -> FrameDelay {
      if let delays = options.delays {
        guard let delay = delays[index] else {
          throw PNG.invalidArgument("duration", "there are fewer durations than frames")
        }
        return delay
      }
      if let exact = metadata["delay"].flatMap({ FrameDelay(seconds: $0) }) { return exact }
      guard let value = metadata["duration"] else { return .zero }
      guard let delay = PerFrame(value, { FrameDelay(milliseconds: $0) })?[index] else {
        throw PNG.invalidArgument("duration", "no milliseconds up to 65535000, one for each frame")
      }
      return delay
    }
  }
}

// The search for the cheapest step.
extension PNG.AnimationEncoder {
  /// A way to turn the picture before into the next.
  private struct Step {
    /// What becomes of the frame before.
    var disposal: AnimationCanvas.Disposal
    /// What is left for the new frame to be drawn on; `nil` when samples cannot tell.
    var canvas: NDArray?
    var difference: FrameDifference
    var region: Region
    var blend = AnimationCanvas.Blend.source
    var data: [UInt8] = []

    /// A guess at the pixels that have to be coded.
    var cost: Int {
      difference.region == nil
        ? 0 : difference.isOpaque ? difference.changedCount : region.width * region.height
    }
    /// Whether it is of use to lay the new pixels over the old.
    var canBlend: Bool {
      difference.isOpaque && difference.changedCount < region.width * region.height
    }

    /// What is seen when `picture` has been drawn; `nil` when its samples cannot tell.
    func shown(_ picture: PNG.Picture) throws(CodecError) -> NDArray? {
      // Only when the caller asked for it: half-transparent pixels let the old ones show through.
      if picture.canShowThrough(blend) { return nil }
      guard blend == .over, !difference.isOpaque, let canvas else { return picture.pixels }
      let pixels = picture.pixels
      var result = AnimationCanvas(showing: canvas)
      try result.draw(
        pixels.pixels(of: region), x: region.x, y: region.y, blend: .over, disposal: .none)
      return result.image
    }
  }

  private func bestStep(to picture: PNG.Picture) throws(CodecError) -> Step {
    var steps: [Step] = []
    let hasAlpha = picture.header.colorType.hasAlpha
    for disposal in disposals(hasAlpha: hasAlpha) {
      let canvas = try canvas(after: disposal, hasAlpha: hasAlpha)
      let difference = FrameDifference(from: canvas, to: picture.pixels, hasAlpha: hasAlpha)
      // A frame is never empty.
      let region = difference.region ?? Region(x: 0, y: 0, width: 1, height: 1)
      steps.append(
        Step(disposal: disposal, canvas: canvas, difference: difference, region: region))
    }
    if options.preset != .small, let least = steps.map({ $0.cost }).min(),
      let best = steps.first(where: { $0.cost == least })
    {
      steps = [best]
    }
    var best: Step?
    for var step in steps {
      try encode(picture, &step)
      if step.data.count < best?.data.count ?? .max { best = step }
    }
    guard let best else { throw PNG.invalidArgument("disposal", "there is no way to dispose") }
    return best
  }

  /// What may become of the last frame.
  private func disposals(hasAlpha: Bool) -> [AnimationCanvas.Disposal] {
    guard let last = frames.last else { return [] }
    if let asked = options.disposal?[frames.count - 1] { return [asked] }
    var choices = [AnimationCanvas.Disposal.none]
    // Without alpha, decoders differ in what the background is.
    if hasAlpha { choices.append(.background) }
    // There is nothing before the first frame. Pillow cannot take back what was laid over, and
    // imagecodecs goes back to what was seen, which has to be what the frame was drawn on.
    if frames.count > 1, last.control.blend == .source,
      frames[frames.count - 2].control.disposal == .none
    {
      choices.append(.previous)
    }
    return choices
  }

  /// The canvas when the last frame is disposed of; `nil` when samples cannot tell.
  private func canvas(
    after disposal: AnimationCanvas.Disposal, hasAlpha: Bool
  ) throws(CodecError) -> NDArray? {
    guard let last = frames.last?.control else {
      throw PNG.invalidArgument("image", "there is no frame before")
    }
    switch disposal {
    case .none: return shown
    case .previous where frames.count > 1: return before
    case .previous, .background:
      guard let shown, hasAlpha else { return nil }
      let clear = try NDArray(
        zeros: [last.height, last.width] + shown.shape.dropFirst(2), dtype: shown.dtype,
        limits: .unbounded, codec: PNG.name)
      var canvas = AnimationCanvas(showing: shown)
      try canvas.draw(clear, x: last.x, y: last.y, blend: .source, disposal: .none)
      return canvas.image
    }
  }

  /// Finds the blend that takes the fewest bytes.
  private func encode(_ picture: PNG.Picture, _ step: inout Step) throws(CodecError) {
    var part = picture
    part.header.width = step.region.width
    part.header.height = step.region.height
    part.pixels = try picture.pixels.pixels(of: step.region)
    if let asked = options.blend?[frames.count] {
      step.blend = asked
      step.data = try part.compressed(options)
      return
    }
    let isMostlyUnchanged = step.cost < step.region.width * step.region.height / 2
    if !step.canBlend || options.preset != .fast || !isMostlyUnchanged {
      step.data = try part.compressed(options)
    }
    guard step.canBlend, let canvas = step.canvas, options.preset != .fast || isMostlyUnchanged
    else { return }
    part.pixels = try picture.pixels.changedPixels(from: canvas, in: step.region)
    let data = try part.compressed(options)
    if step.data.isEmpty || data.count < step.data.count {
      step.blend = .over
      step.data = data
    }
  }
}

extension PNG.Picture {
  /// Whether what is seen through it, laid on with `blend`, cannot be told by its samples: they
  /// have no alpha, and some colour of theirs is transparent.
  fileprivate func canShowThrough(_ blend: AnimationCanvas.Blend) -> Bool {
    blend == .over && !header.colorType.hasAlpha && transparency != nil
  }
}

extension PNG.Frame {
  init(
    _ region: Region, disposal: AnimationCanvas.Disposal, _ blend: AnimationCanvas.Blend
  ) {
    self.init(
      x: region.x, y: region.y, width: region.width, height: region.height, delayNumerator: 0,
      delayDenominator: 1, disposal: disposal, blend: blend)
  }

  mutating func setDelay(_ delay: FrameDelay) {
    delayNumerator = Int(delay.numerator)
    delayDenominator = Int(delay.denominator)
  }

  /// The data of the fcTL chunk behind its sequence number.
  func write(to writer: inout ByteWriter) {
    for value in [width, height, x, y] { writer.u32be(UInt32(value)) }
    writer.u16be(UInt16(delayNumerator))
    writer.u16be(UInt16(delayDenominator))
    writer.u8(disposal.rawValue)
    writer.u8(blend.rawValue)
  }
}

extension FrameDelay {
  fileprivate init?(_ frame: PNG.Frame) {
    self.init(frame.delayNumerator, frame.delayDenominator)
  }
}
