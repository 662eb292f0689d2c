// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the components of a file mean.
  public enum ColorSpace: Sendable, Hashable {
    case grey, ycbcr, rgb, cmyk, ycck
    /// Any other number of components; they are stored and returned as they are.
    case unknown
  }
}
