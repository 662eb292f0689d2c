// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the scans of a lossless frame keep from row to row. Source: T.81 annex H.
  struct LosslessRows: Sendable {
    /// The rows of one component in ``samples``.
    struct Layout: Sendable {
      /// Index of the last row of the MCU row before; the rows of this one follow it.
      var first: Int
      var stride: Int
      var rowCount: Int
      /// Samples in a row that are not padding.
      var width: Int
    }

    /// Rows as 16-bit numbers, modulo 2^16: differences first, then samples before scaling.
    var samples: [UInt16]
    let layouts: [Layout]
    let predictor: Int
    /// Pt: how far samples are shifted up in the end.
    let shift: UInt16
    /// What the first sample is predicted as.
    private let start: UInt16
    /// Index of the differences of a row of MCUs in the order of the file, if they are decoded
    /// there.
    var flat: Int?
    /// Whether the next row is the first one after the start or a restart.
    var isAtStart = true

    init(
      _ header: ScanHeader, precision: Int, layouts: [(width: Int, stride: Int, rowCount: Int)],
      limits: Limits
    ) throws(CodecError) {
      predictor = header.spectralStart
      shift = UInt16(truncatingIfNeeded: header.approximationLow)
      start = 1 << UInt16(truncatingIfNeeded: precision - header.approximationLow - 1)
      var (count, list): (Int, [Layout]) = (0, [])
      for layout in layouts {
        list.append(
          Layout(
            first: count, stride: layout.stride, rowCount: layout.rowCount, width: layout.width))
        count += layout.stride * (layout.rowCount + 1)
      }
      try limits.check(count * 2, .scratchBytes, codec: JPEG.name)
      self.layouts = list
      samples = [UInt16](repeating: 0, count: count)
    }

    /// Makes samples of the differences of a row of MCUs.
    mutating func restore() {
      let (layouts, isFirst) = (layouts, isAtStart)
      let (predictor, start) = (predictor, start)
      isAtStart = false
      var rows = samples.mutableSpan
      for layout in layouts {
        let end = layout.first + layout.rowCount * layout.stride
        var above = layout.first
        while above < end {
          let row = above + layout.stride
          if isFirst && above == layout.first {
            Self.restoreFirst(&rows, row, layout.width, start)
          } else {
            Self.restore(&rows, row, above, layout.width, predictor)
          }
          above = row
        }
        // The last row is what the next ones are predicted from.
        for x in 0..<layout.width { rows[layout.first &+ x] = rows[end &+ x] }
      }
    }

    /// A row without one above it: each sample is predicted as the one on its left.
    private static func restoreFirst(
      _ rows: inout MutableSpan<UInt16>, _ row: Int, _ width: Int, _ start: UInt16
    ) {
      var left = start
      for x in row..<(row + width) {
        left &+= rows[x]
        rows[x] = left
      }
    }

    /// Any other row: its first sample is predicted as the one above. Source: T.81 table H.1.
    private static func restore(
      _ rows: inout MutableSpan<UInt16>, _ row: Int, _ above: Int, _ width: Int, _ predictor: Int
    ) {
      switch predictor {
      case 1: restore(&rows, row, above, width) { a, _, _ in a }
      case 2: restore(&rows, row, above, width) { _, b, _ in b }
      case 3: restore(&rows, row, above, width) { _, _, c in c }
      case 4: restore(&rows, row, above, width) { a, b, c in a &+ b &- c }
      case 5: restore(&rows, row, above, width) { a, b, c in a &+ (b &- c) &>> 1 }
      case 6: restore(&rows, row, above, width) { a, b, c in b &+ (a &- c) &>> 1 }
      case 7: restore(&rows, row, above, width) { a, b, _ in (a &+ b) &>> 1 }
      default: restore(&rows, row, above, width) { _, _, _ in 0 }
      }
    }

    /// The loop of one predictor: of the samples on the left, above, and above on the left.
    @inline(__always)
    private static func restore(
      _ rows: inout MutableSpan<UInt16>, _ row: Int, _ above: Int, _ width: Int,
      _ predict: (Int32, Int32, Int32) -> Int32
    ) {
      var (corner, left) = (Int32(rows[above]), Int32(rows[row] &+ rows[above]))
      rows[row] = UInt16(truncatingIfNeeded: left)
      for x in 1..<max(width, 1) {
        let b = Int32(rows[above &+ x])
        let sample =
          UInt16(truncatingIfNeeded: predict(left, b, corner)) &+ rows[row &+ x]
        rows[row &+ x] = sample
        (left, corner) = (Int32(sample), b)
      }
    }
  }

  /// All samples of a lossless image, for files with several scans.
  struct LosslessStore: Sendable {
    var samples: [UInt16]
    /// Index of each component's first sample, and the distance from row to row.
    let planes: [(first: Int, stride: Int)]

    init(frame: Frame, limits: Limits) throws(CodecError) {
      var (count, list): (Int, [(first: Int, stride: Int)]) = (0, [])
      for component in frame.components {
        list.append((count, component.storedBlocksAcross))
        count += component.storedBlocksAcross * component.storedBlocksDown
      }
      try limits.check(count * 2, .scratchBytes, codec: JPEG.name)
      planes = list
      samples = [UInt16](repeating: 0, count: count)
    }

    /// Copies one band of all components.
    func fill<S: Sample>(_ bands: inout Bands<S>, band: Int, frame: Frame) {
      let targets = bands.planes
      let source = samples.span
      var output = bands.samples.mutableSpan
      for (index, component) in frame.components.enumerated() {
        let (plane, target) = (planes[index], targets[index])
        for y in 0..<component.verticalSampling {
          let row = plane.first + (band * component.verticalSampling + y) * plane.stride
          for x in 0..<component.width {
            output[target.base &+ y &* target.stride &+ x] =
              S(truncatingIfNeeded: source[row &+ x])
          }
        }
      }
    }
  }
}
