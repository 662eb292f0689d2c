// SPDX-License-Identifier: Apache-2.0

/// JPEG: ITU-T T.81, with the habits of the files that are about (JFIF, Adobe, Exif, ICC).
///
/// Decodes what libjpeg-turbo decodes, to the same samples: Huffman and arithmetic coding,
/// sequential and progressive, 8 and 12 bit, and lossless of 2 to 16 bit.
public enum JPEG: Sendable {
  public static var name: CodecError.Name { "JPEG" }

  /// Samples along one side of a DCT block. Source: T.81 A.3.3.
  static var blockSize: Int { 8 }
  /// Coefficients of one DCT block.
  static var coefficientCount: Int { 64 }
  /// Most components one scan may hold. Source: T.81 B.2.3.
  static var maxScanComponents: Int { 4 }
  /// Most blocks one interleaved MCU may hold. Source: T.81 B.2.3.
  static var maxUnitBlocks: Int { 10 }
}
