// SPDX-License-Identifier: Apache-2.0

/// The RLE transfer syntax of DICOM: a ``PackBits`` stream for every byte plane of every sample.
///
/// Source: DICOM PS3.5, Annex G.
public enum DICOMRLE: MeasurableCodec {
  public static var name: CodecError.Name { "dicomrle" }

  /// How samples lie in the decoded bytes: plane after plane, each in the order of its pixels.
  public struct Options: Sendable, Hashable {
    /// Size of a sample: 1, 2, 4 or 8.
    public var elementByteCount: Int
    /// Whether the most significant byte of a sample comes first in the decoded bytes.
    public var isBigEndian: Bool
    /// Encoding: number of sample planes. The product with the size is at most 15.
    public var sampleCount: Int
    /// Encoding: pixels of a row, over whose end no run goes; `nil` is one row.
    public var columnCount: Int?
    /// Decoding: pixels of a plane, after which the rest of a segment is padding; `nil` means that
    /// all segments hold the same number.
    public var pixelCount: Int?

    public init(
      elementByteCount: Int = 1, isBigEndian: Bool = false, sampleCount: Int = 1,
      columnCount: Int? = nil, pixelCount: Int? = nil
    ) {
      self.elementByteCount = elementByteCount
      self.isBigEndian = isBigEndian
      self.sampleCount = sampleCount
      self.columnCount = columnCount
      self.pixelCount = pixelCount
    }

    func check() throws(CodecError) {
      guard [1, 2, 4, 8].contains(elementByteCount) else {
        throw CodecError(
          .invalidArgument, codec: name, part: "options", "a sample has not 1, 2, 4 or 8 bytes")
      }
    }
  }

  static var headerByteCount: Int { 64 }
  static var segmentLimit: Int { 15 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    encodedByteCountBound(for: byteCount, options: .init())
  }

  public static func encodedByteCountBound(for byteCount: Int, options: Options) -> Int {
    // Each segment may end with a byte of padding.
    PackBits.encodedByteCountBound(
      for: byteCount, options: .init(rowByteCount: options.columnCount))
      + headerByteCount + 3 * segmentLimit
  }
}
