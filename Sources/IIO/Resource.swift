// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// Where an image comes from or goes to: imageio's "ImageResource".
public enum Resource: Sendable, ExpressibleByStringLiteral {
  /// A file path; `~` and `~/…` mean the home directory.
  case path(String)
  /// Encoded bytes in memory (read only).
  case bytes(Bytes)
  /// imageio's `"<bytes>"`: hand the encoded bytes back (write only).
  case memory
  /// Standard input when reading, standard output when writing.
  case standardStream

  public init(stringLiteral value: String) { self = Resource(value) }

  /// `"<bytes>"`, `"-"`, a `file://` URI (percent-decoded), or a path.
  public init(_ uri: String) {
    switch uri {
    case "<bytes>": self = .memory
    case "-": self = .standardStream
    default:
      if uri.hasPrefix("file://") {
        let rest = uri.dropFirst("file://".count)
        let path = rest.hasPrefix("localhost/") ? rest.dropFirst("localhost".count) : rest
        self = .path(Self.percentDecoded(path))
      } else {
        self = .path(uri)
      }
    }
  }

  /// How messages name this resource. The content of bytes is never shown.
  public var name: String {
    switch self {
    case .path(let path): path
    case .bytes, .memory: "<bytes>"
    case .standardStream: "-"
    }
  }

  /// The lower-case extension of the file name, without the dot; `nil` when there is none.
  public var fileExtension: String? {
    guard case .path(let path) = self else { return nil }
    let file = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return nil }
    let suffix = file[file.index(after: dot)...]
    return suffix.isEmpty ? nil : suffix.lowercased()
  }

  private static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest.removeFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
