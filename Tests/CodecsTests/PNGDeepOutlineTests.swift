// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("What is inside the compressed parts of a PNG")
struct PNGDeepOutlineTests {
  static func leaves(_ bytes: [UInt8]) throws -> [Outline.Node] {
    let outline = try PNG.deepOutline(Bytes(bytes), policy: .default)
    #expect(outline.unclaimed == [])
    #expect(outline.overlaps == [])
    return outline.leaves
  }

  @Test("a block that runs through chunks is shown in each, and the rows' filters once")
  func acrossChunks() throws {
    let raw: [UInt8] = [0, 9, 9, 2, 1, 1, 2, 1, 1, 4, 0, 7]
    let stream = PNGBuilder.stored(raw)
    var file = PNGBuilder()
    file.header(width: 2, height: 4)
    for cut in [0..<1, 1..<4, 4..<4, 4..<10, 10..<stream.count] {
      file.chunk("IDAT", Array(stream[cut]))
    }
    file.chunk("IEND", [])
    let leaves = try Self.leaves(file.bytes)
    let inside = leaves.filter { ["header", "bytes", "adler-32"].contains($0.name) }
    #expect(
      inside.map(\.name) == ["header", "header", "header", "header", "bytes", "bytes", "adler-32"])
    #expect(inside.map(\.range.count) == [1, 1, 2, 3, 3, 9, 4])
    #expect(inside[1].value == "goes on" && inside[5].value == "goes on")
    let filters = leaves.filter { $0.name == "filters of the rows" }
    #expect(filters.map(\.value) == ["none×1 up×2 paeth×1"])
  }

  /// Found by fuzzing: each of the rows that a frame claimed was gone through.
  @Test("a frame that claims more rows than it has is shown at once", .timeLimit(.minutes(1)))
  func claimedRows() throws {
    var file = PNGBuilder()
    file.header(width: 2, height: 4)
    let size: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    // Seconds for each frame, were they gone through.
    for _ in 0..<200 {
      file.chunk("fcTL", [0, 0, 0, 0] + size + size + [UInt8](repeating: 0, count: 14))
      file.chunk("IDAT", PNGBuilder.stored([2, 9, 9]))
    }
    file.chunk("IEND", [])
    let filters = try Self.leaves(file.bytes).filter { $0.name == "filters of the rows" }
    #expect(filters.map(\.value) == [String](repeating: "up×1", count: 200))
  }

  @Test("runs of filters are listed up to a number")
  func manyRuns() throws {
    let raw = (0..<12_000).flatMap { (y: Int) -> [UInt8] in [UInt8(y & 1), 7] }
    let file = PNGBuilder(width: 1, height: 12_000, raw: raw)
    let filters = try Self.leaves(file.bytes).filter { $0.name == "filters of the rows" }
    #expect(filters.map(\.value) == ["more than 10000 runs"])
  }

  @Test("data beyond the limits is told of")
  func limits() throws {
    let file = PNGBuilder(width: 1, height: 1, raw: [0, 0])
    let policy = DecodePolicy(limits: Limits(maxScratchBytes: 4))
    let leaves = try PNG.deepOutline(Bytes(file.bytes), policy: policy).leaves
    #expect(leaves.contains { $0.name == "error" && $0.value.contains("limit") })
  }

  @Test("the passes of an interlaced image are told apart")
  func passes() throws {
    var options = PNG.WriteOptions()
    options.isInterlaced = true
    options.filter = .sub
    let image = try NDArray([UInt8](0..<64).map { $0 / 9 }, shape: [8, 8])
    let leaves = try Self.leaves(PNG.encode(image, options: options))
    #expect(
      leaves.filter { $0.name == "filters of the rows" }.map(\.value)
        == ["sub×1; sub×1; sub×1; sub×2; sub×2; sub×4; sub×4"])
  }

  @Test("compressed texts and profiles are looked into")
  func textsAndProfiles() throws {
    let text = Array("Comment".utf8) + [0, 0] + PNGBuilder.stored(Array("a text".utf8))
    let profile = Array("made".utf8) + [0, 0] + PNGBuilder.stored([UInt8](0..<200))
    let file = PNGBuilder(
      width: 1, height: 1, raw: [0, 0], before: [("iCCP", profile), ("zTXt", text)])
    let leaves = try Self.leaves(file.bytes)
    #expect(leaves.filter { $0.name == "bytes" }.map(\.range.count) == [200, 6, 2])
    #expect(leaves.filter { $0.name == "adler-32" }.count == 3)
  }

  @Test("damaged data shows the blocks before the damage")
  func damage() throws {
    var stream = PNGBuilder.stored([UInt8](repeating: 0, count: 70_000))
    // The second block's length no longer agrees with its complement.
    stream[2 + 5 + 65_535 + 1] ^= 1
    var file = PNGBuilder()
    file.header(width: 69_999, height: 1)
    file.chunk("IDAT", stream)
    file.chunk("IEND", [])
    let names = try Self.leaves(file.bytes).map(\.name)
    #expect(names.contains("bytes") && names.contains("error"))
    #expect(!names.contains("filters of the rows"))
  }
}
