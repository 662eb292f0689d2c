// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// imageio's v2 names and semantics, for ported code. New code uses the free functions.
///
/// Differences from imageio, all on purpose: `.meta` is there whatever the format (imageio lost it
/// for most), errors are ``IIOError``, and lists are checked against the memory bound before the
/// next image is decoded.
public enum V2 {
  /// An array with the metadata of its image: imageio's `Array`.
  public struct Image: Sendable, Equatable {
    public var array: NDArray
    public var meta: Metadata
    public init(_ array: NDArray, meta: Metadata = [:]) {
      self.array = array
      self.meta = meta
    }
  }

  /// Bytes that ``mimread(_:format:memoryLimit:)`` may read: imageio's `memtest`.
  public struct MemoryLimit: Sendable, Hashable, ExpressibleByIntegerLiteral {
    public var byteCount: Int
    public init(integerLiteral value: Int) { byteCount = value }

    public static var unlimited: MemoryLimit { MemoryLimit(integerLiteral: .max) }

    /// `"256MB"`, `"1.5GiB"`, `"8B"`: a number, an optional unit, an optional `B`.
    ///
    /// Units are `k M G T P E` (powers of 1000) and `Ki Mi Gi Ti Pi Ei` (powers of 1024), in this
    /// case only. `nil` for anything else.
    public init?(_ text: String) {
      let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard digits.first?.isNumber == true,
        let number = Double(digits.hasSuffix(".") ? digits + "0" : digits)
      else { return nil }
      var unit = text.dropFirst(digits.count)
      while unit.first == " " { unit = unit.dropFirst() }
      if unit.hasSuffix("B") { unit = unit.dropLast() }
      let isBinary = unit.hasSuffix("i")
      if isBinary { unit = unit.dropLast() }
      let powers = ["": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6]
      guard let power = powers[String(unit)], !(isBinary && power == 0),
        !(unit == "k" && isBinary), !(unit == "K" && !isBinary)
      else { return nil }
      var value = number
      for _ in 0..<power { value *= isBinary ? 1024 : 1000 }
      byteCount = Int(exactly: value.rounded(.down)) ?? .max
    }
  }

  /// Reads the first image.
  public static func imread(
    _ resource: Resource, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> Image {
    var file = try getReader(resource, format: format, options: options, manager: manager)
    return Image(try file.read(0), meta: try file.metadata(0, excludingApplied: false))
  }

  /// Reads all images.
  ///
  /// - Throws: `codec` with `limitExceeded` once more than `memoryLimit` bytes were read.
  public static func mimread(
    _ resource: Resource, format: String? = nil, memoryLimit: MemoryLimit = 256_000_000,
    options: Metadata = [:], manager: FormatManager = .current
  ) throws(IIOError) -> [Image] {
    var file = try getReader(resource, format: format, options: options, manager: manager)
    var images: [Image] = []
    var total = 0
    while total <= memoryLimit.byteCount, let array = try file.next() {
      total += array.byteCount
      let meta = try file.metadata(.at(images.count), excludingApplied: false)
      images.append(Image(array, meta: meta))
    }
    guard total <= memoryLimit.byteCount else {
      throw .codec(
        CodecError(.limitExceeded(.imageBytes), codec: "mimread", "raise memoryLimit"),
        format: file.formatName)
    }
    // imageio: one image that is a batch is a list of its items.
    if images.count == 1, images[0].array.isVolumeOrBatch {
      let batch = images[0]
      return (0..<batch.array.shape[0]).map { Image(batch.array[$0], meta: batch.meta) }
    }
    return images
  }

  /// Reads the first volume.
  public static func volread(
    _ resource: Resource, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> Image {
    try imread(resource, format: format, options: options, manager: manager)
  }

  /// Writes one image: `[height, width]` or `[height, width, 1…4]`.
  @discardableResult
  public static func imwrite(
    _ resource: Resource, _ image: NDArray, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> [UInt8]? {
    guard image.rank == 2 || image.rank == 3 && !image.isVolumeOrBatch else {
      throw invalid("an image must be 2D: grey, RGB or RGBA")
    }
    return try write(resource, [image], format, options, manager)
  }

  /// Writes several images.
  @discardableResult
  public static func mimwrite(
    _ resource: Resource, _ images: some Sequence<NDArray>, format: String? = nil,
    options: Metadata = [:], manager: FormatManager = .current
  ) throws(IIOError) -> [UInt8]? {
    try write(resource, images, format, options, manager)
  }

  /// Writes one volume: three axes, or four with up to four channels.
  @discardableResult
  public static func volwrite(
    _ resource: Resource, _ volume: NDArray, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> [UInt8]? {
    guard volume.isVolume else {
      throw invalid("a volume must be 3D, or 4D if each voxel is a tuple")
    }
    return try write(resource, [volume], format, options, manager)
  }

  /// Opens a resource for reading.
  public static func getReader(
    _ resource: Resource, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> ImageFile {
    try open(resource, .read, format, options, manager)
  }

  /// Opens a resource for writing.
  public static func getWriter(
    _ resource: Resource, format: String? = nil, options: Metadata = [:],
    manager: FormatManager = .current
  ) throws(IIOError) -> ImageFile {
    try open(resource, .write, format, options, manager)
  }

  private static func write(
    _ resource: Resource, _ images: some Sequence<NDArray>, _ format: String?,
    _ options: Metadata, _ manager: FormatManager
  ) throws(IIOError) -> [UInt8]? {
    var file = try getWriter(resource, format: format, options: options, manager: manager)
    for image in images { try file.write(image) }
    return try file.close()
  }

  /// v2's `format`: the name of a format or one of its extensions.
  private static func open(
    _ resource: Resource, _ mode: ImageFile.Mode, _ format: String?, _ options: Metadata,
    _ manager: FormatManager
  ) throws(IIOError) -> ImageFile {
    var name = format
    if let format, manager.format(named: format) == nil {
      guard let match = manager.formats(forExtension: format).first else {
        throw .unknownFormat(format)
      }
      name = match.formatName
    }
    return try imopen(
      resource, mode, plugin: name, options: options.isEmpty ? nil : NamedOptions(options),
      manager: manager)
  }

  private static func invalid(_ message: CodecError.Name) -> IIOError {
    .codec(CodecError(.invalidArgument, codec: "v2", message), format: "v2")
  }
}

extension NDArray {
  /// v2's test for "several images": four axes, or three of which the last is no channel axis.
  fileprivate var isVolumeOrBatch: Bool { rank > 3 || rank == 3 && shape[2] >= 5 }
  fileprivate var isVolume: Bool {
    rank == 3 && shape[2] >= 5 || rank == 4 && shape[3] < 5
  }
}
