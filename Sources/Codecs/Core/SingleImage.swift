// SPDX-License-Identifier: Apache-2.0

/// Reader of every format that is one ``ImageCodec`` image per file.
public struct SingleImageReader<Codec: SingleImageCodec>: ImageReader {
  let source: Bytes
  let options: Codec.DecodeOptions
  let policy: DecodePolicy
  var isDone = false
  public private(set) var diagnostics = Diagnostics()

  /// Reads the header, so that a file of another format is refused here.
  public init(
    _ source: Bytes, options: Codec.DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) {
    self.source = source
    self.options = options
    self.policy = policy
    _ = try Codec.inspect(source.span, options: options, policy: policy)
  }

  public var imageCount: Int? { 1 }

  public func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
    try index.requireSingle(codec: Codec.name)
    let one = try Codec.inspect(source.span, options: options, policy: policy)
    return index == .all ? one.batched(count: 1) : one
  }

  public func metadata(_ index: ImageIndex, excludingApplied: Bool) throws(CodecError) -> Metadata {
    try index.requireSingle(codec: Codec.name)
    return try Codec.metadata(
      source.span, options: options, policy: policy, excludingApplied: excludingApplied)
  }

  public mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
    try index.requireSingle(codec: Codec.name)
    var found = diagnostics
    defer { diagnostics = found }
    let image = try Codec.decode(
      source.span, options: options, policy: policy, diagnostics: &found)
    return index == .all ? image.addingFirstAxis() : image
  }

  public mutating func next() throws(CodecError) -> NDArray? {
    guard !isDone else { return nil }
    isDone = true
    return try read(0)
  }
}

/// An ``ImageCodec`` whose files hold one image and some metadata.
public protocol SingleImageCodec: ImageCodec {
  static func metadata(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata
  /// Encodes one image with metadata; throws when the format cannot hold a field it knows.
  static func encode(
    _ image: NDArray, metadata: Metadata, options: EncodeOptions
  ) throws(CodecError) -> [UInt8]
}

/// A ``SingleImageCodec`` whose images can go to memory of the caller's.
public protocol AppendingImageCodec: SingleImageCodec {
  /// Appends the elements of the image, in row-major order and machine byte order.
  ///
  /// - Throws: `outputFull` besides.
  static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions,
    policy: DecodePolicy, diagnostics: inout Diagnostics
  ) throws(CodecError)
}

/// Writer of every format that is one image per file.
public struct SingleImageWriter<Codec: SingleImageCodec>: ImageWriter {
  let options: Codec.EncodeOptions
  var isDone = false
  public init(options: Codec.EncodeOptions) { self.options = options }

  public mutating func append(
    _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
  ) throws(CodecError) {
    guard !isDone else {
      throw CodecError(.invalidArgument, codec: Codec.name, "the format holds one image only")
    }
    output.append(try Codec.encode(image, metadata: metadata, options: options))
    isDone = true
  }

  public mutating func finish(to output: inout ByteWriter) throws(CodecError) {
    guard isDone else {
      throw CodecError(.invalidArgument, codec: Codec.name, "no image was written")
    }
  }
}

extension ReadableFormat
where Self: SingleImageCodec, Reader == SingleImageReader<Self>, ReadOptions == DecodeOptions {
  public static func makeReader(
    _ source: Bytes, options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> Reader {
    try SingleImageReader(source, options: options, policy: policy)
  }
}

extension WritableFormat
where Self: SingleImageCodec, Writer == SingleImageWriter<Self>, WriteOptions == EncodeOptions {
  public static var canWriteSeveral: Bool { false }

  public static func makeWriter(options: WriteOptions) throws(CodecError) -> Writer {
    SingleImageWriter(options: options)
  }
}

extension ImageIndex {
  /// Throws `invalidArgument` when the index is not within `0..<count`.
  public func require(count: Int, codec: CodecError.Name) throws(CodecError) {
    if case .at(let index) = self, index < 0 || index >= count {
      throw CodecError(.invalidArgument, codec: codec, part: "index", "there is no such image")
    }
  }

  func requireSingle(codec: CodecError.Name) throws(CodecError) {
    try require(count: 1, codec: codec)
  }
}
