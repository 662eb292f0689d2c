// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// What is inside the scans of a file.
@Suite struct JPEGDeepOutlineTests {
  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func everyBlockIsCountedOnceAScan(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let outline = try JPEG.deepOutline(Bytes(file), policy: .default)
    #expect(outline.unclaimed.isEmpty && outline.overlaps.isEmpty)
    let scans = JPEG.measureScans(file.rawSpan, policy: .default)
    let scanCount = outline.nodes.count { $0.name == "SOS" }
    let isLossless = entry.name.contains("lossless")
    #expect(scans.count == scanCount || isLossless)
    for (index, scan) in scans.enumerated() {
      #expect(scan.isComplete || isLossless)
      guard let statistics = scan.statistics else { continue }
      // The data of the scan without stuffing, markers, and the bits that fill up intervals.
      let end = index + 1 < scans.count ? scans[index + 1].offset : file.count
      let nodes = outline.nodes.filter {
        $0.name == "entropy-coded data" && $0.range.lowerBound >= scan.offset
          && $0.range.upperBound <= end
      }
      let byteCount = nodes.reduce(0) { sum, node in
        let bytes = file[node.range]
        return sum + bytes.count - zip(bytes, bytes.dropFirst()).count { $0 == (0xFF, 0) }
      }
      let bitCount = statistics.bitCounts.reduce(0, +)
      #expect(bitCount <= 8 * byteCount && bitCount > 8 * byteCount - 8 * nodes.count)
      let blockCount = statistics.blockCounts.reduce(0, +)
      #expect(blockCount >= scan.unitCount && blockCount <= 10 * scan.unitCount)
      #expect(scan.components.count > 1 || blockCount == scan.unitCount)
      #expect(statistics.runBlockCount <= blockCount)
    }
  }

  @Test func restartIntervalsAndRunsAreShown() throws {
    let file = try #require(Fixtures.read("jpeg/progressive-restart.jpg"))
    let leaves = try JPEG.deepOutline(Bytes(file), policy: .default).leaves
    let intervals = leaves.filter { $0.value.hasPrefix("restart interval 1, MCUs 3 to 5") }
    #expect(intervals.count > 5)
    let whole = try #require(Fixtures.read("jpeg/large-progressive.jpg"))
    let nodes = try JPEG.deepOutline(Bytes(whole), policy: .default).leaves
    #expect(nodes.contains { $0.name == "EOB runs" && $0.value.contains("the longest over") })
    #expect(nodes.contains { $0.name == "component 1" && $0.value.hasSuffix(" bits") })
  }

  @Test func damagedFilesAreShownAsFarAsTheyGo() throws {
    for name in ["progressive-420", "restart", "arithmetic", "lossless-rgb", "separate-scans"] {
      let file = try #require(Fixtures.read("jpeg/\(name).jpg"))
      for place in stride(from: 2, to: file.count, by: 5) {
        var damaged = file
        damaged[place] ^= 0x55
        for content in [Array(file[..<place]), damaged] {
          guard let outline = try? JPEG.deepOutline(Bytes(content), policy: .default) else {
            continue
          }
          let isWhole = outline.unclaimed.isEmpty && outline.overlaps.isEmpty
          #expect(isWhole)
        }
      }
    }
  }

  /// A short file that claims twenty scans of a large image, each MCU an interval of its own.
  @Test(.timeLimit(.minutes(1)))
  func shortFilesTakeNoTime() throws {
    var file: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
    file += [0xFF, 0xC2, 0, 11, 8, 0x3A, 0x98, 0x3A, 0x98, 1, 1, 0x11, 0]
    file += [0xFF, 0xC4, 0, 20, 0] + [1] + [UInt8](repeating: 0, count: 15) + [0]
    file += [0xFF, 0xDD, 0, 4, 0, 1]
    for _ in 0..<20 { file += [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0x12] }
    let clock = ContinuousClock()
    let time = try clock.measure { _ = try JPEG.deepOutline(Bytes(file), policy: .default) }
    #expect(time < .seconds(3))
  }
}
