// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The inflated bytes between the inflater and the unfilter.
  ///
  /// The inflater appends and refers back to the last 32 KiB; the unfilter takes whole rows from the
  /// front. Both work in place, and the whole stays in the processor's second cache. When the end is
  /// reached, what either still needs moves to the start.
  struct RowBuffer: Sendable {
    /// How far back DEFLATE may refer.
    static var windowByteCount: Int { 32_768 }

    private let storage: Allocation
    /// First byte that the unfilter has not taken.
    private(set) var start = 0
    /// End of the bytes inflated so far.
    private(set) var end = 0

    /// - Parameter capacity: checked by the caller; more than the window and one row.
    init(capacity: Int) throws(CodecError) {
      storage = try Allocation(byteCount: capacity, codec: PNG.name)
    }

    /// Inflated bytes not taken yet.
    var count: Int { end - start }

    /// Inflates until `input` from `offset` on is used up, there is no more room, or the stream ends.
    mutating func fill(
      with inflater: inout Inflater, from input: RawSpan, _ offset: inout Int
    ) throws(CodecError) -> StreamStatus {
      let memory = unsafe storage.memory
      var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
      return try inflater.decode(input, &offset, &bytes, &end, false)
    }

    /// Calls `body` with the bytes not taken yet.
    func withRows<R>(_ body: (RawSpan) -> R) -> R {
      let bytes = unsafe RawSpan(_unsafeBytes: storage.slice(start..<end))
      return body(bytes)
    }

    /// Takes `count` bytes from the front.
    mutating func take(_ count: Int) {
      precondition(count >= 0 && count <= end - start)
      start += count
    }

    /// Moves the window and the bytes not taken to the start, when that frees a good part.
    mutating func makeRoom() {
      let first = min(start, max(end - Self.windowByteCount, 0))
      guard first > 0 else { return }
      let memory = unsafe storage.memory
      unsafe memory.baseAddress?.copyMemory(
        from: UnsafeRawPointer(memory.baseAddress! + first), byteCount: end - first)
      start -= first
      end -= first
    }
  }

  /// Unfiltered rows of samples that still have to be converted; the row before them comes first.
  struct RowScratch: Sendable {
    private let storage: Allocation
    let rowByteCount: Int
    /// Rows it holds beside the row before them.
    let rowCapacity: Int

    init(rowByteCount: Int, rowCapacity: Int) throws(CodecError) {
      self.rowByteCount = rowByteCount
      self.rowCapacity = rowCapacity
      storage = try Allocation(byteCount: rowByteCount * (rowCapacity + 1), codec: PNG.name)
    }

    /// Calls `body` with all rows.
    func withMutableBytes<R>(_ body: (inout MutableRawSpan) -> R) -> R {
      let memory = unsafe storage.memory
      var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
      return body(&bytes)
    }

    /// Calls `body` with row `index`, where 0 is the first to convert.
    func withRow<R, E: Error>(
      _ index: Int, _ body: (RawSpan) throws(E) -> R
    ) throws(E) -> R {
      let start = (index + 1) * rowByteCount
      let bytes = unsafe RawSpan(_unsafeBytes: storage.slice(start..<(start + rowByteCount)))
      return try body(bytes)
    }

    /// Makes row `index` the row before the next ones.
    func keep(_ index: Int) {
      let start = (index + 1) * rowByteCount
      unsafe storage.mutableSlice(0..<rowByteCount).copyMemory(
        from: storage.slice(start..<(start + rowByteCount)))
    }
  }
}
