// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The frames of an animated PNG.
  ///
  /// Source: PNG 3rd edition §11.3.2.
  public struct Animation: Sendable, Hashable {
    /// How often the animation is shown; 0 for ever.
    public var playCount: Int
    public var frames: [Frame]
    /// Whether the still image is not a part of the animation.
    public var hasSeparateImage: Bool
  }

  /// The fcTL chunk of a frame, and where its data is.
  public struct Frame: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int
    /// Seconds for which the frame is shown: a fraction; 0 is as short as possible.
    public var delayNumerator: Int
    public var delayDenominator: Int
    public var disposal: AnimationCanvas.Disposal
    public var blend: AnimationCanvas.Blend
    /// Offset of the first chunk of its data, IDAT or fdAT.
    var dataStart = 0
    var dataType = ChunkType.fdAT
  }
}

extension PNG.Frame {
  init(
    parsing reader: inout ByteReader, header: PNG.Header
  ) throws(CodecError) {
    let start = reader.fileOffset
    width = Int(try reader.u32be("fcTL"))
    height = Int(try reader.u32be("fcTL"))
    x = Int(try reader.u32be("fcTL"))
    y = Int(try reader.u32be("fcTL"))
    delayNumerator = Int(try reader.u16be("fcTL"))
    let denominator = Int(try reader.u16be("fcTL"))
    delayDenominator = denominator == 0 ? 100 : denominator
    guard width > 0, height > 0, x + width <= header.width, y + height <= header.height else {
      throw PNG.corrupt("fcTL", "the frame does not lie inside the image", at: start)
    }
    guard let disposal = AnimationCanvas.Disposal(rawValue: try reader.u8("fcTL")),
      let blend = AnimationCanvas.Blend(rawValue: try reader.u8("fcTL"))
    else { throw PNG.corrupt("fcTL", "there is no such way to dispose or blend", at: start) }
    self.disposal = disposal
    self.blend = blend
  }
}

extension PNG.Animation {
  /// Reads the control chunks of a file; `nil` when it is not animated.
  ///
  /// - Throws: `corrupt`, `truncated`, `checksumMismatch` for a damaged animation, of which only the
  ///   still image can be shown; `limitExceeded(.images)`.
  init?(
    parsing source: RawSpan, _ prologue: PNG.Prologue, policy: DecodePolicy
  ) throws(CodecError) {
    var parser = AnimationParser(source, prologue, policy)
    guard let animation = try parser.parse() else { return nil }
    self = animation
  }
}

/// Walks over all chunks and collects the frames.
private struct AnimationParser: ~Escapable {
  var reader: PNG.ChunkReader
  let prologue: PNG.Prologue
  let policy: DecodePolicy
  var sequence: UInt32 = 0
  var frames: [PNG.Frame] = []
  /// A frame whose data has not come yet.
  var pending: PNG.Frame?
  var hasSeparateImage = false

  @_lifetime(copy source)
  init(_ source: RawSpan, _ prologue: PNG.Prologue, _ policy: DecodePolicy) {
    reader = PNG.ChunkReader(source, at: PNG.signature.count)
    self.prologue = prologue
    self.policy = policy
  }

  @_lifetime(self: copy self)
  mutating func parse() throws(CodecError) -> PNG.Animation? {
    guard let control = prologue.chunks.first(where: { $0.type == .acTL }) else { return nil }
    var fields = ByteReader(
      try reader.data(control), codec: PNG.name, base: control.data.lowerBound)
    let count = try fields.u32be("acTL")
    let plays = try fields.u32be("acTL")
    guard count > 0, count <= PNG.largestInteger, plays <= PNG.largestInteger else {
      throw PNG.corrupt("acTL", "the number of frames or plays is wrong", at: control.start)
    }
    try policy.limits.check(Int(count), .images, codec: PNG.name, part: "acTL", at: control.start)
    var hasData = false
    while frames.count < Int(count) {
      let start = reader.offset
      guard let chunk = try reader.next(), chunk.type != .IEND else {
        throw PNG.corrupt("fcTL", "there are fewer frames than acTL says", at: start)
      }
      switch chunk.type {
      case .acTL where chunk != control:
        throw PNG.corrupt("acTL", "there is a second acTL", at: chunk.start)
      case .fcTL: try parseControl(chunk)
      case .IDAT:
        if !hasData { endStillImage(chunk) }
        hasData = true
      case .fdAT: try parseData(chunk)
      default: break
      }
    }
    return PNG.Animation(
      playCount: Int(plays), frames: frames, hasSeparateImage: hasSeparateImage)
  }

  @_lifetime(self: copy self)
  private mutating func next(_ fields: inout ByteReader) throws(CodecError) {
    guard try fields.u32be("sequence number") == sequence else {
      throw PNG.corrupt("fcTL", "the sequence numbers have a gap", at: fields.fileOffset - 4)
    }
    sequence += 1
  }

  @_lifetime(self: copy self)
  private mutating func parseControl(_ chunk: PNG.Chunk) throws(CodecError) {
    let data = try reader.data(chunk)
    if policy.verifiesChecksums {
      let (stored, computed) = reader.checksums(chunk)
      guard stored == computed else {
        throw CodecError(
          .checksumMismatch(stored: stored, computed: computed), codec: PNG.name, part: "fcTL",
          at: chunk.data.upperBound)
      }
    }
    guard pending == nil else {
      throw PNG.corrupt("fcTL", "the frame before has no data", at: chunk.start)
    }
    var fields = ByteReader(data, codec: PNG.name, base: chunk.data.lowerBound)
    try next(&fields)
    pending = try PNG.Frame(parsing: &fields, header: prologue.header)
  }

  /// The still image is the first frame when a control chunk stands before it.
  @_lifetime(self: copy self)
  private mutating func endStillImage(_ chunk: PNG.Chunk) {
    guard var frame = pending, frame.x == 0, frame.y == 0, frame.width == prologue.header.width,
      frame.height == prologue.header.height
    else {
      hasSeparateImage = true
      return
    }
    frame.dataStart = chunk.start
    frame.dataType = .IDAT
    frames.append(frame)
    pending = nil
  }

  @_lifetime(self: copy self)
  private mutating func parseData(_ chunk: PNG.Chunk) throws(CodecError) {
    var fields = ByteReader(
      try reader.data(chunk), codec: PNG.name, base: chunk.data.lowerBound)
    try next(&fields)
    if var frame = pending {
      frame.dataStart = chunk.start
      frames.append(frame)
      pending = nil
    } else if frames.last?.dataType != .fdAT {
      throw PNG.corrupt("fdAT", "it belongs to no frame", at: chunk.start)
    }
  }
}
