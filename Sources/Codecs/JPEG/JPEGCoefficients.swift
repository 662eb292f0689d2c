// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// All quantised coefficients of an image, for files with several scans.
  struct Coefficients: Sendable {
    /// Blocks of 64 in row order, component after component, row after row.
    var values: [Int16]
    /// For each block the zigzag positions that are not zero, as bits.
    var maps: [UInt64]
    /// Index of each component's first block.
    let firstBlocks: [Int]

    /// - Parameter unitRows: rows of MCUs to have room for; `nil` for all.
    init(frame: Frame, unitRows: Int? = nil, limits: Limits) throws(CodecError) {
      var first: [Int] = []
      var count = 0
      for component in frame.components {
        first.append(count)
        let down = unitRows.map { $0 * component.verticalSampling } ?? component.storedBlocksDown
        count += component.storedBlocksAcross * down
      }
      try limits.check(count * 136, .scratchBytes, codec: JPEG.name)
      firstBlocks = first
      values = [Int16](repeating: 0, count: count * 64)
      maps = [UInt64](repeating: 0, count: count)
    }

    /// Transforms one band of all components into samples.
    ///
    /// - Parameter clears: whether the blocks are left zero, those that only fill MCUs included.
    mutating func transform<S: Sample>(
      band: Int, frame: Frame, quantization: [Int16], into bands: inout Bands<S>,
      clears: Bool = false
    ) {
      // Moved out and back, so that neither is copied.
      var (allValues, allMaps): ([Int16], [UInt64]) = ([], [])
      swap(&allValues, &self.values)
      swap(&allMaps, &self.maps)
      defer {
        swap(&allValues, &self.values)
        swap(&allMaps, &self.maps)
      }
      var values = allValues.mutableSpan
      var maps = allMaps.mutableSpan
      if clears {
        Self.transform(
          &values, &maps, firstBlocks, band: band, frame: frame, quantization: quantization,
          into: &bands, clears: true)
      } else {
        Self.transform(
          &values, &maps, firstBlocks, band: band, frame: frame, quantization: quantization,
          into: &bands, clears: false)
      }
    }

    /// The same for coefficients that others hold: they are only read, unless `clears` is set.
    @inline(always)
    static func transform<S: Sample>(
      _ values: inout MutableSpan<Int16>, _ maps: inout MutableSpan<UInt64>,
      _ firstBlocks: [Int], band: Int, frame: Frame, quantization: [Int16],
      into bands: inout Bands<S>, clears: Bool
    ) {
      let planes = bands.planes
      var samples = bands.samples.mutableSpan
      for (index, component) in frame.components.enumerated() {
        let plane = planes[index]
        for y in 0..<component.verticalSampling {
          let row = band * component.verticalSampling + y
          if !clears, row >= component.blocksDown { break }
          let first = firstBlocks[index] + row * component.storedBlocksAcross
          let target = plane.base + y * plane.unit * plane.stride
          for x in 0..<(clears ? component.storedBlocksAcross : component.blocksAcross) {
            let last = 63 &- (maps[first &+ x] | 1).leadingZeroBitCount
            S.transform(
              &values, at: (first &+ x) &* 64, last: last, quantization: quantization.span,
              at: index &* 64, into: &samples, at: target &+ x &* plane.unit,
              stride: plane.stride, unit: plane.unit, clears: clears)
            if clears { maps[first &+ x] = 0 }
          }
        }
      }
    }
  }
}
