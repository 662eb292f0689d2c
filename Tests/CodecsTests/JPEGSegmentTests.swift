// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Codecs

@Suite struct JPEGSegmentTests {
  /// The payload of the one segment that `body` writes.
  private func payload(_ body: (inout ByteWriter) -> Void) -> (marker: UInt8, bytes: [UInt8]) {
    var output = ByteWriter()
    body(&output)
    let bytes = output.bytes
    #expect(bytes[0] == 0xFF)
    #expect(Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 2)
    return (bytes[1], Array(bytes[4...]))
  }

  @Test func `a frame header is read back as it was written`() throws {
    let header = JPEG.FrameHeader(
      process: .progressive, precision: 8, height: 300, width: 65_535,
      components: (0..<3).map {
        .init(
          identifier: UInt8($0 + 1), horizontalSampling: $0 == 0 ? 2 : 1, verticalSampling: 1,
          quantizationTable: $0 == 0 ? 0 : 1)
      })
    let (marker, bytes) = payload { header.write(to: &$0) }
    let process = try #require(JPEG.Process(rawValue: marker))
    let storage = Bytes(bytes)
    var reader = ByteReader(storage.span, codec: JPEG.name)
    let parsed = try JPEG.FrameHeader(parsing: &reader, process: process)
    #expect(parsed == header)
  }

  @Test func `a scan header is read back as it was written`() throws {
    let header = JPEG.ScanHeader(
      components: [
        .init(identifier: 1, dcTable: 0, acTable: 3), .init(identifier: 7, dcTable: 2, acTable: 1),
      ], spectralStart: 1, spectralEnd: 5, approximationHigh: 2, approximationLow: 1)
    let (marker, bytes) = payload { header.write(to: &$0) }
    #expect(marker == JPEG.Marker.sos.rawValue)
    let storage = Bytes(bytes)
    var reader = ByteReader(storage.span, codec: JPEG.name)
    let parsed = try JPEG.ScanHeader(parsing: &reader)
    #expect(parsed == header)
  }

  @Test(arguments: [UInt16(255), 256])
  func `a quantisation table is read back as it was written`(largest: UInt16) throws {
    let table = JPEG.QuantizationTable((0..<63).map { UInt16($0 + 1) } + [largest])
    let (_, bytes) = payload { table.write(index: 2, to: &$0) }
    #expect(bytes.count == (largest > 255 ? 129 : 65))
    let storage = Bytes(bytes)
    var reader = ByteReader(storage.span, codec: JPEG.name)
    let parsed = try JPEG.QuantizationTable.parse(&reader)
    #expect(parsed.index == 2)
    #expect(parsed.table == table)
    #expect(table.naturalOrder[8] == 3)
  }

  @Test(arguments: [JPEG.luminanceDC, JPEG.luminanceAC, JPEG.chrominanceDC, JPEG.chrominanceAC])
  func `a Huffman table is read back as it was written`(table: JPEG.HuffmanTable) throws {
    let (_, bytes) = payload { table.write(.ac, index: 3, to: &$0) }
    let storage = Bytes(bytes)
    var reader = ByteReader(storage.span, codec: JPEG.name)
    let parsed = try JPEG.HuffmanTable.parse(&reader)
    #expect(parsed.tableClass == .ac)
    #expect(parsed.index == 3)
    #expect(parsed.table == table)
  }

  @Test func `arithmetic conditioning, JFIF and Adobe segments are read back`() throws {
    var conditioning = JPEG.ArithmeticConditioning()
    conditioning.dcLower[1] = 2
    conditioning.dcUpper[1] = 9
    conditioning.acThreshold[0] = 40
    let dac = payload { conditioning.write(dc: [0, 1], ac: [0], to: &$0) }.bytes
    var parsed = JPEG.ArithmeticConditioning()
    var storage = Bytes(dac)
    var reader = ByteReader(storage.span, codec: JPEG.name)
    try parsed.update(parsing: &reader)
    #expect(parsed == conditioning)

    var jfif = JPEG.JFIF()
    jfif.unit = 1
    jfif.xDensity = 300
    jfif.yDensity = 299
    storage = Bytes(payload { jfif.write(to: &$0) }.bytes)
    reader = ByteReader(storage.span, codec: JPEG.name)
    let parsedJFIF = JPEG.JFIF(parsing: &reader)
    #expect(parsedJFIF == jfif)

    let adobe = JPEG.Adobe(transform: 2)
    storage = Bytes(payload { adobe.write(to: &$0) }.bytes)
    reader = ByteReader(storage.span, codec: JPEG.name)
    let parsedAdobe = JPEG.Adobe(parsing: &reader)
    #expect(parsedAdobe == adobe)
  }

  /// libjpeg reads on behind the end of a file, as if EOIs followed; strict decoding does not.
  @Test func `a scan header that the end of the file cuts off is truncated when that is strict`()
    throws
  {
    let image = try NDArray([UInt8](repeating: 77, count: 256), shape: [16, 16])
    let file = try JPEG.encode(image, options: JPEG.WriteOptions())
    let start = try #require(file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
    let length = Int(file[start + 2]) << 8 | Int(file[start + 3])
    for end in (start + 4)..<(start + 2 + length) {
      let (cut, policy) = (Array(file[..<end]), DecodePolicy(leniency: .strict))
      var diagnostics = Diagnostics()
      #expect(throws: CodecError.self) {
        do throws(CodecError) {
          _ = try JPEG.decode(
            cut.rawSpan, options: JPEG.DecodeOptions(), policy: policy,
            diagnostics: &diagnostics)
        } catch {
          #expect(error.kind == .truncated(needed: 1) && error.offset == start)
          throw error
        }
      }
    }
    // With all but the last byte, which only progressive scans need.
    var diagnostics = Diagnostics()
    let found = try JPEG.decode(
      Array(file[..<(start + 1 + length)]).rawSpan, options: JPEG.DecodeOptions(),
      policy: .default, diagnostics: &diagnostics)
    #expect(found.shape == [16, 16])
    #expect(diagnostics.warnings.first?.text == "the file ends within a segment")
  }

  @Test func `the zigzag order visits every position once`() {
    #expect(JPEG.zigzag.count == 80)
    #expect(JPEG.zigzag[..<64].sorted() == Array(0..<64))
    #expect(JPEG.zigzag[64...].allSatisfy { $0 == 63 })
    for k in 1..<64 {
      let (a, b) = (Int(JPEG.zigzag[k - 1]), Int(JPEG.zigzag[k]))
      let (x, y) = (abs(b % 8 - a % 8), abs(b / 8 - a / 8))
      #expect(max(x, y) == 1)
    }
  }
}
