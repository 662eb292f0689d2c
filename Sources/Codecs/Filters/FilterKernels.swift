// SPDX-License-Identifier: Apache-2.0

/// Appends as many bytes as `source` has, which `kernel` writes.
///
/// - Precondition: the output has room for them, and `kernel` writes them all.
@unsafe @inline(__always)
func filter(
  _ source: RawSpan, into output: inout OutputRawSpan,
  _ kernel: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
) {
  guard source.byteCount > 0 else { return }
  unsafe source.withUnsafeBytes { input in
    unsafe output.withUnsafeMutableBytes { buffer, count in
      precondition(buffer.count - count >= input.count)
      let target = unsafe UnsafeMutablePointer(
        mutating: UnsafeRawBufferPointer(buffer).bytePointer)
      unsafe kernel(input.bytePointer, target + count)
      count += input.count
    }
  }
}

/// Runs `kernel` with `bytes` as source and target.
@unsafe @inline(__always)
func filter(
  inPlace bytes: inout MutableRawSpan,
  _ kernel: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
) {
  guard bytes.byteCount > 0 else { return }
  unsafe bytes.withUnsafeMutableBytes { buffer in
    let target = unsafe UnsafeMutablePointer(mutating: UnsafeRawBufferPointer(buffer).bytePointer)
    unsafe kernel(UnsafePointer(target), target)
  }
}

@unsafe @inline(__always)
func copyUnlessInPlace(
  _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  if unsafe source != UnsafePointer(target) { unsafe target.update(from: source, count: count) }
}
