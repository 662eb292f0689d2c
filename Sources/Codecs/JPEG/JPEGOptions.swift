// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What the components of a file mean.
  public enum ColorSpace: Sendable, Hashable {
    case grey, ycbcr, rgb, cmyk, ycck
    /// Any other number of components; they are returned as they are.
    case unknown
  }

  /// What ``DecodeOptions/output`` asks for.
  public enum Output: Sendable, Hashable {
    /// Grey, RGB or CMYK, whichever is nearest to the file.
    case automatic
    /// The components of the file, upsampled, but not converted.
    case components
    case grey, rgb, bgr
    /// RGB and 255 (or the largest sample).
    case rgba, bgra
  }

  /// Smaller images that are decoded from fewer coefficients: each side is so many eighths of the
  /// image's as the raw value says, rounded up. The pixels are libjpeg's, to the bit.
  public enum Reduction: Int, Sendable, Hashable, CaseIterable {
    case none = 8
    case sevenEighths = 7
    case threeQuarters = 6
    case fiveEighths = 5
    case half = 4
    case threeEighths = 3
    case quarter = 2
    case eighth = 1
  }

  public struct DecodeOptions: Sendable, Hashable {
    public var output: Output = .automatic
    /// Whether four-component samples are returned as ink (0 is none) when an Adobe marker says
    /// that they are stored as its complement; else they are returned as stored.
    public var invertsAdobeCMYK = false
    /// Whether subsampled chroma is interpolated (libjpeg's "fancy upsampling") or repeated.
    public var interpolatesChroma = true
    /// Whether coefficients that a cut-off progressive file lacks are estimated.
    public var smoothsBlocks = true
    /// How much smaller the image is decoded than it is stored.
    public var reduction = Reduction.none
    /// Tables for an abbreviated stream: a stream of tables alone, as TIFF's JPEGTables.
    public var tables: [UInt8] = []
    public init() {}
  }
}

extension JPEG.Frame {
  /// The colour space, as libjpeg decides it.
  ///
  /// - Parameter doubt: set to a warning when an Adobe marker says something unknown.
  func colorSpace(
    hasJFIF: Bool, adobe: JPEG.Adobe?, doubt: inout CodecError.Name?
  ) -> JPEG.ColorSpace {
    switch components.count {
    case 1: return .grey
    case 3:
      if hasJFIF { return .ycbcr }
      if let adobe {
        if adobe.transform > 1 { doubt = "unknown colour transform; taken for YCbCr" }
        return adobe.transform == 0 ? .rgb : .ycbcr
      }
      let names = components.map { $0.identifier }
      if names == [0x52, 0x47, 0x42] { return .rgb }
      return process.isLossless ? .rgb : .ycbcr
    case 4:
      guard let adobe else { return .cmyk }
      if adobe.transform != 0 && adobe.transform != 2 {
        doubt = "unknown colour transform; taken for YCCK"
      }
      return adobe.transform == 0 ? .cmyk : .ycck
    default: return .unknown
    }
  }
}
