// SPDX-License-Identifier: Apache-2.0

/// LZ4 blocks as HDF5's filter 32004 stores them.
///
/// Source: HDF5 registered filter plugins, "LZ4", and the plugin's own documentation.
public enum LZ4H5: MeasurableCodec {
  public static var name: CodecError.Name { "lz4h5" }

  public struct EncodeOptions: Sendable, Hashable {
    /// From 1; higher is faster and larger.
    public var acceleration: Int
    /// Bytes of a block, 1 to 0x7E000000; `nil` is all in one, up to 1 GiB less one.
    public var blockByteCount: Int?
    public init(acceleration: Int = 1, blockByteCount: Int? = nil) {
      self.acceleration = acceleration
      self.blockByteCount = blockByteCount
    }
  }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    encodedByteCountBound(for: byteCount, options: .init())
  }

  public static func encodedByteCountBound(for byteCount: Int, options: EncodeOptions) -> Int {
    // A block that does not shrink is stored, but only once it was tried.
    let blockByteCount = max(blockByteCount(byteCount, options), 1)
    return 12 + byteCount + (byteCount / blockByteCount + 1) * 4
      + LZ4.expansionBound(for: min(blockByteCount, byteCount))
  }

  private static func blockByteCount(_ byteCount: Int, _ options: EncodeOptions) -> Int {
    options.blockByteCount ?? max(min(byteCount, 1 << 30 - 1), 1)
  }

  /// Appends the sizes and the blocks.
  ///
  /// - Throws: `outputFull`; `invalidArgument` for a block size out of range.
  public static func encode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: EncodeOptions = .init()
  ) throws(CodecError) {
    let blockByteCount = blockByteCount(source.byteCount, options)
    guard 1...LZ4.maxByteCount ~= blockByteCount else {
      throw CodecError(.invalidArgument, codec: name, "the block size is not 1 to 0x7E000000")
    }
    try encodeWithinBound(source, into: &output, options: options) { output throws(CodecError) in
      try encodeBlocks(source, into: &output, options, blockByteCount)
    }
  }

  private static func encodeBlocks(
    _ source: RawSpan, into output: inout OutputRawSpan, _ options: EncodeOptions,
    _ blockByteCount: Int
  ) throws(CodecError) {
    output.append(bigEndian: UInt64(source.byteCount))
    output.append(bigEndian: UInt32(truncatingIfNeeded: blockByteCount))
    let encoder = LZ4.BlockEncoder(.fast(acceleration: options.acceleration))
    var start = 0
    while start < source.byteCount {
      let count = min(blockByteCount, source.byteCount - start)
      let block = source.extracting(start..<(start + count))
      encoder.reset()
      let sizeOffset = output.byteCount
      output.append(bigEndian: UInt32(0))
      if try !encoder.encodeShorter(block, start: 0, into: &output) { output.append(block) }
      let encodedCount = output.byteCount - sizeOffset - 4
      output.overwrite(UInt32(truncatingIfNeeded: encodedCount).bigEndian, at: sizeOffset)
      start += count
    }
  }

  /// Appends the bytes of all blocks.
  ///
  /// - Throws: `truncated`, `corrupt`, `outputFull`.
  @discardableResult
  public static func decode(
    _ source: RawSpan, into output: inout OutputRawSpan, options: NoOptions = .init()
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    var (left, blockByteCount) = try header(&reader)
    while left > 0 {
      let count = min(blockByteCount, left)
      let encodedCount = Int(try reader.u32be("block size"))
      // As the plugin: a block of no bytes ends the data, however much was announced.
      if encodedCount == 0 { break }
      guard count <= output.freeCapacity else {
        let needed = output.byteCount + left
        throw CodecError(.outputFull(needed: needed), codec: name, part: "size", at: 0)
      }
      let offset = reader.offset
      let block = try reader.take(encodedCount, "block")
      if encodedCount == count {
        output.append(block)
      } else {
        let before = output.byteCount
        let status = LZ4.decodeBlock(
          block, into: &output, historyStart: before, limit: count, dictionary: RawSpan())
        try LZ4.check(status, base: offset, codec: name)
        guard output.byteCount - before == count else {
          throw CodecError(
            .corrupt, codec: name, part: "block", "decodes to another size", at: offset)
        }
      }
      left -= count
    }
    return reader.offset
  }

  /// The size that the header states.
  ///
  /// - Throws: `corrupt` when that is more than the blocks can hold; `limitExceeded`.
  public static func decodedByteCount(
    of source: RawSpan, options: NoOptions = .init(), limits: Limits = .default
  ) throws(CodecError) -> Int {
    var reader = ByteReader(source, codec: name)
    let (size, _) = try header(&reader)
    // No sequence yields more than 255 times its bytes.
    guard size / 255 <= reader.remaining else {
      throw CodecError(
        .corrupt, codec: name, part: "size", "more than the blocks can hold", at: 0)
    }
    try limits.check(size, .outputBytes, codec: name, at: 0)
    return size
  }

  private static func header(
    _ reader: inout ByteReader
  ) throws(CodecError) -> (byteCount: Int, blockByteCount: Int) {
    let size = try reader.u64be("size")
    let block = Int(try reader.u32be("block size"))
    guard size <= UInt64(Int.max / 2) else {
      throw CodecError(.corrupt, codec: name, part: "size", "beyond all memory", at: 0)
    }
    guard block > 0 || size == 0 else {
      throw CodecError(.corrupt, codec: name, part: "block size", "blocks of no bytes", at: 8)
    }
    return (Int(size), block)
  }
}
