// SPDX-License-Identifier: Apache-2.0

/// The LZ4 frame format: blocks with sizes and checksums, as in `.lz4` files.
///
/// Source: LZ4 frame format description 1.6.
public enum LZ4Frame: MeasurableCodec {
  public static var name: CodecError.Name { "lz4f" }

  /// Largest number of bytes in one block.
  public enum BlockSize: UInt8, Sendable, Hashable, CaseIterable {
    case kilobytes64 = 4
    case kilobytes256 = 5
    case megabyte1 = 6
    case megabytes4 = 7

    public var byteCount: Int { 1 << (8 + 2 * Int(rawValue)) }
  }

  public struct EncodeOptions: Sendable, Hashable {
    public var effort: LZ4.Effort
    public var blockSize: BlockSize
    /// Matches may reach into the block before; a frame of one block has nothing to link.
    public var linksBlocks: Bool
    public var hasBlockChecksums: Bool
    public var hasContentChecksum: Bool
    public var storesContentSize: Bool
    /// Bytes that the decoder will also have.
    public var dictionary: [UInt8]
    /// A number for the dictionary that the header states.
    public var dictionaryID: UInt32?

    public init(
      effort: LZ4.Effort = .fast(), blockSize: BlockSize = .kilobytes64, linksBlocks: Bool = true,
      hasBlockChecksums: Bool = false, hasContentChecksum: Bool = false,
      storesContentSize: Bool = true, dictionary: [UInt8] = [], dictionaryID: UInt32? = nil
    ) {
      self.effort = effort
      self.blockSize = blockSize
      self.linksBlocks = linksBlocks
      self.hasBlockChecksums = hasBlockChecksums
      self.hasContentChecksum = hasContentChecksum
      self.storesContentSize = storesContentSize
      self.dictionary = dictionary
      self.dictionaryID = dictionaryID
    }
  }

  public struct DecodeOptions: Sendable, Hashable {
    public var verifiesChecksums: Bool
    /// The bytes that the encoder had.
    public var dictionary: [UInt8]
    public init(verifiesChecksums: Bool = true, dictionary: [UInt8] = []) {
      self.verifiesChecksums = verifiesChecksums
      self.dictionary = dictionary
    }
  }

  static var magic: UInt32 { 0x184D_2204 }
  static var legacyMagic: UInt32 { 0x184C_2102 }
  /// Bytes that a block of a legacy frame decodes to, the last one's aside.
  static var legacyBlockByteCount: Int { 8 << 20 }
  /// Whether frames that start so carry other data, to be skipped.
  static func isSkippable(_ magic: UInt32) -> Bool { magic & 0xFFFF_FFF0 == 0x184D_2A50 }

  public static func encodedByteCountBound(for byteCount: Int) -> Int {
    // A block that does not shrink is stored, but only once it was tried; its size and checksum
    // take eight bytes.
    byteCount + (byteCount / BlockSize.kilobytes64.byteCount + 1) * 8 + 32
      + LZ4.expansionBound(for: min(byteCount, BlockSize.megabytes4.byteCount))
  }

  /// The header of a frame.
  struct Header {
    var blockSize = BlockSize.kilobytes64
    var isLinked = false
    var hasBlockChecksums = false
    var hasContentChecksum = false
    var contentSize: UInt64?
    var dictionaryID: UInt32?

    init() {}

    /// Reads what follows the magic number.
    init(parsing reader: inout ByteReader, verifies: Bool) throws(CodecError) {
      let start = reader.offset
      let flags = try reader.u8("FLG")
      let descriptor = try reader.u8("BD")
      guard flags >> 6 == 1 else {
        throw CodecError(
          .unsupported, codec: name, part: "FLG", "another version of the format", at: start)
      }
      guard flags & 2 == 0, descriptor & 0x8F == 0 else {
        throw CodecError(.corrupt, codec: name, part: "FLG", "a reserved bit is set", at: start)
      }
      guard let size = BlockSize(rawValue: descriptor >> 4 & 7) else {
        throw CodecError(
          .corrupt, codec: name, part: "BD", "the block size is reserved", at: start + 1)
      }
      blockSize = size
      isLinked = flags & 0x20 == 0
      hasBlockChecksums = flags & 0x10 != 0
      hasContentChecksum = flags & 0x04 != 0
      if flags & 0x08 != 0 { contentSize = try reader.u64le("content size") }
      if flags & 0x01 != 0 { dictionaryID = try reader.u32le("dictionary id") }
      let end = reader.offset
      let stored = UInt32(try reader.u8("header checksum"))
      let computed = XXHash32.hash(reader.bytes.extracting(start..<end)) >> 8 & 0xFF
      if verifies, stored != computed {
        throw CodecError(
          .checksumMismatch(stored: stored, computed: computed), codec: name,
          part: "header checksum", at: end)
      }
    }

    func write(to writer: inout ByteWriter) {
      writer.u32le(magic)
      let start = writer.count
      var flags: UInt8 = 0x40
      if !isLinked { flags |= 0x20 }
      if hasBlockChecksums { flags |= 0x10 }
      if contentSize != nil { flags |= 0x08 }
      if hasContentChecksum { flags |= 0x04 }
      if dictionaryID != nil { flags |= 0x01 }
      writer.u8(flags)
      writer.u8(blockSize.rawValue << 4)
      if let contentSize { writer.u64le(contentSize) }
      if let dictionaryID { writer.u32le(dictionaryID) }
      let fields = Array(writer.bytes[start...])
      writer.u8(UInt8(truncatingIfNeeded: XXHash32.hash(fields) >> 8))
    }
  }
}
