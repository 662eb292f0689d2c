// SPDX-License-Identifier: Apache-2.0

/// Frames of electron events: the positions of single pixels that were hit, as distances from one to
/// the next, each with a place within its pixel.
///
/// Source: Thermo Fisher, "EER file format documentation" 3.0; TIFF compressions 65000 to 65002.
public enum EER: ByteDecoder {
  public static var name: CodecError.Name { "eer" }

  public struct DecodeOptions: Sendable, Hashable {
    /// Pixels of a row and rows of the decoded image; both with the factor of ``superresolution``.
    public var width: Int
    public var height: Int
    /// Bits of the distance to the next event.
    public var skipBitCount: Int
    /// Bits of the place within a pixel.
    public var horizontalBitCount: Int
    public var verticalBitCount: Int
    /// How many of those bits make pixels of their own in each direction.
    public var superresolution: Int
    /// Size of a counter in machine byte order: 1 or 2. Counters wrap around.
    public var elementByteCount: Int

    public init(
      width: Int, height: Int, skipBitCount: Int = 7, horizontalBitCount: Int = 2,
      verticalBitCount: Int = 2, superresolution: Int = 0, elementByteCount: Int = 1
    ) {
      self.width = width
      self.height = height
      self.skipBitCount = skipBitCount
      self.horizontalBitCount = horizontalBitCount
      self.verticalBitCount = verticalBitCount
      self.superresolution = superresolution
      self.elementByteCount = elementByteCount
    }

    var eventBitCount: Int { skipBitCount + horizontalBitCount + verticalBitCount }
  }

  /// Appends how often each pixel was hit: `height` rows of `width` counters.
  ///
  /// - Throws: `corrupt` when an event lies behind the last pixel; `outputFull`; `limitExceeded`;
  ///   `invalidArgument` when the options do not go together.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: DecodeOptions
  ) throws(CodecError) -> Int {
    let frame = try Frame(options, limits: .unbounded)
    try output.require(frame.byteCount, codec: name)
    var counters = [UInt8](repeating: 0, count: frame.byteCount)
    try frame.count(source, in: &counters)
    output.append(counters.rawSpan)
    return source.byteCount
  }

  public static func decode(
    _ source: RawSpan, options: DecodeOptions, limits: Limits
  ) throws(CodecError) -> [UInt8] {
    let frame = try Frame(options, limits: limits)
    var counters = [UInt8](repeating: 0, count: frame.byteCount)
    try frame.count(source, in: &counters)
    return counters
  }
}
