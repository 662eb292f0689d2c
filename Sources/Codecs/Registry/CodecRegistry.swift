// SPDX-License-Identifier: Apache-2.0

/// The byte codecs that can be chosen by name.
public struct CodecRegistry: Sendable {
  public private(set) var codecs: [RegisteredCodec]

  public init(_ codecs: [RegisteredCodec]) { self.codecs = codecs }

  /// The codec of that name or numcodecs id.
  public subscript(name: String) -> RegisteredCodec? {
    // Most names differ in length, which is quicker to see. No codec but the one is copied.
    let length = name.utf8.count
    let position = codecs.firstIndex { $0.name.utf8.count == length && $0.name == name }
    return (position ?? codecs.firstIndex { $0.numcodecsID == name }).map { codecs[$0] }
  }

  /// All built-in codecs. Adding one is a line here and `XRegistration.swift` in its folder.
  public static var standard: CodecRegistry {
    CodecRegistry([
      .aec, .bcn, .bfloat16, .bitOrder, .bitShuffle, .byteShuffle, .deflate, .delta, .dicomRLE,
      .eer, .float24, .floatPredictor, .gzip, .lz4, .lz4Frame, .lz4H5, .lzf, .lzo, .lzw, .numpy,
      .packBits, .packInts, .pglz, .qoi, .quantize, .rcomp, .rgbe, .snappy, .szip, .xor, .zlib,
    ])
  }
}
