// SPDX-License-Identifier: Apache-2.0

extension NDArray {
  /// Creates an array from elements in row-major order.
  ///
  /// - Precondition: `elements.count` is the product of `shape`.
  public init<T: NDScalar>(_ elements: [T], shape: [Int]) throws(CodecError) {
    precondition(elements.count == shape.reduce(1, *), "shape does not match the element count")
    var unlimited = Limits.default
    unlimited.maxImageBytes = .max
    try self.init(zeros: shape, dtype: T.dtype, limits: unlimited)
    unsafe elements.withUnsafeBytes { unsafe storage.memory.copyMemory(from: $0) }
  }

  /// The elements as a Swift array.
  ///
  /// - Precondition: `type` is this array's element type.
  public func array<T: NDScalar>(as type: T.Type) -> [T] {
    let elements = elements(as: type)
    return unsafe elements.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// The same elements under another shape of the same count.
  ///
  /// - Throws: `invalidArgument` when the counts differ.
  public func reshaped(_ newShape: [Int]) throws(CodecError) -> NDArray {
    var product = 1
    for length in newShape {
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else {
        throw CodecError(.invalidArgument, codec: "array", "not a shape")
      }
      product = next
    }
    guard product == count else {
      throw CodecError(.invalidArgument, codec: "array", "the shape has another element count")
    }
    var result = self
    result.shape = newShape
    return result
  }

  /// The same elements with a first axis of length 1.
  public func addingFirstAxis() -> NDArray {
    var result = self
    result.shape.insert(1, at: 0)
    return result
  }

  /// Joins arrays of one shape and type along a new first axis.
  ///
  /// - Throws: `invalidArgument` when shapes or types differ, or `items` is empty.
  public static func stack(
    _ items: [NDArray], limits: Limits = .default
  ) throws(CodecError) -> NDArray {
    guard let first = items.first else {
      throw CodecError(.invalidArgument, codec: "array", "nothing to stack")
    }
    if items.count == 1 { return first.addingFirstAxis() }
    for item in items where item.shape != first.shape || item.dtype != first.dtype {
      throw CodecError(.invalidArgument, codec: "array", "images differ in shape or type")
    }
    return try NDArray(
      shape: [items.count] + first.shape, dtype: first.dtype, limits: limits
    ) { output throws(CodecError) in
      for item in items { output.append(item.bytes) }
    }
  }
}

extension OutputRawSpan {
  /// Appends an element of an array, in machine byte order.
  ///
  /// - Precondition: it fits.
  @_lifetime(self: copy self)
  mutating func append<T: NDScalar>(element: T) {
    // No element has padding to leave uninitialised.
    unsafe append(element, as: T.self)
  }

  /// Appends zeros, such as stand for pixels that a damaged file lacks.
  ///
  /// - Precondition: they fit.
  @_lifetime(self: copy self)
  mutating func append(zeroByteCount count: Int) {
    unsafe append(repeating: 0, count: count, as: UInt8.self)
  }

  /// Appends an integer, least significant byte first.
  ///
  /// - Precondition: it fits.
  @_lifetime(self: copy self)
  mutating func append<T: FixedWidthInteger & BitwiseCopyable>(littleEndian value: T) {
    // An integer has no padding to leave uninitialised.
    unsafe append(value.littleEndian, as: T.self)
  }

  /// Appends an integer, most significant byte first.
  ///
  /// - Precondition: it fits.
  @_lifetime(self: copy self)
  mutating func append<T: FixedWidthInteger & BitwiseCopyable>(bigEndian value: T) {
    unsafe append(value.bigEndian, as: T.self)
  }

  /// Appends all bytes of `span`.
  ///
  /// - Precondition: they fit.
  @_lifetime(self: copy self)
  public mutating func append(_ span: RawSpan) {
    unsafe withUnsafeMutableBytes { target, count in
      precondition(target.count - count >= span.byteCount, "output is too small")
      unsafe span.withUnsafeBytes {
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: target[count...])
        unsafe part.copyMemory(from: $0)
      }
      count += span.byteCount
    }
  }
}
