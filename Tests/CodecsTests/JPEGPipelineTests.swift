// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

/// Decoding in two stages gives what decoding in one gives.
@Suite struct JPEGPipelineTests {
  /// Jobs one after the other, the last one first.
  static let backwards = Concurrency(width: 2) { count, job in
    for index in (0..<count).reversed() { job(index) }
  }

  static func picture(channels: Int) throws -> NDArray {
    let (width, height) = (1_155, 921)
    var generator = SeededGenerator(seed: 9)
    var samples: [UInt8] = []
    samples.reserveCapacity(width * height * channels)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          let value = x * (channel + 1) / 5 + y * 3 / 7 + Int(generator.next() & 31)
          samples.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    let shape = channels == 1 ? [height, width] : [height, width, channels]
    return try NDArray(samples, shape: shape)
  }

  struct Result: Equatable {
    var image: NDArray?
    var warnings: [Warning]
    var error: CodecError?
  }

  func decode(
    _ file: [UInt8], _ options: JPEG.DecodeOptions, _ policy: DecodePolicy
  ) -> Result {
    var diagnostics = Diagnostics()
    do throws(CodecError) {
      let image = try JPEG.decode(
        file.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
      return Result(image: image, warnings: diagnostics.warnings)
    } catch {
      return Result(warnings: diagnostics.warnings, error: error)
    }
  }

  @Test(arguments: [1, 3], [0, 50])
  func twoStagesGiveTheSame(channels: Int, restartInterval: Int) throws {
    let image = try Self.picture(channels: channels)
    for subsampling in [JPEG.Subsampling.s420, .s444, .s422, .s440].prefix(channels == 1 ? 1 : 4) {
      var options = JPEG.WriteOptions(quality: 85)
      options.subsampling = subsampling
      options.restartInterval = restartInterval
      let file = try JPEG.encode(image, options: options)
      var damaged = file
      for i in stride(from: file.count / 3, to: file.count, by: 4_999) { damaged[i] ^= 0x5A }
      for content in [file, Array(file[..<(file.count / 2)]), damaged] {
        for leniency in [DecodePolicy.Leniency.standard, .strict, .salvage] {
          var reading = JPEG.DecodeOptions()
          reading.reduction = leniency == .salvage ? .half : .none
          let one = DecodePolicy(leniency: leniency)
          let two = DecodePolicy(leniency: leniency, concurrency: Self.backwards)
          let (expected, found) = (decode(content, reading, one), decode(content, reading, two))
          let isSame = expected == found
          #expect(isSame, "\(subsampling) \(leniency)")
        }
      }
    }
  }

  @Test func decodingInStagesCanBeCancelled() throws {
    let file = try JPEG.encode(try Self.picture(channels: 3))
    let policy = DecodePolicy(progress: { $0 < 0.3 }, concurrency: Self.backwards)
    #expect(decode(file, JPEG.DecodeOptions(), policy).error?.kind == .cancelled)
  }
}
