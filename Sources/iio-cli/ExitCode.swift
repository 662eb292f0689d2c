// SPDX-License-Identifier: Apache-2.0

internal import IIO

/// What the process ends with. Scripts rely on these numbers.
enum ExitCode: Int32 {
  case ok = 0
  case different = 1
  case usage = 2
  case inputMissing = 3
  case unsupported = 4
  case corrupt = 5
  case limitExceeded = 6
  case outputFailed = 7
  case someFailed = 8
  case interrupted = 130

  /// One line each, for the help text.
  static let descriptions: [(ExitCode, String)] = [
    (.ok, "done"),
    (.different, "the files differ, or verification failed"),
    (.usage, "the command line is wrong"),
    (.inputMissing, "an input is missing or cannot be read"),
    (.unsupported, "the format or a feature of it is not supported"),
    (.corrupt, "an input is corrupt or truncated"),
    (.limitExceeded, "a limit was exceeded"),
    (.outputFailed, "the output could not be written"),
    (.someFailed, "some of several inputs failed"),
    (.interrupted, "stopped by the user"),
  ]
}

/// Why a command ends early: an exit code and a sentence for the user.
struct Failure: Error {
  var code: ExitCode
  var message: String

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }

  /// A failure while reading `path`.
  init(reading path: String, _ error: IIOError) {
    self.init(Self.code(for: error, system: .inputMissing), Self.text(path, error))
  }

  /// A failure while writing `path`.
  init(writing path: String, _ error: IIOError) {
    self.init(Self.code(for: error, system: .outputFailed), Self.text(path, error))
  }

  private static func text(_ path: String, _ error: IIOError) -> String {
    let text = "\(error)"
    return text.hasPrefix(path) ? text : "\(path): \(text)"
  }

  private static func code(for error: IIOError, system: ExitCode) -> ExitCode {
    switch error {
    case .system: system
    case .noFormat, .unknownFormat, .unsupported: .unsupported
    case .optionsMismatch, .indexOutOfRange: .usage
    case .codec(let error, _):
      switch error.kind {
      case .truncated, .corrupt, .checksumMismatch, .outputFull: .corrupt
      case .unsupported: .unsupported
      case .limitExceeded, .outOfMemory: .limitExceeded
      case .invalidArgument: .usage
      case .cancelled: .interrupted
      }
    }
  }
}
