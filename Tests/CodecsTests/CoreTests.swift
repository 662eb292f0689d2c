// SPDX-License-Identifier: Apache-2.0

import Codecs
import Testing
import TestSupport

@Suite struct ByteReaderTests {
  let data: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 0xFF]

  @Test func bothByteOrdersAndSubRanges() throws {
    var reader = ByteReader(data.rawSpan, codec: "test")
    let first = try reader.u16be()
    let second = try reader.u16le()
    var sub = try reader.sub(4)
    let third = try sub.integer(UInt32.self, bigEndian: true)
    let subOffset = sub.fileOffset
    let last = try reader.i8()
    let atEnd = reader.isAtEnd
    #expect(first == 0x0102 && second == 0x0403 && third == 0x0506_0708 && last == -1)
    #expect(subOffset == 8 && atEnd)
  }

  @Test func runningOutNamesPartAndFileOffset() throws {
    var reader = ByteReader(data.rawSpan, codec: "test", base: 100)
    try reader.skip(7)
    var failure: CodecError?
    do throws(CodecError) { _ = try reader.u32le("width") } catch { failure = error }
    let error = try #require(failure)
    #expect(error.kind == .truncated(needed: 2))
    #expect(error.description == "test width: truncated (2 more bytes needed) (at byte 107)")
    #expect("\(CodecError.Kind.truncated(needed: 1))" == "truncated (1 more byte needed)")
  }

  @Test func negativeAndHugeCountsAreErrors() {
    for count in [-1, Int.min, Int.max, 10] {
      var reader = ByteReader(data.rawSpan, codec: "test")
      var failure: CodecError?
      do throws(CodecError) { try reader.skip(count) } catch { failure = error }
      #expect(failure != nil)
      failure = nil
      do throws(CodecError) { try reader.seek(to: count) } catch { failure = error }
      #expect(failure != nil)
    }
  }
}

@Suite struct ByteWriterTests {
  @Test func appendsPatchesAndDrains() {
    var writer = ByteWriter()
    writer.u16be(0x0102)
    writer.u32le(0)
    writer.u64be(0x0102_0304_0506_0708)
    writer.patch(u32le: 0xAABB_CCDD, at: 2)
    #expect(writer.bytes == [1, 2, 0xDD, 0xCC, 0xBB, 0xAA, 1, 2, 3, 4, 5, 6, 7, 8])
    writer.markFinal()
    writer.append("end")
    #expect(writer.drainFinal().count == 14)
    #expect(writer.drainFinal() == [])
    #expect(writer.count == 17)
    #expect(writer.bytes == Array("end".utf8))

  }
}

@Suite struct BitTests {
  @Test(arguments: [1, 2, 3, 4, 5])
  func whatIsWrittenIsReadBackInBothOrders(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let items = (0..<500).map { _ in
      (UInt32.random(in: .min ... .max, using: &random), Int.random(in: 0...32, using: &random))
    }
    var (msb, lsb) = (MSBBitWriter(), LSBBitWriter())
    for (value, count) in items {
      msb.bits(value, count)
      lsb.bits(value, count)
    }
    msb.align()
    lsb.align()
    let expected = items.map { value, count in
      count == 32 ? value : value & ((1 << UInt32(count)) - 1)
    }
    let (msbBytes, lsbBytes) = (msb.bytes, lsb.bytes)
    var msbReader = MSBBitReader(msbBytes.rawSpan, codec: "test")
    var lsbReader = LSBBitReader(lsbBytes.rawSpan, codec: "test")
    var (a, b): ([UInt32], [UInt32]) = ([], [])
    for (_, count) in items {
      a.append(try msbReader.bits(count))
      b.append(try lsbReader.bits(count))
    }
    #expect(a == expected && b == expected)
  }

  @Test func runningOutOfBitsNamesTheBit() throws {
    let data: [UInt8] = [0b1010_0000]
    var reader = MSBBitReader(data.rawSpan, codec: "test")
    let three = try reader.bits(3)
    var failure: CodecError?
    do throws(CodecError) { _ = try reader.bits(6, "code") } catch { failure = error }
    #expect(three == 5)
    #expect(failure?.offset == 0 && failure?.bit == 3)
    #expect(failure?.description.hasSuffix("(at byte 0, bit 3)") == true)
  }

  @Test func signedFieldsAreTwosComplement() throws {
    let data: [UInt8] = [0b1111_0111]
    var reader = MSBBitReader(data.rawSpan, codec: "test")
    let pair = (try reader.signed(4), try reader.signed(4))
    #expect(pair == (-1, 7))
  }
}

