// SPDX-License-Identifier: Apache-2.0

/// The picture on which the frames of an animation are drawn one after the other.
///
/// It starts transparent black. Frames of GIF and APNG cover a part of it, replace or overlay what
/// is there, and may be taken away again before the next one.
/// Source: PNG 3rd edition §11.3.2 (fcTL); GIF89a §23.
public struct AnimationCanvas: Sendable {
  /// What happens to a frame's region before the next frame is drawn.
  public enum Disposal: UInt8, Sendable, Hashable {
    /// It stays.
    case none = 0
    /// It becomes transparent black.
    case background = 1
    /// It becomes what it was before the frame.
    case previous = 2
  }

  /// How a frame is drawn.
  public enum Blend: UInt8, Sendable, Hashable {
    /// Its pixels take the place of what is there, alpha included.
    case source = 0
    /// Its pixels lie over what is there, as far as they are opaque.
    case over = 1
  }

  /// The canvas as last drawn.
  public private(set) var image: NDArray
  /// What has to be done before the next frame.
  private var disposal: (region: Region, kind: Disposal)?
  /// The rows of the region before the last frame.
  private var saved: NDArray?

  /// A transparent canvas.
  ///
  /// - Parameter shape: `[height, width]` or `[height, width, channels]`; the last of 2 or 4
  ///   channels is alpha.
  public init(shape: [Int], dtype: DType, limits: Limits) throws(CodecError) {
    image = try NDArray(zeros: shape, dtype: dtype, limits: limits, codec: "canvas")
  }

  /// A canvas that shows `image`.
  init(showing image: NDArray) { self.image = image }

  /// Disposes of the frame before, and draws this one.
  ///
  /// - Parameters:
  ///   - frame: of the canvas' type and channels.
  ///   - x: column of the canvas at which the frame begins; it lies inside the canvas.
  ///   - y: row at which it begins.
  ///   - isExact: how alpha adds up under ``Blend/over``: as in the specification, or, by default,
  ///     as in imageio's and imagecodecs' decoders.
  /// - Throws: `invalidArgument` when the frame does not fit the canvas; `outOfMemory`.
  public mutating func draw(
    _ frame: NDArray, x: Int, y: Int, blend: Blend, disposal next: Disposal,
    isExact: Bool = false
  ) throws(CodecError) {
    guard frame.rank == image.rank, frame.dtype == image.dtype, frame.rank >= 2,
      frame.shape.dropFirst(2) == image.shape.dropFirst(2)
    else { throw CodecError(.invalidArgument, codec: "canvas", "the frame has other channels") }
    let region = Region(x: x, y: y, width: frame.shape[1], height: frame.shape[0])
    try region.check(imageWidth: image.shape[1], imageHeight: image.shape[0], codec: "canvas")
    try dispose()
    if next == .previous { saved = try image.pixels(of: region) }
    disposal = (region, next)
    let channels = image.rank == 3 ? image.shape[2] : 1
    let hasAlpha = channels == 2 || channels == 4
    guard blend == .over, hasAlpha, image.dtype == .uint8 || image.dtype == .uint16 else {
      return try put(frame, region)
    }
    let source = frame.bytes
    let (rowByteCount, stride, start) = layout(region)
    let dtype = image.dtype
    try image.withMutableBytes { (target) throws(CodecError) in
      for row in 0..<region.height {
        blendOver(
          source.extracting(row * rowByteCount..<(row + 1) * rowByteCount), channels: channels,
          dtype: dtype, onto: &target, at: start + row * stride, isExact: isExact)
      }
    }
  }

  private mutating func dispose() throws(CodecError) {
    guard let (region, kind) = disposal else { return }
    disposal = nil
    switch kind {
    case .none: break
    case .background:
      let (rowByteCount, stride, start) = layout(region)
      try image.withMutableBytes { (target) throws(CodecError) in
        for row in 0..<region.height {
          for i in 0..<rowByteCount {
            target.storeBytes(of: 0, toByteOffset: start + row * stride + i, as: UInt8.self)
          }
        }
      }
    case .previous:
      guard let saved else { return }
      try put(saved, region)
    }
    saved = nil
  }

  /// Bytes of a row of `region`, bytes from one row to the next, and where the first begins.
  private func layout(_ region: Region) -> (rowByteCount: Int, stride: Int, start: Int) {
    let pixel = image.shape.dropFirst(2).reduce(image.dtype.byteCount, *)
    let stride = image.shape[1] * pixel
    return (region.width * pixel, stride, region.y * stride + region.x * pixel)
  }

  private mutating func put(_ frame: NDArray, _ region: Region) throws(CodecError) {
    let (rowByteCount, stride, start) = layout(region)
    let source = frame.bytes
    try image.withMutableBytes { (target) throws(CodecError) in
      for row in 0..<region.height {
        movePixels(
          source, at: row * rowByteCount, count: rowByteCount, pixelByteCount: 1, into: &target,
          at: start + row * stride, step: 1)
      }
    }
  }
}
