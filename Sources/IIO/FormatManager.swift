// SPDX-License-Identifier: Apache-2.0

public import Codecs
internal import Synchronization

/// The formats that ``imopen(_:_:plugin:extension:options:policy:manager:)`` chooses from.
///
/// A value: change a copy and pass it, or set ``current``.
public struct FormatManager: Sendable {
  /// In order of preference.
  public private(set) var formats: [any ImageFormat.Type]

  public init(_ formats: [any ImageFormat.Type]) { self.formats = formats }

  /// The manager used when none is passed. Safe to read and replace from any thread.
  public static var current: FormatManager {
    get { currentManager.withLock { $0 } }
    set { currentManager.withLock { $0 = newValue } }
  }

  /// Adds a format after the others; one of the same name is replaced.
  public mutating func register(_ format: any ImageFormat.Type) {
    if let position = formats.firstIndex(where: { $0.formatName == format.formatName }) {
      formats[position] = format
    } else {
      formats.append(format)
    }
  }

  /// Puts the named formats first, in the order given; the others keep theirs.
  ///
  /// - Throws: `unknownFormat`.
  public mutating func sort(_ names: String...) throws(IIOError) {
    var first: [any ImageFormat.Type] = []
    for name in names {
      guard let format = format(named: name) else { throw .unknownFormat(name) }
      first.append(format)
    }
    let rest = formats.filter { format in
      !first.contains { $0.formatName == format.formatName }
    }
    formats = first + rest
  }

  /// Keeps only the named formats: an allow-list for files from strangers.
  ///
  /// - Throws: `unknownFormat`.
  public func allowing(_ names: [String]) throws(IIOError) -> FormatManager {
    var kept: [any ImageFormat.Type] = []
    for name in names {
      guard let format = format(named: name) else { throw .unknownFormat(name) }
      kept.append(format)
    }
    return FormatManager(kept)
  }

  /// The format of that name, in any case.
  public func format(named name: String) -> (any ImageFormat.Type)? {
    let wanted = name.uppercased()
    return formats.first { $0.formatName.uppercased() == wanted }
  }

  /// The formats that use an extension, with or without its dot, in any case.
  public func formats(forExtension fileExtension: String) -> [any ImageFormat.Type] {
    let wanted = Self.normalized(fileExtension)
    return formats.filter { $0.fileExtensions.contains(wanted) }
  }

  /// Readable formats for a file, best first: certain by content, then by extension, then maybe.
  public func candidates(
    head: RawSpan, fileExtension: String?
  ) -> [any ReadableFormat.Type] {
    let wanted = fileExtension.map(Self.normalized)
    var ranked: [(rank: Int, format: any ReadableFormat.Type)] = []
    for format in formats {
      guard let readable = format as? any ReadableFormat.Type else { continue }
      let matches = wanted.map { format.fileExtensions.contains($0) } ?? false
      switch (format.recognize(head), matches) {
      case (.certain, true): ranked.append((4, readable))
      case (.certain, false): ranked.append((3, readable))
      case (.maybe, true): ranked.append((2, readable))
      case (.maybe, false): ranked.append((1, readable))
      case (.no, true): ranked.append((0, readable))
      case (.no, false): break
      }
    }
    // A certain match ends the search: its error is the answer, not another format's guess.
    if let best = ranked.map({ $0.rank }).max(), best >= 3 {
      ranked.removeAll { $0.rank < 3 }
    }
    // Swift's sort is stable, so equal ranks stay in order of preference.
    return ranked.sorted { $0.rank > $1.rank }.map { $0.format }
  }

  /// The outlined format that best fits a file.
  public func outlinedFormat(
    head: RawSpan, fileExtension: String?
  ) -> (any OutlinedFormat.Type)? {
    let wanted = fileExtension.map(Self.normalized)
    var best: (confidence: Confidence, format: any OutlinedFormat.Type)?
    for format in formats {
      guard let outlined = format as? any OutlinedFormat.Type else { continue }
      var confidence = outlined.recognize(head)
      if confidence == .no, let wanted, format.fileExtensions.contains(wanted) {
        confidence = .maybe
      }
      if confidence > (best?.confidence ?? .no) { best = (confidence, outlined) }
    }
    return best?.format
  }

  /// The format to write with: by name, else by extension.
  ///
  /// - Throws: `unknownFormat` when nothing fits, `unsupported` when the format cannot be written.
  public func writableFormat(
    named name: String?, fileExtension: String?
  ) throws(IIOError) -> any WritableFormat.Type {
    let matches: [any ImageFormat.Type]
    if let name {
      matches = format(named: name).map { [$0] } ?? formats(forExtension: name)
    } else {
      matches = fileExtension.map { formats(forExtension: $0) } ?? []
    }
    guard let first = matches.first else { throw .unknownFormat(name ?? fileExtension ?? "") }
    for match in matches {
      if let writable = match as? any WritableFormat.Type { return writable }
    }
    throw .unsupported(format: first.formatName, operation: "be written")
  }

  private static func normalized(_ fileExtension: String) -> String {
    (fileExtension.hasPrefix(".") ? String(fileExtension.dropFirst()) : fileExtension).lowercased()
  }
}

private let currentManager = Mutex(FormatManager.standard)
