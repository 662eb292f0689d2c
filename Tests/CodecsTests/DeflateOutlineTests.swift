// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("DEFLATE blocks and outlines")
struct DeflateOutlineTests {
  static func blocks(_ bytes: [UInt8]) throws -> [Deflate.Block] {
    let bytes = Bytes(bytes)
    var reader = Deflate.BlockReader(bytes.span)
    var blocks: [Deflate.Block] = []
    while let block = try reader.next() { blocks.append(block) }
    return blocks
  }

  @Test("the blocks tell kinds, counts and lengths of a stream made by hand")
  func byHand() throws {
    // Stored "abc"; then, final and fixed, the literal "a" and a match of 4 bytes 3 back.
    let stored: [UInt8] = [0, 3, 0, 0xFC, 0xFF, 97, 98, 99]
    let blocks = try Self.blocks(stored + [0x4B, 0x04, 0x21, 0x00])
    try #require(blocks.count == 2)
    #expect(blocks[0].kind == .stored)
    #expect(!blocks[0].isFinal)
    #expect(blocks[0].bits == 0..<64)
    #expect(blocks[0].headerBitCount == 40)
    #expect(blocks[0].output == 0..<3)
    #expect(blocks[1].kind == .fixed)
    #expect(blocks[1].isFinal)
    #expect(blocks[1].bits.lowerBound == 64)
    #expect(blocks[1].headerBitCount == 3)
    #expect(blocks[1].literalCount == 1)
    #expect(blocks[1].matchCount == 1)
    #expect(blocks[1].output.lowerBound == 3)
  }

  @Test("what the blocks add up to is what the decoder gives", arguments: 0...12)
  func sums(level: Int) throws {
    let encoded = try Deflate.encode(InflateTests.data, options: .init(level: level))
    let blocks = try Self.blocks(encoded)
    #expect(blocks.last?.isFinal == true)
    #expect(blocks.last?.output.upperBound == InflateTests.data.count)
    var bit = 0
    for block in blocks {
      #expect(block.bits.lowerBound == bit)
      bit = block.bits.upperBound
      #expect(
        block.kind == .stored
          || block.output.count == block.literalCount + block.matchedByteCount)
    }
    #expect((bit + 7) / 8 == encoded.count)
  }

  @Test("outlines claim every byte once, deep or not")
  func coverage() throws {
    let data = InflateTests.data
    let extra = Gzip.Header(
      extra: [1, 2, 0, 0], name: [65], comment: [66], hasChecksum: true)
    var options = Gzip.EncodeOptions()
    options.header = extra
    let gzip = try Gzip.encode(data, options: options) + Gzip.encode([], options: .init())
    let zlib = try Zlib.encode(data, options: .init(dictionary: Bytes(Array(data[..<999]))))
    let files: [(any DeepOutlinedFormat.Type, [UInt8])] = [
      (Deflate.self, try Deflate.encode(data, options: .init(level: 1))),
      (Gzip.self, gzip), (Gzip.self, gzip + [0, 0, 1]),
      (Gzip.self, Array(gzip[..<(gzip.count - 3)])), (Gzip.self, [1, 2, 3]),
      (Zlib.self, zlib), (Zlib.self, Array(zlib[..<5_000])), (Zlib.self, zlib + [9]),
    ]
    for (format, bytes) in files {
      let source = Bytes(bytes)
      let outlines = [
        try format.outline(source, policy: DecodePolicy()),
        try format.deepOutline(source, policy: DecodePolicy()),
      ]
      for outline in outlines {
        #expect(outline.byteCount == bytes.count)
        #expect(outline.unclaimed.isEmpty, "\(format), \(bytes.count) bytes")
        #expect(outline.overlaps.isEmpty, "\(format), \(bytes.count) bytes")
      }
    }
  }

  @Test("the outline of a gzip file names its fields")
  func gzipFields() throws {
    var options = Gzip.EncodeOptions()
    options.header.name = Array("photo.raw".utf8)
    let bytes = try Gzip.encode(Array("hello hello hello hello\n".utf8), options: options)
    let outline = try Gzip.deepOutline(Bytes(bytes), policy: DecodePolicy())
    let leaves = outline.leaves
    #expect(leaves.first { $0.name == "name" }?.value == "photo.raw")
    #expect(leaves.first { $0.name == "size" }?.value == "24")
    #expect(leaves.contains { $0.value.contains("7 literals, 1 matches of 17 bytes") })
  }

  @Test("more blocks than the limit end the outline with an error")
  func manyBlocks() throws {
    // Empty fixed blocks of ten bits each.
    let bytes = [UInt8](repeating: 0, count: 60_000).indices.map { index -> UInt8 in
      let bits = (0..<8).map { (index * 8 + $0) % 10 == 1 }
      return bits.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) }
    }
    let outline = try Deflate.deepOutline(Bytes(bytes), policy: DecodePolicy())
    #expect(outline.nodes.count <= Limits.default.maxMetadataItems + 2)
    #expect(outline.nodes.last?.name == "error")
    #expect(outline.unclaimed.isEmpty)
  }
}
