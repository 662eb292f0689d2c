// SPDX-License-Identifier: Apache-2.0

/// An n-dimensional array whose element type is known at run time.
///
/// Dense and row-major: the last axis varies fastest, and there is no padding. An image is
/// `[height, width]` or `[height, width, channels]`; a stack puts its index first. Elements are in
/// machine byte order. Value semantics with copy-on-write storage; slices along the first axis
/// share memory.
public struct NDArray: Sendable {
  public internal(set) var shape: [Int]
  public let dtype: DType
  var storage: Allocation
  /// Byte offset of the first element in ``storage``.
  var start: Int

  init(storage: Allocation, start: Int, shape: [Int], dtype: DType) {
    self.shape = shape
    self.dtype = dtype
    self.storage = storage
    self.start = start
  }

  /// An array of zeros.
  ///
  /// - Throws: `limitExceeded` when the shape does not fit `limits`, `outOfMemory`.
  public init(
    zeros shape: [Int], dtype: DType, limits: Limits = .default, codec: CodecError.Name = "array"
  ) throws(CodecError) {
    let byteCount = try limits.checkedByteCount(shape: shape, dtype: dtype, codec: codec)
    let storage = try Allocation(byteCount: byteCount, codec: codec)
    self.init(storage: storage, start: 0, shape: shape, dtype: dtype)
  }

  /// Creates an array and lets `body` append all of its bytes, in row-major order.
  ///
  /// - Throws: what `body` throws; `limitExceeded`; `truncated` when `body` appends too few bytes.
  public init(
    shape: [Int], dtype: DType, limits: Limits = .default, codec: CodecError.Name = "array",
    writing body: (inout OutputRawSpan) throws(CodecError) -> Void
  ) throws(CodecError) {
    let byteCount = try limits.checkedByteCount(shape: shape, dtype: dtype, codec: codec)
    let storage = try Allocation(byteCount: byteCount, codec: codec)
    let written = try storage.write(body)
    guard written == byteCount else {
      throw CodecError(
        .truncated(needed: byteCount - written), codec: codec, "fewer pixels than the shape")
    }
    self.init(storage: storage, start: 0, shape: shape, dtype: dtype)
  }

  /// Number of axes.
  public var rank: Int { shape.count }
  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// Size of the elements, in bytes.
  public var byteCount: Int { count * dtype.byteCount }

  /// All bytes, in machine byte order.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // In bounds: every initialiser and slice keeps the elements within the storage.
      let span = unsafe RawSpan(_unsafeBytes: storage.slice(start..<(start + byteCount)))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// All elements, when `type` is this array's element type; traps otherwise. See ``dtype``.
  @_lifetime(borrow self)
  public borrowing func elements<T: NDScalar>(as type: T.Type) -> Span<T> {
    precondition(T.dtype == dtype, "the array holds elements of another type")
    // Storage comes from calloc, and slices start at multiples of the element size.
    let span = Span<T>(_bytes: bytes)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// Calls `body` with all bytes, copying them first when they are shared.
  public mutating func withMutableBytes<R>(
    _ body: (inout MutableRawSpan) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    try makeUnique()
    let slice = unsafe storage.mutableSlice(start..<(start + byteCount))
    var span = unsafe MutableRawSpan(_unsafeBytes: slice)
    return try body(&span)
  }

  /// Calls `body` with the elements, copying them first when they are shared.
  ///
  /// - Precondition: `type` is this array's element type.
  public mutating func withMutableElements<T: NDScalar, R>(
    as type: T.Type, _ body: (inout MutableSpan<T>) throws(CodecError) -> R
  ) throws(CodecError) -> R {
    precondition(T.dtype == dtype, "the array holds elements of another type")
    try makeUnique()
    let slice = unsafe storage.mutableSlice(start..<(start + byteCount))
    var span = unsafe MutableSpan<T>(_unsafeElements: slice.bindMemory(to: T.self))
    return try body(&span)
  }

  private mutating func makeUnique() throws(CodecError) {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = try Allocation(byteCount: byteCount, codec: "array")
    unsafe copy.memory.copyMemory(from: storage.slice(start..<(start + byteCount)))
    storage = copy
    start = 0
  }

  /// The `index`-th item along the first axis, sharing memory with `self`.
  public subscript(index: Int) -> NDArray {
    precondition(rank > 0 && index >= 0 && index < shape[0], "index out of range")
    var item = self
    item.shape.removeFirst()
    item.start = start + index * item.byteCount
    return item
  }

  /// The items in `range` along the first axis, sharing memory with `self`.
  public subscript(range: Range<Int>) -> NDArray {
    precondition(rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0])
    var part = self
    let itemByteCount = shape.dropFirst().reduce(dtype.byteCount, *)
    part.shape[0] = range.count
    part.start = start + range.lowerBound * itemByteCount
    return part
  }
}

extension NDArray: Equatable {
  /// Same shape, type and bytes: NaN equals the same NaN, and 0.0 does not equal -0.0.
  public static func == (a: NDArray, b: NDArray) -> Bool {
    guard a.shape == b.shape, a.dtype == b.dtype else { return false }
    let (x, y) = (a.bytes, b.bytes)
    return x.isEqual(to: y)
  }
}
