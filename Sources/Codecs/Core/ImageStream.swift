// SPDX-License-Identifier: Apache-2.0

/// A decoder that delivers one image in rows, as far as the bytes of its file have come.
///
/// The bytes come in pieces of any size, which do not change what comes out:
/// ```
/// var decoder = PNG.StreamDecoder()
/// while let piece = nextPiece() {
///   try decoder.push(piece)
///   while let rows = try decoder.next() { show(rows) }
/// }
/// decoder.finish()
/// while let rows = try decoder.next() { show(rows) }
/// ```
/// A value: a copy continues on its own.
public protocol ImageStreamDecoder: Sendable {
  /// Shape and type of the whole image; `nil` until the headers have come.
  var properties: ImageProperties? { get }
  /// Whether all rows have been delivered and the rest of the file has been looked at.
  var isAtEnd: Bool { get }
  /// What the decode so far has to say.
  var diagnostics: Diagnostics { get }
  /// Hands over the next bytes of the file.
  ///
  /// - Throws: `limitExceeded(.inputBytes)` when more bytes wait than the limit allows, because
  ///   rows are not taken.
  mutating func push(_ bytes: RawSpan) throws(CodecError)
  /// No bytes follow: what is missing now is `truncated`.
  mutating func finish()
  /// The rows that come next, at most `limit` of them; `nil` when they need more bytes, or at the
  /// end.
  mutating func next(limit: Int) throws(CodecError) -> ImageRows?
}

extension ImageStreamDecoder {
  /// The rows that come next, as many as suit the decoder.
  public mutating func next() throws(CodecError) -> ImageRows? { try next(limit: .max) }
  /// Hands over the next bytes of the file.
  public mutating func push(_ bytes: [UInt8]) throws(CodecError) { try push(bytes.rawSpan) }
}

/// Consecutive rows of an image.
public struct ImageRows: Sendable {
  /// The number of the first of them in the image.
  public var first: Int
  /// `[rows, width]` or `[rows, width, channels]`.
  public var pixels: NDArray

  public init(first: Int, pixels: NDArray) {
    self.first = first
    self.pixels = pixels
  }
  public var count: Int { pixels.shape[0] }
}

/// A format whose images can be decoded from bytes that arrive in pieces.
public protocol StreamedFormat: ReadableFormat {
  associatedtype StreamDecoder: ImageStreamDecoder
  static func makeStreamDecoder(
    options: ReadOptions, policy: DecodePolicy
  ) throws(CodecError) -> StreamDecoder
}
