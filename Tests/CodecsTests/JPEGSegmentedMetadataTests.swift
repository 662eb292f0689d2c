// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Metadata that lie in several segments or within another structure.
@Suite struct JPEGSegmentedMetadataTests {
  /// A small file with these segments behind SOI.
  func file(_ segments: [(marker: UInt8, payload: [UInt8])]) throws -> [UInt8] {
    let plain = try JPEG.encode(try NDArray([UInt8](repeating: 9, count: 64), shape: [8, 8]))
    var result = Array(plain[..<2])
    for (marker, payload) in segments {
      let length = payload.count + 2
      let head: [UInt8] = [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)]
      result += head
      result += payload
    }
    result += plain[2...]
    return result
  }

  func metadata(_ file: [UInt8]) throws -> Metadata {
    var reader = try JPEG.Reader(Bytes(file))
    _ = try reader.read(0)
    return try reader.metadata(0, excludingApplied: false)
  }

  func extension_(_ guid: String, total: Int, offset: Int, _ bytes: [UInt8]) -> [UInt8] {
    var payload = Array("http://ns.adobe.com/xmp/extension/\0".utf8) + guid.utf8
    for value in [total, offset] {
      payload += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    return payload + bytes
  }

  @Test func extendedXMPIsJoinedWhenThePacketNamesIt() throws {
    let guid = String(repeating: "0123456789ABCDEF", count: 2)
    let other = String(repeating: "F", count: 32)
    let packet = Array("http://ns.adobe.com/xap/1.0/\0<x HasExtendedNote='\(guid)'/>".utf8)
    let content = (0..<5_000).map { UInt8($0 & 255) }
    let (a, b) = (Array(content[..<3_000]), Array(content[3_000...]))
    let parts: [(marker: UInt8, payload: [UInt8])] = [
      (0xE1, packet), (0xE1, extension_(guid, total: 5_000, offset: 3_000, b)),
      (0xE1, extension_(guid, total: 5_000, offset: 0, a)),
      (0xE1, extension_(other, total: 4, offset: 0, [1, 2, 3, 4])),
    ]
    let whole = try metadata(file(parts))
    let isWhole = whole["xmp_extended"]?.bytesValue?.array == content
    #expect(isWhole)
    // One part missing; a packet that names another.
    #expect(try metadata(file(Array(parts[..<2])))["xmp_extended"] == nil)
    var unnamed = parts
    unnamed[0].payload = Array("http://ns.adobe.com/xap/1.0/\0<x/>".utf8)
    #expect(try metadata(file(unnamed))["xmp_extended"] == nil)
  }

  @Test func photoshopResourcesGoOverSegmentsAndHoldIPTC() throws {
    func resource(_ identifier: UInt16, _ name: String, _ bytes: [UInt8]) -> [UInt8] {
      var result = Array("8BIM".utf8) + [UInt8(identifier >> 8), UInt8(identifier & 255)]
      result += [UInt8(name.utf8.count)] + name.utf8
      if name.utf8.count % 2 == 0 { result.append(0) }
      result += [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
      return result + (bytes.count % 2 == 1 ? [0] : [])
    }
    let record: [UInt8] = [0x1C, 2, 5, 0, 3, 65, 66, 67, 7]
    let resources =
      resource(0x03ED, "", [1, 2, 3]) + resource(0x0BB7, "name", [4])
      + resource(0x0404, "odd", record)
    let signature = Array("Photoshop 3.0\0".utf8)
    for cut in [0, 5, 20, resources.count] {
      let found = try metadata(
        file([
          (0xED, signature + resources[..<cut]), (0xED, signature + resources[cut...]),
        ]))
      let isWhole = found["photoshop"]?.bytesValue?.array == resources
      let isRecord = found["iptc"]?.bytesValue?.array == record
      #expect(isWhole && isRecord)
    }
    // Cut off anywhere, there is no record, and nothing traps.
    for count in 0..<(resources.count - 2) {
      let found = try metadata(file([(0xED, signature + resources[..<count])]))
      #expect(found["iptc"] == nil)
    }
  }
}
