// SPDX-License-Identifier: Apache-2.0

extension NDArray {
  /// Channels last to channels first: `[…, height, width, channels]` to `[…, channels, height, width]`.
  ///
  /// - Precondition: at least three axes.
  public func planar() throws(CodecError) -> NDArray {
    precondition(rank >= 3, "planar() needs height, width and channels")
    let (rows, columns) = (shape[rank - 3] * shape[rank - 2], shape[rank - 1])
    var newShape = Array(shape.dropLast(3))
    newShape += [shape[rank - 1], shape[rank - 3], shape[rank - 2]]
    return try transposed(rows: rows, columns: columns, shape: newShape)
  }

  /// Channels first to channels last: `[…, channels, height, width]` to `[…, height, width, channels]`.
  ///
  /// - Precondition: at least three axes.
  public func contiguous() throws(CodecError) -> NDArray {
    precondition(rank >= 3, "contiguous() needs channels, height and width")
    let (rows, columns) = (shape[rank - 3], shape[rank - 2] * shape[rank - 1])
    var newShape = Array(shape.dropLast(3))
    newShape += [shape[rank - 2], shape[rank - 1], shape[rank - 3]]
    return try transposed(rows: rows, columns: columns, shape: newShape)
  }

  /// Transposes each run of `rows` × `columns` elements.
  private func transposed(
    rows: Int, columns: Int, shape newShape: [Int]
  ) throws(CodecError) -> NDArray {
    var unlimited = Limits.default
    unlimited.maxImageBytes = .max
    var result = try NDArray(zeros: newShape, dtype: dtype, limits: unlimited)
    guard rows > 0, columns > 0, count > 0 else { return result }
    let groups = count / (rows * columns)
    switch dtype.byteCount {
    case 1: try transpose(UInt8.self, groups, rows, columns, into: &result)
    case 2: try transpose(UInt16.self, groups, rows, columns, into: &result)
    case 4: try transpose(UInt32.self, groups, rows, columns, into: &result)
    case 8: try transpose(UInt64.self, groups, rows, columns, into: &result)
    default: try transpose(UInt128.self, groups, rows, columns, into: &result)
    }
    return result
  }

  private func transpose<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ groups: Int, _ rows: Int, _ columns: Int, into result: inout NDArray
  ) throws(CodecError) {
    let source = bytes
    let size = MemoryLayout<T>.size
    try result.withMutableBytes { (target) throws(CodecError) in
      for group in 0..<groups {
        let base = group * rows * columns
        for column in 0..<columns {
          for row in 0..<rows {
            let value = source.loadUnaligned(T.self, at: (base + row * columns + column) * size)
            target.storeBytes(
              of: value, toByteOffset: (base + column * rows + row) * size, as: T.self)
          }
        }
      }
    }
  }
}
