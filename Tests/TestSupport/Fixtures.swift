// SPDX-License-Identifier: Apache-2.0

public import Codecs

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The small files that this project made itself: `Fixtures/<format>/` and `Fixtures/index.txt`.
public enum Fixtures {
  /// `IIO_FIXTURES`, or the folder of this package.
  public static let folder: String = {
    if let path = unsafe getenv("IIO_FIXTURES") { return unsafe String(cString: path) }
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)  // Tests/TestSupport/Fixtures.swift
    return parts.joined(separator: "/") + "/Fixtures"
  }()

  /// One line of the index.
  public struct Entry: Sendable, Hashable, CustomStringConvertible {
    /// Path below ``folder``.
    public var name: String
    /// What reading with default options gives; `nil` for files that are not images.
    public var shape: [Int]?
    public var dtype: DType?
    /// Of the elements in row-major order, little-endian.
    public var sha256: String
    public var how: String
    public var why: String

    public init(
      name: String, shape: [Int]?, dtype: DType?, sha256: String, how: String, why: String
    ) {
      self.name = name
      self.shape = shape
      self.dtype = dtype
      self.sha256 = sha256
      self.how = how
      self.why = why
    }

    public var description: String { name }

    /// The folder, which is the format's name in lower case.
    public var format: String { String(name.prefix { $0 != "/" }) }

    public var line: String {
      let shapeText = shape.map { $0.map(String.init).joined(separator: "x") } ?? "-"
      return [name, shapeText, dtype?.name ?? "-", sha256, how, why].joined(separator: "\t")
    }

    public init?(line: Substring) {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
      guard fields.count == 6, !line.hasPrefix("#") else { return nil }
      self.init(
        name: fields[0],
        shape: fields[1] == "-" ? nil : fields[1].split(separator: "x").compactMap { Int($0) },
        dtype: DType(name: fields[2]), sha256: fields[3], how: fields[4], why: fields[5])
    }
  }

  /// All lines of the index.
  public static let entries = readIndex()

  private static func readIndex() -> [Entry] {
    let text = String(decoding: read("index.txt") ?? [], as: UTF8.self)
    return text.split(separator: "\n").compactMap { Entry(line: $0) }
  }

  public static func entries(of format: String) -> [Entry] {
    entries.filter { $0.format == format }
  }

  /// The bytes of a file below ``folder``; `nil` when it cannot be read.
  public static func read(_ name: String) -> [UInt8]? { TemporaryFolder.read("\(folder)/\(name)") }

  /// The names of the files of a format, sorted.
  public static func files(of format: String) -> [String] {
    TemporaryFolder.names(in: "\(folder)/\(format)").map { "\(format)/\($0)" }
  }

  /// Whether `IIO_REWRITE_FIXTURES` asks for the files to be made anew.
  public static let isRewriting = unsafe getenv("IIO_REWRITE_FIXTURES") != nil

  /// Replaces the files and the index lines of one format.
  public static func rewrite(_ format: String, _ files: [(Entry, [UInt8])]) throws {
    _ = unsafe mkdir(folder, 0o755)
    _ = unsafe mkdir("\(folder)/\(format)", 0o755)
    for name in self.files(of: format) { _ = unsafe unlink("\(folder)/\(name)") }
    for (entry, bytes) in files { try write(bytes, to: entry.name) }
    // As it is now: other formats may have been rewritten before.
    let kept = readIndex().filter { $0.format != format } + files.map { $0.0 }
    let header = "# name\tshape\tdtype\tsha256 of the pixels\thow it was made\twhy it is here\n"
    let lines = kept.sorted { $0.name < $1.name }.map { $0.line + "\n" }
    try write(Array((header + lines.joined()).utf8), to: "index.txt")
  }

  private static func write(
    _ bytes: [UInt8], to name: String
  ) throws(TemporaryFolder.SystemError) {
    guard let file = unsafe fopen("\(folder)/\(name)", "wb") else {
      throw TemporaryFolder.SystemError(call: "fopen")
    }
    let written = unsafe fwrite(bytes, 1, bytes.count, file)
    guard unsafe fclose(file) == 0, written == bytes.count else {
      throw TemporaryFolder.SystemError(call: "fwrite")
    }
  }
}
