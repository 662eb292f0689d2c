// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// A PNG file being written.
  ///
  /// Several images make an animation. How many frames it has stands at the start of the file, so
  /// the bytes appear when it is finished; until then the frames are kept compressed.
  public struct Writer: ImageWriter {
    let options: WriteOptions
    private var draft: Draft?
    /// Pictures that wait for all others, because the file is to hold what they have in common.
    private var waiting: [(picture: Picture, metadata: Metadata)] = []

    public init(options: WriteOptions = WriteOptions()) { self.options = options }

    public mutating func append(
      _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
    ) throws(CodecError) {
      var metadata = metadata
      metadata.merge(options.metadata)
      let picture = try Picture(image, metadata: metadata, options: options)
      if options.reductionInUse != .none || options.colorCount != nil {
        try waiting.first?.picture.checkIsLike(picture)
        _ = try Info(metadata, picture)
        waiting.append((picture, metadata))
      } else if var draft {
        self.draft = nil
        defer { self.draft = draft }
        try draft.append(picture, metadata: metadata)
      } else {
        draft = try Draft(picture, metadata: metadata, options: options)
      }
    }

    public mutating func finish(to output: inout ByteWriter) throws(CodecError) {
      if !waiting.isEmpty { return output.append(try smallest()) }
      guard let draft else { throw PNG.invalidArgument("image", "no image was written") }
      try draft.write(to: &output)
    }

    /// The file of the pictures waiting, in as few colours and bits as the options ask for.
    private func smallest() throws(CodecError) -> [UInt8] {
      // One above the other, they are one picture with what all have in common.
      var tower = waiting[0].picture
      if waiting.count > 1 {
        tower.pixels = try NDArray.stack(waiting.map { $0.picture.pixels }, limits: .unbounded)
        tower.pixels = try tower.pixels.reshaped(
          [tower.header.height * waiting.count] + tower.pixels.shape.dropFirst(2))
        tower.header.height *= waiting.count
      }
      if let count = options.colorCount { tower = try tower.quantized(count) }
      var towers = try tower.reduced(options.reductionInUse)
      // The others are worth a trial only where time does not matter.
      if options.preset != .small { towers = [towers[0]] }
      var best: [UInt8] = []
      for tower in towers {
        var output = ByteWriter()
        var draft: Draft?
        let height = tower.header.height / waiting.count
        for (i, (_, metadata)) in waiting.enumerated() {
          var picture = tower
          picture.header.height = height
          picture.pixels = tower.pixels[i * height..<(i + 1) * height]
          if draft == nil {
            draft = try Draft(picture, metadata: metadata, options: options)
          } else {
            try draft?.append(picture, metadata: metadata)
          }
        }
        try draft?.write(to: &output)
        if best.isEmpty || output.count < best.count { best = output.bytes }
      }
      return best
    }
  }

  /// Encodes one image.
  ///
  /// - Parameters:
  ///   - image: bool or uint8 or uint16 `[height, width]`, uint8 or uint16
  ///     `[height, width, 1 to 4]`.
  ///   - metadata: fields under the names that reading gives; those PNG does not know are left out.
  /// - Throws: `invalidArgument` when PNG cannot hold the image or a field; `outOfMemory`.
  public static func encode(
    _ image: NDArray, metadata: Metadata = [:], options: WriteOptions = WriteOptions()
  ) throws(CodecError) -> [UInt8] {
    try encode([image], metadata: metadata, options: options)
  }

  /// Encodes the frames of an animation, all of one shape and type; a still image when there is
  /// only one.
  ///
  /// - Parameter metadata: besides, `loop`, `default_image`, and `duration` in milliseconds.
  /// - Throws: as for one image.
  public static func encode(
    _ images: [NDArray], metadata: Metadata = [:], options: WriteOptions = WriteOptions()
  ) throws(CodecError) -> [UInt8] {
    var writer = Writer(options: options)
    var output = ByteWriter()
    for image in images { try writer.append(image, metadata: metadata, to: &output) }
    try writer.finish(to: &output)
    return output.bytes
  }
}

