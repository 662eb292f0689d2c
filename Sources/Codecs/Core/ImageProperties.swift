// SPDX-License-Identifier: Apache-2.0

/// What is known about an image, under the same names for every format: imageio's `improps`.
public struct ImageProperties: Sendable, Hashable {
  /// The shape that reading with the same index gives.
  public var shape: [Int]
  public var dtype: DType
  /// Images in the file when the properties describe all of them; `nil` for one image.
  public var imageCount: Int?
  /// Whether the first axis counts images.
  public var isBatch: Bool
  /// Distance between neighbours along each axis, in ``spacingUnit``; `nil` when not stored.
  public var spacing: [Double]?
  /// The unit of ``spacing``, e.g. `"m"`; `nil` when the format names none.
  public var spacingUnit: String?

  public init(
    shape: [Int], dtype: DType, imageCount: Int? = nil, isBatch: Bool = false,
    spacing: [Double]? = nil, spacingUnit: String? = nil
  ) {
    self.shape = shape
    self.dtype = dtype
    self.imageCount = imageCount
    self.isBatch = isBatch
    self.spacing = spacing
    self.spacingUnit = spacingUnit
  }

  /// The properties of `count` such images stacked along a new first axis.
  public func batched(count: Int) -> ImageProperties {
    var batch = self
    batch.shape.insert(count, at: 0)
    batch.imageCount = count
    batch.isBatch = true
    batch.spacing?.insert(1, at: 0)
    return batch
  }
}
