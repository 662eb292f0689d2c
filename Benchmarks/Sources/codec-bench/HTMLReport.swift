// SPDX-License-Identifier: Apache-2.0

/// A page with one bar per candidate: no script, no other file.
enum HTMLReport {
  private static let colours = ["#d9480f", "#1971c2", "#2f9e44", "#6741d9", "#868e96"]

  static func page(_ measurements: [Measurement]) -> String {
    var body = ""
    var last = ""
    for item in measurements {
      if item.benchmark != last {
        body += "<h2>\(escaped(item.benchmark))</h2>\n"
        last = item.benchmark
      }
      body += chart(item)
    }
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>codec-bench</title>
      <style>body{font:14px sans-serif;margin:2em}svg text{font:12px sans-serif}</style></head>
      <body><h1>codec-bench</h1>
      <p>MB/s of uncompressed bytes; longer is faster.</p>
      \(body)</body></html>

      """
  }

  private static func chart(_ item: Measurement) -> String {
    let fastest = item.entries.compactMap(\.speed).max() ?? 1
    var bars = ""
    for (i, entry) in item.entries.enumerated() {
      let speed = entry.speed ?? 0
      let width = fixed(speed / fastest * 520, 1)
      let y = i * 20
      bars += """
        <text x="0" y="\(y + 14)">\(escaped(entry.name))</text>\
        <rect x="150" y="\(y + 2)" width="\(width)" height="16" fill="\(colours[i % 5])"/>\
        <text x="\(fixed(speed / fastest * 520 + 156, 1))" y="\(y + 14)">\(fixed(speed, 0))</text>\n
        """
    }
    return """
      <h3>\(escaped(item.input)), \(item.byteCount) bytes</h3>
      <svg width="760" height="\(item.entries.count * 20 + 4)">
      \(bars)</svg>

      """
  }

  private static func escaped(_ text: String) -> String {
    text.map { $0 == "<" ? "&lt;" : $0 == "&" ? "&amp;" : String($0) }.joined()
  }
}