extension PNG {
  /// A file whose images are compressed, but which is not written yet.
  struct Draft: Sendable {
    /// The first picture: what the file says of all.
    private let picture: Picture
    private let info: Info
    private var still: [UInt8]
    private let playCount: Int
    private let hasSeparateImage: Bool
    private var animation: AnimationEncoder

    init(
      _ picture: Picture, metadata: Metadata, options: WriteOptions
    ) throws(CodecError) {
      self.picture = picture
      info = try Info(metadata, picture)
      let asked = try Self.playCount(metadata)
      playCount = options.playCount ?? asked
      hasSeparateImage =
        options.hasSeparateImage ?? (metadata["default_image"]?.boolValue == true)
      still = try picture.compressed(options)
      animation = AnimationEncoder(options: options)
      guard !hasSeparateImage else { return }
      try animation.append(picture, metadata: metadata, data: still)
    }

    private static func playCount(_ metadata: Metadata) throws(CodecError) -> Int {
      guard let value = metadata["loop"] else { return 0 }
      guard let count = value.intValue, (0...Int(PNG.largestInteger)).contains(count) else {
        throw PNG.invalidArgument("loop", "must be 0 (for ever) to 2147483647")
      }
      return count
    }

    mutating func append(_ picture: Picture, metadata: Metadata) throws(CodecError) {
      try self.picture.checkIsLike(picture)
      try animation.append(picture, metadata: metadata)
    }

    /// Appends the whole file.
    func write(to writer: inout ByteWriter) throws(CodecError) {
      let frames = hasSeparateImage || animation.frames.count > 1 ? animation.frames : []
      writer.append([137, 80, 78, 71, 13, 10, 26, 10])
      writer.chunk(.IHDR) { picture.header.write(to: &$0) }
      try info.writeBeforePalette(to: &writer)
      if !picture.palette.isEmpty { writer.chunk(.PLTE, picture.palette) }
      if let transparency = picture.transparency { writer.chunk(.tRNS, transparency.bytes) }
      try info.writeBeforeData(picture.header, to: &writer)
      if !frames.isEmpty {
        writer.chunk(.acTL) {
          $0.u32be(UInt32(frames.count))
          $0.u32be(UInt32(playCount))
        }
      }
      var sequence: UInt32 = 0
      if !hasSeparateImage, let first = frames.first {
        write(first.control, &sequence, to: &writer)
      }
      for part in still.pieces(of: longestDataChunk) { writer.chunk(.IDAT, part) }
      for frame in frames.dropFirst(hasSeparateImage ? 0 : 1) {
        write(frame.control, &sequence, to: &writer)
        for part in frame.data.pieces(of: longestDataChunk) {
          let number = sequence
          writer.chunk(.fdAT) {
            $0.u32be(number)
            $0.append(part)
          }
          sequence += 1
        }
      }
      info.writeBehindData(to: &writer)
      writer.chunk(.IEND, [])
    }

    private func write(
      _ frame: Frame, _ sequence: inout UInt32, to writer: inout ByteWriter
    ) {
      let number = sequence
      writer.chunk(.fcTL) {
        $0.u32be(number)
        frame.write(to: &$0)
      }
      sequence += 1
    }
  }
}

extension PNG.Picture {
  /// Throws `invalidArgument` unless `other` can be a frame of the same animation.
  fileprivate func checkIsLike(_ other: PNG.Picture) throws(CodecError) {
    guard pixels.shape == other.pixels.shape, pixels.dtype == other.pixels.dtype,
      header == other.header, palette == other.palette, transparency == other.transparency
    else {
      throw PNG.invalidArgument(
        "image", "all frames of an animation have one size, type, palette and transparency")
    }
  }
}

extension PNG.Transparency {
  /// The data of the tRNS chunk.
  fileprivate var bytes: [UInt8] {
    func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    switch self {
    case .palette(let alpha): return alpha
    case .grey(let sample): return bigEndian(sample)
    case .rgb(let r, let g, let b): return bigEndian(r) + bigEndian(g) + bigEndian(b)
    }
  }
}

extension [UInt8] {
  /// The bytes in pieces of `length` at most.
  fileprivate func pieces(of length: Int) -> [[UInt8]] {
    count <= length
      ? [self]
      : stride(from: 0, to: count, by: length).map {
        Array(self[$0..<Swift.min($0 + length, count)])
      }
  }
}
