// SPDX-License-Identifier: Apache-2.0

/// How stored pixels must be turned and mirrored for display: Exif's orientation.
///
/// Source: CIPA DC-008 (Exif 2.32) §4.6.4, tag 0x0112.
public enum Orientation: Int, Sendable, Hashable, CaseIterable {
  case upright = 1
  case mirrored, rotated180, flipped
  case transposed, rotated90, transverse, rotated270

  /// Whether width and height change places.
  public var swapsAxes: Bool { rawValue >= 5 }

  /// Where the pixel at the start of the stored rows goes, and which way columns and rows run:
  /// mirrored left to right, mirrored top to bottom, before the axes are exchanged.
  fileprivate var mirrors: (columns: Bool, rows: Bool) {
    switch self {
    case .upright, .transposed: (false, false)
    case .mirrored, .rotated270: (true, false)
    case .rotated180, .transverse: (true, true)
    case .flipped, .rotated90: (false, true)
    }
  }
}

extension NDArray {
  /// The image turned for display.
  ///
  /// `self` is `[height, width]` or `[height, width, channels]`; height and width are exchanged for
  /// orientations 5 to 8.
  /// - Throws: `invalidArgument` for other shapes; `limitExceeded`, `outOfMemory`.
  public func turned(
    by orientation: Orientation, limits: Limits = .default
  ) throws(CodecError) -> NDArray {
    guard orientation != .upright else { return self }
    guard rank == 2 || rank == 3 else {
      throw CodecError(.invalidArgument, codec: "color", part: "rotate", "not an image")
    }
    var newShape = shape
    if orientation.swapsAxes { newShape.swapAt(0, 1) }
    let pixelByteCount = shape.dropFirst(2).reduce(dtype.byteCount, *)
    var result = try NDArray(zeros: newShape, dtype: dtype, limits: limits, codec: "color")
    guard count > 0 else { return result }
    let mirrors = orientation.mirrors
    let (height, width) = (shape[0], shape[1])
    let source = bytes
    try result.withMutableBytes { (target) throws(CodecError) in
      // Stored pixel (x, y) goes to row x and column y when the axes change places, else to row y
      // and column x, both counted from the far end when mirrored.
      for y in 0..<height {
        let row = mirrors.rows ? height - 1 - y : y
        let across = orientation.swapsAxes ? height * pixelByteCount : pixelByteCount
        let start = orientation.swapsAxes ? row * pixelByteCount : row * width * pixelByteCount
        movePixels(
          source, at: y * width * pixelByteCount, count: width, pixelByteCount: pixelByteCount,
          into: &target, at: mirrors.columns ? start + (width - 1) * across : start,
          step: mirrors.columns ? -across : across)
      }
    }
    return result
  }
}
