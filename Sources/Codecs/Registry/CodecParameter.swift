// SPDX-License-Identifier: Apache-2.0

/// A named parameter of a codec: its kind, range and default.
public struct CodecParameter: Sendable {
  public enum Kind: Sendable, Hashable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case flag
    case choice([String])
    /// Whole numbers separated by commas, e.g. a shape.
    case integers
    case bytes
  }

  public var name: String
  public var kind: Kind
  /// `nil` when the parameter may be left out and then means nothing, or must be given.
  public var defaultValue: MetadataValue?
  public var summary: String

  public init(
    _ name: String, _ kind: Kind, default defaultValue: MetadataValue? = nil, _ summary: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.summary = summary
  }

  /// `header`: see ``StoredSize``.
  static var storedSize: CodecParameter {
    CodecParameter(
      "header", .flag, default: false, "the decoded size stands in four bytes before the data")
  }

  /// Whether `value` is of this kind and in range.
  public func accepts(_ value: MetadataValue) -> Bool { (try? checked(value)) != nil }

  /// `value`, if it is of this kind and in range.
  func checked(_ value: MetadataValue) throws(CodecError) -> MetadataValue {
    let isValid: Bool
    switch kind {
    case .integer(let range): isValid = value.intValue.map { range.contains($0) } ?? false
    case .real(let range): isValid = value.doubleValue.map { range.contains($0) } ?? false
    case .flag: isValid = value.boolValue != nil
    case .choice(let names): isValid = value.stringValue.map { names.contains($0) } ?? false
    case .integers:
      if case .int = value { return .array([value]) }
      isValid = value.arrayValue?.allSatisfy { $0.intValue != nil } ?? false
    case .bytes:
      if case .string(let text) = value { return .bytes(Bytes(Array(text.utf8))) }
      isValid = value.bytesValue != nil
    }
    guard isValid else {
      throw CodecError(
        .invalidArgument, codec: "codec", part: "parameter", "not of its kind, or out of range")
    }
    return value
  }
}

/// What the parameters of one direction of a codec are, with defaults for those not given.
struct ParameterValues: Sendable {
  private let parameters: [CodecParameter]
  private let defaults: Metadata

  init(_ parameters: [CodecParameter]) {
    self.parameters = parameters
    var defaults: Metadata = [:]
    for parameter in parameters {
      if let value = parameter.defaultValue {
        defaults[parameter.name] = try? parameter.checked(value)
      }
    }
    self.defaults = defaults
  }

  /// `given`, and defaults for the others.
  ///
  /// - Throws: `invalidArgument` for unknown names, and values of another kind or out of range.
  func completed(with given: Metadata) throws(CodecError) -> Metadata {
    var values = defaults
    for (name, value) in given.fields {
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        throw CodecError(.invalidArgument, codec: "codec", part: "parameter", "unknown name")
      }
      values[name] = try parameters[index].checked(value)
    }
    return values
  }
}
