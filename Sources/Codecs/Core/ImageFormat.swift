// SPDX-License-Identifier: Apache-2.0

/// A file format that ``IIO`` can choose: a name, its extensions, and how to recognise it.
///
/// What a format can do is said by the protocols it also conforms to: ``ReadableFormat``,
/// ``WritableFormat``, ``OutlinedFormat``.
public protocol ImageFormat: Sendable {
  /// The name by which users ask for it, e.g. `"PNG"`.
  static var formatName: String { get }
  /// One line for the table of formats.
  static var summary: String { get }
  /// Lower case, without dot, most usual first.
  static var fileExtensions: [String] { get }
  /// How surely `head`, the first bytes of a file (4 KiB when it has them), begins this format.
  static func recognize(_ head: RawSpan) -> Confidence
}

/// How sure a format is that a file is its own.
public enum Confidence: UInt8, Sendable, Comparable {
  case no, maybe, certain
  public static func < (a: Confidence, b: Confidence) -> Bool { a.rawValue < b.rawValue }
}

/// A format that can be read.
public protocol ReadableFormat: ImageFormat {
  associatedtype Reader: ImageReader
  associatedtype ReadOptions: FormatOptions = NoFormatOptions
  /// Opens a file. Reads headers at most; pixels are decoded when they are asked for.
  static func makeReader(
    _ source: Bytes, options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> Reader
}

/// A format that can be written.
public protocol WritableFormat: ImageFormat {
  associatedtype Writer: ImageWriter
  associatedtype WriteOptions: FormatOptions = NoFormatOptions
  /// Whether one file can hold several images.
  static var canWriteSeveral: Bool { get }
  /// Whether an array of any rank is one image of this format, as in TIFF and NPZ; otherwise an
  /// array with more axes than `[height, width, channels]` is a batch along its first axis.
  static var takesWholeArrays: Bool { get }
  static func makeWriter(options: WriteOptions) throws(CodecError) -> Writer
}

extension WritableFormat {
  public static var takesWholeArrays: Bool { false }
}

/// A format whose files can be taken apart byte by byte, for `iio dump` and for audits.
public protocol OutlinedFormat: ImageFormat {
  /// Every header, chunk and payload of `source`, with its byte range.
  ///
  /// A damaged file gives the parts up to the damage and an error node, not a throw.
  static func outline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline
}

/// An outlined format that can also look inside its compressed payloads, for `iio dump --deep`.
public protocol DeepOutlinedFormat: OutlinedFormat {
  /// As ``OutlinedFormat/outline(_:policy:)``, with the payloads taken apart too: DEFLATE blocks,
  /// JPEG scans.
  static func deepOutline(_ source: Bytes, policy: DecodePolicy) throws(CodecError) -> Outline
}

/// An open file. A value: copying it forks the position, so copies may decode in parallel.
public protocol ImageReader: Sendable {
  /// Images in the file; `nil` while unknown.
  var imageCount: Int? { get }
  /// What imageio's default plugin returns for `index=None`: one image, or all of them.
  var automaticIndex: ImageIndex { get }
  /// What the decodes so far had to say.
  var diagnostics: Diagnostics { get }
  /// Always agrees with what ``read(_:)`` returns for the same index.
  func properties(_ index: ImageIndex) throws(CodecError) -> ImageProperties
  /// - Parameter excludingApplied: leave out what reading with the same options has applied.
  func metadata(_ index: ImageIndex, excludingApplied: Bool) throws(CodecError) -> Metadata
  mutating func read(_ index: ImageIndex) throws(CodecError) -> NDArray
  /// The next image, or `nil` after the last.
  mutating func next() throws(CodecError) -> NDArray?
}

extension ImageReader {
  public var automaticIndex: ImageIndex { .at(0) }
}

/// A reader that can decode a part of an image without the rest.
public protocol RegionReader: ImageReader {
  /// The pixels of `region` of image `index`.
  mutating func read(_ index: ImageIndex, region: Region) throws(CodecError) -> NDArray
}

/// A rectangle of pixels.
public struct Region: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Throws `invalidArgument` unless the rectangle is not empty and lies inside the image.
  public func check(
    imageWidth: Int, imageHeight: Int, codec: CodecError.Name
  ) throws(CodecError) {
    guard x >= 0, y >= 0, width > 0, height > 0, x <= imageWidth, y <= imageHeight,
      width <= imageWidth - x, height <= imageHeight - y
    else {
      throw CodecError(.invalidArgument, codec: codec, part: "region", "lies outside the image")
    }
  }
}

/// A file being written. Appends bytes to a ``ByteWriter``; never touches the file system.
public protocol ImageWriter: Sendable {
  /// Appends one image. Throws before any byte of it is written when the format cannot hold it.
  mutating func append(
    _ image: NDArray, metadata: Metadata, to output: inout ByteWriter
  ) throws(CodecError)
  /// Completes the file.
  mutating func finish(to output: inout ByteWriter) throws(CodecError)
}

/// Which image of a file: imageio's `index=`.
public enum ImageIndex: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// The format decides (imageio's `None`); see ``ImageReader/automaticIndex``.
  case automatic
  case at(Int)
  /// All images, stacked along a new first axis (imageio's `...`).
  case all
  public init(integerLiteral value: Int) { self = .at(value) }
}

/// Options that have a typed form and can be built from name/value pairs.
public protocol FormatOptions: Sendable {
  init()
  /// What ``set(_:to:)`` accepts, in documentation order.
  static var options: [OptionInfo] { get }
  /// - Throws: `invalidArgument` for an unknown name or a value of the wrong type.
  mutating func set(_ name: String, to value: MetadataValue) throws(CodecError)
}

/// One named option, for help texts and documentation.
public struct OptionInfo: Sendable, Hashable {
  public var name: String
  /// The values it takes and what it does, in one line.
  public var summary: String
  public init(_ name: String, _ summary: String) {
    self.name = name
    self.summary = summary
  }
}

/// Options of a format that has none.
public struct NoFormatOptions: FormatOptions {
  public init() {}
  public static var options: [OptionInfo] { [] }
  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    throw CodecError(.invalidArgument, codec: "options", "this format takes no options")
  }
}

extension FormatOptions {
  /// Builds options from name/value pairs.
  public init(_ pairs: Metadata) throws(CodecError) {
    self.init()
    for (name, value) in pairs.fields { try set(name, to: value) }
  }

  /// The error for a name that ``options`` does not list.
  public static func unknownOption(_ codec: CodecError.Name) -> CodecError {
    CodecError(.invalidArgument, codec: codec, part: "options", "unknown option")
  }
}
