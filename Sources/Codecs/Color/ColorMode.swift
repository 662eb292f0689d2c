// SPDX-License-Identifier: Apache-2.0

/// 8-bit pixels of a named layout: imageio's `mode=`.
public enum ColorMode: String, Sendable, Hashable, CaseIterable {
  /// Luminance.
  case L
  /// Luminance and alpha.
  case LA
  case RGB
  case RGBA

  public var channelCount: Int {
    switch self {
    case .L: 1
    case .LA: 2
    case .RGB: 3
    case .RGBA: 4
    }
  }
  /// Whether it has an alpha channel, the last one.
  public var hasAlpha: Bool { self == .LA || self == .RGBA }

  /// `[height, width]` or `[height, width, channels]`.
  public func shape(width: Int, height: Int) -> [Int] {
    channelCount == 1 ? [height, width] : [height, width, channelCount]
  }
}

extension NDArray {
  /// The image in 8 bits with the channels of `mode`, converted as Pillow does.
  ///
  /// `self` is `[height, width]` or `[height, width, 1...4]` of bool, uint8 or uint16. Of 16 bits the
  /// high 8 are kept, alpha is dropped, added as opaque, or kept; luminance is
  /// `(19595 R + 38470 G + 7471 B + 32768) >> 16`.
  /// - Throws: `invalidArgument` for other shapes and types; `limitExceeded`, `outOfMemory`.
  public func converted(
    to mode: ColorMode, limits: Limits = .default, codec: CodecError.Name = "color"
  ) throws(CodecError) -> NDArray {
    let channels = rank == 3 ? shape[2] : 1
    guard rank == 2 || rank == 3, (1...4).contains(channels),
      dtype == .bool || dtype == .uint8 || dtype == .uint16
    else {
      throw CodecError(.invalidArgument, codec: codec, part: "mode", "not an image of 8 or 16 bits")
    }
    if dtype == .uint8, channels == mode.channelCount { return self }
    var result = try NDArray(
      zeros: mode.shape(width: shape[1], height: shape[0]), dtype: .uint8, limits: limits,
      codec: codec)
    let source = bytes
    let count = shape[0] * shape[1]
    try result.withMutableBytes { (target) throws(CodecError) in
      convertColors(
        source, channels: channels, dtype: dtype, into: &target, mode: mode, count: count)
    }
    return result
  }
}
