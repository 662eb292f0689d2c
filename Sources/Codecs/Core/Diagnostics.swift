// SPDX-License-Identifier: Apache-2.0

/// A rule that the input broke and the decoder went past.
public struct Warning: Sendable, Hashable, CustomStringConvertible {
  /// The codec that noticed, e.g. `"PNG"`.
  public var codec: CodecError.Name
  /// The part of the file, e.g. `"tRNS"`.
  public var part: CodecError.Name
  /// What is wrong and what was done about it.
  public var text: CodecError.Name
  /// Byte offset in the file, when known.
  public var offset: Int?

  public init(
    codec: CodecError.Name, part: CodecError.Name = "", _ text: CodecError.Name,
    at offset: Int? = nil
  ) {
    self.codec = codec
    self.part = part
    self.text = text
    self.offset = offset
  }

  public var description: String {
    var line = codec.description
    if !part.isEmpty { line += " " + part.description }
    line += ": " + text.description
    if let offset { line += " (at byte \(offset))" }
    return line
  }
}

/// What a tolerant decode has to say beside its result.
public struct Diagnostics: Sendable, Hashable {
  /// The error that a ``DecodePolicy/Leniency/salvage`` decode went past, or ended at.
  public struct Damage: Sendable, Hashable {
    public var error: CodecError
    /// Image rows that hold decoded pixels; the rest of the image is zero, or what the format has
    /// for missing data, such as grey in JPEG.
    public var rowCount: Int
  }

  /// In the order they were found; at most ``capacity``.
  public private(set) var warnings: [Warning] = []
  /// Warnings dropped because ``capacity`` was reached.
  public private(set) var droppedCount = 0
  /// Set when the result is only a part of the image.
  public private(set) var damage: Damage?
  /// Most warnings kept, so that a hostile file cannot fill the memory with them.
  public static var capacity: Int { 256 }

  public init() {}

  /// Records `warning`; under ``DecodePolicy/Leniency/strict`` throws it as `corrupt` instead.
  public mutating func warn(_ warning: Warning, policy: DecodePolicy) throws(CodecError) {
    if policy.leniency == .strict {
      throw CodecError(
        .corrupt, codec: warning.codec, part: warning.part, warning.text, at: warning.offset)
    }
    note(warning)
  }

  /// Records `warning`, however strict the decode is.
  public mutating func note(_ warning: Warning) {
    if warnings.count < Self.capacity {
      warnings.append(warning)
    } else {
      droppedCount += 1
    }
  }

  /// Under ``DecodePolicy/Leniency/salvage`` records `error` as damage; else throws it.
  ///
  /// What the caller asked for (`cancelled`, a limit, an argument) is never salvaged.
  public mutating func salvage(
    _ error: CodecError, rowCount: Int, policy: DecodePolicy
  ) throws(CodecError) {
    guard policy.leniency == .salvage, error.isDamage else { throw error }
    if damage == nil { damage = Damage(error: error, rowCount: rowCount) }
  }

  /// Counts the rows of the damage within `rows` of the image, which are all that was asked for.
  mutating func restrictDamage(to rows: Range<Int>) {
    guard let rowCount = damage?.rowCount else { return }
    if rowCount >= rows.upperBound {
      damage = nil
    } else {
      damage?.rowCount = max(0, rowCount - rows.lowerBound)
    }
  }
}

extension CodecError {
  /// Whether the file, not the caller or the system, is the cause.
  public var isDamage: Bool {
    switch kind {
    case .truncated, .corrupt, .checksumMismatch, .outputFull: true
    case .unsupported, .limitExceeded, .invalidArgument, .outOfMemory, .cancelled: false
    }
  }
}
