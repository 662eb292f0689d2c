// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// An open PNG file.
  public struct Reader: RegionReader {
    let source: Bytes
    let options: ReadOptions
    let policy: DecodePolicy
    let prologue: Prologue
    private var position = 0
    public internal(set) var diagnostics = Diagnostics()

    /// Reads up to the image data.
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
    }

    /// The IHDR chunk.
    public var header: Header { prologue.header }

    public var imageCount: Int? { 1 }

    /// What the ancillary chunks say.
    public func info() throws(CodecError) -> Info {
      try Info(parsing: source, prologue, policy: policy)
    }

    public func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
      try index.require(count: 1, codec: PNG.name)
      let presentation = Presentation(prologue, stored: options.stored)
      let header = prologue.header
      var one = ImageProperties(
        shape: presentation.shape(width: header.width, height: header.height),
        dtype: presentation.dtype)
      if let mode = options.mode {
        one.shape = mode.shape(width: header.width, height: header.height)
        one.dtype = .uint8
      }
      let info = try info()
      if let density = info.pixelDensity, density.isPerMetre, density.x > 0, density.y > 0 {
        one.spacing = [1 / Double(density.y), 1 / Double(density.x)]
        one.spacingUnit = "m"
      }
      if options.rotates, info.orientation.swapsAxes {
        one.shape.swapAt(0, 1)
        one.spacing?.swapAt(0, 1)
      }
      return index == .all ? one.batched(count: 1) : one
    }

    public func metadata(
      _ index: ImageIndex, excludingApplied: Bool
    ) throws(CodecError) -> Metadata {
      let properties = try properties(index)
      return try info().metadata(
        prologue, options: options, shape: properties.shape, excludingApplied: excludingApplied,
        limits: policy.limits)
    }

    public mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
      try index.require(count: 1, codec: PNG.name)
      let image = try decode(region: nil)
      return index == .all ? image.addingFirstAxis() : image
    }

    public mutating func read(_ index: ImageIndex, region: Region) throws(CodecError) -> NDArray {
      try index.require(count: 1, codec: PNG.name)
      try region.check(
        imageWidth: header.width, imageHeight: header.height, codec: PNG.name)
      let image = try decode(region: region)
      return index == .all ? image.addingFirstAxis() : image
    }

    public mutating func next() throws(CodecError) -> NDArray? {
      guard position < 1 else { return nil }
      position += 1
      return try read(0)
    }

    private mutating func decode(region: Region?) throws(CodecError) -> NDArray {
      var found = diagnostics
      defer { diagnostics = found }
      let span = source.span
      var image = try PNG.decode(
        span, prologue, options: options, region: region, policy: policy, diagnostics: &found)
      if let mode = options.mode {
        image = try image.converted(to: mode, limits: policy.limits, codec: PNG.name)
      }
      guard options.rotates || options.appliesGamma else { return image }
      let info = try info()
      if options.rotates {
        image = try image.turned(by: info.orientation, limits: policy.limits)
      }
      if options.appliesGamma, let gamma = info.gamma {
        image = try image.applyingGamma(Double(gamma) / 100_000)
      }
      return image
    }
  }
}
