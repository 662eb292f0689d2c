// SPDX-License-Identifier: Apache-2.0

import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of this package, for tests that hold the project to its own rules.
struct SourceTree {
  /// Path from the package's root, and the lines.
  struct File: Sendable {
    var path: String
    var lines: [Substring]
    var name: String { String(path.split(separator: "/").last ?? "") }
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
  }

  static let root: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)  // Tests/ProjectTests/SourceTree.swift
    return parts.joined(separator: "/")
  }()

  /// All Swift files below `folder`.
  static func swiftFiles(in folder: String) -> [File] {
    paths(in: folder).filter { $0.hasSuffix(".swift") }.map { path in
      File(
        path: path,
        lines: (text(path) ?? "").split(separator: "\n", omittingEmptySubsequences: false))
    }
  }

  /// All files below `folder`, sorted.
  static func paths(in folder: String) -> [String] {
    var result: [String] = []
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      if isFolder(path) { result += paths(in: path) } else { result.append(path) }
    }
    return result.sorted()
  }

  /// The folders directly below `folder`.
  static func folders(in folder: String) -> [String] {
    names(in: folder).filter { isFolder("\(folder)/\($0)") }.sorted()
  }

  static func text(_ path: String) -> String? {
    TemporaryFolder.read("\(root)/\(path)").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Replaces a file at once: other tests may be reading it.
  static func write(_ text: String, to path: String) {
    let new = "\(root)/\(path).new"
    guard let file = unsafe fopen(new, "wb") else { return }
    let bytes = Array(text.utf8)
    unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
    unsafe rename(new, "\(root)/\(path)")
  }

  static func exists(_ path: String) -> Bool { TemporaryFolder.exists("\(root)/\(path)") }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func names(in folder: String) -> [String] {
    guard let directory = unsafe opendir("\(root)/\(folder)") else { return [] }
    defer { unsafe closedir(directory) }
    var result: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { result.append(name) }
    }
    return result
  }
}

enum ProcessEnvironment {
  /// Whether lists that tests compare with are to be written anew: `IIO_UPDATE=1`.
  static let isUpdating = unsafe getenv("IIO_UPDATE") != nil
}
