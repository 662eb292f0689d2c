// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Prints each measurement as it comes, as a table row or a JSON line, and the means at the end.
struct Report {
  let isJSON: Bool
  private var all: [Measurement] = []
  private var columns: [String] = []

  init(isJSON: Bool) { self.isJSON = isJSON }

  var hasFailures: Bool { all.contains { $0.entries.contains { $0.failure != nil } } }

  mutating func add(_ measurement: Measurement) {
    all.append(measurement)
    for entry in measurement.entries {
      if let failure = entry.failure {
        printError("\(measurement.title): the output of \(entry.name) \(failure)\n")
      }
    }
    print(isJSON ? measurement.json : row(measurement))
    fflush(nil)
  }

  /// The geometric means; exit status 1 when an output was wrong.
  func finish(isSmoke: Bool) {
    if !isJSON, !isSmoke { for line in means { print(line) } }
    if isSmoke, !isJSON { print("\(all.count) comparisons, outputs checked, nothing timed") }
    if hasFailures { exit(1) }
  }

  private mutating func row(_ measurement: Measurement) -> String {
    var text = ""
    let names = [measurement.benchmark] + measurement.entries.map(\.name)
    if names != columns {
      columns = names
      let peers = measurement.entries.dropFirst().map { pad($0.name, 26) }.joined()
      text = "\n" + pad(measurement.benchmark, 34) + pad("bytes", 11) + pad("ours", 12) + peers
      text += "  (MB/s, ours/theirs\(measurement.reportsSize ? ", size" : ""))\n"
    }
    text += pad(measurement.input, 34) + pad("\(measurement.byteCount)", 11)
    for (i, entry) in measurement.entries.enumerated() {
      guard entry.failure == nil else {
        text += pad("wrong output", i == 0 ? 12 : 26)
        continue
      }
      var cell = entry.speed.map { fixed($0, $0 < 100 ? 1 : 0) } ?? "ok"
      if i > 0, let ours = measurement.entries[0].speed, let speed = entry.speed {
        cell = pad(cell, 9) + pad(fixed(ours / speed, 3), 8)
        if measurement.reportsSize {
          let size = Double(measurement.entries[0].byteCount) / Double(max(entry.byteCount, 1))
          cell += fixed(size, 4)
        }
      }
      text += pad(cell, i == 0 ? 12 : 26)
    }
    return text
  }

  /// Per benchmark and peer: the geometric mean of our speed over theirs, and the least.
  private var means: [String] {
    var lines: [String] = [""]
    var seen: [String] = []
    for measurement in all where !seen.contains(measurement.benchmark) {
      seen.append(measurement.benchmark)
      let same = all.filter { $0.benchmark == measurement.benchmark }
      var peers: [String] = []
      for entry in same.flatMap({ $0.entries.dropFirst() }) where !peers.contains(entry.name) {
        peers.append(entry.name)
      }
      for peer in peers {
        let ratios = same.compactMap { item -> Double? in
          guard let ours = item.entries[0].speed,
            let theirs = item.entries.first(where: { $0.name == peer })?.speed
          else { return nil }
          return ours / theirs
        }
        guard !ratios.isEmpty else { continue }
        let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
        lines.append(
          pad(measurement.benchmark, 20) + pad("/ \(peer)", 24)
            + "geometric mean \(fixed(mean, 3)), least \(fixed(ratios.min() ?? 0, 3))"
            + sizes(same.filter(\.reportsSize), peer))
      }
    }
    return lines
  }

  /// The geometric mean of our sizes over theirs, and the most; empty when there are none.
  private func sizes(_ measurements: [Measurement], _ peer: String) -> String {
    let ratios = measurements.compactMap { item -> Double? in
      guard let theirs = item.entries.first(where: { $0.name == peer }), theirs.byteCount > 0
      else { return nil }
      return Double(item.entries[0].byteCount) / Double(theirs.byteCount)
    }
    guard let most = ratios.max() else { return "" }
    let mean = exp(ratios.reduce(0) { $0 + log($1) } / Double(ratios.count))
    return "; size: geometric mean \(fixed(mean, 4)), most \(fixed(most, 4))"
  }

  func writeHTML(to path: String) { writeFile(path, HTMLReport.page(all)) }
}

extension Measurement {
  var title: String { "\(benchmark) \(input)" }

  /// `{"benchmark":…,"input":…,"bytes":…,"ours":…,"peers":{…}}`, speeds in MB/s.
  var json: String {
    let speeds = entries.map { $0.speed.map { fixed($0, 3) } ?? "null" }
    let peers = zip(entries, speeds).dropFirst().map { "\"\($0.name)\":\($1)" }
    var text = "{\"benchmark\":\"\(benchmark)\",\"input\":\"\(escaped(input))\""
    text += ",\"bytes\":\(byteCount),\"ours\":\(speeds[0])"
    text += ",\"peers\":{\(peers.joined(separator: ","))}"
    if reportsSize {
      let sizes = entries.map { "\"\($0.name)\":\($0.byteCount)" }
      text += ",\"size\":{\(sizes.joined(separator: ","))}"
    }
    if entries.contains(where: { $0.failure != nil }) {
      let wrong = entries.filter { $0.failure != nil }.map { "\"\($0.name)\"" }
      text += ",\"wrong\":[\(wrong.joined(separator: ","))]"
    }
    return text + "}"
  }
}

/// `text` within a JSON string.
private func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case _ where scalar.value < 32: " "
    default: String(scalar)
    }
  }.joined()
}

/// `text` and spaces up to `width`, one at least.
func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(width - text.count, 1))
}

/// `value` with `digits` decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = (value * scale).rounded()
  guard digits > 0 else { return String(Int(rounded)) }
  let whole = Int(rounded / scale)
  let rest = String(Int(rounded) - whole * Int(scale))
  return "\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}
