// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// An open image resource: what ``imopen(_:_:plugin:extension:options:policy:manager:)`` returns.
///
/// It cannot be copied, and closes itself when it goes out of scope: a file that was being written
/// and not ``close()``d is discarded, and the old file stays as it was.
public struct ImageFile: ~Copyable {
  public enum Mode: Sendable { case read, write }

  /// The format that was chosen.
  public let formatName: String
  private var reader: (any ImageReader)?
  private var writer: (any ImageWriter)?
  /// Encoded bytes not yet handed on.
  private var bytes = ByteWriter()
  /// Where encoded bytes go; `nil` hands them back to the caller.
  private var output: OutputFile?

  init(formatName: String, reader: any ImageReader) {
    self.formatName = formatName
    self.reader = reader
  }

  init(formatName: String, writer: any ImageWriter, output: consuming OutputFile?) {
    self.formatName = formatName
    self.writer = writer
    self.output = output
  }

  /// Images in the file; `nil` while unknown, or when writing.
  public var imageCount: Int? {
    reader?.imageCount
  }

  /// What ``ImageIndex/automatic`` means for this file: the first image, or all of them.
  public var automaticIndex: ImageIndex { reader?.automaticIndex ?? .at(0) }

  /// What the decodes so far had to say.
  public var diagnostics: Diagnostics { reader?.diagnostics ?? Diagnostics() }

  /// Reads one image, or all of them stacked along a new first axis.
  public mutating func read(_ index: ImageIndex = .automatic) throws(IIOError) -> NDArray {
    var reader = try openReader()
    let index = try resolved(index, of: reader)
    defer { self.reader = reader }
    do throws(CodecError) { return try reader.read(index) } catch {
      throw .codec(error, format: formatName)
    }
  }

  /// Reads a rectangle of one image, where the format can do that without the rest.
  public mutating func read(
    _ index: ImageIndex = .automatic, region: Region
  ) throws(IIOError) -> NDArray {
    guard var reader = try openReader() as? any RegionReader else {
      throw .unsupported(format: formatName, operation: "read a region")
    }
    let index = try resolved(index, of: reader)
    defer { self.reader = reader }
    do throws(CodecError) { return try reader.read(index, region: region) } catch {
      throw .codec(error, format: formatName)
    }
  }

  /// The next image, or `nil` after the last.
  public mutating func next() throws(IIOError) -> NDArray? {
    var reader = try openReader()
    defer { self.reader = reader }
    do throws(CodecError) { return try reader.next() } catch {
      throw .codec(error, format: formatName)
    }
  }

  /// Shape and type of what ``read(_:)`` returns for the same index.
  public func properties(_ index: ImageIndex = .automatic) throws(IIOError) -> ImageProperties {
    let reader = try openReader()
    let index = try resolved(index, of: reader)
    do throws(CodecError) { return try reader.properties(index) } catch {
      throw .codec(error, format: formatName)
    }
  }

  /// The format's own metadata.
  public func metadata(
    _ index: ImageIndex = .automatic, excludingApplied: Bool = true
  ) throws(IIOError) -> Metadata {
    let reader = try openReader()
    let index = try resolved(index, of: reader)
    do throws(CodecError) {
      return try reader.metadata(index, excludingApplied: excludingApplied)
    } catch {
      throw .codec(error, format: formatName)
    }
  }

  /// Appends one image. Nothing of it is kept when the format cannot hold it.
  public mutating func write(_ image: NDArray, metadata: Metadata = [:]) throws(IIOError) {
    guard var writer else {
      throw .unsupported(format: formatName, operation: "be written in read mode")
    }
    var failure: CodecError?
    do throws(CodecError) { try writer.append(image, metadata: metadata, to: &bytes) } catch {
      failure = error
    }
    self.writer = writer
    if let failure { throw .codec(failure, format: formatName) }
    if output != nil, bytes.finalCount > bytes.drainedCount {
      try output?.write(bytes.drainFinal())
    }
  }

  /// Completes what was written; the file appears under its name only now.
  ///
  /// - Returns: the encoded bytes when the resource was ``Resource/memory``, else `nil`.
  @discardableResult
  public consuming func close() throws(IIOError) -> [UInt8]? {
    guard var writer else { return nil }
    do throws(CodecError) { try writer.finish(to: &bytes) } catch {
      throw .codec(error, format: formatName)
    }
    bytes.markFinal()
    let rest = bytes.drainFinal()
    guard var output = output.take() else { return rest }
    try output.write(rest)
    try output.commit()
    return nil
  }

  private func openReader() throws(IIOError) -> any ImageReader {
    guard let reader else {
      throw .unsupported(format: formatName, operation: "be read in write mode")
    }
    return reader
  }

  /// The index that `automatic` means; checked where the number of images is known.
  private func resolved(
    _ index: ImageIndex, of reader: any ImageReader
  ) throws(IIOError) -> ImageIndex {
    let index = index == .automatic ? reader.automaticIndex : index
    if case .at(let number) = index, number < 0 || number >= reader.imageCount ?? .max {
      throw .indexOutOfRange(index: number, count: reader.imageCount)
    }
    return index
  }
}
