// SPDX-License-Identifier: Apache-2.0

internal import IIO

/// The `iio` command: see ``Command/all`` for what it does.
@main struct Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    Terminal.exit(run(words))
  }

  /// Runs one command line; returns its exit code.
  private static func run(_ words: [String]) -> ExitCode {
    guard let first = words.first else {
      Terminal.error(Help.overview)
      return .usage
    }
    switch first {
    case "--help", "-h", "help":
      Terminal.output(Help.text(for: words.dropFirst().first))
      return .ok
    case "--version":
      Terminal.output("iio \(Version.current)\n")
      return .ok
    default: break
    }
    guard let command = Command.all.first(where: { $0.name == first }) else {
      Terminal.error("iio: no command is called '\(first)'; see iio --help\n")
      return .usage
    }
    if words.contains("--help") || words.contains("-h") {
      Terminal.output(Help.text(for: command.name))
      return .ok
    }
    do throws(Failure) {
      let arguments = try Arguments(Array(words.dropFirst()), for: command)
      return try command.run(arguments)
    } catch {
      Terminal.error("iio \(command.name): \(error.message)\n")
      return error.code
    }
  }
}
