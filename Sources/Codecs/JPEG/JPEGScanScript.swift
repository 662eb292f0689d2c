// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// One scan of a progression: which coefficients of which components, to which precision.
  public struct ScanStep: Sendable, Hashable {
    /// Indices of the components.
    public var components: [Int]
    /// First and last coefficient in zigzag order: 0 and 0, or both above 0.
    public var first: Int
    public var last: Int
    /// Bits that earlier scans have left out; 0 in the first scan of these coefficients.
    public var approximationHigh: Int
    /// Bits that this scan leaves out.
    public var approximationLow: Int

    public init(
      _ components: [Int], _ first: Int, _ last: Int, high: Int = 0, low: Int = 0
    ) {
      self.components = components
      self.first = first
      self.last = last
      approximationHigh = high
      approximationLow = low
    }
  }
}

extension [JPEG.ScanStep] {
  /// Requires that every coefficient of every component comes, and in steps that fit together.
  ///
  /// Source: T.81 G.1.1.1; libjpeg refuses the same scripts.
  func check(componentCount: Int) throws(CodecError) {
    func invalid(_ message: CodecError.Name) -> CodecError {
      CodecError(.invalidArgument, codec: JPEG.name, part: "scans", message)
    }
    var precision = [[Int]](repeating: [Int](repeating: -1, count: 64), count: componentCount)
    for step in self {
      let members = step.components
      guard (1...JPEG.maxScanComponents).contains(members.count),
        zip(members, members.dropFirst()).allSatisfy({ $0 < $1 }),
        members.allSatisfy({ (0..<componentCount).contains($0) })
      else { throw invalid("a scan's components are not some of the frame's in order") }
      guard (0...63).contains(step.first), (step.first...63).contains(step.last),
        step.first == 0 ? step.last == 0 : members.count == 1
      else { throw invalid("a scan has DC and AC coefficients, or AC of several components") }
      let (high, low) = (step.approximationHigh, step.approximationLow)
      guard (0...10).contains(low), high == 0 || high == low + 1 else {
        throw invalid("a scan's bits are not 0 to 10, or not one more than before")
      }
      for member in members {
        guard step.first == 0 || precision[member][0] >= 0 else {
          throw invalid("AC coefficients come before the DC coefficients")
        }
        for k in step.first...step.last {
          guard precision[member][k] == (high == 0 ? -1 : high) else {
            throw invalid("a scan does not go on where the one before ended")
          }
          precision[member][k] = low
        }
      }
    }
    guard precision.allSatisfy({ $0[0] >= 0 }) else {
      throw invalid("a component has no DC coefficients")
    }
  }

  /// The progression that libjpeg uses unless told otherwise.
  static func standard(componentCount: Int, isYCbCr: Bool) -> [JPEG.ScanStep] {
    let all = Array<Int>(0..<componentCount)
    func dc(high: Int, low: Int) -> [JPEG.ScanStep] {
      componentCount <= JPEG.maxScanComponents
        ? [JPEG.ScanStep(all, 0, 0, high: high, low: low)]
        : all.map { JPEG.ScanStep([$0], 0, 0, high: high, low: low) }
    }
    func ac(_ first: Int, _ last: Int, high: Int, low: Int) -> [JPEG.ScanStep] {
      all.map { JPEG.ScanStep([$0], first, last, high: high, low: low) }
    }
    guard isYCbCr && componentCount == 3 else {
      return dc(high: 0, low: 1) + ac(1, 5, high: 0, low: 2) + ac(6, 63, high: 0, low: 2)
        + ac(1, 63, high: 2, low: 1) + dc(high: 1, low: 0) + ac(1, 63, high: 1, low: 0)
    }
    // Some luminance early; chrominance is small and needs few scans; the largest scan comes last.
    return dc(high: 0, low: 1) + [
      JPEG.ScanStep([0], 1, 5, low: 2),
      JPEG.ScanStep([2], 1, 63, low: 1),
      JPEG.ScanStep([1], 1, 63, low: 1),
      JPEG.ScanStep([0], 6, 63, low: 2),
      JPEG.ScanStep([0], 1, 63, high: 2, low: 1),
    ] + dc(high: 1, low: 0) + [
      JPEG.ScanStep([2], 1, 63, high: 1, low: 0),
      JPEG.ScanStep([1], 1, 63, high: 1, low: 0),
      JPEG.ScanStep([0], 1, 63, high: 1, low: 0),
    ]
  }
}
