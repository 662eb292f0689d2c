// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Codes one scan of all components with given Huffman tables, straight from the samples.
  ///
  /// Nothing is kept between rows of MCUs but predictions and a few bits, so memory does not depend
  /// on the height of the image.
  struct SequentialEncoder {
    private let scan: SequentialScan
    private var band: SampleBand<UInt8>
    private var state: SequentialScan.State
    private var writer = EntropyWriter()

    init(_ scan: SequentialScan, _ band: SampleBand<UInt8>) {
      self.scan = scan
      self.band = band
      state = SequentialScan.State(unitsToRestart: scan.restartInterval)
    }

    /// Codes all of `image`, whose rows follow each other closely.
    mutating func encode(_ image: RawSpan, to output: inout ByteWriter) {
      for unitRow in 0..<scan.frame.unitsDown {
        band.fill(unitRow: unitRow, from: image)
        scan.encodeRow(unitRow, of: band, &state, &writer, to: &output)
      }
      writer.finish(to: &output)
    }
  }

  /// What does not change while ``SequentialEncoder`` works.
  struct SequentialScan {
    /// One block of an MCU, and where its samples are in the band.
    struct Slot {
      var component: Int
      /// Of the first sample in the first MCU, and from one MCU to the next.
      var offset: Int
      var step: Int
      var stride: Int
      /// MCUs in which the block is part of the component, and rows of them; it is padding in
      /// those after.
      var unitsAcross: Int
      var unitsDown: Int
    }

    /// What carries over from block to block.
    struct State {
      var predictions = InlineArray<4, Int32>(repeating: 0)
      var unitsToRestart: Int
      var restartNumber = 0
    }

    let frame: Frame
    let slots: [Slot]
    /// ``Divisors`` of each component, and its ``BlockCodes``.
    let divisors: [SIMD8<UInt16>]
    let codes: [UInt32]
    let restartInterval: Int

    init(
      _ frame: Frame, _ planes: [SampleBand<UInt8>.Plane], divisors: [SIMD8<UInt16>],
      codes: [BlockCodes], restartInterval: Int
    ) {
      self.frame = frame
      self.divisors = divisors
      self.codes = codes.flatMap { $0.entries }
      self.restartInterval = restartInterval
      var slots: [Slot] = []
      for (index, component) in frame.components.enumerated() {
        let (h, v) = (component.horizontalSampling, component.verticalSampling)
        let plane = planes[index]
        for y in 0..<v {
          for x in 0..<h {
            slots.append(
              Slot(
                component: index, offset: plane.offset + 8 * (y * plane.stride + x), step: 8 * h,
                stride: plane.stride,
                unitsAcross: JPEG.ceilingDivision(component.blocksAcross - x, h),
                unitsDown: JPEG.ceilingDivision(component.blocksDown - y, v)))
          }
        }
      }
      self.slots = slots
    }

    func encodeRow(
      _ unitRow: Int, of band: SampleBand<UInt8>, _ state: inout State,
      _ writer: inout EntropyWriter,
      to output: inout ByteWriter
    ) {
      let maps = CoefficientMap.zigzag
      let most = (EntropyWriter.capacity - 1024) / (256 * slots.count)
      var unit = 0
      while unit < frame.unitsAcross {
        if restartInterval > 0 && state.unitsToRestart == 0 {
          restart(&state, &writer, to: &output)
        }
        var count = min(frame.unitsAcross - unit, most)
        if restartInterval > 0 {
          count = min(count, state.unitsToRestart)
          state.unitsToRestart -= count
        }
        var packer = writer.packer
        var bytes = writer.buffer.mutableSpan
        SequentialKernels.encode(
          unit..<(unit + count), ofRow: unitRow, of: band.samples.span, self, maps: maps.span,
          &state, &packer, into: &bytes)
        writer.packer = packer
        writer.drain(to: &output)
        unit += count
      }
    }

    /// Starts the next restart interval. Source: T.81 E.1.4.
    private func restart(
      _ state: inout State, _ writer: inout EntropyWriter, to output: inout ByteWriter
    ) {
      writer.finish(to: &output)
      JPEG.write(.rst(state.restartNumber), to: &output)
      state.restartNumber += 1
      state.unitsToRestart = restartInterval
      state.predictions = InlineArray(repeating: 0)
    }
  }
}
