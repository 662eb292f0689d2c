// SPDX-License-Identifier: Apache-2.0

extension NPY {
  /// Decodes the array: in C order and machine byte order, whatever the file has.
  ///
  /// - Throws: `truncated`, `corrupt`, `limitExceeded`; `unsupported` for texts, times, records and
  ///   Python objects.
  public static func decode(
    _ source: RawSpan, options: NoFormatOptions = .init(), policy: DecodePolicy = .default,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray {
    let header = try Header(parsing: source, limits: policy.limits)
    let end = header.start + header.byteCount
    guard end <= source.byteCount else {
      throw CodecError(
        .truncated(needed: end - source.byteCount), codec: name, part: "array",
        at: source.byteCount)
    }
    if end < source.byteCount {
      try diagnostics.warn(
        Warning(codec: name, part: "array", "is not the end of the file", at: end), policy: policy)
    }
    let data = source.extracting(header.start..<end)
    return try NDArray(
      shape: header.shape, dtype: header.element.dtype, limits: policy.limits, codec: name
    ) { (output) throws(CodecError) in
      let (element, size) = (header.element, header.element.dtype.byteCount)
      let swaps = element.isBigEndian != Element.machineIsBigEndian && element.wordByteCount > 1
      guard header.isColumnMajor || swaps || element.dtype == .bool else {
        output.append(data)
        return
      }
      var places = Places(header.shape, isColumnMajor: header.isColumnMajor)
      while let place = places.next() {
        for part in 0..<(size / element.wordByteCount) {
          let offset = place * size + part * element.wordByteCount
          for k in 0..<element.wordByteCount {
            let byte = data[byteAt: offset + (swaps ? element.wordByteCount - 1 - k : k)]
            // Any byte but 0 is true.
            output.append(element.dtype == .bool ? min(byte, 1) : byte)
          }
        }
      }
    }
  }

  /// Where the elements stand in the file, in C order.
  private struct Places {
    private let shape: [Int]
    /// Elements from one to its neighbour along each axis.
    private var strides: [Int]
    private var index: [Int]
    private var place = 0
    private var left: Int

    init(_ shape: [Int], isColumnMajor: Bool) {
      self.shape = shape
      strides = shape
      index = shape.map { _ in 0 }
      left = shape.reduce(1, *)
      var stride = 1
      for axis in isColumnMajor ? Array(shape.indices) : shape.indices.reversed() {
        strides[axis] = stride
        stride *= shape[axis]
      }
    }

    mutating func next() -> Int? {
      guard left > 0 else { return nil }
      let current = place
      left -= 1
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        place += strides[axis]
        guard index[axis] == shape[axis] else { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
      return current
    }
  }
}
