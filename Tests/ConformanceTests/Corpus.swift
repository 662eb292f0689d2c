// SPDX-License-Identifier: Apache-2.0

import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Real files with the answers of the reference decoders: the folder that `IIO_CORPUS` names.
///
/// `manifest.tsv` has a line per file, `manifest_oracles.tsv` one per file and reference.
enum Corpus {
  static let folder: String? = unsafe getenv("IIO_CORPUS").map { unsafe String(cString: $0) }

  struct Entry: Sendable {
    var path: String
    var category: String
    /// SHA-256 of the pixels by each reference that decodes the file, best first.
    var accepted: [String]
    var isDecodable: Bool { !accepted.isEmpty }
  }

  /// The entries below one of the corpus' folders, e.g. `png`.
  static func entries(under name: String) -> [Entry] {
    let prefix = name + "/"
    var byOracle: [String: [String]] = [:]
    for row in table("manifest_oracles.tsv") where row["path"]?.hasPrefix(prefix) == true {
      guard row["status"] == "ok", let hash = row["pixel_sha256"], !hash.isEmpty else { continue }
      byOracle[row["path"] ?? "", default: []].append(hash)
    }
    return table("manifest.tsv").compactMap { row in
      guard let path = row["path"], path.hasPrefix(prefix), row["status"] != "none" else {
        return nil
      }
      // Pictures in another format that lie beside the files they were made of.
      if row["format"] == "pnm", name != "pnm" { return nil }
      let best = [row["pixel_sha256"], row["rgba8_sha256"]].compactMap { $0 }
      return Entry(
        path: path, category: row["category"] ?? "",
        accepted: (best + byOracle[path, default: []]).filter { !$0.isEmpty })
    }
  }

  static func read(_ path: String) -> [UInt8]? {
    folder.flatMap { TemporaryFolder.read("\($0)/\(path)") }
  }

  static func exists(_ path: String) -> Bool {
    folder.map { TemporaryFolder.exists("\($0)/\(path)") } ?? false
  }

  private static func table(_ name: String) -> [[String: String]] {
    guard let bytes = read(name) else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let header = lines.first?.split(separator: "\t", omittingEmptySubsequences: false) else {
      return []
    }
    return lines.dropFirst().map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      return Dictionary(
        zip(header, fields).map { (String($0), String($1)) }, uniquingKeysWith: { a, _ in a })
    }
  }
}
