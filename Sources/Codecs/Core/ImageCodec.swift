// SPDX-License-Identifier: Apache-2.0

/// A transform between bytes and one image: PNG, JPEG, BMP.
public protocol ImageCodec: Sendable {
  associatedtype EncodeOptions: Sendable = NoOptions
  associatedtype DecodeOptions: Sendable = NoOptions

  static var name: CodecError.Name { get }

  /// Shape and type of what ``decode(_:options:policy:diagnostics:)`` would return, from the
  /// header alone.
  static func inspect(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy
  ) throws(CodecError) -> ImageProperties

  /// Decodes the first image.
  static func decode(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy,
    diagnostics: inout Diagnostics
  ) throws(CodecError) -> NDArray

  /// Encodes one image.
  static func encode(_ image: NDArray, options: EncodeOptions) throws(CodecError) -> [UInt8]
}

extension ImageCodec {
  /// Decodes the first image; warnings are dropped.
  public static func decode(
    _ source: RawSpan, options: DecodeOptions, policy: DecodePolicy = .default
  ) throws(CodecError) -> NDArray {
    var diagnostics = Diagnostics()
    return try decode(source, options: options, policy: policy, diagnostics: &diagnostics)
  }

  /// Decodes the first image of an array of bytes; warnings are dropped.
  public static func decode(
    _ source: [UInt8], options: DecodeOptions, policy: DecodePolicy = .default
  ) throws(CodecError) -> NDArray {
    try decode(source.rawSpan, options: options, policy: policy)
  }
}
