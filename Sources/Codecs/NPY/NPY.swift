// SPDX-License-Identifier: Apache-2.0

/// numpy's files of one array: any shape and type of ``NDArray``, in either order of axes.
///
/// Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays";
/// `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
public enum NPY {
  static var magic: [UInt8] { [0x93] + Array("NUMPY".utf8) }
  /// Pixels begin at a multiple of it.
  static var alignment: Int { 64 }
  /// Digits that the first axis may grow to without moving the pixels.
  static var growthDigitCount: Int { 21 }
}

extension NPY: AppendingImageCodec {
  public static var name: CodecError.Name { "NPY" }

  public static func inspect(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties {
    let header = try Header(parsing: source, limits: policy.limits)
    return ImageProperties(shape: header.shape, dtype: header.element.dtype)
  }

  /// None: the format holds shape and type only.
  public static func metadata(
    _ source: RawSpan, options: NoFormatOptions, policy: DecodePolicy, excludingApplied: Bool
  ) throws(CodecError) -> Metadata {
    _ = try Header(parsing: source, limits: policy.limits)
    return [:]
  }

  /// Encodes any array, as numpy writes it.
  ///
  /// - Throws: `invalidArgument` for thousands of axes.
  public static func encode(
    _ image: NDArray, metadata: Metadata, options: NoFormatOptions
  ) throws(CodecError) -> [UInt8] {
    let header = try headerBytes(image.shape, image.dtype)
    return try [UInt8](capacity: header.count + image.byteCount) { (output) throws(CodecError) in
      output.append(header.rawSpan)
      output.append(image.bytes)
    }
  }

  /// Encodes any array, as numpy writes it.
  ///
  /// - Throws: `invalidArgument` for thousands of axes.
  public static func encode(
    _ image: NDArray, options: NoFormatOptions = .init()
  ) throws(CodecError) -> [UInt8] {
    try encode(image, metadata: [:], options: options)
  }
}
