// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// What can go wrong between a resource and an array.
public enum IIOError: Error, Sendable {
  /// The operating system refused; `errno` and the call that failed.
  case system(errno: Int32, call: String, path: String)
  /// No registered format can read this. Lists what was tried and why it failed.
  case noFormat(resource: String, tried: [Attempt])
  /// No format of this name or extension is registered.
  case unknownFormat(String)
  /// The format or resource is known but cannot do this, e.g. be written.
  case unsupported(format: String, operation: String)
  /// Options of another format were passed.
  case optionsMismatch(format: String, expected: String, got: String)
  /// There is no image `index`; `count` is the number of images when it is known.
  case indexOutOfRange(index: Int, count: Int?)
  /// A codec failed, or refused what it was given.
  case codec(CodecError, format: String)

  /// One format that was tried, and why it did not do.
  public struct Attempt: Sendable {
    public var format: String
    public var error: CodecError
  }
}

extension IIOError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .system(let number, let call, let path):
      "\(path): \(PosixFile.message(forErrno: number)) (\(call))"
    case .noFormat(let resource, let tried):
      tried.isEmpty
        ? "\(resource): no known format"
        : "\(resource): no format can read it; tried "
          + tried.map { "\($0.format) (\($0.error))" }.joined(separator: ", ")
    case .unknownFormat(let name):
      name.isEmpty
        ? "the format is not known: give an extension or a format name"
        : "no format is called '\(name)'"
    case .unsupported(let format, let operation): "\(format) cannot \(operation)"
    case .optionsMismatch(let format, let expected, let got):
      "\(format) takes \(expected), not \(got)"
    case .indexOutOfRange(let index, let count):
      "there is no image \(index)" + (count.map { ": the file holds \($0)" } ?? "")
    case .codec(let error, _): error.description
    }
  }
}
