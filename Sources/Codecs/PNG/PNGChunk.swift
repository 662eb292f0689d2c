// SPDX-License-Identifier: Apache-2.0

extension PNG {
  /// The four letters that name a chunk.
  public struct ChunkType: Sendable, Hashable {
    /// The letters in file order, the first in the highest byte.
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// - Precondition: `name` has four ASCII characters.
    public init(_ name: StaticString) {
      precondition(name.utf8CodeUnitCount == 4)
      var value: UInt32 = 0
      for scalar in name.description.utf8 { value = value << 8 | UInt32(scalar) }
      rawValue = value
    }

    /// Whether a decoder that does not know the chunk must give up.
    public var isCritical: Bool { rawValue & 0x2000_0000 == 0 }
    /// Whether an editor that does not know the chunk may keep it when it changes the image.
    public var isSafeToCopy: Bool { rawValue & 0x20 != 0 }
    /// Whether all four bytes are ASCII letters.
    public var isValid: Bool {
      for byte in bytes {
        let lower = byte | 0x20
        guard lower >= 0x61, lower <= 0x7A else { return false }
      }
      return true
    }
    var bytes: [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
    }
  }

  /// Where a chunk lies in the file.
  struct Chunk: Sendable, Hashable {
    var type: ChunkType
    /// Offset of the length field.
    var start: Int
    /// Bytes of data.
    var length: Int

    var data: Range<Int> { start + 8..<start + 8 + length }
    /// Offset of the byte after the checksum.
    var end: Int { start + 12 + length }
  }
}

extension PNG.ChunkType: CustomStringConvertible {
  public var description: String { String(decoding: bytes, as: Unicode.ASCII.self) }
}

extension PNG.ChunkType {
  // Built from their letters' codes, so that comparing with them is comparing integers.
  static var IHDR: Self { Self(rawValue: 0x4948_4452) }
  static var PLTE: Self { Self(rawValue: 0x504C_5445) }
  static var IDAT: Self { Self(rawValue: 0x4944_4154) }
  static var IEND: Self { Self(rawValue: 0x4945_4E44) }
  static var tRNS: Self { Self(rawValue: 0x7452_4E53) }
  static var gAMA: Self { Self(rawValue: 0x6741_4D41) }
  static var cHRM: Self { Self(rawValue: 0x6348_524D) }
  static var sRGB: Self { Self(rawValue: 0x7352_4742) }
  static var iCCP: Self { Self(rawValue: 0x6943_4350) }
  static var cICP: Self { Self(rawValue: 0x6349_4350) }
  static var mDCV: Self { Self(rawValue: 0x6D44_4356) }
  static var cLLI: Self { Self(rawValue: 0x634C_4C49) }
  static var sBIT: Self { Self(rawValue: 0x7342_4954) }
  static var bKGD: Self { Self(rawValue: 0x624B_4744) }
  static var hIST: Self { Self(rawValue: 0x6849_5354) }
  static var pHYs: Self { Self(rawValue: 0x7048_5973) }
  static var sPLT: Self { Self(rawValue: 0x7350_4C54) }
  static var eXIf: Self { Self(rawValue: 0x6558_4966) }
  static var tIME: Self { Self(rawValue: 0x7449_4D45) }
  static var tEXt: Self { Self(rawValue: 0x7445_5874) }
  static var zTXt: Self { Self(rawValue: 0x7A54_5874) }
  static var iTXt: Self { Self(rawValue: 0x6954_5874) }
  static var acTL: Self { Self(rawValue: 0x6163_544C) }
  static var fcTL: Self { Self(rawValue: 0x6663_544C) }
  static var fdAT: Self { Self(rawValue: 0x6664_4154) }
  static var CgBI: Self { Self(rawValue: 0x4367_4249) }
}

extension PNG {
  /// Walks over the chunks of a file.
  struct ChunkReader: ~Escapable {
    let source: RawSpan
    /// Offset of the next chunk.
    var offset: Int

    @_lifetime(copy source)
    init(_ source: RawSpan, at offset: Int) {
      self.source = source
      self.offset = offset
    }

    /// The next chunk, whole or not; `nil` at the end of the file.
    ///
    /// - Throws: `corrupt` when what follows is no chunk, `truncated` when it is cut off in its
    ///   length or name.
    @_lifetime(self: copy self)
    mutating func next() throws(CodecError) -> Chunk? {
      let left = source.byteCount - offset
      guard left > 0 else { return nil }
      guard left >= 8 else {
        throw CodecError(.truncated(needed: 8 - left), codec: PNG.name, part: "chunk", at: offset)
      }
      let length = UInt32(bigEndian: source.loadUnaligned(UInt32.self, at: offset))
      let type = ChunkType(
        rawValue: UInt32(bigEndian: source.loadUnaligned(UInt32.self, at: offset + 4)))
      guard type.isValid else {
        throw PNG.corrupt("chunk", "the name of a chunk is not four letters", at: offset + 4)
      }
      guard length <= PNG.largestInteger else {
        throw PNG.corrupt("chunk", "the length of a chunk is above 2147483647", at: offset)
      }
      let chunk = Chunk(type: type, start: offset, length: Int(length))
      offset = chunk.end
      return chunk
    }

    /// The data of `chunk`.
    ///
    /// - Throws: `truncated` when the file ends before the chunk does.
    @_lifetime(copy self)
    func data(_ chunk: Chunk) throws(CodecError) -> RawSpan {
      guard chunk.end <= source.byteCount else {
        throw CodecError(
          .truncated(needed: chunk.end - source.byteCount), codec: PNG.name, part: "chunk",
          "the file ends inside a chunk", at: source.byteCount)
      }
      return source.extracting(chunk.data)
    }

    /// What is there of the data of `chunk` when the file ends inside it.
    @_lifetime(copy self)
    func available(_ chunk: Chunk) -> RawSpan {
      let end = min(chunk.data.upperBound, source.byteCount)
      return source.extracting(min(chunk.data.lowerBound, end)..<end)
    }

    /// The checksum at the end of `chunk`, which is whole, beside the one its bytes have.
    func checksums(_ chunk: Chunk) -> (stored: UInt32, computed: UInt32) {
      let stored = UInt32(
        bigEndian: source.loadUnaligned(UInt32.self, at: chunk.data.upperBound))
      let covered = source.extracting(chunk.start + 4..<chunk.data.upperBound)
      return (stored, CRC32.checksum(covered))
    }
  }
}

extension ByteWriter {
  /// Appends a chunk with its length and checksum.
  mutating func chunk(_ type: PNG.ChunkType, _ data: [UInt8]) {
    u32be(UInt32(data.count))
    u32be(type.rawValue)
    append(data)
    u32be(CRC32.checksum(data, initial: CRC32.checksum(type.bytes)))
  }

  /// Appends a chunk whose data `body` writes.
  mutating func chunk(_ type: PNG.ChunkType, _ body: (inout ByteWriter) -> Void) {
    var data = ByteWriter()
    body(&data)
    chunk(type, data.bytes)
  }
}
