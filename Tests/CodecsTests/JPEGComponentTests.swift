// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Components as they are stored: coefficients, and samples at their own resolutions.
@Suite struct JPEGComponentTests {
  /// Without upsampling, planes are what decoding the components gives.
  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func planesAreTheSamplesOfTheComponents(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var options = JPEG.DecodeOptions()
    options.output = .components
    options.interpolatesChroma = false
    var diagnostics = Diagnostics()
    guard
      let whole = try? JPEG.decode(file.rawSpan, options: options, diagnostics: &diagnostics),
      let planes = try? JPEG.decodePlanes(
        file.rawSpan, options: options, diagnostics: &diagnostics)
    else { return }
    let channels = whole.rank == 3 ? whole.shape[2] : 1
    #expect(planes.count == channels)
    let (height, width) = (whole.shape[0], whole.shape[1])
    for (channel, plane) in planes.enumerated() {
      #expect(plane.dtype == whole.dtype)
      let (wide, narrow) = (
        try whole.cast(to: .uint16).array(as: UInt16.self),
        try plane.cast(to: .uint16).array(as: UInt16.self)
      )
      /// Whether each sample is repeated so often.
      func isRepeated(_ across: Int, _ down: Int) -> Bool {
        let (rows, columns) = ((height + down - 1) / down, (width + across - 1) / across)
        guard plane.shape == [rows, columns] else { return false }
        for y in 0..<height {
          for x in 0..<width {
            let sample = narrow[y / down * columns + x / across]
            if wide[(y * width + x) * channels + channel] != sample { return false }
          }
        }
        return true
      }
      let isFound = (1...4).contains { across in (1...4).contains { isRepeated(across, $0) } }
      #expect(isFound, "component \(channel)")
    }
  }

  @Test func coefficientsAreThoseThatWereWritten() throws {
    // Blocks of one value each: the DC coefficients are eight times that, over the divisor.
    var samples: [UInt8] = []
    for y in 0..<20 {
      for x in 0..<27 {
        let sample = 40 + 16 * (y / 8) + 32 * (x / 8)
        samples.append(UInt8(sample))
      }
    }
    var options = JPEG.WriteOptions()
    options.quantizationTables = [JPEG.QuantizationTable([UInt16](repeating: 2, count: 64))]
    for isProgressive in [false, true] {
      options.isProgressive = isProgressive
      let file = try JPEG.encode(try NDArray(samples, shape: [20, 27]), options: options)
      var diagnostics = Diagnostics()
      let components = try JPEG.decodeCoefficients(file.rawSpan, diagnostics: &diagnostics)
      #expect(components.count == 1)
      let grey = try #require(components.first)
      #expect(grey.blocks.shape == [3, 4, 8, 8] && grey.blocks.dtype == .int16)
      #expect(grey.quantization.values.allSatisfy { $0 == 2 })
      let values = grey.blocks.array(as: Int16.self)
      let found = (0..<12).map { (block: Int) -> Int16 in values[block * 64] }
      var expected: [Int16] = []
      for row in 0..<3 {
        for column in 0..<4 {
          let sample = 40 + 16 * row + 32 * column
          expected.append(Int16((sample - 128) * 4))
        }
      }
      #expect(found == expected)
      let otherCount = values.indices.count { $0 % 64 != 0 && values[$0] != 0 }
      #expect(otherCount == 0)
    }
  }
}
