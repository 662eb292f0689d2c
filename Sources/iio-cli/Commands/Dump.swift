// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let dump = Command(
    name: "dump", operands: "FILE",
    summary: "show every header, chunk and payload with its bytes", fileCount: 1...1,
    options: [
      Option("deep", "look inside compressed payloads too"),
      Option("json", "the outline as one JSON object"),
    ]
  ) { (arguments) throws(Failure) in
    let path = arguments.files[0]
    let outline: Outline
    let (policy, manager) = (try arguments.policy(), try arguments.manager())
    do throws(IIOError) {
      outline = try imoutline(
        Resource(path), isDeep: arguments.has("deep"), policy: policy, manager: manager)
    } catch {
      throw Failure(reading: path, error)
    }
    Terminal.output(arguments.has("json") ? outline.json.text + "\n" : outline.text(path))
    return .ok
  }
}

extension Outline {
  fileprivate func text(_ path: String) -> String {
    let width = max(6, "\(byteCount)".count)
    var text = Terminal.bold(path) + ": \(format), \(byteCount) bytes\n"
    for node in nodes { text += node.text(depth: 0, width: width) }
    for gap in unclaimed {
      text += Node("unclaimed", gap, value: "\(gap.count) bytes").text(depth: 0, width: width)
    }
    return text
  }

  fileprivate var json: JSON {
    .object([
      ("format", .string(format)), ("bytes", .int(byteCount)),
      ("nodes", .array(nodes.map { $0.json })),
      ("unclaimed", .array(unclaimed.map { .ints([$0.lowerBound, $0.upperBound]) })),
    ])
  }
}

extension Outline.Node {
  fileprivate func text(depth: Int, width: Int) -> String {
    let start = "\(range.lowerBound)"
    let position = String(repeating: " ", count: max(0, width - start.count)) + start
    let indent = String(repeating: "  ", count: depth)
    let count = "+\(range.count)".padded(to: width + 1)
    let shown = value.isEmpty ? "" : ": " + value.prefix(160)
    var text = "\(Terminal.dim("\(position) \(count)")) \(indent)\(name)\(shown)\n"
    for child in children { text += child.text(depth: depth + 1, width: width) }
    return text
  }

  fileprivate var json: JSON {
    var fields: [(String, JSON)] = [
      ("name", .string(name)), ("start", .int(range.lowerBound)), ("end", .int(range.upperBound)),
    ]
    if !value.isEmpty { fields.append(("value", .string(value))) }
    if !children.isEmpty { fields.append(("children", .array(children.map { $0.json }))) }
    return .object(fields)
  }
}
