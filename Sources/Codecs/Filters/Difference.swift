// SPDX-License-Identifier: Apache-2.0

/// What ``Delta`` and ``XOR`` have in common: how an element is taken from its neighbour.
enum Difference {
  case subtraction, exclusiveOr

  var codec: CodecError.Name { self == .subtraction ? Delta.name : XOR.name }

  func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: RowLayout
  ) throws(CodecError) {
    let geometry = try geometry(layout, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: codec)
    appendDifferences(of: source, to: &output, self, geometry)
  }

  func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, _ layout: RowLayout
  ) throws(CodecError) -> Int {
    let geometry = try geometry(layout, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: codec)
    appendSums(of: source, to: &output, self, geometry)
    return source.byteCount
  }

  func encode(inPlace bytes: inout MutableRawSpan, _ layout: RowLayout) throws(CodecError) {
    replaceByDifferences(
      &bytes, self, try geometry(layout, byteCount: bytes.byteCount))
  }

  func decode(inPlace bytes: inout MutableRawSpan, _ layout: RowLayout) throws(CodecError) {
    replaceBySums(&bytes, self, try geometry(layout, byteCount: bytes.byteCount))
  }

  private func geometry(
    _ layout: RowLayout, byteCount: Int
  ) throws(CodecError) -> RowGeometry {
    switch layout.elementByteCount {
    case 1, 2, 4, 8: return try RowGeometry(layout, byteCount: byteCount, codec: codec)
    default:
      throw CodecError(
        .invalidArgument, codec: codec, part: "layout", "elements must have 1, 2, 4 or 8 bytes")
    }
  }
}
