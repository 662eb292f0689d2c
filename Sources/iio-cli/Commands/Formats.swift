// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let formats = Command(
    name: "formats", operands: "", summary: "show what each format can do", fileCount: 0...0,
    options: [
      Option("codecs", "the byte codecs instead"),
      Option("json", "one JSON array with an object per format"),
    ], decodes: false
  ) { (arguments) throws(Failure) in
    if arguments.has("codecs") {
      CodecList(CodecRegistry.standard.codecs).print(asJSON: arguments.has("json"))
      return .ok
    }
    let rows = FormatManager.current.formats.map { FormatAbilities($0) }
    if arguments.has("json") {
      Terminal.output(JSON.array(rows.map { $0.json }).text + "\n")
      return .ok
    }
    var table = FormatTable()
    for row in rows { table.append(row) }
    Terminal.output(table.text)
    return .ok
  }
}

private struct FormatTable {
  private var rows = [["format", "read", "write", "images", "dump", "extensions", "what"]]

  mutating func append(_ row: FormatAbilities) {
    func mark(_ ability: Bool) -> String { ability ? "yes" : "-" }
    rows.append([
      row.name, mark(row.canRead), mark(row.canWrite),
      row.canWrite ? row.canWriteSeveral ? "many" : "one" : "–",
      mark(row.canOutline), row.fileExtensions.joined(separator: " "), row.summary,
    ])
  }

  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }.joined()
  }
}

extension FormatAbilities {
  fileprivate var json: JSON {
    .object([
      ("name", .string(name)), ("summary", .string(summary)),
      ("extensions", .array(fileExtensions.map { .string($0) })), ("read", .bool(canRead)),
      ("write", .bool(canWrite)), ("severalImages", .bool(canWriteSeveral)),
      ("dump", .bool(canOutline)), ("readOptions", Self.json(readOptions)),
      ("writeOptions", Self.json(writeOptions)),
    ])
  }

  private static func json(_ options: [OptionInfo]) -> JSON {
    .array(
      options.map { .object([("name", .string($0.name)), ("summary", .string($0.summary))]) })
  }
}
