// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Codecs

/// The literal tables are what their definitions say.
struct JPEGTableTests {
  @Test func `the standard's tables are looked up as if they had been made now`() throws {
    var lookup = JPEG.HuffmanLookup()
    let tables: [(JPEG.HuffmanTable, JPEG.HuffmanLookup.Kind)] = [
      (JPEG.luminanceDC, .dc), (JPEG.chrominanceDC, .dc),
      (JPEG.luminanceAC, .sequentialAC), (JPEG.chrominanceAC, .sequentialAC),
    ]
    for (index, (table, kind)) in tables.enumerated() {
      let first = try lookup.append(table, kind: kind, isWide: true, at: 0)
      #expect(first == index * JPEG.HuffmanLookup.count(isWide: true))
    }
    let isSame = JPEG.HuffmanLookup.standard == lookup.entries
    #expect(isSame)
  }

  @Test func `maps of rows become maps in zigzag order`() {
    var positions = [Int](repeating: 0, count: 64)
    for (k, position) in JPEG.zigzag[..<64].enumerated() { positions[Int(position)] = k }
    let expected = (0..<8 * 256).map { index in
      (0..<8).reduce(UInt64(0)) { map, u in
        index >> u & 1 == 0 ? map : map | 1 << UInt64(positions[index / 256 * 8 + u])
      }
    }
    let isSame = JPEG.CoefficientMap.zigzag == expected
    #expect(isSame)
  }

  @Test func `entries of arithmetic decoding follow from the states`() {
    let expected = (0..<256).map { index in
      let state = UInt64(JPEG.arithmeticStates[index & 127])
      let symbol = UInt64(index & 128)
      let next = (state & 0x7F00 | symbol << 8) | ((state & 0xFF) ^ symbol) << 16
      return symbol << 56 | (state >> 16) << 48 | next | UInt64(index)
    }
    let isSame = JPEG.arithmeticEntries == expected
    #expect(isSame)
  }
}
