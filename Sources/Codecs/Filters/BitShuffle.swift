// SPDX-License-Identifier: Apache-2.0

/// Puts the lowest bits of all elements of a block together, then the next bits, and so on.
///
/// The last elements, fewer than eight, stay as they are. Bits are packed from the least
/// significant end of each byte on.
///
/// Source: Masui et al., "A compression scheme for radio data in high performance computing", 2015,
/// and the format of its library, bitshuffle.
public enum BitShuffle: ArrayFilter {
  public static var name: CodecError.Name { "bitshuffle" }

  public struct Options: Sendable, Hashable {
    /// Size of an element, in bytes.
    public var elementByteCount: Int
    /// Elements that are shuffled together, a multiple of 8; 0 for as many as 8,192 bytes hold,
    /// but at least 128.
    public var blockElementCount: Int

    public init(elementByteCount: Int = 1, blockElementCount: Int = 0) {
      self.elementByteCount = elementByteCount
      self.blockElementCount = blockElementCount
    }
  }

  /// Appends the shuffled blocks.
  ///
  /// - Throws: `invalidArgument` when the options do not fit the bytes, `outputFull`, `outOfMemory`.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) {
    let plan = try BitShufflePlan(options, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: name)
    plan.appendShuffled(source, to: &output)
  }

  /// Appends the elements of the shuffled blocks.
  ///
  /// - Throws: `invalidArgument` when the options do not fit the bytes, `outputFull`, `outOfMemory`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: Options = .init()
  ) throws(CodecError) -> Int {
    let plan = try BitShufflePlan(options, byteCount: source.byteCount)
    try output.require(source.byteCount, codec: name)
    plan.appendUnshuffled(source, to: &output)
    return source.byteCount
  }
}

/// Options that fit a number of bytes, and the memory for one block.
struct BitShufflePlan {
  var byteCount: Int
  var elementByteCount: Int
  var blockElementCount: Int
  /// Byte planes of a block.
  var scratch: Allocation

  init(_ options: BitShuffle.Options, byteCount: Int) throws(CodecError) {
    let size = options.elementByteCount
    guard size > 0, byteCount % size == 0 else {
      throw CodecError(
        .invalidArgument, codec: BitShuffle.name, part: "element size",
        "the bytes are not whole elements")
    }
    let automatic = max(8192 / size / 8 * 8, 128)
    let block = options.blockElementCount == 0 ? automatic : options.blockElementCount
    guard block > 0, block % 8 == 0 else {
      throw CodecError(
        .invalidArgument, codec: BitShuffle.name, part: "block size", "not a multiple of 8")
    }
    self.byteCount = byteCount
    elementByteCount = size
    blockElementCount = block
    let blockByteCount = min(block, byteCount / size) * size
    scratch = try Allocation(byteCount: size == 1 ? 0 : blockByteCount, codec: BitShuffle.name)
  }
}
