// SPDX-License-Identifier: Apache-2.0

extension JPEG: ReadableFormat, OutlinedFormat {
  public typealias ReadOptions = DecodeOptions

  public static var formatName: String { "JPEG" }
  public static var summary: String { "Joint Photographic Experts Group, JFIF and Exif" }
  public static var fileExtensions: [String] { ["jpg", "jpeg", "jpe", "jfif", "jif"] }

  public static func recognize(_ head: RawSpan) -> Confidence {
    let reader = ByteReader(head, codec: name)
    if reader.isNext([0xFF, 0xD8, 0xFF]) { return .certain }
    return reader.isNext([0xFF, 0xD8]) ? .maybe : .no
  }

  public static func makeReader(
    _ source: Bytes, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> JPEGReader {
    try JPEGReader(source, options: options, policy: policy)
  }
}

extension JPEG.DecodeOptions: FormatOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo("output", "automatic, components, grey, rgb, bgr, rgba or bgra"),
      OptionInfo("invert_cmyk", "true: ink values of Adobe files, whose complement is stored"),
      OptionInfo("fancy_upsampling", "false: repeat chroma samples instead of interpolating"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    func flag() throws(CodecError) -> Bool {
      guard let flag = value.boolValue else {
        throw CodecError(.invalidArgument, codec: JPEG.name, part: "options", "not a flag")
      }
      return flag
    }
    if name == "output" {
      guard let output = JPEG.Output(value.stringValue ?? "") else {
        throw CodecError(.invalidArgument, codec: JPEG.name, part: "output", "unknown output")
      }
      self.output = output
    } else if name == "invert_cmyk" {
      invertsAdobeCMYK = try flag()
    } else if name == "fancy_upsampling" {
      interpolatesChroma = try flag()
    } else {
      throw Self.unknownOption(JPEG.name)
    }
  }
}

extension JPEG.Output {
  /// The output called `name` in options.
  init?(_ name: String) {
    let all: [(String, JPEG.Output)] = [
      ("automatic", .automatic), ("components", .components), ("grey", .grey), ("rgb", .rgb),
      ("bgr", .bgr), ("rgba", .rgba), ("bgra", .bgra),
    ]
    guard let match = all.first(where: { $0.0 == name }) else { return nil }
    self = match.1
  }
}

/// Reads the image of a JPEG file.
public struct JPEGReader: ImageReader {
  private let source: Bytes
  private let options: JPEG.DecodeOptions
  private let policy: DecodePolicy
  private let one: ImageProperties
  private var isDone = false
  public private(set) var diagnostics = Diagnostics()

  /// Reads the header, so that a file of another format is refused here.
  init(
    _ source: Bytes, options: JPEG.DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) {
    self.source = source
    self.options = options
    self.policy = policy
    one = try JPEG.inspect(source.span, options: options, policy: policy)
  }

  public var imageCount: Int? { 1 }

  public func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties {
    try index.require(count: 1, codec: JPEG.name)
    return index == .all ? one.batched(count: 1) : one
  }

  public func metadata(
    _ index: ImageIndex, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    try index.require(count: 1, codec: JPEG.name)
    return try JPEG.metadata(source.span, policy: policy)
  }

  public mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray {
    try index.require(count: 1, codec: JPEG.name)
    var found = Diagnostics()
    defer { diagnostics = found }
    let image = try JPEG.decode(
      source.span, options: options, policy: policy, diagnostics: &found)
    return index == .all ? image.addingFirstAxis() : image
  }

  public mutating func next() throws(CodecError) -> NDArray? {
    guard !isDone else { return nil }
    isDone = true
    return try read(0)
  }
}
