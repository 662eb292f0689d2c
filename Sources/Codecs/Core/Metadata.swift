// SPDX-License-Identifier: Apache-2.0

/// A metadata field's value, whatever the format.
public enum MetadataValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case rational(numerator: Int64, denominator: Int64)
  case string(String)
  case bytes(Bytes)
  case array([MetadataValue])
  case dictionary(Metadata)
  case ndarray(NDArray)
}

/// Metadata fields in file order, each name once.
public struct Metadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  public private(set) var fields: [(key: String, value: MetadataValue)] = []

  public init() {}
  public init(dictionaryLiteral elements: (String, MetadataValue)...) {
    for (key, value) in elements { self[key] = value }
  }

  public var isEmpty: Bool { fields.isEmpty }
  public var count: Int { fields.count }

  /// The value of `key`; setting `nil` removes the field, setting a new key appends it.
  public subscript(key: String) -> MetadataValue? {
    get { fields.firstIndex { $0.key == key }.map { fields[$0].value } }
    set {
      let position = fields.firstIndex { $0.key == key }
      switch (position, newValue) {
      case (let position?, let value?): fields[position].value = value
      case (let position?, nil): fields.remove(at: position)
      case (nil, let value?): fields.append((key, value))
      case (nil, nil): break
      }
    }
  }

  /// Adds the fields of `other`, which win over fields of the same name.
  public mutating func merge(_ other: Metadata) {
    for (key, value) in other.fields { self[key] = value }
  }

  public static func == (a: Metadata, b: Metadata) -> Bool {
    a.fields.count == b.fields.count
      && zip(a.fields, b.fields).allSatisfy { $0.key == $1.key && $0.value == $1.value }
  }
}

extension MetadataValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral
{
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(dictionaryLiteral elements: (String, MetadataValue)...) {
    var fields = Metadata()
    for (key, value) in elements { fields[key] = value }
    self = .dictionary(fields)
  }
}

// What options and writers read out of values: each is `nil` when the value is of another kind.
extension MetadataValue {
  public var boolValue: Bool? {
    switch self {
    case .bool(let value): value
    case .int(0): false
    case .int(1): true
    default: nil
    }
  }
  public var intValue: Int? {
    switch self {
    case .int(let value): Int(exactly: value)
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }
  public var doubleValue: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .rational(let numerator, let denominator) where denominator != 0:
      Double(numerator) / Double(denominator)
    default: nil
    }
  }
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }
  public var bytesValue: Bytes? {
    if case .bytes(let value) = self { value } else { nil }
  }
  public var arrayValue: [MetadataValue]? {
    if case .array(let value) = self { value } else { nil }
  }
}
