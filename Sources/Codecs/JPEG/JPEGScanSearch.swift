// SPDX-License-Identifier: Apache-2.0

extension JPEG.ScanCoding {
  /// Chooses the scans that take least bytes, by coding them: one sequential scan, or a progression
  /// in which every component has its own split of the AC coefficients in two bands and its own
  /// number of bits that come later.
  mutating func chooseScans(
    _ coefficients: JPEG.Coefficients, _ frame: JPEG.Frame
  ) throws(CodecError) {
    let search = JPEG.ScanSearch(self, coefficients, frame)
    let components = Array(frame.components.indices)
    var best = try search.best(of: [
      [JPEG.ScanStep(components, 0, 0)],
      [JPEG.ScanStep(components, 0, 0, low: 1), JPEG.ScanStep(components, 0, 0, high: 1)],
      components.map { JPEG.ScanStep([$0], 0, 0) },
    ])
    for component in components {
      let ac = try search.bestAC(component)
      best.steps += ac.steps
      best.byteCount += ac.byteCount
    }
    let sequential = try search.byteCount(of: nil)
    script =
      sequential <= best.byteCount
      ? []
      : best.steps.filter { $0.approximationHigh == 0 }
        + best.steps.filter { $0.approximationHigh > 0 }.sorted {
          $0.approximationHigh > $1.approximationHigh
        }
  }
}

extension JPEG {
  /// Measures scans.
  struct ScanSearch: Sendable {
    typealias Choice = (steps: [ScanStep], byteCount: Int)

    /// Bits that AC coefficients may leave to later scans.
    private static let mostBits = 3
    /// Where the lower band of AC coefficients may end.
    private static let splits = [2, 5, 8, 12, 18]

    private let coding: ScanCoding
    private let coefficients: Coefficients
    private let frame: Frame
    private let maps: LevelMaps

    init(_ coding: ScanCoding, _ coefficients: Coefficients, _ frame: Frame) {
      self.coding = coding
      self.coefficients = coefficients
      self.frame = frame
      maps = LevelMaps(coefficients, most: Self.mostBits)
    }

    /// Bytes of a scan with its tables; `nil` for a sequential one of everything.
    func byteCount(of step: ScanStep?) throws(CodecError) -> Int {
      var output = ByteWriter()
      var (writer, stream) = (ScanWriter(frame, tables: coding.codeTables), TokenStream())
      try coding.write(
        step, coefficients, frame, maps, &writer, &stream, to: &output)
      return output.count
    }

    func best(of candidates: [[ScanStep]]) throws(CodecError) -> Choice {
      var best: Choice = ([], .max)
      for steps in candidates {
        var count = 0
        for step in steps { count += try byteCount(of: step) }
        if count < best.byteCount { best = (steps, count) }
      }
      return best
    }

    /// The best scans of one component's AC coefficients.
    func bestAC(_ component: Int) throws(CodecError) -> Choice {
      var best: Choice = ([], .max)
      var refinements: Choice = ([], 0)
      for low in 0...Self.mostBits {
        if low > 0 {
          let step = ScanStep([component], 1, 63, high: low, low: low - 1)
          refinements.steps.append(step)
          refinements.byteCount += try byteCount(of: step)
          if refinements.byteCount >= best.byteCount { break }
        }
        let first = try self.best(
          of: [[ScanStep([component], 1, 63, low: low)]]
            + Self.splits.map {
              [
                ScanStep([component], 1, $0, low: low),
                ScanStep([component], $0 + 1, 63, low: low),
              ]
            })
        if first.byteCount + refinements.byteCount < best.byteCount {
          best = (first.steps + refinements.steps, first.byteCount + refinements.byteCount)
        }
      }
      return best
    }
  }
}
