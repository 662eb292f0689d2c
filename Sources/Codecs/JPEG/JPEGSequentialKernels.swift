// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The loop over the blocks of a sequential scan, from samples to bits.
  enum SequentialKernels {
    /// Bytes that the blocks of `unitCount` MCUs add at most: 64 coefficients of 32 bits each, and
    /// what a store of eight bytes writes too much.
    static func reserve(unitCount: Int, slotCount: Int) -> Int {
      256 * unitCount * slotCount + 8
    }

    /// Transforms and codes the MCUs `units` of row `unitRow`. Source: T.81 F.1.
    ///
    /// Each block is transformed before the one before it is coded: the transform's arithmetic then
    /// fills the gaps that the coder's chain of dependent shifts leaves.
    ///
    /// - Parameters:
    ///   - maps: ``CoefficientMap/zigzag``.
    ///   - bytes: receives whole bytes at the packer's position.
    @inline(always)
    static func encode(
      _ units: Range<Int>, ofRow unitRow: Int, of samples: Span<UInt8>, _ scan: SequentialScan,
      maps: Span<UInt64>, _ state: inout SequentialScan.State, _ packer: inout BitPacker,
      into bytes: inout MutableSpan<UInt8>
    ) {
      // The proof for every access below, together with what is said there.
      let slots = scan.slots
      precondition(maps.count == 8 * 256 && units.lowerBound >= 0)
      precondition(packer.position >= 0)
      precondition(
        reserve(unitCount: units.count, slotCount: slots.count) <= bytes.count - packer.position)
      for slot in slots {
        precondition(slot.offset >= 0 && slot.step >= 0 && slot.stride >= 8)
        let last = min(units.upperBound, slot.unitsAcross) - 1
        precondition(slot.offset + last * slot.step + 7 * slot.stride + 16 <= samples.count)
        precondition(slot.component >= 0 && slot.component < 4)
        precondition(Divisors.count * (slot.component + 1) <= scan.divisors.count)
        precondition(BlockCodes.count * (slot.component + 1) <= scan.codes.count)
      }
      unsafe samples.withUnsafeBufferPointer { samples in
        unsafe maps.withUnsafeBufferPointer { maps in
          unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            unsafe encode(
              units, unitRow, samples.baseAddress.unsafelyUnwrapped, scan,
              maps.baseAddress.unsafelyUnwrapped, &state, &packer,
              UnsafeMutableRawPointer(bytes.baseAddress.unsafelyUnwrapped))
          }
        }
      }
    }

    @inline(never)
    private static func encode(
      _ units: Range<Int>, _ unitRow: Int, _ samples: UnsafePointer<UInt8>,
      _ scan: SequentialScan, _ maps: UnsafePointer<UInt64>, _ state: inout SequentialScan.State,
      _ packer: inout BitPacker, _ bytes: UnsafeMutableRawPointer
    ) {
      unsafe withUnsafeTemporaryAllocation(of: Int16.self, capacity: 128) { blocks in
        unsafe scan.slots.withUnsafeBufferPointer { slots in
          unsafe scan.divisors.withUnsafeBufferPointer { divisors in
            unsafe scan.codes.withUnsafeBufferPointer { codes in
              // Two blocks: the one that waits to be coded, and the next.
              var current = unsafe blocks.baseAddress.unsafelyUnwrapped
              var next = unsafe current + 64
              var (map, component) = (UInt64(0), -1)
              for unit in units {
                for index in 0..<slots.count {
                  let slot = unsafe slots[index]
                  var nextMap: UInt64 = 0
                  if unit < slot.unitsAcross && unitRow < slot.unitsDown {
                    nextMap = unsafe FDCT.transform(
                      samples + (slot.offset &+ unit &* slot.step), slot.stride,
                      divisors.baseAddress.unsafelyUnwrapped
                        + Divisors.count &* slot.component, next)
                  } else {
                    // Padding: the block before again, without its AC coefficients.
                    unsafe next[0] = current[0]
                  }
                  if component >= 0 {
                    unsafe encodeBlock(
                      current, zigzag(map, maps), component, codes.baseAddress.unsafelyUnwrapped,
                      &state, &packer, bytes)
                  }
                  unsafe swap(&current, &next)
                  (map, component) = (nextMap, slot.component)
                }
              }
              if component >= 0 {
                unsafe encodeBlock(
                  current, zigzag(map, maps), component, codes.baseAddress.unsafelyUnwrapped,
                  &state, &packer, bytes)
              }
            }
          }
        }
      }
    }

    @inline(always)
    private static func zigzag(_ rows: UInt64, _ maps: UnsafePointer<UInt64>) -> UInt64 {
      var map: UInt64 = 0
      for v in 0..<8 {
        unsafe map |= maps[256 &* v &+ Int(truncatingIfNeeded: rows &>> UInt64(8 &* v) & 255)]
      }
      return map
    }

    @inline(always)
    private static func encodeBlock(
      _ coefficients: UnsafePointer<Int16>, _ map: UInt64, _ component: Int,
      _ codes: UnsafePointer<UInt32>, _ state: inout SequentialScan.State,
      _ packer: inout BitPacker, _ bytes: UnsafeMutableRawPointer
    ) {
      let dc = unsafe Int32(coefficients[0])
      let difference = dc &- state.predictions[component]
      state.predictions[component] = dc
      packer = unsafe encodeBlock(
        coefficients, map, difference, codes + BlockCodes.count &* component, packer, bytes)
    }

    /// A function of its own, so that the packer stays in registers.
    @inline(never)
    private static func encodeBlock(
      _ coefficients: UnsafePointer<Int16>, _ zigzag: UInt64, _ difference: Int32,
      _ codes: UnsafePointer<UInt32>, _ start: BitPacker, _ bytes: UnsafeMutableRawPointer
    ) -> BitPacker {
      var packer = start
      // In bounds: the size of a 17-bit difference is at most 17, and there are 256 DC entries.
      let size = UInt64(truncatingIfNeeded: 32 &- difference.magnitude.leadingZeroBitCount)
      let extra = UInt64(truncatingIfNeeded: difference &+ (difference &>> 31))
      unsafe packer.append(entry: codes[BlockCodes.dc &+ Int(truncatingIfNeeded: size)])
      packer.append(extra & (1 &<< size &- 1), size)

      var map = zigzag & ~1
      var last = 0
      let order = unsafe JPEG.zigzag.withUnsafeBufferPointer {
        unsafe $0.baseAddress.unsafelyUnwrapped
      }
      // Two coefficients between flushes are 44 bits at most, and the DC code is 33.
      while map != 0 {
        unsafe packer.flush(to: bytes)
        unsafe step(coefficients, &map, &last, codes, order, &packer, bytes)
        if map == 0 { break }
        unsafe step(coefficients, &map, &last, codes, order, &packer, bytes)
      }
      unsafe packer.flush(to: bytes)
      if last < 63 { unsafe packer.append(entry: codes[0]) }
      unsafe packer.flush(to: bytes)
      return packer
    }

    /// Codes the coefficient of the lowest bit of `map` and takes the bit away.
    @inline(always)
    private static func step(
      _ coefficients: UnsafePointer<Int16>, _ map: inout UInt64, _ last: inout Int,
      _ codes: UnsafePointer<UInt32>, _ order: UnsafePointer<UInt8>, _ packer: inout BitPacker,
      _ bytes: UnsafeMutableRawPointer
    ) {
      // In bounds: the map is not zero, so the position is below 64, and so is its row order.
      let position = map.trailingZeroBitCount
      map &= map &- 1
      let run = position &- last &- 1
      last = position
      let value = unsafe Int(coefficients[Int(order[position])])
      let index = value &+ 32
      if _fastPath(UInt(bitPattern: index | run &<< 2) < 64) {
        unsafe packer.append(entry: codes[BlockCodes.small &+ run &<< 6 &+ index])
      } else {
        packer = unsafe encodeLarge(value, run, codes, packer, bytes)
      }
    }

    /// Codes an AC coefficient that the table of small ones does not have.
    @inline(never)
    private static func encodeLarge(
      _ value: Int, _ run: Int, _ codes: UnsafePointer<UInt32>, _ start: BitPacker,
      _ bytes: UnsafeMutableRawPointer
    ) -> BitPacker {
      var packer = start
      unsafe packer.flush(to: bytes)
      for _ in 0..<(run &>> 4) {
        unsafe packer.append(entry: codes[0xF0])
        unsafe packer.flush(to: bytes)
      }
      // In bounds: a 16-bit value has a size of at most 16, and 15 · 16 + 16 is still an entry.
      let size = Int.bitWidth &- value.magnitude.leadingZeroBitCount
      unsafe packer.append(entry: codes[(run & 15) &<< 4 &+ size])
      let bits = value &+ (value &>> (Int.bitWidth - 1))
      packer.append(
        UInt64(truncatingIfNeeded: bits & (1 &<< size &- 1)), UInt64(truncatingIfNeeded: size))
      unsafe packer.flush(to: bytes)
      return packer
    }
  }

  /// Gathers bits, first one highest, into bytes that are not stuffed yet.
  ///
  /// Entries of code tables hold a length in their low six bits and the bits to write above, so one
  /// addition counts: only the low six bits of ``count`` mean anything between flushes.
  struct BitPacker: Sendable {
    var bits: UInt64 = 0
    var count: UInt64 = 0
    /// Whole bytes in the buffer.
    var position = 0

    /// Appends the bits of a table entry. At most 56 bits may come between two flushes.
    @inline(always)
    mutating func append(entry: UInt32) {
      let entry = UInt64(entry)
      bits = bits &<< entry | entry &>> 6
      count &+= entry
    }

    /// Appends the bits of an entry with up to 36 of them.
    @inline(always)
    mutating func append(wideEntry entry: UInt64) {
      bits = bits &<< entry | entry &>> 6
      count &+= entry
    }

    /// Appends the low `length` bits of `value`, which has no others.
    @inline(always)
    mutating func append(_ value: UInt64, _ length: UInt64) {
      bits = bits &<< length | value
      count &+= length
    }

    /// Moves whole bytes to the buffer; at most seven bits stay.
    ///
    /// Eight bytes are stored whatever is pending; those beyond it are written again later.
    @inline(always)
    mutating func flush(to buffer: UnsafeMutableRawPointer) {
      let pending = count & 63
      unsafe buffer.storeBytes(
        of: (bits &<< (64 &- pending)).bigEndian, toByteOffset: position, as: UInt64.self)
      position &+= Int(truncatingIfNeeded: pending &>> 3)
      count = pending & 7
    }

    /// Moves whole bytes to the buffer; traps when less than eight bytes are left in it.
    @inline(always)
    mutating func flush(to buffer: inout MutableRawSpan) {
      precondition(position >= 0 && position <= buffer.byteCount - 8)
      unsafe buffer.withUnsafeMutableBytes {
        unsafe flush(to: $0.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}
