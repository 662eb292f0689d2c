// SPDX-License-Identifier: Apache-2.0

public import Codecs

// imageio's v3 functions under their own lower-case names: precedent beats convention, as `sin`.

/// Opens an image resource.
///
/// When reading, the format is chosen by content, then by extension; when writing, by `plugin`,
/// then by the extension. An unknown extension is refused, not guessed at.
///
/// - Parameters:
///   - plugin: the name of a format, to use it whatever the content or extension says.
///   - fileExtension: stands in for the extension of the path, e.g. for bytes in memory.
///   - options: the format's typed options, or ``NamedOptions``.
/// - Throws: ``IIOError``.
public func imopen(
  _ resource: Resource, _ mode: ImageFile.Mode, plugin: String? = nil,
  extension fileExtension: String? = nil, options: (any FormatOptions)? = nil,
  policy: DecodePolicy = .default, manager: FormatManager = .current
) throws(IIOError) -> ImageFile {
  let fileExtension = fileExtension ?? resource.fileExtension
  switch mode {
  case .read:
    let bytes = try resource.load(limits: policy.limits)
    return try openForReading(
      bytes, name: resource.name, plugin: plugin, fileExtension: fileExtension, options: options,
      policy: policy, manager: manager)
  case .write:
    let format = try manager.writableFormat(named: plugin, fileExtension: fileExtension)
    let writer = try makeWriter(format, options)
    return ImageFile(
      formatName: format.formatName, writer: writer, output: try resource.makeOutput())
  }
}

/// Reads an image.
///
/// - Parameter index: which image; ``ImageIndex/automatic`` is what imageio's default plugin gives
///   (the first image, or all frames of an animation).
/// - Returns: the array in the format's default form; see the format's page.
public func imread(
  _ resource: Resource, index: ImageIndex = .automatic, plugin: String? = nil,
  extension fileExtension: String? = nil, options: (any FormatOptions)? = nil,
  policy: DecodePolicy = .default, manager: FormatManager = .current
) throws(IIOError) -> NDArray {
  var file = try imopen(
    resource, .read, plugin: plugin, extension: fileExtension, options: options, policy: policy,
    manager: manager)
  return try file.read(index)
}

/// Reads all images, stacked along a new first axis: `try imread(path, index: ...)`.
public func imread(
  _ resource: Resource, index: UnboundedRange, plugin: String? = nil,
  extension fileExtension: String? = nil, options: (any FormatOptions)? = nil,
  policy: DecodePolicy = .default, manager: FormatManager = .current
) throws(IIOError) -> NDArray {
  try imread(
    resource, index: .all, plugin: plugin, extension: fileExtension, options: options,
    policy: policy, manager: manager)
}

/// Writes an image, or a batch of images along the first axis.
///
/// An array is a batch when it has more axes than `[height, width, channels]` with up to four
/// channels, unless the format takes arrays whole. The file is replaced only when all is written.
///
/// - Returns: the encoded bytes for ``Resource/memory``, else `nil`.
@discardableResult
public func imwrite(
  _ resource: Resource, _ image: NDArray, plugin: String? = nil,
  extension fileExtension: String? = nil, metadata: Metadata = [:],
  options: (any FormatOptions)? = nil, manager: FormatManager = .current
) throws(IIOError) -> [UInt8]? {
  let format = try manager.writableFormat(
    named: plugin, fileExtension: fileExtension ?? resource.fileExtension)
  let isBatch = !format.takesWholeArrays && image.isBatchOfImages
  return try imwrite(
    resource, isBatch ? (0..<image.shape[0]).map { image[$0] } : [image], plugin: plugin,
    extension: fileExtension, metadata: metadata, options: options, manager: manager)
}

/// Writes several images into one file, in order.
///
/// - Throws: `unsupported` when there are several and the format holds one.
@discardableResult
public func imwrite(
  _ resource: Resource, _ images: some Sequence<NDArray>, plugin: String? = nil,
  extension fileExtension: String? = nil, metadata: Metadata = [:],
  options: (any FormatOptions)? = nil, manager: FormatManager = .current
) throws(IIOError) -> [UInt8]? {
  let format = try manager.writableFormat(
    named: plugin, fileExtension: fileExtension ?? resource.fileExtension)
  var file = try imopen(
    resource, .write, plugin: plugin, extension: fileExtension, options: options, manager: manager)
  var count = 0
  for image in images {
    count += 1
    guard count == 1 || format.canWriteSeveral else {
      throw .unsupported(format: format.formatName, operation: "hold several images")
    }
    try file.write(image, metadata: metadata)
  }
  return try file.close()
}

/// Iterates over the images of a resource, decoding each when it is asked for.
public func imiter(
  _ resource: Resource, plugin: String? = nil, extension fileExtension: String? = nil,
  options: (any FormatOptions)? = nil, policy: DecodePolicy = .default,
  manager: FormatManager = .current
) throws(IIOError) -> ImageSequence {
  let bytes = try resource.load(limits: policy.limits)
  let (format, reader) = try chooseReader(
    bytes, name: resource.name, plugin: plugin,
    fileExtension: fileExtension ?? resource.fileExtension, options: options, policy: policy,
    manager: manager)
  return ImageSequence(formatName: format, reader: reader)
}

/// Images of a file, in order. `for` needs a non-throwing iterator, so each element is a result;
/// the sequence ends after the first failure.
public struct ImageSequence: Sequence, IteratorProtocol, Sendable {
  let formatName: String
  var reader: any ImageReader
  var hasFailed = false

  init(formatName: String, reader: any ImageReader) {
    self.formatName = formatName
    self.reader = reader
  }

  public mutating func next() -> Result<NDArray, IIOError>? {
    guard !hasFailed else { return nil }
    do throws(CodecError) {
      return try reader.next().map { .success($0) }
    } catch {
      hasFailed = true
      return .failure(.codec(error, format: formatName))
    }
  }
}

/// Reads the standardised properties, from headers where the format allows.
///
/// They always agree with what ``imread(_:index:plugin:extension:options:policy:manager:)`` returns.
public func improps(
  _ resource: Resource, index: ImageIndex = .automatic, plugin: String? = nil,
  extension fileExtension: String? = nil, options: (any FormatOptions)? = nil,
  policy: DecodePolicy = .default, manager: FormatManager = .current
) throws(IIOError) -> ImageProperties {
  let file = try imopen(
    resource, .read, plugin: plugin, extension: fileExtension, options: options, policy: policy,
    manager: manager)
  return try file.properties(index)
}

/// Reads the format's own metadata.
///
/// - Parameter excludeApplied: leave out what reading with the same options has applied.
public func immeta(
  _ resource: Resource, index: ImageIndex = .automatic, plugin: String? = nil,
  extension fileExtension: String? = nil, excludeApplied: Bool = true,
  options: (any FormatOptions)? = nil, policy: DecodePolicy = .default,
  manager: FormatManager = .current
) throws(IIOError) -> Metadata {
  let file = try imopen(
    resource, .read, plugin: plugin, extension: fileExtension, options: options, policy: policy,
    manager: manager)
  return try file.metadata(index, excludingApplied: excludeApplied)
}

extension NDArray {
  /// imageio's rule for a bare array: not `[h, w]`, and not `[h, w, 1…4]`.
  var isBatchOfImages: Bool {
    rank > 3 || rank == 3 && !(1...4).contains(shape[2])
  }
}
