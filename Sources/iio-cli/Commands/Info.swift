// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let info = Command(
    name: "info", operands: "FILE…",
    summary: "show format, shape, type and metadata; reads headers only", fileCount: 1...Int.max,
    options: [Option("json", "one JSON array with an object per file")]
  ) { (arguments) throws(Failure) in
    let (policy, manager) = (try arguments.policy(), try arguments.manager())
    var objects: [JSON] = []
    let code = arguments.forEachFile { (path) throws(Failure) in
      let file = try FileInfo(path, policy: policy, manager: manager)
      if arguments.has("json") {
        objects.append(file.json)
      } else {
        Terminal.output(file.text)
      }
    }
    if arguments.has("json") { Terminal.output(JSON.array(objects).text + "\n") }
    return code
  }
}

/// What the headers of one file say.
private struct FileInfo {
  var path: String
  var format: String
  var properties: ImageProperties
  var imageCount: Int?
  var metadata: Metadata

  init(_ path: String, policy: DecodePolicy, manager: FormatManager) throws(Failure) {
    do throws(IIOError) {
      let file = try imopen(Resource(path), .read, policy: policy, manager: manager)
      self.path = path
      format = file.formatName
      imageCount = file.imageCount
      properties = try file.properties(0)
      metadata = try file.metadata()
    } catch {
      throw Failure(reading: path, error)
    }
  }

  var json: JSON {
    .object([
      ("path", .string(path)), ("format", .string(format)), ("shape", .ints(properties.shape)),
      ("dtype", .string(properties.dtype.name)), ("images", imageCount.map { .int($0) } ?? .null),
      ("spacing", properties.spacing.map { .array($0.map { .double($0) }) } ?? .null),
      ("spacingUnit", properties.spacingUnit.map { .string($0) } ?? .null),
      ("metadata", metadata.json),
    ])
  }

  var text: String {
    let shape = properties.shape.map { "\($0)" }.joined(separator: " × ")
    var line = Terminal.bold(path) + ": \(format), \(shape), \(properties.dtype)"
    if let imageCount, imageCount != 1 { line += ", \(imageCount) images" }
    line += "\n"
    for (key, value) in metadata.fields {
      line += "  \(Terminal.dim(key + ":")) \(value.text.prefix(200))\n"
    }
    return line
  }
}
