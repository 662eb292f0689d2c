// SPDX-License-Identifier: Apache-2.0

extension ByteShufflePlan {
  func appendPlanes(of source: RawSpan, to output: inout OutputRawSpan) {
    precondition(geometry.byteCount == source.byteCount)
    unsafe filter(source, into: &output) { unsafe encode($0, $1) }
  }

  func appendElements(of source: RawSpan, to output: inout OutputRawSpan) {
    precondition(geometry.byteCount == source.byteCount)
    unsafe filter(source, into: &output) { unsafe decode($0, $1) }
  }

  func replaceByPlanes(_ bytes: inout MutableRawSpan) {
    precondition(geometry.byteCount == bytes.byteCount)
    unsafe filter(inPlace: &bytes) { unsafe encode($0, $1) }
  }

  func replaceByElements(_ bytes: inout MutableRawSpan) {
    precondition(geometry.byteCount == bytes.byteCount)
    unsafe filter(inPlace: &bytes) { unsafe decode($0, $1) }
  }

  @unsafe
  private func encode(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    let count = geometry.rowByteCount
    let row = unsafe UnsafeMutablePointer(
      mutating: UnsafeRawBufferPointer(scratch.memory).bytePointer)
    let needsScratch = unsafe usesDelta || source == UnsafePointer(target)
    for index in 0..<geometry.rowCount {
      let from = unsafe source + index &* count
      let to = unsafe target + index &* count
      unsafe BytePlanes.split(
        from, needsScratch ? row : to, count, geometry.elementByteCount, isReversed: isReversed)
      if usesDelta {
        unsafe differences(SubtractBytes(), UnsafePointer(row), to, byteDifferences)
      } else if needsScratch {
        unsafe to.update(from: row, count: count)
      }
    }
  }

  @unsafe
  private func decode(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    let count = geometry.rowByteCount
    let row = unsafe UnsafeMutablePointer(
      mutating: UnsafeRawBufferPointer(scratch.memory).bytePointer)
    let needsScratch = unsafe usesDelta || source == UnsafePointer(target)
    for index in 0..<geometry.rowCount {
      let from = unsafe source + index &* count
      let to = unsafe target + index &* count
      if usesDelta {
        unsafe sums(SubtractBytes(), from, row, byteDifferences)
      } else if needsScratch {
        unsafe row.update(from: from, count: count)
      }
      unsafe BytePlanes.join(
        needsScratch ? UnsafePointer(row) : from, to, count, geometry.elementByteCount,
        isReversed: isReversed)
    }
  }
}
