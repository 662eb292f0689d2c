// SPDX-License-Identifier: Apache-2.0

public import Codecs

extension Resource {
  /// All bytes of the resource. Large files are mapped into memory, not read.
  ///
  /// - Throws: `system`; `unsupported` for ``memory``, which can only be written.
  public func load(limits: Limits = .default) throws(IIOError) -> Bytes {
    switch self {
    case .path(let path): return try PosixFile.load(path: path, limits: limits)
    case .bytes(let bytes): return bytes
    case .standardStream: return try PosixFile.loadStandardInput(limits: limits)
    case .memory: throw .unsupported(format: name, operation: "be read")
    }
  }

  /// Makes `bytes` the whole content of the resource, in one step.
  ///
  /// - Throws: `system`; `unsupported` for ``bytes`` and ``memory``.
  public func replaceContent(with bytes: [UInt8]) throws(IIOError) {
    guard var output = try makeOutput() else {
      throw .unsupported(format: name, operation: "be replaced")
    }
    try output.write(bytes)
    try output.commit()
  }

  /// Where the bytes of a file being written go; `nil` hands them back to the caller.
  func makeOutput() throws(IIOError) -> OutputFile? {
    switch self {
    case .path(let path): return try OutputFile.replacing(path)
    case .standardStream: return OutputFile.standardOutput()
    case .memory: return nil
    case .bytes: throw .unsupported(format: name, operation: "be written")
    }
  }
}

/// Bytes of a file's start that formats get to recognise it by.
private let headByteCount = 4096

func openForReading(
  _ bytes: Bytes, name: String, plugin: String?, fileExtension: String?,
  options: (any FormatOptions)?, policy: DecodePolicy, manager: FormatManager
) throws(IIOError) -> ImageFile {
  let (format, reader) = try chooseReader(
    bytes, name: name, plugin: plugin, fileExtension: fileExtension, options: options,
    policy: policy, manager: manager)
  return ImageFile(formatName: format, reader: reader)
}

/// Tries the candidates in order. When there is just one, its error is thrown as it is.
func chooseReader(
  _ bytes: Bytes, name: String, plugin: String?, fileExtension: String?,
  options: (any FormatOptions)?, policy: DecodePolicy, manager: FormatManager
) throws(IIOError) -> (format: String, reader: any ImageReader) {
  if let plugin {
    guard let format = manager.format(named: plugin) else { throw .unknownFormat(plugin) }
    guard let readable = format as? any ReadableFormat.Type else {
      throw .unsupported(format: format.formatName, operation: "be read")
    }
    return (format.formatName, try makeReader(readable, bytes, options, policy))
  }
  let head = bytes.span.extracting(first: headByteCount)
  let candidates = manager.candidates(head: head, fileExtension: fileExtension)
  var tried: [IIOError.Attempt] = []
  for candidate in candidates {
    do throws(IIOError) {
      return (candidate.formatName, try makeReader(candidate, bytes, options, policy))
    } catch {
      guard candidates.count > 1, case .codec(let reason, _) = error else { throw error }
      tried.append(IIOError.Attempt(format: candidate.formatName, error: reason))
    }
  }
  throw .noFormat(resource: name, tried: tried)
}

private func makeReader<F: ReadableFormat>(
  _ format: F.Type, _ bytes: Bytes, _ options: (any FormatOptions)?, _ policy: DecodePolicy
) throws(IIOError) -> any ImageReader {
  let typed = try typedOptions(options, F.ReadOptions.self, format: F.formatName)
  do throws(CodecError) {
    return try F.makeReader(bytes, options: typed, policy: policy)
  } catch {
    throw .codec(error, format: F.formatName)
  }
}

func makeWriter<F: WritableFormat>(
  _ format: F.Type, _ options: (any FormatOptions)?
) throws(IIOError) -> any ImageWriter {
  let typed = try typedOptions(options, F.WriteOptions.self, format: F.formatName)
  do throws(CodecError) { return try F.makeWriter(options: typed) } catch {
    throw .codec(error, format: F.formatName)
  }
}

/// The annotated structure of a resource's bytes.
///
/// - Parameter isDeep: also look inside compressed payloads, where the format can.
/// - Throws: `noFormat` when no format that can be taken apart fits.
public func imoutline(
  _ resource: Resource, extension fileExtension: String? = nil, isDeep: Bool = false,
  policy: DecodePolicy = .default,
  manager: FormatManager = .current
) throws(IIOError) -> Outline {
  let bytes = try resource.load(limits: policy.limits)
  let head = bytes.span.extracting(first: headByteCount)
  let fileExtension = fileExtension ?? resource.fileExtension
  guard let format = manager.outlinedFormat(head: head, fileExtension: fileExtension) else {
    throw .noFormat(resource: resource.name, tried: [])
  }
  do throws(CodecError) {
    if isDeep, let deep = format as? any DeepOutlinedFormat.Type {
      return try deep.deepOutline(bytes, policy: policy)
    }
    return try format.outline(bytes, policy: policy)
  } catch {
    throw .codec(error, format: format.formatName)
  }
}
