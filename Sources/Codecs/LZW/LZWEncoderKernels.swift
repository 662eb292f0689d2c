// SPDX-License-Identifier: Apache-2.0

extension LZW {
  /// Slots of the hash table; at most a quarter of them are used.
  private static var slotCount: Int { 16_384 }
  /// A slot without a string: its prefix, 4095, gets no children because the table is full then.
  private static var emptySlot: UInt32 { 0xFFFF_FFFF }

  /// - Precondition: the output has room for ``LZW/encodedByteCountBound(for:)``, and no byte is
  ///   `layout.clearCode` or more.
  static func encodeCodes<Order: LZWBitOrder>(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: Layout, _ order: Order.Type
  ) throws(CodecError) {
    try unsafe source.withBytePointer { (input, count) throws(CodecError) in
      try unsafe output.appendBytes { (target, _, written) in
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: slotCount) { slots in
          let table = unsafe slots.baseAddress.unsafelyUnwrapped
          written = unsafe encode(input, count, target, table, layout, order)
        }
      }
    }
  }

  /// All ones when the slot holds another string than `key` or none, else zero.
  @inline(__always)
  private static func endMask(_ entry: UInt32, _ key: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(entry &>> 12 ^ key) &- 1) &>> 63) &- 1
  }

  /// A slot is `prefix ≪ 20 | byte ≪ 12 | code`.
  ///
  /// In bounds: every step writes eight bytes at `o` and at most one code of 12 bits (24 with a
  /// CLEAR) per input byte; the bound has eight bytes beyond that.
  @inline(never)
  @unsafe
  private static func encode<Order: LZWBitOrder>(
    _ input: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ slots: UnsafeMutablePointer<UInt32>, _ layout: Layout, _ order: Order.Type
  ) -> Int {
    unsafe slots.initialize(repeating: emptySlot, count: slotCount)
    var bits: UInt64 = 0
    var pending = 0
    var o = 0
    var width = layout.firstWidth
    var next = layout.firstFree
    // The encoder adds a string with the code that the decoder needs to add it one code later.
    var limit = layout.limit(width) &+ 1
    Order.append(&bits, &pending, layout.clearCode, width)
    guard count > 0 else {
      Order.append(&bits, &pending, layout.endCode, width)
      unsafe target.store(Order.word(bits, pending), 0)
      return (pending + 7) >> 3
    }
    var prefix = UInt32(unsafe input[0])
    var i = 1
    while i < count {
      let byte = UInt32(unsafe input[i])
      i &+= 1
      let key = prefix &<< 8 | byte
      // The byte's part of the hash does not wait for the prefix, which is the slow chain here.
      var slot = Int(truncatingIfNeeded: (prefix ^ (byte &* 0x9E37_79B1) &>> 18))
      var entry = unsafe slots[slot]
      // One branch for "found or free": the product is zero when either factor is.
      while UInt64(entry &>> 12 ^ key) &* UInt64(~entry) != 0 {
        slot = (slot &+ 5003) & (slotCount &- 1)
        entry = unsafe slots[slot]
      }
      // Whether a string goes on is as good as random: no branch depends on it. A code of no
      // bits is appended while it does.
      let ends = entry == emptySlot
      unsafe slots[slot] = ends ? key &<< 12 | UInt32(truncatingIfNeeded: next) : entry
      Order.append(&bits, &pending, ends ? Int(prefix) : 0, ends ? width : 0)
      prefix = ends ? byte : entry & 0xFFF
      next &+= ends ? 1 : 0
      unsafe target.store(Order.word(bits, pending), o)
      let byteCount = pending >> 3
      bits = Order.drop(bits, byteCount)
      o &+= byteCount
      pending &= 7
      if next >= limit {
        if width < 12 {
          width &+= 1
          limit = width < 12 ? layout.limit(width) &+ 1 : 4096
        } else {
          Order.append(&bits, &pending, layout.clearCode, 12)
          unsafe slots.update(repeating: emptySlot, count: slotCount)
          width = layout.firstWidth
          next = layout.firstFree
          limit = layout.limit(width) &+ 1
        }
      }
    }
    Order.append(&bits, &pending, Int(prefix), width)
    // The decoder adds one string more before it reads the end code.
    if next &+ 1 >= limit, width < 12 { width &+= 1 }
    Order.append(&bits, &pending, layout.endCode, width)
    unsafe target.store(Order.word(bits, pending), o)
    return o &+ (pending + 7) >> 3
  }
}
