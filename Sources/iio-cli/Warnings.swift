// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  /// How to take files that break the rules of their format.
  static let leniencyOptions = [
    Option("strict", "refuse a file that breaks any rule of its format"),
    Option("salvage", "keep what a damaged file still holds; ends with 5 then"),
  ]
}

extension Arguments {
  /// What `--strict` and `--salvage` ask for.
  func leniency() throws(Failure) -> DecodePolicy.Leniency {
    if has("strict"), has("salvage") {
      throw Failure(.usage, "--strict and --salvage exclude each other")
    }
    return has("strict") ? .strict : has("salvage") ? .salvage : .standard
  }
}

extension Diagnostics {
  /// Most warnings of one file that are told in full: a broken scan can have hundreds.
  private static var mostTold: Int { 10 }

  /// Tells on standard error what was wrong with the file at `path`.
  ///
  /// - Returns: `corrupt` when only a part of an image was decoded.
  func tell(of path: String) -> ExitCode {
    for warning in warnings.prefix(Self.mostTold) {
      Terminal.error("iio: \(path): warning: \(warning)\n")
    }
    let rest = max(warnings.count - Self.mostTold, 0) + droppedCount
    if rest > 0 { Terminal.error("iio: \(path): \(rest) more warning\(rest == 1 ? "" : "s")\n") }
    guard let damage else { return .ok }
    let rows = damage.rowCount == 1 ? "1 row was" : "\(damage.rowCount) rows were"
    Terminal.error("iio: \(path): \(damage.error); \(rows) decoded\n")
    return .corrupt
  }

  /// The same as members of a JSON object: none when nothing was wrong.
  var json: [(String, JSON)] {
    var members: [(String, JSON)] = []
    if !warnings.isEmpty {
      members.append(("warnings", .array(warnings.map { .string("\($0)") })))
    }
    if let damage {
      let parts: [(String, JSON)] = [
        ("message", .string("\(damage.error)")), ("rows", .int(damage.rowCount)),
      ]
      members.append(("damage", .object(parts)))
    }
    return members
  }
}
