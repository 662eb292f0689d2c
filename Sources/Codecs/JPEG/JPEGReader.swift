// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// An open JPEG file.
  public struct Reader: RegionReader {
    let source: Bytes
    let options: ReadOptions
    let policy: DecodePolicy
    private let header: ImageProperties
    private let exif: Exif?
    private var isDone = false
    public private(set) var diagnostics = Diagnostics()

    /// Reads the header, so that a file of another format is refused here.
    ///
    /// - Throws: `corrupt`, `truncated`, `unsupported`, `limitExceeded`; `invalidArgument` when the
    ///   file cannot be converted to what the options ask for.
    public init(
      _ source: Bytes, options: ReadOptions = ReadOptions(), policy: DecodePolicy = .default
    ) throws(CodecError) {
      self.source = source
      self.options = options
      self.policy = policy
      let span = source.span
      header = try JPEG.inspect(span, options: options.decoding, policy: policy)
      exif = JPEG.exif(span, policy: policy)
    }

    public var imageCount: Int? { 1 }

    private var orientation: Orientation {
      guard options.rotates, let exif else { return .upright }
      return Orientation(rawValue: exif.orientation) ?? .upright
    }

    public func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
      try index.require(count: 1, codec: JPEG.name)
      var one = header
      if let mode = options.mode {
        one.shape = mode.shape(width: one.shape[1], height: one.shape[0])
        one.dtype = .uint8
      }
      if orientation.swapsAxes { one.shape.swapAt(0, 1) }
      return index == .all ? one.batched(count: 1) : one
    }

    public func metadata(
      _ index: ImageIndex, excludingApplied: Bool
    ) throws(CodecError) -> Metadata {
      try index.require(count: 1, codec: JPEG.name)
      return try JPEG.metadata(
        source.span, policy: policy, isRotationApplied: excludingApplied && options.rotates)
    }

    public mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
      try index.require(count: 1, codec: JPEG.name)
      var found = Diagnostics()
      defer { diagnostics = found }
      let image = try options.converted(
        try JPEG.decode(
          source.span, options: options.decoding, policy: policy, diagnostics: &found),
        policy: policy
      ).turned(by: orientation, limits: policy.limits)
      return index == .all ? image.addingFirstAxis() : image
    }

    public mutating func read(_ index: ImageIndex, region: Region) throws(CodecError) -> NDArray {
      try index.require(count: 1, codec: JPEG.name)
      guard orientation == .upright else {
        throw JPEG.invalidArgument("region", "the image is turned")
      }
      var found = Diagnostics()
      defer { diagnostics = found }
      let image = try options.converted(
        try JPEG.decode(
          source.span, region: region, options: options.decoding, policy: policy,
          diagnostics: &found), policy: policy)
      return index == .all ? image.addingFirstAxis() : image
    }

    public mutating func next() throws(CodecError) -> NDArray? {
      guard !isDone else { return nil }
      isDone = true
      return try read(0)
    }
  }
}

extension JPEG.ReadOptions {
  /// Decoded pixels in the colours that are asked for.
  func converted(_ image: NDArray, policy: DecodePolicy) throws(CodecError) -> NDArray {
    guard let mode else { return image }
    let isInk = image.rank == 3 && image.shape[2] == 4 && decoding.output == .automatic
    return try (isInk ? image.inkAsRGB() : image).converted(
      to: mode, limits: policy.limits, codec: JPEG.name)
  }
}

extension NDArray {
  /// uint8 `[height, width, 4]` of inks as RGB, by the plain formula that Pillow uses.
  fileprivate func inkAsRGB() throws(CodecError) -> NDArray {
    guard dtype == .uint8 else { return self }
    var result = try NDArray(
      zeros: [shape[0], shape[1], 3], dtype: .uint8, limits: .unbounded, codec: JPEG.name)
    let (source, count) = (bytes, shape[0] * shape[1])
    try result.withMutableBytes { (target) throws(CodecError) in
      for pixel in 0..<count {
        let white = 255 - Int(source[byteAt: 4 * pixel + 3])
        for channel in 0..<3 {
          let product = Int(source[byteAt: 4 * pixel + channel]) * white + 128
          let value = white - (product + product >> 8) >> 8
          target.storeBytes(
            of: UInt8(truncatingIfNeeded: max(value, 0)), toByteOffset: 3 * pixel + channel,
            as: UInt8.self)
        }
      }
    }
    return result
  }
}
