// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let digest = Command(
    name: "digest", operands: "FILE…",
    summary: "hash the pixels of all images: one JSON object per line", fileCount: 1...Int.max,
    options: [
      Option("files-from", value: "LIST", "read file names from LIST, one per line; - is stdin"),
      Option("stored", "hash the samples as stored: palette indices, no scaling"),
      Option("index", value: "N", "hash only image N"),
      Option("json", "accepted for symmetry: the output is always JSON"),
    ] + leniencyOptions
  ) { (arguments) throws(Failure) in
    let digester = try Digester(arguments)
    var count = 0
    var worst = ExitCode.ok
    func digest(_ path: String) {
      count += 1
      if let code = digester.printLine(for: path) { worst = code }
    }
    for path in arguments.files { digest(path) }
    if let list = arguments.value("files-from") { try digester.forEachLine(of: list, digest) }
    return count > 1 && worst != .ok ? .someFailed : worst
  }
}

/// Decodes files image by image and hashes their pixels; only one image is in memory at a time.
private struct Digester {
  let policy: DecodePolicy
  let manager: FormatManager
  let index: Int?
  let wantsStored: Bool

  init(_ arguments: Arguments) throws(Failure) {
    policy = try arguments.policy()
    manager = try arguments.manager()
    index = try arguments.integer("index")
    wantsStored = arguments.has("stored")
  }

  /// Calls `body` with each line of a file, or of standard input as it comes.
  func forEachLine(of list: String, _ body: (String) -> Void) throws(Failure) {
    if list == "-" {
      while let line = readLine() {
        if !line.isEmpty { body(line) }
      }
      return
    }
    do throws(IIOError) {
      let text = String(decoding: try Resource(list).load().array, as: UTF8.self)
      for line in text.split(whereSeparator: \.isNewline) { body(String(line)) }
    } catch {
      throw Failure(reading: list, error)
    }
  }

  /// Prints the digest or the error of one file; returns the exit code of an error.
  func printLine(for path: String) -> ExitCode? {
    do throws(IIOError) {
      let (line, isWhole) = try digest(path)
      Terminal.output(line.text + "\n")
      return isWhole ? nil : .corrupt
    } catch {
      Terminal.output(
        JSON.object([("path", .string(path)), ("error", Self.json(error))]).text + "\n")
      return Failure(reading: path, error).code
    }
  }

  private func digest(_ path: String) throws(IIOError) -> (JSON, isWhole: Bool) {
    var file = try open(path)
    var hash = SHA256()
    var shapes: [[Int]] = []
    var types: [DType] = []
    func add(_ image: NDArray) {
      hash.update(image.bytes)
      shapes.append(image.shape)
      types.append(image.dtype)
    }
    if let index {
      add(try file.read(.at(index)))
    } else {
      while let image = try file.next() { add(image) }
    }
    let agree = shapes.allSatisfy { $0 == shapes[0] } && types.allSatisfy { $0 == types[0] }
    let shape = shapes.count == 1 ? shapes[0] : [shapes.count] + (shapes.first ?? [])
    let members: [(String, JSON)] = [
      ("path", .string(path)), ("format", .string(file.formatName)),
      ("shape", agree ? .ints(shape) : .null),
      ("dtype", agree ? types.first.map { .string($0.name) } ?? .null : .null),
      ("images", .int(shapes.count)), ("sha256", .string(hash.finish().hexadecimal)),
    ]
    let diagnostics = file.diagnostics
    return (.object(members + diagnostics.json), diagnostics.damage == nil)
  }

  /// Opens a file; `stored` is passed on to formats that know the difference.
  private func open(_ path: String) throws(IIOError) -> ImageFile {
    let resource = Resource(path)
    guard wantsStored else {
      return try imopen(resource, .read, policy: policy, manager: manager)
    }
    let bytes = try resource.load(limits: policy.limits)
    let plain = try imopen(
      .bytes(bytes), .read, extension: resource.fileExtension, policy: policy, manager: manager)
    guard let format = manager.format(named: plain.formatName),
      FormatAbilities(format).readOptions.contains(where: { $0.name == "stored" })
    else { return plain }
    return try imopen(
      .bytes(bytes), .read, plugin: plain.formatName, options: ["stored": true], policy: policy,
      manager: manager)
  }

  private static func json(_ error: IIOError) -> JSON {
    switch error {
    case .codec(let error, _):
      .object([
        ("kind", .string(error.kindName)), ("codec", .string("\(error.codec)")),
        ("part", .string("\(error.part)")), ("message", .string("\(error)")),
        ("offset", error.offset.map { .int($0) } ?? .null),
      ])
    case .system: plain("io", error)
    case .noFormat, .unknownFormat, .unsupported: plain("unsupported", error)
    case .optionsMismatch, .indexOutOfRange: plain("invalidArgument", error)
    }
  }

  private static func plain(_ kind: String, _ error: IIOError) -> JSON {
    .object([
      ("kind", .string(kind)), ("codec", .null), ("part", .null), ("message", .string("\(error)")),
      ("offset", .null),
    ])
  }
}

extension CodecError {
  /// The name of the kind, without its values.
  fileprivate var kindName: String {
    switch kind {
    case .truncated: "truncated"
    case .corrupt: "corrupt"
    case .unsupported: "unsupported"
    case .checksumMismatch: "checksumMismatch"
    case .limitExceeded: "limitExceeded"
    case .outputFull: "outputFull"
    case .invalidArgument: "invalidArgument"
    case .outOfMemory: "outOfMemory"
    case .cancelled: "cancelled"
    }
  }
}
