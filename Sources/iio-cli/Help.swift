// SPDX-License-Identifier: Apache-2.0

/// Help texts, made from the option table.
enum Help {
  static var overview: String {
    var text = "iio: reads, writes, converts and takes apart image files\n\n"
    text += "usage: iio COMMAND [OPTION]… [FILE]…\n\ncommands:\n"
    text += table(Command.all.map { ($0.name, $0.summary) })
    text +=
      "\n'iio COMMAND --help' tells the options of a command; '-' is standard input or output.\n"
    return text
  }

  static func text(for name: String?) -> String {
    guard let name, let command = Command.all.first(where: { $0.name == name }) else {
      return overview + "\n" + exitCodes
    }
    var text = "usage: \(command.usage)\n\n\(command.summary)\n"
    if !command.options.isEmpty {
      text += "\noptions:\n" + options(command.options)
    }
    if command.decodes {
      text += "\nlimits on untrusted files:\n" + options(Command.safetyOptions)
    }
    return text
  }

  private static var exitCodes: String {
    "exit codes:\n" + table(ExitCode.descriptions.map { ("\($0.0.rawValue)", $0.1) })
  }

  private static func options(_ options: [Option]) -> String {
    table(options.map { ("--\($0.name)" + ($0.value.map { " \($0)" } ?? ""), $0.summary) })
  }

  /// Two columns, the first as wide as its widest entry.
  static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { "  \($0.0.padded(to: width))  \($0.1)\n" }.joined()
  }
}

extension String {
  /// The text followed by spaces up to `width` characters.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
