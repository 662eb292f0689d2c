// SPDX-License-Identifier: Apache-2.0

internal import IIO

/// A JSON value that keeps the order of its fields.
enum JSON {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// The value on one line.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    // JSON has no infinities and no NaN.
    case .double(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quoted(value)
    case .array(let items): "[" + items.map { $0.text }.joined(separator: ", ") + "]"
    case .object(let fields):
      "{" + fields.map { Self.quoted($0.0) + ": " + $0.1.text }.joined(separator: ", ") + "}"
    }
  }

  static func ints(_ values: [Int]) -> JSON { .array(values.map { .int($0) }) }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension MetadataValue {
  /// The value as JSON; bytes become their count and their first hexadecimal digits.
  var json: JSON {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .int(let value): .int(Int(value))
    case .double(let value): .double(value)
    case .rational(let numerator, let denominator):
      .object([("numerator", .int(Int(numerator))), ("denominator", .int(Int(denominator)))])
    case .string(let value): .string(value)
    case .bytes(let bytes):
      .object([("bytes", .int(bytes.count)), ("head", .string(bytes.hexadecimalHead))])
    case .array(let values): .array(values.map { $0.json })
    case .dictionary(let metadata): metadata.json
    case .ndarray(let array):
      .object([("shape", .ints(array.shape)), ("dtype", .string(array.dtype.name))])
    }
  }

  /// The value for people, on one line.
  var text: String {
    switch self {
    case .string(let value): value
    case .rational(let numerator, let denominator): "\(numerator)/\(denominator)"
    case .bytes(let bytes): "\(bytes.count) bytes"
    case .array(let values): values.map { $0.text }.joined(separator: ", ")
    case .ndarray(let array): "\(array.dtype) \(array.shape)"
    default: json.text
    }
  }
}

extension Metadata {
  var json: JSON { .object(fields.map { ($0.key, $0.value.json) }) }
}

extension Bytes {
  /// Up to 16 bytes in hexadecimal.
  var hexadecimalHead: String { array.prefix(16).hexadecimal }
}

extension Sequence<UInt8> {
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
