// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Codes one scan of all components with given Huffman tables, straight from the samples.
  ///
  /// Nothing is kept between rows of MCUs but predictions and a few bits, so memory does not depend
  /// on the height of the image.
  struct SequentialEncoder {
    private let scan: SequentialScan
    private var band: SampleBand
    private var state: SequentialScan.State
    private var writer = EntropyWriter()

    init(_ scan: SequentialScan, _ band: SampleBand) {
      self.scan = scan
      self.band = band
      state = SequentialScan.State(unitsToRestart: scan.restartInterval)
    }

    /// Codes all of `image`, whose rows follow each other closely.
    mutating func encode(_ image: RawSpan, to output: inout ByteWriter) {
      for unitRow in 0..<scan.layout.unitsDown {
        band.fill(unitRow: unitRow, from: image)
        scan.encodeRow(unitRow, of: band, &state, &writer, to: &output)
      }
      writer.finish(to: &output)
    }
  }

  /// What does not change while ``SequentialEncoder`` works.
  struct SequentialScan {
    /// One block of an MCU: its component, and its place among that component's blocks.
    struct Slot {
      var component: Int
      var x: Int
      var y: Int
    }

    /// What carries over from block to block.
    struct State {
      var predictions = InlineArray<4, Int32>(repeating: 0)
      var unitsToRestart: Int
      var restartNumber = 0
    }

    let layout: FrameLayout
    let slots: [Slot]
    /// ``Divisors`` of each component, and its ``BlockCodes``.
    let divisors: [UInt16]
    let codes: [UInt32]
    let restartInterval: Int

    init(
      _ layout: FrameLayout, divisors: [Divisors], codes: [BlockCodes], restartInterval: Int
    ) {
      self.layout = layout
      self.divisors = divisors.flatMap { $0.values }
      self.codes = codes.flatMap { $0.entries }
      self.restartInterval = restartInterval
      var slots: [Slot] = []
      for (index, component) in layout.components.enumerated() {
        for y in 0..<component.verticalSampling {
          for x in 0..<component.horizontalSampling {
            slots.append(Slot(component: index, x: x, y: y))
          }
        }
      }
      self.slots = slots
    }

    /// Transforms each block before the one before it is coded: the transform's arithmetic then
    /// fills the gaps that the coder's chain of dependent shifts leaves.
    func encodeRow(
      _ unitRow: Int, of band: SampleBand, _ state: inout State, _ writer: inout EntropyWriter,
      to output: inout ByteWriter
    ) {
      var storage = InlineArray<128, Int16>(repeating: 0)
      var coefficients = storage.mutableSpan
      let maps = CoefficientMap.zigzag
      // The block that waits to be coded: where it is, its map, and its component.
      var (current, map, component) = (0, UInt64(0), -1)
      for unit in 0..<layout.unitsAcross {
        if restartInterval > 0 {
          if state.unitsToRestart == 0 {
            if component >= 0 {
              encodeBlock(coefficients, at: current, map, component, maps.span, &state, &writer)
              component = -1
            }
            restart(&state, &writer, to: &output)
          }
          state.unitsToRestart -= 1
        }
        for slot in slots {
          let next = current ^ 64
          let nextMap = transform(
            slot, unit, unitRow, of: band, into: &coefficients, at: next, previous: current)
          if component >= 0 {
            encodeBlock(coefficients, at: current, map, component, maps.span, &state, &writer)
          }
          (current, map, component) = (next, nextMap, slot.component)
        }
        if writer.packer.position > EntropyWriter.threshold { writer.drain(to: &output) }
      }
      encodeBlock(coefficients, at: current, map, component, maps.span, &state, &writer)
    }

    /// Starts the next restart interval.
    private func restart(
      _ state: inout State, _ writer: inout EntropyWriter, to output: inout ByteWriter
    ) {
      writer.finish(to: &output)
      JPEG.write(.rst(state.restartNumber), to: &output)
      state.restartNumber += 1
      state.unitsToRestart = restartInterval
      state.predictions = InlineArray(repeating: 0)
    }

    /// Makes the coefficients of one block, and returns its map.
    @inline(always)
    private func transform(
      _ slot: Slot, _ unit: Int, _ unitRow: Int, of band: SampleBand,
      into coefficients: inout MutableSpan<Int16>, at first: Int, previous: Int
    ) -> UInt64 {
      let (plane, size) = (band.planes[slot.component], layout.components[slot.component])
      let x = unit &* size.horizontalSampling &+ slot.x
      let y = unitRow &* size.verticalSampling &+ slot.y
      guard x < size.blocksAcross && y < size.blocksDown else {
        // Padding: the block before again, without its AC coefficients.
        coefficients[first] = coefficients[previous]
        return 0
      }
      return FDCT.transform(
        band.samples.span, at: plane.offset &+ 8 &* (slot.y &* plane.stride &+ x),
        stride: plane.stride, divisors: divisors.span, at: 192 &* slot.component,
        into: &coefficients, at: first)
    }

    /// Codes one block. Source: T.81 F.1.2.
    @inline(always)
    private func encodeBlock(
      _ coefficients: borrowing MutableSpan<Int16>, at first: Int, _ columns: UInt64,
      _ component: Int, _ maps: Span<UInt64>, _ state: inout State, _ writer: inout EntropyWriter
    ) {
      var packer = writer.packer
      var bytes = writer.buffer.mutableRawSpan
      let (codes, table) = (codes.span, BlockCodes.count &* component)
      let order = JPEG.zigzag.span
      let dc = Int32(coefficients[first])
      let difference = dc &- state.predictions[component]
      state.predictions[component] = dc
      let size = UInt64(truncatingIfNeeded: 32 &- abs(difference).leadingZeroBitCount)
      let extra = UInt64(truncatingIfNeeded: difference &+ (difference &>> 31))
      packer.append(entry: codes[table &+ BlockCodes.dc &+ Int(size)])
      packer.append(extra & (1 &<< size &- 1), size)
      packer.flush(to: &bytes)

      var map = CoefficientMap.zigzag(columns, maps) & ~1
      var last = 0
      while map != 0 {
        let position = map.trailingZeroBitCount
        map &= map &- 1
        let run = position &- last &- 1
        last = position
        let value = Int(coefficients[first &+ Int(order[position])])
        let index = value &+ 32
        if UInt(bitPattern: index | run &<< 2) < 64 {
          packer.append(entry: codes[table &+ BlockCodes.small &+ run &<< 6 &+ index])
          packer.flush(to: &bytes)
        } else {
          Self.encodeLarge(value, run, codes, table, &packer, &bytes)
        }
      }
      if last < 63 { packer.append(entry: codes[table]) }
      packer.flush(to: &bytes)
      writer.packer = packer
    }

    /// Codes an AC coefficient that the table of small ones does not have.
    @inline(never)
    private static func encodeLarge(
      _ value: Int, _ run: Int, _ codes: Span<UInt32>, _ table: Int, _ packer: inout BitPacker,
      _ bytes: inout MutableRawSpan
    ) {
      for _ in 0..<(run &>> 4) {
        packer.append(entry: codes[table &+ 0xF0])
        packer.flush(to: &bytes)
      }
      let size = Int.bitWidth &- abs(value).leadingZeroBitCount
      packer.append(entry: codes[table &+ (run & 15) &<< 4 &+ size])
      let bits = value &+ (value &>> (Int.bitWidth - 1))
      packer.append(
        UInt64(truncatingIfNeeded: bits & (1 &<< size &- 1)), UInt64(truncatingIfNeeded: size))
      packer.flush(to: &bytes)
    }
  }
}