@Suite struct BytesTests {
  @Test func slicesShareAndCompare() throws {
    let bytes = Bytes([1, 2, 3, 4])
    let middle = try #require(bytes.slice(1..<3))
    #expect(middle.array == [2, 3])
    #expect(middle == Bytes([2, 3]))
    #expect(bytes.slice(3..<5) == nil)
    #expect(middle.slice(0..<2)?.slice(1..<2)?.array == [3])
  }

  @Test func foreignMemoryIsReleasedOnce() async {
    let released = Counter()
    do {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 7)
      let bytes = unsafe Bytes(adopting: UnsafeRawBufferPointer(memory)) {
        unsafe $0.deallocate()
        released.add()
      }
      let copy = bytes.slice(1..<2)
      #expect(copy?.array == [7])
      #expect(released.value == 0)
    }
    #expect(released.value == 1)
  }
}

@Suite struct MetadataTests {
  @Test func fieldsKeepTheirOrder() {
    var metadata: Metadata = ["b": 1, "a": "x"]
    metadata["c"] = 2.5
    metadata["b"] = 3
    #expect(metadata.fields.map { $0.key } == ["b", "a", "c"])
    #expect(metadata["b"] == .int(3))
    metadata["a"] = nil
    #expect(metadata == ["b": 3, "c": 2.5])
    #expect(metadata != ["c": 2.5, "b": 3])
  }

  @Test func valuesConvertWhereNothingIsLost() {
    #expect(MetadataValue.int(3).doubleValue == 3)
    #expect(MetadataValue.double(3).intValue == 3)
    #expect(MetadataValue.double(3.5).intValue == nil)
    #expect(MetadataValue.rational(numerator: 1, denominator: 4).doubleValue == 0.25)
    #expect(MetadataValue.rational(numerator: 1, denominator: 0).doubleValue == nil)
    #expect(MetadataValue.int(1).boolValue == true)
    #expect(MetadataValue.int(2).boolValue == nil)
  }
}

@Suite struct PolicyTests {
  @Test func strictThrowsWhatStandardNotes() throws {
    let warning = Warning(codec: "test", part: "x", "odd", at: 7)
    var diagnostics = Diagnostics()
    try diagnostics.warn(warning, policy: .default)
    #expect(diagnostics.warnings.map { $0.description } == ["test x: odd (at byte 7)"])
    let error = #expect(throws: CodecError.self) { try diagnostics.warn(warning, policy: .strict) }
    #expect(error?.kind == .corrupt && error?.offset == 7)
  }

  @Test func salvageKeepsDamageButNotTheCallersWishes() throws {
    var diagnostics = Diagnostics()
    let broken = CodecError(.corrupt, codec: "test")
    try diagnostics.salvage(broken, rowCount: 3, policy: .salvage)
    #expect(diagnostics.damage?.error == broken && diagnostics.damage?.rowCount == 3)
    #expect(throws: CodecError.self) {
      try diagnostics.salvage(broken, rowCount: 3, policy: .default)
    }
    #expect(throws: CodecError.self) {
      try diagnostics.salvage(
        CodecError(.cancelled, codec: "test"), rowCount: 0, policy: .salvage)
    }
  }

  @Test func warningsCannotFillTheMemory() throws {
    var diagnostics = Diagnostics()
    for _ in 0..<(Diagnostics.capacity + 10) {
      diagnostics.note(Warning(codec: "test", "again"))
    }
    #expect(diagnostics.warnings.count == Diagnostics.capacity)
    #expect(diagnostics.droppedCount == 10)
  }

  @Test func progressCancels() throws {
    let policy = DecodePolicy(progress: { $0 < 0.5 })
    try policy.report(0.2, codec: "test")
    let error = #expect(throws: CodecError.self) { try policy.report(0.7, codec: "test") }
    #expect(error?.kind == .cancelled)
  }

  @Test(arguments: Limits.Field.allCases)
  func everyLimitBinds(field: Limits.Field) throws {
    let limits = Limits.default
    try limits.check(limits.bound(of: field), field, codec: "test")
    let error = #expect(throws: CodecError.self) {
      try limits.check(limits.bound(of: field) + 1, field, codec: "test")
    }
    #expect(error?.kind == .limitExceeded(field))
  }
}

@Suite struct OutlineTests {
  @Test func gapsAndOverlapsAreFound() {
    let outline = Outline(
      format: "test", byteCount: 10,
      nodes: [
        Outline.Node("a", 0..<4, children: [Outline.Node("a1", 0..<2), Outline.Node("a2", 2..<4)]),
        Outline.Node("b", 3..<6), Outline.Node("c", 8..<9),
      ])
    #expect(outline.leaves.map { $0.name } == ["a1", "a2", "b", "c"])
    #expect(outline.unclaimed == [6..<8, 9..<10])
    #expect(outline.overlaps == [3..<4])
  }
}
