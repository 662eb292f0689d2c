// SPDX-License-Identifier: Apache-2.0

extension Command {
  static let completion = Command(
    name: "completion", operands: "bash|zsh|fish",
    summary: "print a completion script for a shell", fileCount: 1...1, decodes: false
  ) { (arguments) throws(Failure) in
    guard let script = Completion.script(for: arguments.files[0]) else {
      throw Failure(.usage, "the shells are bash, zsh and fish")
    }
    Terminal.output(script)
    return .ok
  }
}

/// Completion scripts, made from the option table.
enum Completion {
  static func script(for shell: String) -> String? {
    switch shell {
    case "bash": bash
    case "zsh": zsh
    case "fish": fish
    default: nil
    }
  }

  private static var names: String { Command.all.map { $0.name }.joined(separator: " ") }

  private static func optionWords(_ command: Command) -> String {
    (command.allOptions.map { "--\($0.name)" } + ["--help"]).joined(separator: " ")
  }

  private static var bash: String {
    var text = "_iio() {\n  local word=\"${COMP_WORDS[COMP_CWORD]}\" options=\"\"\n"
    text += "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    text +=
      "    COMPREPLY=($(compgen -W \"\(names) --help --version\" -- \"$word\"))\n    return\n  fi\n"
    text += "  case \"${COMP_WORDS[1]}\" in\n"
    for command in Command.all {
      text += "    \(command.name)) options=\"\(optionWords(command))\" ;;\n"
    }
    text += "  esac\n  case \"$word\" in\n"
    text += "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
    text += "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\n"
    return text + "complete -o filenames -F _iio iio\n"
  }

  private static var zsh: String {
    var text = "#compdef iio\n_iio() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n"
    for command in Command.all {
      text += "      '\(command.name):\(command.summary)'\n"
    }
    text += "    )\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n"
    for command in Command.all {
      text += "    \(command.name)) _arguments"
      for option in command.allOptions {
        let value = option.value.map { ":\($0):_files" } ?? ""
        text += " '\(option.repeats ? "*" : "")--\(option.name)[\(option.summary)]\(value)'"
      }
      text += " '*:file:_files' ;;\n"
    }
    return text + "  esac\n}\n_iio \"$@\"\n"
  }

  private static var fish: String {
    var text = ""
    for command in Command.all {
      text += "complete -c iio -n __fish_use_subcommand -a \(command.name)"
      text += " -d '\(command.summary)'\n"
      for option in command.allOptions {
        text += "complete -c iio -n '__fish_seen_subcommand_from \(command.name)'"
        text += " -l \(option.name)\(option.value == nil ? "" : " -r") -d '\(option.summary)'\n"
      }
    }
    return text
  }
}
