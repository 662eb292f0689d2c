// SPDX-License-Identifier: Apache-2.0

/// The speed of this library beside that of the C libraries of its field, in one process.
@main struct CodecBench {
  /// All benchmarks, in the order in which they run.
  static var benchmarks: [Benchmark] {
    Inflate.benchmarks + Deflating.benchmarks + Checksums.benchmarks + Bitmaps.benchmarks
      + PNGFiles.benchmarks + PNGEncoding.benchmarks + JPEGDecoding.benchmarks
      + JPEGEncoding.benchmarks + ByteCodecs.benchmarks
  }

  static let usage = """
    usage: codec-bench [--filter NAME]… [--json] [--html FILE] [--smoke] [--seconds N] [FILE…]

    Runs each benchmark on generated inputs and on the FILEs that suit it, checks every output,
    then times ours and the peers in turn (thread CPU time, best round) and prints MB/s of
    uncompressed bytes (1 MB = 10^6 bytes) and our speed over each peer's.

      --filter NAME  only benchmarks whose name contains NAME
      --json         one JSON object per line instead of the table
      --html FILE    also write a page with bars
      --smoke        only check the outputs, on small inputs
      --seconds N    time to spend on each candidate (default 0.5)

    """

  static func main() {
    var filters: [String] = []
    var files: [String] = []
    var (json, smoke, seconds, html) = (false, false, 0.5, String?.none)
    var words = CommandLine.arguments.dropFirst()
    func value(_ option: String) -> String {
      guard let value = words.popFirst() else { fail("\(option) needs a value\n\(usage)") }
      return value
    }
    while let word = words.popFirst() {
      switch word {
      case "--filter": filters.append(value(word))
      case "--json": json = true
      case "--smoke": smoke = true
      case "--html": html = value(word)
      case "--seconds":
        guard let number = Double(value(word)), number > 0 else { fail(usage) }
        seconds = number
      case "--help", "-h":
        print(usage, terminator: "")
        return
      default:
        guard !word.hasPrefix("-") else { fail("unknown option \(word)\n\(usage)") }
        files.append(word)
      }
    }
    let inputs = Inputs(paths: files, isSmoke: smoke)
    var report = Report(isJSON: json)
    for benchmark in benchmarks {
      let isChosen = filters.isEmpty || filters.contains { benchmark.name.contains($0) }
      guard isChosen else { continue }
      for item in benchmark.cases(inputs) {
        let result = Harness.run(benchmark.name, item, seconds: smoke ? nil : seconds)
        report.add(result)
      }
    }
    if let html { report.writeHTML(to: html) }
    report.finish(isSmoke: smoke)
  }
}
