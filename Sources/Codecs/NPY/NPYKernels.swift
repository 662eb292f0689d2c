// SPDX-License-Identifier: Apache-2.0

extension NPY {
  /// Appends the elements of an array, of which the first axis varies fastest, in C order.
  ///
  /// - Precondition: `data` is the elements of `shape`, and the output has room for as many.
  @inline(__always)
  static func append<Element: FixedWidthInteger & BitwiseCopyable>(
    _ data: RawSpan, columnMajor shape: [Int], to output: inout OutputRawSpan,
    _ transform: (Element) -> Element
  ) {
    let size = MemoryLayout<Element>.size
    let count = shape.reduce(1, *)
    precondition(data.byteCount == count * size && output.freeCapacity >= data.byteCount)
    guard count > 0 else { return }
    do throws(CodecError) {
      try unsafe output.appendBytes { (target, _, written) throws(CodecError) in
        try unsafe data.withBytePointer { (source, _) throws(CodecError) in
          written = count * size
          guard shape.count > 1 else {
            // In bounds: both are `count` elements.
            for i in 0..<count {
              unsafe target.store(transform(source.load(Element.self, i &* size)), i &* size)
            }
            return
          }
          var planes = Planes(shape)
          repeat {
            unsafe transpose(source, target, planes, transform)
          } while planes.next()
        }
      }
    } catch { return }
  }

  /// Copies one plane of the first and the last axis, a square at a time so that the lines of the
  /// cache that it touches stay there.
  ///
  /// In bounds: the indices are below the lengths of their axes.
  @inline(__always)
  @unsafe
  private static func transpose<Element: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ planes: Planes,
    _ transform: (Element) -> Element
  ) {
    let size = MemoryLayout<Element>.size
    let (side, rowCount, columnCount) = (32, planes.rowCount, planes.columnCount)
    for top in stride(from: 0, to: rowCount, by: side) {
      for left in stride(from: 0, to: columnCount, by: side) {
        let right = min(left &+ side, columnCount)
        for row in top..<min(top &+ side, rowCount) {
          var from = (planes.source &+ row &+ left &* planes.columnStride) &* size
          var to = (planes.target &+ row &* planes.rowStride &+ left) &* size
          for _ in left..<right {
            unsafe target.store(transform(source.load(Element.self, from)), to)
            from &+= planes.columnStride &* size
            to &+= size
          }
        }
      }
    }
  }

  /// The planes of the first and the last axis, one for each index of the axes between.
  private struct Planes {
    /// Lengths of the first and the last axis.
    let rowCount: Int
    let columnCount: Int
    /// Elements from one row to the next in C order, and from one column to the next in the file.
    let rowStride: Int
    let columnStride: Int
    /// Elements before the plane in the file and in C order.
    private(set) var source = 0
    private(set) var target = 0
    /// The axes between: length, index, elements to the next in the file and in C order.
    private var axes: [(length: Int, index: Int, source: Int, target: Int)] = []

    init(_ shape: [Int]) {
      rowCount = shape[0]
      columnCount = shape[shape.count - 1]
      rowStride = shape.dropFirst().reduce(1, *)
      columnStride = shape.dropLast().reduce(1, *)
      var (inner, outer) = (shape[0], rowStride)
      for length in shape.dropFirst().dropLast() {
        outer /= length
        axes.append((length, 0, inner, outer))
        inner *= length
      }
    }

    /// Goes on to the next plane; `false` after the last.
    mutating func next() -> Bool {
      for axis in axes.indices.reversed() {
        axes[axis].index += 1
        source += axes[axis].source
        target += axes[axis].target
        guard axes[axis].index == axes[axis].length else { return true }
        source -= axes[axis].source * axes[axis].length
        target -= axes[axis].target * axes[axis].length
        axes[axis].index = 0
      }
      return false
    }
  }
}
