// SPDX-License-Identifier: Apache-2.0

internal import IIO

/// One subcommand: everything that help, parsing, completion and running need.
struct Command: Sendable {
  var name: String
  /// What follows the name, e.g. `FILE…`.
  var operands: String
  var summary: String
  var fileCount: ClosedRange<Int>
  var options: [Option] = []
  /// Whether it decodes files, and so takes ``Command/safetyOptions``.
  var decodes = true
  var run: @Sendable (Arguments) throws(Failure) -> ExitCode

  var allOptions: [Option] { options + (decodes ? Self.safetyOptions : []) }
  var usage: String { "iio \(name) \(allOptions.isEmpty ? "" : "[OPTION]… ")\(operands)" }

  static let all: [Command] = [
    .info, .convert, .digest, .dump, .diff, .verify, .codec, .formats, .completion,
  ]

  /// Limits on what a file may ask for, and which formats are let in at all.
  static let safetyOptions = [
    Option("max-pixels", value: "N", "refuse images with more pixels (default 256Mi)"),
    Option("max-memory", value: "SIZE", "refuse images that need more memory (default 1Gi)"),
    Option("max-images", value: "N", "refuse files with more images (default 65536)"),
    Option("allow", value: "FORMAT,…", "read no other formats than these"),
  ]
}

extension Arguments {
  /// The policy that the safety options ask for.
  func policy() throws(Failure) -> DecodePolicy {
    var limits = Limits.default
    if let pixels = try size("max-pixels") { limits.maxPixels = pixels }
    if let memory = try size("max-memory") {
      limits.maxImageBytes = memory
      limits.maxScratchBytes = min(limits.maxScratchBytes, memory)
    }
    if let images = try size("max-images") { limits.maxImages = images }
    return DecodePolicy(limits: limits, leniency: try leniency(), concurrency: .automatic)
  }

  /// The formats that `--allow` lets in.
  func manager() throws(Failure) -> FormatManager {
    guard let list = value("allow") else { return .current }
    do throws(IIOError) {
      return try FormatManager.current.allowing(list.split(separator: ",").map(String.init))
    } catch {
      throw Failure(.usage, "--allow: \(error)")
    }
  }

  /// Calls `body` for each file; goes on after failures and reports them.
  func forEachFile(
    _ body: (String) throws(Failure) -> Void
  ) -> ExitCode {
    var worst = ExitCode.ok
    for file in files {
      do throws(Failure) { try body(file) } catch {
        Terminal.error("iio: \(error.message)\n")
        worst = files.count == 1 ? error.code : .someFailed
      }
    }
    return worst
  }
}

/// The version of the command and the library.
enum Version {
  static let current = "0.1.0"
}
