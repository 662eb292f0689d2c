// SPDX-License-Identifier: Apache-2.0

extension JPEG.Coefficients {
  /// Makes a row of MCUs of samples.
  ///
  /// - Parameters:
  ///   - unitRow: of the image.
  ///   - target: row of MCUs here, where there may be fewer than in the image.
  ///   - divisors: of all components, one after the other.
  mutating func transform<S: JPEG.InputSample>(
    unitRow: Int, to target: Int, frame: JPEG.Frame, _ band: JPEG.SampleBand<S>,
    divisors: [S.Divisor]
  ) {
    let divisorCount = divisors.count / frame.components.count
    let samples = band.samples.span
    for (index, component) in frame.components.enumerated() {
      let plane = band.planes[index]
      let table = divisors.span.extracting(
        (divisorCount * index)..<(divisorCount * (index + 1)))
      for y in 0..<component.verticalSampling
      where unitRow * component.verticalSampling + y < component.blocksDown {
        let row = target * component.verticalSampling + y
        let block = firstBlocks[index] + row * component.storedBlocksAcross
        S.transform(
          samples, at: plane.offset + 8 * y * plane.stride, stride: plane.stride,
          count: component.blocksAcross, table, into: &self, at: block)
      }
    }
    pad(unitRow: unitRow, at: target, frame: frame)
  }

  /// Makes the blocks that complete the MCUs of a row: only their DC coefficient is not zero, and it
  /// is that of the block before in the MCU. Source: libjpeg's jccoefct.c has the same rule.
  mutating func pad(unitRow: Int, at target: Int, frame: JPEG.Frame) {
    for (index, component) in frame.components.enumerated() {
      let (h, v) = (component.horizontalSampling, component.verticalSampling)
      for y in 0..<v {
        let first =
          firstBlocks[index] + (target * v + y) * component.storedBlocksAcross
        if unitRow * v + y < component.blocksDown {
          for x in component.blocksAcross..<component.storedBlocksAcross {
            fill(first + x, like: first + x - 1)
          }
        } else {
          for x in 0..<component.storedBlocksAcross {
            let above = first - component.storedBlocksAcross + x / h * h + h - 1
            fill(first + x, like: above)
          }
        }
      }
    }
  }

  private mutating func fill(_ block: Int, like other: Int) {
    let dc = values[64 * other]
    values[64 * block] = dc
    for i in (64 * block + 1)..<(64 * block + 64) { values[i] = 0 }
    maps[block] = dc == 0 ? 0 : 1
  }
}

extension JPEG {
  /// The coefficients of one row of MCUs after the other, for a sequential scan of all components.
  struct CoefficientRow<S: InputSample>: Sendable {
    private let frame: Frame
    private let tables: [Int]
    private let divisors: [S.Divisor]
    private var band: SampleBand<S>
    private(set) var coefficients: Coefficients

    init(_ plan: EncoderPlan) throws(CodecError) {
      frame = plan.frame
      tables = plan.coding.codeTables
      divisors = plan.divisors(S.self)
      band = try SampleBand(frame, conversion: plan.conversion, channelCount: plan.channelCount)
      coefficients = try Coefficients(
        frame: frame, unitRows: 1, limits: EncoderPlan.policy.limits)
    }

    var step: ScanStep { ScanStep(Array(frame.components.indices), 0, 63) }
    /// The scan's layout, as if each row were the first one.
    var layout: ScanLayout {
      ScanLayout(
        frame, step.components, firstBlocks: coefficients.firstBlocks, tables: tables)
    }

    mutating func fill(_ unitRow: Int, from image: RawSpan) {
      band.fill(unitRow: unitRow, from: image)
      coefficients.transform(unitRow: unitRow, to: 0, frame: frame, band, divisors: divisors)
    }
  }
}

extension JPEG {
  /// For every block, which coefficients are not zero without their lowest one, two … bits.
  struct LevelMaps: Sendable {
    /// By the number of bits left out, from 0 on.
    private(set) var levels: [[UInt64]]

    /// - Parameter most: how many bits scans leave out at most.
    init(_ coefficients: Coefficients, most: Int) {
      levels = [coefficients.maps]
      guard most > 0 else { return }
      let count = coefficients.maps.count
      var two = [UInt64](repeating: 0, count: count)
      var four = two
      var twoSpan = two.mutableSpan
      var fourSpan = four.mutableSpan
      let zigzag = CoefficientMap.zigzag
      CoefficientKernels.mapLevels(
        coefficients.values.span, coefficients.maps.span, zigzag: zigzag.span,
        0..<count, into: &twoSpan, &fourSpan)
      levels += [two, four]
      while levels.count <= most { levels.append(Self.reduced(coefficients, levels.count)) }
    }

    /// A level that is rare: coefficient by coefficient.
    private static func reduced(_ coefficients: Coefficients, _ level: Int) -> [UInt64] {
      var result = coefficients.maps
      for block in result.indices {
        var (map, kept) = (result[block], UInt64(0))
        while map != 0 {
          let k = map.trailingZeroBitCount
          map &= map - 1
          let value = coefficients.values[64 * block + Int(JPEG.zigzag[k])]
          if value.magnitude >> UInt16(level) != 0 { kept |= 1 << UInt64(k) }
        }
        result[block] = kept
      }
      return result
    }
  }
}
