// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// The same shape in every folder, so that the next reader guesses where everything is.
@Suite struct ShapeTests {
  /// Files over 400 lines, each with the reason in its own comment.
  static let longFiles: Set<String> = [
    "Sources/Codecs/Checksums/CRC32Tables.swift",
    "Sources/Codecs/Deflate/DeflateDecoderKernels.swift",
    "Sources/Codecs/JPEG/JPEGCoefficientMap.swift",
    "Sources/Codecs/JPEG/JPEGStandardLookup.swift",
  ]

  @Test func filesAreAtMost400Lines() {
    for file in SourceTree.swiftFiles(in: "Sources") + SourceTree.swiftFiles(in: "Tests") {
      let limit = Self.longFiles.contains(file.path) ? 1200 : 400
      let count = file.lines.count - 1
      #expect(count <= limit, "\(file.path)")
    }
  }

  @Test func everyFileBeginsWithItsLicence() {
    for folder in ["Sources", "Tests", "Benchmarks"] {
      for file in SourceTree.swiftFiles(in: folder) where file.name != "Package.swift" {
        let first = file.lines.first
        #expect(first == "// SPDX-License-Identifier: Apache-2.0", "\(file.path)")
      }
    }
  }

  @Test func noWorkIsLeftInComments() {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    for file in SourceTree.swiftFiles(in: "Sources") + SourceTree.swiftFiles(in: "Tests") {
      for (number, line) in file.lines.enumerated() {
        for mark in marks where line.contains(mark) {
          Issue.record("\(file.path):\(number + 1) has \(mark)")
        }
      }
    }
  }

  /// Each format: its folder, and the files that every file format has.
  @Test func everyFormatHasTheUsualFiles() {
    for format in FormatManager.standard.formats {
      let type = "\(format)"
      let folders = ["Sources/Codecs", "Sources/Containers"].flatMap { layer in
        SourceTree.folders(in: layer).map { "\(layer)/\($0)" }
      }
      let home = folders.first { SourceTree.exists("\($0)/\(type).swift") }
      guard let home else {
        Issue.record("no folder has \(type).swift")
        continue
      }
      if format is any OutlinedFormat.Type {
        #expect(SourceTree.exists("\(home)/\(type)Outline.swift"), "\(type)")
      }
      if format is any ReadableFormat.Type {
        #expect(SourceTree.exists("\(home)/\(type)Format.swift"), "\(type)")
        #expect(format is any OutlinedFormat.Type, "\(type) can be read but not outlined")
        let fixtures = "Fixtures/\(format.formatName.lowercased())"
        #expect(!SourceTree.paths(in: fixtures).isEmpty, "\(fixtures) is empty")
        #expect(
          SourceTree.text("Fixtures/index.txt")?.contains(
            "\(format.formatName.lowercased())/") == true, "\(type) in Fixtures/index.txt")
      }
    }
  }

  /// Decoders that are fuzzed under another name, or are part of another's target.
  @Test func everyFormatHasAFuzzTarget() throws {
    let targets = SourceTree.folders(in: "Tests/Fuzz/Targets").map { $0.lowercased() }
    for format in FormatManager.standard.formats {
      let name = format.formatName.lowercased()
      #expect(targets.contains { $0.contains(name) }, "no fuzz target for \(format.formatName)")
    }
  }

  @Test func codecsDoNotNameTheFilesOfLayersAbove() {
    for file in SourceTree.swiftFiles(in: "Sources/Codecs") {
      let names = file.lines.contains { $0.code.contains("Containers.") }
      #expect(!names, "\(file.path)")
    }
  }
}
