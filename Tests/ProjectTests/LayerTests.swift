// SPDX-License-Identifier: Apache-2.0

import Testing

/// What each layer may import, and where memory may be touched without checks.
@Suite struct LayerTests {
  /// Modules that a layer may import.
  static let allowed: [(folder: String, modules: Set<String>)] = [
    ("Sources/X86Kernels", ["Builtin", "_Builtin_intrinsics.intel.cpuid"]),
    ("Sources/X86WideKernels", ["Builtin"]),
    ("Sources/Codecs", ["Builtin", "X86Kernels", "X86WideKernels"]),
    ("Sources/Containers", ["Codecs"]),
    ("Sources/IIO", ["Codecs", "Containers", "Synchronization"]),
    ("Sources/CABI", ["Codecs", "IIO"]),
    ("Sources/iio-cli", ["IIO", "Synchronization"]),
  ]

  /// The only files that may import a platform's C library, and why.
  static let platformFiles: Set<String> = [
    "Sources/Codecs/Core/Allocation.swift",  // calloc says when memory is refused
    "Sources/IIO/PosixFile.swift",
    "Sources/IIO/Threads.swift",
    "Sources/iio-cli/Terminal.swift",
  ]
  /// The layers that may have unsafe code.
  static let kernelLayers = [
    "Sources/Codecs", "Sources/Containers", "Sources/X86Kernels", "Sources/X86WideKernels",
  ]
  static let platforms: Set<String> = ["Glibc", "Musl", "Darwin", "WASILibc"]

  @Test(arguments: allowed.map { $0.folder })
  func aLayerImportsOnlyTheLayersBelow(folder: String) {
    let modules = Self.allowed.first { $0.folder == folder }?.modules ?? []
    for file in SourceTree.swiftFiles(in: folder) {
      for module in file.imports {
        let isPlatform = Self.platforms.contains(module) && Self.platformFiles.contains(file.path)
        #expect(modules.contains(module) || isPlatform, "\(file.path) imports \(module)")
      }
    }
  }

  @Test func everyPlatformFileExists() {
    for path in Self.platformFiles { #expect(SourceTree.exists(path), "\(path)") }
  }

  @Test func nothingInCodecsStopsTheProcessOnPurpose() {
    let words = ["fatalError(", "try!", "preconditionFailure(", "abort()"]
    for folder in Self.kernelLayers {
      for file in SourceTree.swiftFiles(in: folder) {
        for (number, line) in file.lines.enumerated() {
          for word in words where line.code.contains(word) {
            Issue.record("\(file.path):\(number + 1) has \(word)")
          }
        }
      }
    }
  }

  @Test func unsafeCodeStaysInItsFiles() {
    for file in Self.unsafeFiles {
      let isAllowed = file.mayBeUnsafe
      #expect(isAllowed, "\(file.path) has \(file.unsafeCount) lines with unsafe expressions")
    }
  }

  /// `unsafe.txt` has a line per file: path and number of lines with unsafe expressions.
  /// Numbers may only grow with a reason; `IIO_UPDATE=1 swift test` writes the list anew.
  @Test func theUnsafeListIsUpToDate() {
    let actual = Self.unsafeFiles.map { "\($0.path) \($0.unsafeCount)\n" }.joined()
    if ProcessEnvironment.isUpdating {
      SourceTree.write(actual, to: "Tests/ProjectTests/unsafe.txt")
    } else {
      let listed = SourceTree.text("Tests/ProjectTests/unsafe.txt")
      #expect(listed == actual)
    }
  }

  static var unsafeFiles: [SourceTree.File] {
    kernelLayers.flatMap { SourceTree.swiftFiles(in: $0) }.filter { $0.unsafeCount > 0 }
  }
}

extension SourceTree.File {
  var imports: [String] {
    lines.compactMap { line in
      let words = line.code.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
        words[..<position].allSatisfy({
          ["public", "internal", "private", "package", "@_exported"].contains($0)
        })
      else { return nil }
      return String(words[position + 1])
    }
  }

  /// Lines that use the word `unsafe` as an expression marker.
  var unsafeCount: Int {
    lines.count { line in
      line.code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains("unsafe")
    }
  }

  /// Kernels, and the types of Core that own memory or lend it.
  var mayBeUnsafe: Bool {
    if name.hasSuffix("Kernels.swift") || folder == "Sources/X86Kernels" { return true }
    let core: Set<String> = [
      "Allocation.swift", "Bytes.swift", "NDArray.swift", "NDArray+Elements.swift", "Lanes.swift",
      "Lanes+Bytes.swift",
      "ByteReader.swift", "ByteWriter.swift", "ByteCodec.swift", "Pointers.swift",
      "CodecError.swift",
    ]
    return folder == "Sources/Codecs/Core" && core.contains(name)
  }
}

extension Substring {
  /// The line without its comment.
  var code: Substring {
    guard let range = firstRange(of: "//") else { return self }
    return self[..<range.lowerBound]
  }
}
