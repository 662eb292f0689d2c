// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A family of comparisons under one name, such as `inflate`.
struct Benchmark {
  var name: String
  /// The comparisons that suit the inputs; called only when the benchmark is chosen.
  var cases: (Inputs) -> [Case]
}

/// One input, our candidate and its peers.
struct Case {
  /// What is worked on, e.g. `kodim03.idat`.
  var input: String
  /// Uncompressed bytes per run: what MB/s counts.
  var byteCount: Int
  var ours: Candidate
  var peers: [Candidate]
  /// `nil` when `output` is right, else what is wrong with it. Called once per candidate.
  var check: (_ output: [UInt8]) -> String?
  /// Encoders: the size of the output is part of the result.
  var reportsSize = false
  /// Several threads: the time that passes counts, not that of the calling thread.
  var usesWallClock = false
}

/// One way to do the work.
struct Candidate {
  /// Library and version, e.g. `libdeflate 1.14`.
  var name: String
  /// Does the work once, into memory of its own.
  var run: () -> Void
  /// What the last run produced; empty when it failed.
  var output: () -> [UInt8]
}

/// What one case gave.
struct Measurement {
  var benchmark: String
  var input: String
  var byteCount: Int
  /// Ours first; MB/s is `nil` without timing.
  var entries: [Entry]
  var reportsSize: Bool

  struct Entry {
    var name: String
    var speed: Double?
    var byteCount: Int
    var failure: String?
  }
}

enum Harness {
  /// Checks what each candidate gives, then times them in turn.
  ///
  /// - Parameter seconds: time for each candidate; `nil`: only check.
  static func run(_ name: String, _ item: Case, seconds: Double?) -> Measurement {
    let candidates = [item.ours] + item.peers
    var entries = candidates.map { candidate in
      candidate.run()
      let output = candidate.output()
      return Measurement.Entry(
        name: candidate.name, byteCount: output.count, failure: item.check(output))
    }
    if let seconds, entries.allSatisfy({ $0.failure == nil }) {
      let best = time(
        candidates, seconds, item.usesWallClock ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID)
      for i in entries.indices { entries[i].speed = Double(item.byteCount) / best[i] / 1e6 }
    }
    return Measurement(
      benchmark: name, input: item.input, byteCount: item.byteCount, entries: entries,
      reportsSize: item.reportsSize)
  }

  /// The least seconds per run of each candidate. Rounds are interleaved, so that a change of the
  /// machine's clock or load meets all of them.
  private static func time(
    _ candidates: [Candidate], _ seconds: Double, _ clock: clockid_t
  ) -> [Double] {
    let counts = candidates.map { candidate in
      // As many runs as fill 4 ms, which the clock resolves well.
      var count = 1
      while true {
        let elapsed = measure(candidate, count, clock)
        if elapsed >= 0.004 { return count }
        count = max(count * 2, Int(Double(count) * 0.005 / max(elapsed, 1e-7)))
      }
    }
    var best = [Double](repeating: .infinity, count: candidates.count)
    var spent = 0.0
    var rounds = 0
    while rounds < 5 || spent < seconds * Double(candidates.count) {
      for i in candidates.indices {
        let elapsed = measure(candidates[i], counts[i], clock)
        best[i] = min(best[i], elapsed / Double(counts[i]))
        spent += elapsed
      }
      rounds += 1
    }
    return best
  }

  private static func measure(_ candidate: Candidate, _ count: Int, _ clock: clockid_t) -> Double {
    let start = seconds(clock)
    for _ in 0..<count { candidate.run() }
    return seconds(clock) - start
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Ends the program with a message; for usage errors and files that cannot be read.
func fail(_ message: String) -> Never {
  printError(message)
  exit(2)
}

/// Writes to the standard error stream.
func printError(_ message: String) {
  let bytes = Array(message.utf8)
  _ = write(2, bytes, bytes.count)
}

/// The content of a file.
func readFile(_ path: String) -> [UInt8] {
  guard let file = fopen(path, "rb") else { fail("cannot read \(path)\n") }
  defer { fclose(file) }
  fseek(file, 0, SEEK_END)
  let size = ftell(file)
  rewind(file)
  return [UInt8](unsafeUninitializedCapacity: size) { $1 = fread($0.baseAddress, 1, size, file) }
}

/// Writes a text file.
func writeFile(_ path: String, _ text: String) {
  guard let file = fopen(path, "wb") else { fail("cannot write \(path)\n") }
  fputs(text, file)
  fclose(file)
}
