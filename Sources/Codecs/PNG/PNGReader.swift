// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// An open PNG file.
  public struct Reader: RegionReader {
    let source: Bytes
    let options: ReadOptions
    let policy: DecodePolicy
    let prologue: Prologue
    private var position = 0
    public private(set) var diagnostics = Diagnostics()

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
      return index == .all ? one.batched(count: 1) : one
    }

    public func metadata(
      _ index: ImageIndex, excludingApplied: Bool
    ) throws(CodecError) -> Metadata {
      try index.require(count: 1, codec: PNG.name)
      return try info().metadata(
        prologue, options: options, excludingApplied: excludingApplied)
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
      let image = try PNG.decode(
        span, prologue, options: options, region: region, policy: policy, diagnostics: &found)
      guard let mode = options.mode else { return image }
      return try image.converted(to: mode, limits: policy.limits, codec: PNG.name)
    }
  }
}
