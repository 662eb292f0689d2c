// SPDX-License-Identifier: Apache-2.0

internal import IIO

/// One option of a command. Help, parsing and completion all come from this.
struct Option: Sendable {
  /// Without the dashes.
  var name: String
  /// How the value is called in the help; `nil` for a switch.
  var value: String?
  var summary: String
  /// Whether it may be given several times.
  var repeats = false

  init(_ name: String, value: String? = nil, repeats: Bool = false, _ summary: String) {
    self.name = name
    self.value = value
    self.summary = summary
    self.repeats = repeats
  }
}

/// A parsed command line.
struct Arguments {
  private(set) var files: [String] = []
  private var values: [(name: String, value: String)] = []

  /// `--name value`, `--name=value` and switches, in any order; `--` ends the options.
  init(_ words: [String], for command: Command) throws(Failure) {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        files += rest
        break
      }
      guard word.hasPrefix("--") else {
        if word.hasPrefix("-"), word != "-" {
          throw Failure(.usage, "there is no option \(word); options are written --name")
        }
        files.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1)
      let name = parts.first.map(String.init) ?? ""
      guard let option = command.allOptions.first(where: { $0.name == name }) else {
        throw Failure(.usage, Self.unknown(name, command))
      }
      guard option.repeats || !has(name) else {
        throw Failure(.usage, "--\(name) is given twice")
      }
      if option.value == nil {
        guard parts.count < 2, !word.hasSuffix("=") else {
          throw Failure(.usage, "--\(name) takes no value")
        }
        values.append((name, ""))
      } else if parts.count == 2 {
        values.append((name, String(parts[1])))
      } else if let value = word.hasSuffix("=") ? "" : rest.popFirst() {
        values.append((name, value))
      } else {
        throw Failure(.usage, "--\(name) needs a value: \(option.value ?? "")")
      }
    }
    guard command.fileCount.contains(files.count) || has("files-from") else {
      throw Failure(.usage, "usage: \(command.usage)")
    }
  }

  func has(_ name: String) -> Bool { values.contains { $0.name == name } }
  func value(_ name: String) -> String? { values.first { $0.name == name }?.value }
  func all(_ name: String) -> [String] { values.filter { $0.name == name }.map { $0.value } }

  /// The whole number given for `name`.
  func integer(_ name: String) throws(Failure) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw Failure(.usage, "--\(name) needs a whole number, not '\(text)'")
    }
    return number
  }

  /// A count with an optional unit: `500`, `64k`, `256M`, `2Gi`.
  func size(_ name: String) throws(Failure) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = ByteCount.parse(text) else {
      throw Failure(.usage, "--\(name) needs a number such as 256M or 2Gi, not '\(text)'")
    }
    return number
  }

  /// The `name=value` pairs given for a repeated option.
  func pairs(_ name: String) throws(Failure) -> Metadata {
    var result: Metadata = [:]
    for text in all(name) {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw Failure(.usage, "--\(name) needs name=value, not '\(text)'")
      }
      result[String(text[..<equals])] = Self.optionValue(
        String(text[text.index(after: equals)...]))
    }
    return result
  }

  /// `true`, `3`, `0.5`, `1,2,3` or text.
  static func optionValue(_ text: String) -> MetadataValue {
    switch text {
    case "true", "yes", "on": return .bool(true)
    case "false", "no", "off": return .bool(false)
    default: break
    }
    if let number = Int64(text) { return .int(number) }
    if let number = Double(text) { return .double(number) }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    if parts.count > 1, parts.allSatisfy({ Double($0) != nil }) {
      return .array(parts.map { optionValue(String($0)) })
    }
    return .string(text)
  }

  private static func unknown(_ name: String, _ command: Command) -> String {
    let known = command.allOptions.map { $0.name }
    let close = known.first { $0.hasPrefix(name) || name.hasPrefix($0) }
    let hint = close.map { "; did you mean --\($0)?" } ?? "; see iio \(command.name) --help"
    return "there is no option --\(name)" + hint
  }
}

/// Sizes as people write them.
enum ByteCount {
  /// A whole number with k, M, G (powers of 1000) or Ki, Mi, Gi (powers of 1024), and an optional B.
  static func parse(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    var unit = text.dropFirst(digits.count)
    if unit.hasSuffix("B") { unit = unit.dropLast() }
    let factors = [
      "": 1, "k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000,
      "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
    ]
    guard let factor = factors[String(unit)] else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }
}
