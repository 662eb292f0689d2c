// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  static let verify = Command(
    name: "verify", operands: "FILE…",
    summary: "decode strictly with all checksums; write nothing", fileCount: 1...Int.max,
    options: [Option("json", "one JSON object per line and file")]
  ) { (arguments) throws(Failure) in
    var policy = try arguments.policy()
    policy.leniency = .strict
    let manager = try arguments.manager()
    var worst = ExitCode.ok
    for path in arguments.files {
      var failure: Failure?
      do throws(IIOError) {
        try decodeAll(path, policy: policy, manager: manager)
      } catch {
        failure = Failure(reading: path, error)
      }
      report(path, failure, asJSON: arguments.has("json"))
      if let failure {
        let code = failure.code == .corrupt ? ExitCode.different : failure.code
        worst = arguments.files.count == 1 ? code : .someFailed
      }
    }
    return worst
  }

  private static func decodeAll(
    _ path: String, policy: DecodePolicy, manager: FormatManager
  ) throws(IIOError) {
    var file = try imopen(Resource(path), .read, policy: policy, manager: manager)
    while try file.next() != nil {}
    _ = try file.metadata()
  }

  private static func report(_ path: String, _ failure: Failure?, asJSON: Bool) {
    if asJSON {
      let line = JSON.object([
        ("path", .string(path)), ("ok", .bool(failure == nil)),
        ("message", failure.map { .string($0.message) } ?? .null),
      ])
      Terminal.output(line.text + "\n")
    } else if let failure {
      Terminal.output("\(failure.message)\n")
    } else {
      Terminal.output("\(path): ok\n")
    }
  }
}
