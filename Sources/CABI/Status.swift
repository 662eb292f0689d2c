// SPDX-License-Identifier: Apache-2.0

#if canImport(Codecs)
  internal import Codecs
#endif

/// What every function returns: the exit codes of the `iio` command.
enum Status: Int32 {
  case ok = 0
  /// An argument or parameter is wrong.
  case usage = 2
  /// The format, or a feature of it, is not supported.
  case unsupported = 4
  /// The source is corrupt or truncated.
  case corrupt = 5
  /// A limit was exceeded, or there is no memory.
  case limitExceeded = 6
  /// The output buffer is too small.
  case outputFull = 7

  init(_ kind: CodecError.Kind) {
    switch kind {
    case .truncated, .corrupt, .checksumMismatch: self = .corrupt
    case .unsupported: self = .unsupported
    case .limitExceeded, .outOfMemory: self = .limitExceeded
    case .outputFull: self = .outputFull
    case .invalidArgument, .cancelled: self = .usage
    }
  }

  var text: StaticString {
    switch self {
    case .ok: "done"
    case .usage: "an argument or parameter is wrong"
    case .unsupported: "the format or a feature of it is not supported"
    case .corrupt: "the source is corrupt or truncated"
    case .limitExceeded: "a limit was exceeded"
    case .outputFull: "the output buffer is too small"
    }
  }
}

/// Runs `body`, and turns what it throws into a status and the caller's error structure.
///
/// - Parameter complaint: says more of a call that is wrong than its error can.
func reporting(
  _ error: ErrorPointer?, _ complaint: () -> String? = { nil },
  _ body: () throws(CodecError) -> Void
) -> Int32 {
  do throws(CodecError) {
    try body()
    return Status.ok.rawValue
  } catch let failure {
    let text = failure.kind == .invalidArgument ? complaint() : nil
    return unsafe report(failure, text, to: error)
  }
}

func report(_ failure: CodecError, _ text: String? = nil, to pointer: ErrorPointer?) -> Int32 {
  let status = Status(failure.kind).rawValue
  guard let pointer = unsafe pointer else { return status }
  let size = unsafe pointer.load(as: UInt.self)
  var error = iio_error(
    size: size, status: status, bit: Int32(failure.bit), offset: Int64(failure.offset ?? -1),
    codec: .init(repeating: 0), part: .init(repeating: 0), message: .init(repeating: 0))
  error.codec.set(failure.codec.description)
  error.part.set(failure.part.description)
  error.message.set(text ?? failure.description)
  unsafe copy(error, to: pointer, size: size)
  return status
}

/// Writes as much of a plain structure as the caller's has room for.
func copy<Structure: BitwiseCopyable>(
  _ structure: Structure, to pointer: UnsafeMutableRawPointer, size: UInt
) {
  unsafe withUnsafeBytes(of: structure) { bytes in
    unsafe pointer.copyMemory(
      from: bytes.baseAddress!, byteCount: Int(min(size, UInt(bytes.count))))
  }
}

extension InlineArray where Element == CChar {
  /// Sets a C string: cut where it is too long, and always ended by a zero.
  fileprivate mutating func set(_ text: String) {
    var index = 0
    for byte in text.utf8 where index < count - 1 {
      self[index] = CChar(bitPattern: byte)
      index += 1
    }
  }
}
