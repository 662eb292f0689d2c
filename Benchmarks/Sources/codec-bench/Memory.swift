// SPDX-License-Identifier: Apache-2.0

/// Memory that a candidate works in; lives as long as the process, so C functions may keep pointers.
final class Memory {
  let bytes: UnsafeMutableRawBufferPointer
  /// How much of it the last run filled; -1 when it failed.
  var count = 0

  init(_ capacity: Int) {
    bytes = .allocate(byteCount: max(capacity, 1), alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  convenience init(_ content: [UInt8]) {
    self.init(content.count)
    bytes.copyBytes(from: content)
    count = content.count
  }

  var base: UnsafeMutableRawPointer { bytes.baseAddress! }
  var words: UnsafeMutablePointer<UInt8> { base.assumingMemoryBound(to: UInt8.self) }
  /// The filled part, copied.
  var output: [UInt8] { [UInt8](bytes.prefix(max(count, 0))) }

  /// Lets `body` append from the start on; a thrown error counts as a failed run.
  func write(_ body: (inout OutputRawSpan) throws -> Void) {
    var span = OutputRawSpan(buffer: bytes, initializedCount: 0)
    do {
      try body(&span)
      count = span.finalize(for: bytes)
    } catch {
      _ = span.finalize(for: bytes)
      count = -1
    }
  }

  /// The filled part.
  var span: RawSpan {
    @_lifetime(borrow self)
    get {
      let filled = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(count, 0)))
      return _overrideLifetime(RawSpan(_unsafeBytes: filled), borrowing: self)
    }
  }
}

extension Candidate {
  /// A candidate that writes to `memory`.
  init(_ name: String, _ memory: Memory, run: @escaping () -> Void) {
    self.init(name: name, run: run, output: { memory.output })
  }

  /// A candidate whose result is a number.
  init(_ name: String, checksum: @escaping () -> UInt32) {
    let memory = Memory(4)
    memory.count = 4
    self.init(name, memory) { memory.base.storeBytes(of: checksum(), as: UInt32.self) }
  }
}
