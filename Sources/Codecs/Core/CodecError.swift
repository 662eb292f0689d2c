// SPDX-License-Identifier: Apache-2.0

/// What went wrong, where, and in which codec.
///
/// One error type serves every codec and container, so that a TIFF reader can call the LZW decoder
/// without wrapping. It holds no heap memory: building one costs nothing on the failing path.
public struct CodecError: Error, Sendable, Hashable {
  /// Who is to blame, and for what.
  public enum Kind: Sendable, Hashable {
    /// The input ended; at least `needed` more bytes were expected.
    case truncated(needed: Int)
    /// The input breaks the format's rules.
    case corrupt
    /// The input is valid, but uses something this library does not do.
    case unsupported
    /// A stored checksum disagrees with the data.
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// Going on would exceed a ``Limits`` field.
    case limitExceeded(Limits.Field)
    /// The output buffer is too small; it needs at least `needed` bytes in total, if known.
    case outputFull(needed: Int?)
    /// The caller passed something the codec cannot use (shape, element type, option, index).
    case invalidArgument
    /// The system refused the memory that the limits allowed.
    case outOfMemory
    /// ``DecodePolicy/progress`` returned `false`.
    case cancelled
  }

  public var kind: Kind
  /// The codec or format, e.g. `"PNG"`.
  public var codec: Name
  /// What was being read, in the format's own words, e.g. `"IDAT"`, `"DQT"`, `"IFD entry"`.
  public var part: Name
  /// One sentence for a programmer, e.g. `"filter type is above 4"`.
  public var message: Name
  /// Byte offset in the codec's input, when known.
  public var offset: Int?
  /// Bit within the byte at ``offset``, counted in the order the codec reads bits.
  public var bit: UInt8

  public init(
    _ kind: Kind, codec: Name, part: Name = "", _ message: Name = "", at offset: Int? = nil,
    bit: UInt8 = 0
  ) {
    self.kind = kind
    self.codec = codec
    self.part = part
    self.message = message
    self.offset = offset
    self.bit = bit
  }

  /// The same error, `distance` bytes further on: for a codec that decodes a part of a larger file.
  public func moved(by distance: Int) -> CodecError {
    var error = self
    error.offset = offset.map { $0 &+ distance }
    return error
  }

  /// The same error as seen by a caller: named after its codec and part, the offset moved.
  public func rethrown(by codec: Name, part: Name, movedBy distance: Int = 0) -> CodecError {
    var error = moved(by: distance)
    error.codec = codec
    error.part = part
    return error
  }

  /// A string literal: a pointer to constant memory, never allocated or freed.
  public struct Name: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    let literal: StaticString
    public init(stringLiteral literal: StaticString) { self.literal = literal }
    public var description: String { literal.description }
    public var isEmpty: Bool { literal.utf8CodeUnitCount == 0 }
    public static func == (a: Name, b: Name) -> Bool {
      let count = a.literal.utf8CodeUnitCount
      guard count == b.literal.utf8CodeUnitCount else { return false }
      // In bounds: both literals hold `count` bytes.
      for i in 0..<count
      where unsafe a.literal.utf8Start[i] != b.literal.utf8Start[i] { return false }
      return true
    }
    public func hash(into hasher: inout Hasher) {
      for i in 0..<literal.utf8CodeUnitCount {
        unsafe hasher.combine(literal.utf8Start[i])
      }
    }
  }
}

extension CodecError.Kind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let needed): "truncated (\(needed) more byte\(needed == 1 ? "" : "s") needed)"
    case .corrupt: "corrupt"
    case .unsupported: "unsupported"
    case .checksumMismatch(let stored, let computed):
      "checksum mismatch (stored \(hexadecimal(stored)), computed \(hexadecimal(computed)))"
    case .limitExceeded(let field): "limit exceeded (\(field.description))"
    case .outputFull(let needed?): "output full (needs \(needed) bytes)"
    case .outputFull(nil): "output full"
    case .invalidArgument: "invalid argument"
    case .outOfMemory: "out of memory"
    case .cancelled: "cancelled"
    }
  }
}

extension CodecError: CustomStringConvertible {
  public var description: String {
    var text = codec.description
    if !part.isEmpty { text += " " + part.description }
    text += ": " + kind.description
    if !message.isEmpty { text += ": " + message.description }
    if let offset {
      text += " (at byte \(offset)"
      if bit > 0 { text += ", bit \(bit)" }
      text += ")"
    }
    return text
  }
}

/// `value` as eight hexadecimal digits after `0x`.
func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
}
